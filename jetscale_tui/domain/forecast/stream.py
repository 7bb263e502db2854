"""A replica that serves a flow of requests: the laps of `domain.serving`, many at a time.

What was prefilled within a step is a batch, and leaves as many laps later as a request has tokens,
as evenly as it came. Amounts are requests and may be fractions.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jetscale_tui.domain.serving import Pace


class Stream:
    """One replica, empty at first."""

    __slots__ = ("_batches", "_lap", "_laps", "_prefills", "_tokens", "busy", "pace", "queue")

    def __init__(self, pace: Pace, max_tokens: int) -> None:
        self.pace = pace
        self.queue = 0.0
        """Requests that wait for their prefill."""
        self.busy = 0.0
        """Slots in use."""
        self._tokens = max_tokens
        self._lap = pace.step_seconds + pace.prefill_seconds
        self._laps = 0.0
        """Done so far."""
        self._prefills = 0.0
        """A second, in the last step."""
        self._batches: deque[tuple[float, float, float]] = deque()
        """The laps in which a batch's first and last request leave, and how many there are."""

    def move(self, arriving: float, span: float) -> None:
        """Let requests arrive evenly over so many seconds, and work as long."""
        pace = self.pace
        waiting = self.queue + arriving
        if not waiting and not self._batches:
            return
        begun = min(waiting, span / self._lap)
        if begun > pace.slots - self.busy:
            # Prefills take time from decoding, and what was decoded makes room for prefills: the
            # prefills of the last step give the laps of this one, and those the room.
            laps = max(0.0, span * (1 - self._prefills * pace.prefill_seconds)) / pace.step_seconds
            begun = min(begun, pace.slots - self.busy + self._leaving(self._laps + laps))
        laps = (span - begun * pace.prefill_seconds) / pace.step_seconds
        done = self._leave(self._laps + laps)
        begun = min(begun, pace.slots - self.busy + done)
        if begun > 0:
            first = self._laps + self._tokens
            self._batches.append((first, first + laps, begun))
        self._laps += laps
        self._prefills = begun / span
        self.busy = max(0.0, self.busy - done + begun)
        self.queue = waiting - begun

    def _leaving(self, until: float) -> float:
        """How many leave up to a lap."""
        total = 0.0
        for first, last, number in self._batches:
            if last > until:
                if first < until:
                    total += number * (until - first) / (last - first)
                break
            total += number
        return total

    def _leave(self, until: float) -> float:
        """Let them go."""
        total, batches = 0.0, self._batches
        while batches and batches[0][0] < until:
            first, last, number = batches.popleft()
            if last > until:
                going = number * (until - first) / (last - first)
                batches.appendleft((until, last, number - going))
                return total + going
            total += number
        return total
