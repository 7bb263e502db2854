"""Forecasting a day, a pass of the control loop every 15 s, for 50 candidate settings of a setup.

The load is heavier than the setup copes with, so that few passes can be skipped as at rest. What
counts is the processor's time, which is the clock's on a core of one's own.
"""

from __future__ import annotations

from itertools import cycle, islice
from time import perf_counter, process_time

from jetscale_tui.domain.forecast.changes import possible_changes
from jetscale_tui.domain.forecast.facts import Facts
from jetscale_tui.domain.forecast.load import Day
from jetscale_tui.domain.spec import Scaling, Setup
from jetscale_tui.engine.forecasting import forecast
from jetscale_tui.setupfile.profiles import load_profile
from tests.benchmarks.figure import Figure

BAR = 10.0
CANDIDATES = 50
_SETUP = Setup(scaling=Scaling(max_replicas=4))
_FACTS = Facts(fits_now=4)
_LOAD = Day(peak=4.0, trough=0.4)


def measure() -> Figure:
    """All candidates once, one after the other."""
    profile = load_profile(_SETUP.workload.profile)
    changes = possible_changes(_SETUP, profile, _FACTS)
    candidates = [change.apply(_SETUP) for change in islice(cycle(changes), CANDIDATES)]
    passes = 0
    start, clock = process_time(), perf_counter()
    for candidate in candidates:
        passes += len(forecast(candidate, profile, _FACTS, _LOAD).series) - 1
    seconds, elapsed = process_time() - start, perf_counter() - clock
    parts = {"candidates": CANDIDATES, "passes": passes, "by the clock": elapsed}
    return Figure(seconds, "s", f"under {BAR:g} s", seconds < BAR, parts)
