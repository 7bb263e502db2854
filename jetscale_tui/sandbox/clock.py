"""The one clock of a sandbox: it starts at the real time and may run faster.

Everything of the sandbox that waits or writes a time does it here, so that `--speed 20` makes
deployments, scrapes, autoscalers and identity propagation twenty times as fast together. A stopped
clock only moves when it is told to, which is how the cluster's past is made in no time.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class SimClock:
    """Simulated time; `speed` simulated seconds pass in one real second."""

    def __init__(self, speed: float = 1.0, start: datetime | None = None) -> None:
        if speed <= 0:
            raise ValueError("the speed of a clock is above zero")
        self.speed = speed
        self._origin = time.monotonic()
        self._start = start or datetime.now(UTC)
        self._stopped_at: float | None = None
        self._closed = threading.Event()

    def now(self) -> datetime:
        """Simulated time of day, aware, in UTC."""
        return self.at(self.monotonic())

    def monotonic(self) -> float:
        """Simulated seconds since the clock's start."""
        if self._stopped_at is not None:
            return self._stopped_at
        return (time.monotonic() - self._origin) * self.speed

    def at(self, monotonic: float) -> datetime:
        """Simulated time of day at a value of `monotonic()`."""
        return self._start + timedelta(seconds=monotonic)

    def wall(self, sim_seconds: float) -> float:
        """Real seconds that so many simulated ones take."""
        return sim_seconds / self.speed

    def sleep(self, sim_seconds: float) -> bool:
        """Wait so many simulated seconds; False when the clock was closed meanwhile."""
        return not self._closed.wait(max(0.0, self.wall(sim_seconds)))

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let time stand still but for `skip`; afterwards it goes on from where it is then."""
        self._stopped_at = self.monotonic()
        try:
            yield
        finally:
            self._origin = time.monotonic() - self._stopped_at / self.speed
            self._stopped_at = None

    def skip(self, sim_seconds: float) -> None:
        """Move a stopped clock forward."""
        assert self._stopped_at is not None
        self._stopped_at += max(0.0, sim_seconds)

    @property
    def closed(self) -> bool:
        """The sandbox is stopping: nobody should wait any longer."""
        return self._closed.is_set()

    def close(self) -> None:
        """End every sleep, present and future, at once."""
        self._closed.set()
