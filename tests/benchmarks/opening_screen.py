"""The wizard while it connects and checks, without a terminal; a process of its own.

    python -m tests.benchmarks.opening_screen KUBECONFIG

Presses keys from the first picture on, while the clients of Kubernetes and Google are imported and
the prerequisites are asked for side by side; prints as JSON how long each key took to its frame.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.widgets import OptionList

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.tui.app import JetScaleApp
from jetscale_tui.tui.promptness import favouring_the_screen
from jetscale_tui.tui.screens.wizard import WizardScreen
from jetscale_tui.wiring import RealBackend
from tests.benchmarks.crowd_screen import PATIENCE, Frames, say, until

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = (120, 40)
AGAIN = 10
"""How often all prerequisites are asked for once more."""


class Presses:
    """Keys pressed in the list that has the focus, each with the time to its frame."""

    def __init__(self, app: JetScaleApp) -> None:
        self.app = app
        self.frames = Frames(app)
        self._moved = asyncio.Event()
        self._drawn = 0

    def follow(self, focused: OptionList) -> None:
        """Count every move of the list's highlight that a key asks for."""
        move = focused.action_cursor_down

        def counted() -> None:
            move()
            self._drawn = self.frames.drawn
            self._moved.set()

        setattr(focused, "action_cursor_down", counted)  # noqa: B010 - a method cannot be assigned to

    async def until(self, finished: Callable[[], bool]) -> list[float]:
        """Milliseconds of each key pressed until something was finished."""
        delays = []
        while not finished():
            delays.append(await self._pressed("down"))
            await asyncio.sleep(random.uniform(0.005, 0.03))
        return delays

    async def _pressed(self, key: str) -> float:
        self._moved.clear()
        began = time.perf_counter()
        self.app.simulate_key(key)
        await asyncio.wait_for(self._moved.wait(), PATIENCE)
        return (await self.frames.after(self._drawn) - began) * 1000


async def measured(kubeconfig: Path) -> dict[str, Any]:
    """Delays while connecting, and while the prerequisites are asked for."""
    app = JetScaleApp(lambda: RealBackend(kubeconfig))
    app.animation_level = "none"
    with favouring_the_screen():
        async with app.run_test(size=SIZE):
            presses = Presses(app)
            screen = app.screen
            assert isinstance(screen, WizardScreen)
            presses.follow(screen.query_one(OptionList))
            connecting = await presses.until(lambda: _connected(screen))
            app.simulate_key("home")
            app.simulate_key("enter")
            await until(lambda: screen.step is WizardStep.PREREQUISITES)
            await until(lambda: _listed(screen) is not None)
            checks = _listed(screen)
            assert checks is not None
            presses.follow(checks)
            checking = await presses.until(lambda: not screen.pane.busy)
            for _ in range(AGAIN):
                app.simulate_key("r")
                await until(lambda: screen.pane.busy)
                checking += await presses.until(lambda: not screen.pane.busy)
    return {"connecting": connecting, "checking": checking}


def _connected(screen: WizardScreen) -> bool:
    desk = screen.interview.desk if screen.interview else None
    return desk is not None and None not in (desk.whereabouts, desk.servers)


def _listed(screen: WizardScreen) -> OptionList | None:
    """The list that has the focus, once there is something in it."""
    focused = screen.focused
    if not isinstance(focused, OptionList) or focused not in screen.pane.query(OptionList):
        return None
    return focused if focused.option_count else None


def main(arguments: list[str]) -> None:
    """Measure and print."""
    (kubeconfig,) = arguments
    say(asyncio.run(measured(Path(kubeconfig))))
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
