"""The dashboard on a crowd of autoscalers, without a terminal; a process of its own.

    python -m tests.benchmarks.crowd_screen KUBECONFIG HPAS CHANGES

Opens, prints how long the first rows and all rows took, and presses keys while changes pour in;
at the end prints what it measured, and the version of every autoscaler in the model, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jetscale_tui.tui.app import JetScaleApp, Start, Watched
from jetscale_tui.tui.screens.dashboard import DashboardScreen
from jetscale_tui.tui.widgets.hpa_table import HpaTable
from jetscale_tui.wiring import RealBackend

if TYPE_CHECKING:
    from textual.pilot import Pilot

SIZE = (140, 45)
PATIENCE = 60.0
KEYS = ("down", "down", "pagedown", "up", "pageup", "end", "home", "down")


class Frames:
    """When the screen was last drawn."""

    def __init__(self, app: JetScaleApp) -> None:
        self.drawn = 0
        self._display = app._display
        setattr(app, "_display", self._count)  # noqa: B010 - a method cannot be assigned to

    def _count(self, *arguments: Any) -> None:
        self._display(*arguments)
        self.drawn += 1


def say(found: dict[str, Any]) -> None:
    """A line for whoever measures; what is printed while an app runs goes elsewhere."""
    assert sys.__stdout__ is not None
    sys.__stdout__.write(json.dumps(found) + "\n")
    sys.__stdout__.flush()


async def until(condition: Any) -> float:
    """The time when a condition first held, looked at each millisecond."""
    deadline = time.perf_counter() + PATIENCE
    while not condition():
        if time.perf_counter() > deadline:
            raise RuntimeError("it did not happen")
        await asyncio.sleep(0.001)
    return time.perf_counter()


async def pressed(pilot: Pilot[int], frames: Frames, key: str) -> float:
    """Milliseconds from a key to the frame that shows what it did."""
    table = pilot.app.screen.query_one(HpaTable)
    before = table.cursor
    began = time.perf_counter()
    pilot.app.simulate_key(key)
    while table.cursor == before:  # noqa: ASYNC110 - each turn of the loop is looked at
        await asyncio.sleep(0)
    moved = frames.drawn
    while frames.drawn == moved:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0)
    return (time.perf_counter() - began) * 1000


async def measured(kubeconfig: Path, hpas: int, changes: int) -> dict[str, Any]:
    backend = RealBackend(kubeconfig)
    app = JetScaleApp(lambda: backend, start=Start.DASHBOARD, watched=Watched(namespace=None))
    app.animation_level = "none"
    frames = Frames(app)
    began = time.perf_counter()
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: isinstance(app.screen, DashboardScreen))
        screen = app.screen
        assert isinstance(screen, DashboardScreen)
        opened = time.perf_counter()
        first = await until(lambda: screen.snapshot.hpas)
        everything = await until(lambda: len(screen.snapshot.hpas) == hpas)
        # Somebody begins the flood when this line is read.
        say({"opened": opened - began})
        await until(lambda: screen.snapshot.changes > 0)
        cpu, wall = time.process_time(), time.perf_counter()
        delays = []
        while screen.snapshot.changes < changes:
            await asyncio.sleep(random.uniform(0.02, 0.1))
            key = random.choice(KEYS)
            table = screen.query_one(HpaTable)
            at_top, at_end = table.cursor == 0, table.cursor == hpas - 1
            if (at_top and key in ("up", "pageup", "home")) or (at_end and key != "up"):
                key = "down" if at_top else "home"
            delays.append(await pressed(pilot, frames, key))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        model = {view.name: int(view.resource_version) for view in screen.snapshot.hpas}
        return {
            "first": first - opened,
            "all": everything - opened,
            "keys": delays,
            "cores": cpu / wall,
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "changes": screen.snapshot.changes,
            "model": model,
        }


def main(arguments: list[str]) -> None:
    """Measure and print."""
    kubeconfig, hpas, changes = arguments
    found = asyncio.run(measured(Path(kubeconfig), int(hpas), int(changes)))
    say(found)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
