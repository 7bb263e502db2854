#!/usr/bin/env python3
"""Draws the README's pictures from the running demo: scripts/screenshots.py [FOLDER].

Needs the project installed. Nothing is drawn by hand: the wizard is walked on the sandbox, the plan
is applied, a burst is sent, and the screens are saved as they are.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.environment import Sandbox
from jetscale_tui.tui.app import JetScaleApp
from jetscale_tui.wiring import RealBackend

if TYPE_CHECKING:
    from textual.pilot import Pilot

SPEED = 20.0
WALK = (
    ("Set up autoscaling", ""),
    ("12 questions: 12 ok", ""),
    ("Which cluster runs the server?", ""),
    ("Which server should scale?", ""),
    ("What brings the metrics", ""),
    ("What should the number of replicas follow?", "wizard.svg"),
    ("Apply 17 changes", "review.svg"),
    ("carrying out the plan", ""),
)
"""What each screen shows before Enter leaves it, and the file it is saved as."""


async def shows(pilot: Pilot[int], text: str, *, within: float = 120.0) -> None:
    """Wait until the screen shows a text."""
    deadline = time.monotonic() + within
    while text.replace(" ", "\N{NO-BREAK SPACE}") not in _picture(pilot):
        if time.monotonic() > deadline:
            raise SystemExit(f"The screen never showed {text!r}.")
        await asyncio.sleep(0.2)
        await pilot.pause()


def _picture(pilot: Pilot[int]) -> str:
    return pilot.app.export_screenshot().replace("&#160;", "\N{NO-BREAK SPACE}")


async def draw(folder: Path, kubeconfig: Path) -> None:
    """Walk the wizard at 100×30, then the dashboard under load at 140×45."""
    app = JetScaleApp(lambda: RealBackend(kubeconfig))
    async with app.run_test(size=(100, 30)) as pilot:
        for text, name in WALK:
            await shows(pilot, text)
            await pilot.pause(0.5)
            if name:
                save(pilot, folder / name)
            await pilot.press("enter")
        await shows(pilot, "Why 1?")
        await pilot.resize_terminal(140, 45)
        await pilot.press("b")
        await shows(pilot, "enter sends")
        await pilot.press("enter")
        await shows(pilot, "Why 2?")
        await pilot.pause(1.0)
        save(pilot, folder / "dashboard.svg")
        app.exit(0)


def save(pilot: Pilot[int], path: Path) -> None:
    """Save the screen as it is.

    Some renderers drop leading spaces, no-break ones included, unless they are told not to.
    """
    picture = pilot.app.export_screenshot(title="JetScale")
    path.write_text(picture.replace("<svg ", '<svg xml:space="preserve" ', 1))
    sys.stdout.write(f"{path}\n")


def main() -> None:
    """Start a sandbox and draw."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "assets/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    with tempfile.TemporaryDirectory() as home:
        os.environ["JETSCALE_HOME"] = home
        with Sandbox(Path(home) / "sandbox", Blueprint(speed=SPEED)) as sandbox:
            asyncio.run(draw(folder, sandbox.kubeconfig))


if __name__ == "__main__":
    main()
