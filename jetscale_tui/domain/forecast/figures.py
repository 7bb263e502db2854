"""What a run comes to, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.forecast.simulate import Point, Question, Run

FLAP_SECONDS = 600.0
"""A replica that is wanted again so soon after one was taken away counts as flapping."""
_DRAINED = 0.5
"""Requests; where they are a flow, a queue below this is none."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One run in numbers. Times are seconds since the load began, None: it did not happen."""

    requests: float
    late: float
    """Requests that waited longer than the limit for their first token."""
    lost: float
    """Requests cut off with a removed replica, or refused because none was ready."""
    longest_wait: float
    decided: float | None
    """When the HPA first asked for more replicas than there were."""
    added: float | None
    """When the first added replica was ready."""
    at_maximum: float | None
    """When the size first reached the maximum."""
    seconds_at_maximum: float
    most_asked: int
    """The most replicas the metrics asked for, before windows and limits."""
    most_ready: int
    most_waiting: int
    """Replicas that had no node at the same time."""
    stuck_seconds: float
    """Replica-seconds for which no node was to come, either."""
    peak_backlog: float
    peak_at: float
    drained: float | None
    """When the backlog was gone after its peak; None: it was still there at the end."""
    chip_hours: float
    changes: int
    """How often the size was changed."""
    flaps: int
    """How often replicas were added within ten minutes of others being taken away."""

    @property
    def unserved(self) -> float:
        """Requests that waited too long or got no answer."""
        return self.late + self.lost

    @property
    def drain_seconds(self) -> float | None:
        """From the peak of the backlog to its end; None: it was still there at the end."""
        return None if self.drained is None else self.drained - self.peak_at


def figures(question: Question, run: Run) -> Figures:
    """The numbers of a run."""
    points, hpa = run.points, question.hpa
    first = points[0]
    peak = max(points, key=lambda point: point.backlog)
    after = [point for point in points if point.at >= peak.at]
    changes, flaps = _changes(points)
    return Figures(
        requests=run.requests,
        late=run.late,
        lost=run.lost,
        longest_wait=run.longest_wait,
        decided=_when(points, [point.desired > first.desired for point in points]),
        added=_when(points, [point.ready > first.ready for point in points]),
        at_maximum=_when(points, [point.desired >= hpa.max_replicas for point in points]),
        seconds_at_maximum=_held(points, [point.desired >= hpa.max_replicas for point in points]),
        most_asked=max(point.asked for point in points),
        most_ready=max(point.ready for point in points),
        most_waiting=max(point.waiting for point in points),
        stuck_seconds=_held(points, [point.stuck for point in points]),
        peak_backlog=peak.backlog,
        peak_at=peak.at,
        drained=_when(after, [point.backlog < _DRAINED for point in after]),
        chip_hours=run.chip_seconds / 3600,
        changes=changes,
        flaps=flaps,
    )


def _when(points: Sequence[Point], holds: Sequence[bool]) -> float | None:
    """The first point at which something holds."""
    return next((point.at for point, held in zip(points, holds, strict=True) if held), None)


def _held(points: Sequence[Point], amounts: Sequence[int]) -> float:
    """Amount times seconds, each amount until the next point."""
    spans = (later.at - point.at for point, later in pairwise(points))
    return sum(amount * span for amount, span in zip(amounts[:-1], spans, strict=True))


def _changes(points: Sequence[Point]) -> tuple[int, int]:
    """How often the size changed, and how often it grew soon after it shrank."""
    changes = flaps = 0
    shrank: float | None = None
    for before, after in pairwise(points):
        if after.desired == before.desired:
            continue
        changes += 1
        if after.desired < before.desired:
            shrank = after.at
        elif shrank is not None:
            flaps += after.at - shrank <= FLAP_SECONDS
            shrank = None
    return changes, flaps
