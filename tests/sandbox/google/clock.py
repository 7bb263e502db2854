"""A clock that only moves when a test says so."""

from __future__ import annotations


class ManualClock:
    """Seconds since the test began."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
