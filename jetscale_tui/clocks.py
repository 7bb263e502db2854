"""The clocks behind `ports.Clock`: the wall's, and one that keeps pace with a fast cluster."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class WallClock:
    """Real time."""

    def now(self) -> datetime:
        """Current time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait real seconds."""
        time.sleep(seconds)


class PacedClock:
    """Time of a cluster that lives `speed` times as fast as the wall, from a common instant on.

    Any process that knows the instant and the speed tells the same time, so ages and countdowns
    of a fast sandbox are right in another terminal too.
    """

    def __init__(self, started: datetime, speed: float) -> None:
        self._started = started
        self._speed = speed

    def now(self) -> datetime:
        """Current time of the cluster, in UTC."""
        return self._started + (datetime.now(UTC) - self._started) * self._speed

    def monotonic(self) -> float:
        """Seconds of the cluster's time that only grow."""
        return time.monotonic() * self._speed

    def sleep(self, seconds: float) -> None:
        """Wait seconds of the cluster's time."""
        time.sleep(seconds / self._speed)
