"""Where a replay is: recorded time that runs, stands, or jumps. Safe to ask from any thread."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from jetscale_tui.domain.recording import moment

if TYPE_CHECKING:
    from datetime import datetime

    from jetscale_tui.recording.files import Recording


class ReplayClock:
    """The cluster's time as it was recorded; `engine.ports.Clock`."""

    def __init__(self, recording: Recording, speed: float = 1.0) -> None:
        """A clock that stands at the start."""
        self._recording = recording
        self._lock = threading.Lock()
        self._speed = speed
        self._position = 0.0
        self._since: float | None = None

    @property
    def position(self) -> float:
        """Seconds from the start, never past the end."""
        with self._lock:
            return self._at(time.monotonic())

    @property
    def speed(self) -> float:
        """Recorded seconds a second."""
        return self._speed

    @property
    def running(self) -> bool:
        """Whether it is not paused."""
        return self._since is not None

    def set(
        self,
        *,
        position: float | None = None,
        speed: float | None = None,
        running: bool | None = None,
    ) -> None:
        """Change what is given, all in one instant."""
        with self._lock:
            now = time.monotonic()
            here = self._at(now) if position is None else position
            self._position = min(max(here, 0.0), self._recording.length)
            self._speed = self._speed if speed is None else speed
            runs = self._since is not None if running is None else running
            self._since = now if runs else None

    def _at(self, now: float) -> float:
        passed = 0.0 if self._since is None else (now - self._since) * self._speed
        return min(self._position + passed, self._recording.length)

    def now(self) -> datetime:
        """The recorded time."""
        return moment(self._recording.header, self.position)

    def monotonic(self) -> float:
        """Real seconds that only grow: whoever waits waits for somebody in front of the screen."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait real seconds."""
        time.sleep(seconds)
