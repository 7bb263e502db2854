"""From the start of the process to the first frame, beside a bare Textual application.

Both run in a terminal of their own, in turn; the fastest of each counts, as whatever else runs on
the machine only makes a start slower.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.figure import Figure
from tests.benchmarks.rig import PYTHON, quantile, terminal

BAR = 1.3
ROUNDS = 15
SIZE = (80, 24)
BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("nothing")

Bare().run()
"""


def measure() -> Figure:
    """Our time as a multiple of the bare application's."""
    ours, bare = [], []
    with tempfile.TemporaryDirectory(prefix="jetscale-benchmark-") as folder:
        home = Path(folder)
        for number in range(ROUNDS + 1):
            pair = (
                _painted([sys.executable, "-c", BARE], b"nothing", home),
                _painted([*PYTHON, "jetscale_tui"], b"Set up autoscaling", home),
            )
            # The first round also compiles, and fetches files from the disk.
            if number:
                bare.append(pair[0])
                ours.append(pair[1])
    value = min(ours) / min(bare)
    parts = {
        "ours ms": min(ours) * 1000,
        "bare ms": min(bare) * 1000,
        "ours p50 ms": quantile(ours, 0.5) * 1000,
        "bare p50 ms": quantile(bare, 0.5) * 1000,
    }
    bar = f"at most {BAR:g} times a bare application's"
    return Figure(value, "times", bar, value <= BAR, parts)


def _painted(command: list[str], text: bytes, home: Path) -> float:
    """Seconds until a program has drawn some text."""
    began = time.perf_counter()
    with terminal(command, home, SIZE) as screen:
        return screen.when(text) - began
