"""From a key to its frame while the clients are imported and the prerequisites are asked for.

The wizard runs as a process of its own on a sandbox in another. It is opened several times, as the
imports of one opening last only a second.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.figure import Figure
from tests.benchmarks.rig import PYTHON, environment, quantile, sandbox

BAR = 50.0
OPENINGS = 5


def measure() -> Figure:
    """The 99th percentile in milliseconds; the longest wait is in the parts."""
    with tempfile.TemporaryDirectory(prefix="jetscale-benchmark-") as folder:
        home = Path(folder)
        with sandbox(home) as kubeconfig:
            # The first one compiles, and fetches files from the disk.
            runs = [_opening(kubeconfig, home) for _ in range(OPENINGS + 1)][1:]
    connecting = [delay for run in runs for delay in run["connecting"]]
    checking = [delay for run in runs for delay in run["checking"]]
    delays = connecting + checking
    value = quantile(delays, 0.99)
    parts = {
        "keys": float(len(delays)),
        "p50 ms": quantile(delays, 0.5),
        "while importing p99 ms": quantile(connecting, 0.99),
        "while checking p99 ms": quantile(checking, 0.99),
        "max ms": max(delays),
    }
    return Figure(value, "ms", f"key to frame p99 at most {BAR:g} ms", value <= BAR, parts)


def _opening(kubeconfig: Path, home: Path) -> dict[str, Any]:
    """What one opening found."""
    done = subprocess.run(
        [*PYTHON, "tests.benchmarks.opening_screen", str(kubeconfig)],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        timeout=120,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
