"""The dashboard on a crowd of autoscalers, without a terminal; a process of its own.

    python -m tests.benchmarks.crowd_screen KUBECONFIG HPAS CHANGES

Opens, scrolls, filters, prints a line that says it is ready, and presses keys while changes pour
in; at the end prints what it measured, and the version of every autoscaler in the model, as JSON.
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

from textual.widgets import Input

from jetscale_tui.tui.app import JetScaleApp, Start
from jetscale_tui.tui.messages import Watched
from jetscale_tui.tui.promptness import favouring_the_screen
from jetscale_tui.tui.screens.dashboard import DashboardScreen
from jetscale_tui.tui.widgets.hpa_table import HpaTable
from jetscale_tui.wiring import RealBackend

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

SIZE = (140, 45)
PATIENCE = 60.0
SCROLLS = 60
KEYS = ("down", "down", "pagedown", "up", "pageup", "end", "home", "down")


class Frames:
    """When the screen was last drawn."""

    def __init__(self, app: JetScaleApp) -> None:
        self.drawn = 0
        self._last = 0.0
        self._news = asyncio.Event()
        self._display = app._display
        setattr(app, "_display", self._count)  # noqa: B010 - a method cannot be assigned to

    def _count(self, *arguments: Any) -> None:
        self._display(*arguments)
        self.drawn += 1
        self._last = time.perf_counter()
        self._news.set()

    async def after(self, drawn: int) -> float:
        """When a frame beyond so many was drawn. Waits without keeping the loop turning."""
        while self.drawn <= drawn:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), PATIENCE)
        return self._last


def say(found: dict[str, Any]) -> None:
    """A line for whoever measures; what is printed while an app runs goes elsewhere."""
    assert sys.__stdout__ is not None
    sys.__stdout__.write(json.dumps(found) + "\n")
    sys.__stdout__.flush()


async def until(condition: Callable[[], object], pause: float = 0.001) -> float:
    """The time when a condition first held, looked at every so many seconds."""
    deadline = time.perf_counter() + PATIENCE
    while not condition():
        if time.perf_counter() > deadline:
            raise RuntimeError("it did not happen")
        await asyncio.sleep(pause)
    return time.perf_counter()


class Screen:
    """The dashboard as one who looks at it sees it."""

    def __init__(self, pilot: Pilot[int], frames: Frames, screen: DashboardScreen) -> None:
        self.pilot, self.frames, self.screen = pilot, frames, screen
        self.table = screen.query_one(HpaTable)

    async def drawn(self, shows: Callable[[], bool]) -> float:
        """When a frame has been drawn of what holds."""
        await until(shows)
        before = self.frames.drawn
        return await until(lambda: self.frames.drawn > before)

    async def pressed(self, key: str, shows: Callable[[], bool]) -> float:
        """Milliseconds from a key to the frame that shows what it did."""
        began = time.perf_counter()
        self.pilot.app.simulate_key(key)
        await until(shows, pause=0)
        done = self.frames.drawn
        await self.frames.after(done)
        return (time.perf_counter() - began) * 1000

    async def moved(self, key: str) -> float:
        """The same for a key that moves the cursor."""
        before = self.table.cursor
        return await self.pressed(key, lambda: self.table.cursor != before)

    async def moved_anyhow(self) -> float:
        """The same for any key that moves it from where it is."""
        at_top = self.table.cursor == 0
        at_end = self.table.cursor == len(self.screen.snapshot.hpas) - 1
        key = random.choice(KEYS)
        if (at_top and key in ("up", "pageup", "home")) or (at_end and key != "up"):
            key = "down" if at_top else "home"
        return await self.moved(key)

    async def filtered(self, text: str) -> list[float]:
        """Milliseconds from each letter of a filter to the frame with what is left."""
        await self.pilot.press("slash")
        box = self.screen.query_one("#filter", Input)
        delays = [await self._narrowed(box, letter) for letter in text]
        await self.pilot.press("escape")
        return delays

    async def _narrowed(self, box: Input, letter: str) -> float:
        wanted, height = box.value + letter, self.table.virtual_size.height
        return await self.pressed(
            letter, lambda: box.value == wanted and self.table.virtual_size.height < height
        )


async def measured(kubeconfig: Path, hpas: int, changes: int) -> dict[str, Any]:
    backend = RealBackend(kubeconfig)
    app = JetScaleApp(lambda: backend, start=Start.DASHBOARD, watched=Watched(namespace=None))
    app.animation_level = "none"
    frames = Frames(app)
    with favouring_the_screen():
        async with app.run_test(size=SIZE) as pilot:
            await until(
                lambda: isinstance(app.screen, DashboardScreen) and app.screen.query(HpaTable)
            )
            assert isinstance(app.screen, DashboardScreen)
            return await _watched(Screen(pilot, frames, app.screen), hpas, changes)


async def _watched(view: Screen, hpas: int, changes: int) -> dict[str, Any]:
    screen = view.screen
    first = await view.drawn(lambda: bool(screen.snapshot.hpas))
    everything = await until(lambda: len(screen.snapshot.hpas) == hpas)
    scrolling = [await view.moved("pagedown") for _ in range(SCROLLS)]
    await view.pilot.press("home")
    filtering = await view.filtered("999")
    # Somebody begins the flood when this line is read.
    say({"ready": True})
    await until(lambda: screen.snapshot.changes > 0)
    cpu, wall = time.process_time(), time.perf_counter()
    delays = []
    while screen.snapshot.changes < changes:
        await asyncio.sleep(random.uniform(0.02, 0.1))
        delays.append(await view.moved_anyhow())
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {
        "first": first,
        "all": everything,
        "scrolling": scrolling,
        "filtering": filtering,
        "keys": delays,
        "cores": cpu / wall,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "changes": screen.snapshot.changes,
        "model": {one.name: int(one.resource_version) for one in screen.snapshot.hpas},
    }


def main(arguments: list[str]) -> None:
    """Measure and print."""
    kubeconfig, hpas, changes = arguments
    found = asyncio.run(measured(Path(kubeconfig), int(hpas), int(changes)))
    say(found)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
