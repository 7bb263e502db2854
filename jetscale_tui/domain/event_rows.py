"""Merges Kubernetes events: equal ones of one object are one row with a count.

A server writes an event again and again with a growing count, starts a new one after a while, and
forgets all of them after an hour; the log remembers what was seen, within a bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jetscale_tui.domain.kubectl import parse_time
from jetscale_tui.domain.live import EventRow
from jetscale_tui.domain.reading import mapping, text, whole

if TYPE_CHECKING:
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json

CAPACITY = 500
"""Merged rows kept; the ones that happened longest ago go first."""

_Same = tuple[str, str, str, str, str]


@dataclass(slots=True)
class _Merged:
    """One row in the making."""

    row: EventRow
    counts: dict[str, int] = field(default_factory=dict)
    """Count of each event object that still exists, by uid."""
    forgotten: int = 0
    """Counts of those the server has dropped."""


class EventLog:
    """Merged events of everything watched."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._merged: dict[_Same, _Merged] = {}

    def put(self, event: Json) -> None:
        """Take in an event that was added or written again."""
        involved = mapping(event.get("involvedObject"))
        namespace = text(mapping(event.get("metadata")).get("namespace"))
        same = (
            namespace,
            f"{text(involved.get('kind'))}/{text(involved.get('name'))}",
            text(event.get("type")),
            text(event.get("reason")),
            text(event.get("message")),
        )
        first, last = _span(event)
        merged = self._merged.get(same)
        if merged is None:
            merged = _Merged(
                EventRow(*same, count=0, first=first, last=last, source=_source(event))
            )
            self._merged[same] = merged
        merged.counts[_uid(event)] = max(1, _count(event))
        merged.row = EventRow(
            *same,
            count=merged.forgotten + sum(merged.counts.values()),
            first=_earlier(merged.row.first, first),
            last=_later(merged.row.last, last),
            source=merged.row.source,
        )
        if len(self._merged) > self._capacity:
            oldest = min(self._merged, key=lambda same: _age_key(self._merged[same].row))
            del self._merged[oldest]

    def expire(self, event: Json) -> None:
        """The server dropped an event; its count stays in the row."""
        uid = _uid(event)
        for merged in self._merged.values():
            if uid in merged.counts:
                merged.forgotten += merged.counts.pop(uid)
                return

    def frozen(self) -> tuple[EventRow, ...]:
        """All rows, newest first."""
        rows = [merged.row for merged in self._merged.values()]
        return tuple(sorted(rows, key=_age_key, reverse=True))


def last_seen(event: Json) -> datetime | None:
    """When an event was seen last, None where it does not say."""
    return _span(event)[1]


def _uid(event: Json) -> str:
    return text(mapping(event.get("metadata")).get("uid"))


def _count(event: Json) -> int:
    return (
        whole(event.get("count"))
        or whole(mapping(event.get("series")).get("count"))
        or whole(event.get("deprecatedCount"))
    )


def _source(event: Json) -> str:
    return text(mapping(event.get("source")).get("component")) or text(
        event.get("reportingComponent")
    )


def _span(event: Json) -> tuple[datetime | None, datetime | None]:
    """First and last time an event was seen, of the several places servers write them."""
    created = parse_time(text(mapping(event.get("metadata")).get("creationTimestamp")))
    happened = parse_time(text(event.get("eventTime"))) or created
    first = parse_time(text(event.get("firstTimestamp"))) or happened
    observed = parse_time(text(mapping(event.get("series")).get("lastObservedTime")))
    last = observed or parse_time(text(event.get("lastTimestamp"))) or happened
    return first, last


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other


def _age_key(row: EventRow) -> tuple[float, str, str]:
    return (row.last.timestamp() if row.last else 0.0, row.involved, row.reason)
