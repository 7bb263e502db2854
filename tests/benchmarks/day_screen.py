"""The dashboard beside one busy autoscaler, recorded, without a terminal; a process of its own.

    python -m tests.benchmarks.day_screen KUBECONFIG HOURS SECONDS_AN_HOUR STARTED RECORDING

Prints, as JSON, its resident megabytes and its objects after each hour of the cluster's time.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from datetime import datetime
from pathlib import Path

from jetscale_tui.clocks import PacedClock
from jetscale_tui.tui.app import JetScaleApp, Start
from jetscale_tui.tui.messages import Watched
from jetscale_tui.tui.promptness import clear_garbage, favouring_the_screen
from jetscale_tui.tui.screens.dashboard import DashboardScreen
from jetscale_tui.wiring import RealBackend
from tests.benchmarks.crowd_screen import SIZE, say
from tests.benchmarks.day_server import LOOKS_AN_HOUR

LATE = 60.0
"""Seconds an hour may end later than it should."""


class DayBackend(RealBackend):
    """The real one, in a cluster whose time goes faster."""

    def __init__(self, kubeconfig: Path, started: datetime, speed: float) -> None:
        super().__init__(kubeconfig)
        self._paced = PacedClock(started, speed)

    @property
    def clock(self) -> PacedClock:
        """The cluster's."""
        return self._paced


def resident() -> float:
    """Megabytes of memory in use, as Linux counts them."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def watched(backend: DayBackend, hours: int, hour: float, recording: Path) -> None:
    """Watches all hours through, pressing a key now and then."""
    app = JetScaleApp(lambda: backend, start=Start.DASHBOARD, watched=Watched(namespace="default"))
    app.animation_level = "none"
    with favouring_the_screen():
        async with app.run_test(size=SIZE) as pilot:
            tape = backend.record(recording, None, "default")
            for number in range(1, hours + 1):
                deadline = time.monotonic() + hour + LATE
                while looks(app) < number * LOOKS_AN_HOUR:
                    if time.monotonic() > deadline:
                        raise RuntimeError(f"hour {number} did not end: {looks(app)} looks")
                    await asyncio.sleep(hour / 20)
                    await pilot.press("down")
                clear_garbage()
                say({"hour": number, "MB": resident(), "objects": len(gc.get_objects())})
            tape.stop()


def looks(app: JetScaleApp) -> int:
    """How often the controller has looked, as far as the screen knows."""
    screen = app.screen
    hpas = screen.snapshot.hpas if isinstance(screen, DashboardScreen) else ()
    return int(hpas[0].resource_version) if hpas else 0


def main(arguments: list[str]) -> None:
    """Watch and print."""
    kubeconfig, hours, hour, started, recording = arguments
    backend = DayBackend(Path(kubeconfig), datetime.fromisoformat(started), 3600 / float(hour))
    asyncio.run(watched(backend, int(hours), float(hour), Path(recording)))
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
