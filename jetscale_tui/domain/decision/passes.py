"""The controller's passes as a watcher can tell them: when they were, what they showed."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jetscale_tui.domain.live import HpaHistory, HpaView

PERIOD = 15.0
"""Seconds between passes; GKE runs the default."""
_TRUSTED = 300.0
"""Seconds after which the passes, each a little late, have drifted out of reach."""
_LOOKED_AT = 20
"""Latest writes the period is read from."""
_ENOUGH = 3
"""Gaps between writes from which on they are believed."""


class Pass(NamedTuple):
    """What one pass wrote into the status. Several may share the content: nothing had changed."""

    time: float
    """Seconds since the epoch."""
    current: int
    """Size before the pass."""
    desired: int
    readings: tuple[float | None, ...]
    """Of each metric, as the status has it; None where it has none."""
    wrote: bool
    """False: it found everything as it was, so that its time is an estimate."""

    @property
    def rescaled(self) -> bool:
        """Whether it looks like the pass that changed the size."""
        return self.wrote and self.desired != self.current

    @property
    def shrank(self) -> bool:
        """Whether it looks like the pass that took pods away."""
        return self.wrote and self.desired < self.current


def period_of(history: HpaHistory) -> float:
    """Seconds between passes: the default, or less where most writes come faster."""
    # What was there when the watch began was written earlier.
    writes = [time for time in _times(history) if time != history.since][-_LOOKED_AT:]
    gaps = [later - earlier for earlier, later in pairwise(writes)]
    if len(gaps) < _ENOUGH:
        return PERIOD
    return min(PERIOD, max(median(gaps), 1.0))


def earlier_passes(history: HpaHistory, start: float, end: float, *, born: bool) -> list[Pass]:
    """Passes from `start` up to but without `end`, in seconds since the epoch.

    Of each row of passes that changed nothing only the last one is given: no rule looks at the
    others. With `born`, what was seen first was no pass yet.
    """
    period = period_of(history)
    times = [time for time in _times(history) if time < end]
    if born:
        times = [time for time in times if time != history.since]
    first = max(bisect_right(times, start) - 1, 0)
    return [
        found
        for index in range(first, len(times))
        for found in _row(history, times[index], [*times, end][index + 1], period)
        if found.time >= start
    ]


def _row(history: HpaHistory, begin: float, end: float, period: float) -> Iterator[Pass]:
    """The pass that wrote at `begin`, and the last one before the next write."""
    wrote = _pass_at(history, begin)
    yield wrote
    # The next write was made by a pass of its own, one period after the last that found no change.
    if round((end - begin) / period) > 1:
        yield wrote._replace(time=end - period, wrote=False)


def _pass_at(history: HpaHistory, time: float) -> Pass:
    return Pass(
        time=time,
        current=int(history.current.at(time) or 0),
        desired=int(history.desired.at(time) or 0),
        readings=tuple(series.at(time) for series in history.metrics),
        wrote=True,
    )


def last_pass(history: HpaHistory, hpa: HpaView, now: float) -> Pass:
    """The pass that wrote the status that is shown; its time is now where nobody knows it."""
    return Pass(
        time=now if history.written is None else min(history.written, now),
        current=hpa.current_replicas,
        desired=hpa.desired_replicas,
        readings=tuple(metric.current_value for metric in hpa.metrics),
        wrote=True,
    )


def next_look(history: HpaHistory, now: float) -> float | None:
    """Seconds to the next pass by our reckoning; None where that is unknown."""
    if history.written is None or not 0 <= now - history.written <= _TRUSTED:
        return None
    period = period_of(history)
    return period - (now - history.written) % period


def from_birth(history: HpaHistory, created: datetime | None) -> bool:
    """Whether an HPA was made while it was watched: seen before its first pass."""
    if created is None or history.since is None:
        return False
    return history.since - created.timestamp() < PERIOD


def _times(history: HpaHistory) -> list[float]:
    """When the status was seen to change, in order."""
    changes = (history.current, history.desired, *history.metrics)
    return sorted({time for series in changes for time in series.times})
