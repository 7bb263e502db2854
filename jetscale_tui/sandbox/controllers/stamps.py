"""Times as the API writes them, to the second, and how long ago they were."""

from __future__ import annotations

from datetime import UTC, datetime


def parse_stamp(stamp: str) -> datetime:
    """The moment of a time stamp such as `2026-01-31T12:00:00Z`."""
    return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def seconds_since(stamp: str, now: datetime) -> float:
    """Age of a time stamp."""
    return (now - parse_stamp(stamp)).total_seconds()
