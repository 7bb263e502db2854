"""What must have arrived, worked out from what the server's gauges showed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.serving import Pace


class Reading(NamedTuple):
    """One replica's gauges at one moment."""

    at: float
    """Seconds; only differences count."""
    backlog: float
    slots_used: float
    """Share, 0 to 1."""


def arrivals(
    readings: Sequence[Reading], pace: Pace, max_tokens: int
) -> list[tuple[float, float, float]]:
    """Requests that arrived at one replica: from when, until when, how many a second.

    What arrived is what is held more than before, and what was finished meanwhile. Readings are
    oldest first.
    """
    found = []
    for earlier, later in pairwise(readings):
        span = later.at - earlier.at
        busy = pace.slots * (earlier.slots_used + later.slots_used) / 2
        finished = span * busy / pace.service_seconds(max_tokens, busy)
        more = later.backlog - earlier.backlog
        more += pace.slots * (later.slots_used - earlier.slots_used)
        found.append((earlier.at, later.at, max(0.0, finished + more) / span))
    return found


def together(
    parts: Sequence[tuple[float, float, float]], begin: float, end: float, step: float
) -> tuple[tuple[float, float], ...]:
    """The rates of all replicas added up, in even steps from `begin`, which becomes second 0."""
    count = max(1, round((end - begin) / step))
    totals = [0.0] * count
    for first, last, rate in parts:
        low = max(0, int((first - begin) // step))
        for index in range(low, count):
            left, right = begin + index * step, begin + (index + 1) * step
            if left >= last:
                break
            totals[index] += rate * (min(last, right) - max(first, left)) / step
    return tuple((index * step, total) for index, total in enumerate(totals))
