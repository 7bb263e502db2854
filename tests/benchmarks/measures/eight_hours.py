"""Eight hours of one busy autoscaler: what the dashboard holds after the first and after the last.

The hours pass in seconds; everything else is real: the watches, the reducer, plots, decision panel
and events in a large terminal, and a recording beside it. The server, the screen and this judge are
three processes.
"""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.benchmarks.figure import Figure
from tests.benchmarks.rig import beside
from tests.cluster.scripted import kubeconfig

HOURS, HOUR = 8, 4.0
"""How many, and the seconds each takes."""
BAR = 5.0
_START_UP = timedelta(seconds=3)


def measure() -> Figure:
    """By how much memory grows from the first hour's end to the last's, in percent."""
    started = (datetime.now(UTC) + _START_UP).isoformat()
    with tempfile.TemporaryDirectory(prefix="jetscale-benchmark-") as folder:
        home = Path(folder)
        server = beside(home, "day_server", HOURS, HOUR, started)
        assert server.stdout is not None
        try:
            config = kubeconfig(home, server.stdout.readline().strip())
            recording = home / "day.jsonl"
            screen = beside(home, "day_screen", config, HOURS, HOUR, started, recording)
            assert screen.stdout is not None
            hours = [json.loads(line) for line in screen.stdout]
            recorded = recording.stat().st_size / 2**20
        finally:
            server.kill()
            server.wait()
    if screen.wait() or len(hours) != HOURS:
        raise RuntimeError("the screen did not watch to the end")
    growth = (hours[-1]["MB"] / hours[0]["MB"] - 1) * 100
    parts = {f"MB after hour {each['hour']}": each["MB"] for each in hours}
    parts["objects after the first"] = hours[0]["objects"]
    parts["objects after the last"] = hours[-1]["objects"]
    parts["recorded MB"] = recorded
    bar = f"memory grows by at most {BAR:g} % from hour 1 to hour {HOURS}"
    return Figure(growth, "%", bar, growth <= BAR, parts)
