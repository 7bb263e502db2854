"""A replica that serves a flow of requests: the laps of `domain.serving`, many at a time.

What was prefilled within a step is a batch, and leaves as many laps later as a request has tokens,
as evenly as it came. Amounts are requests and may be fractions.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jetscale_tui.domain.serving import Pace

_HALVINGS = 7
_SHARE = 0.75
_MOST_PIECES = 10
"""Beyond that a time is so much longer than a request that nothing of its beginning matters."""


class Stream:
    """One replica, empty at first."""

    __slots__ = (
        "_batches",
        "_lap",
        "_laps",
        "_longest",
        "_prefills",
        "_tokens",
        "busy",
        "pace",
        "queue",
    )

    def __init__(self, pace: Pace, max_tokens: int) -> None:
        self.pace = pace
        self.queue = 0.0
        """Requests that wait for their prefill."""
        self.busy = 0.0
        """Slots in use."""
        self._tokens = max_tokens
        self._lap = pace.step_seconds + pace.prefill_seconds
        self._longest = _SHARE * pace.step_seconds * max_tokens
        """Seconds at a time, so that no slot is used twice within them."""
        self._laps = 0.0
        """Done so far."""
        self._batches: deque[tuple[float, float, float]] = deque()
        """The laps in which a batch's first and last request leave, and how many there are."""

    def move(self, arriving: float, span: float) -> None:
        """Let requests arrive evenly over so many seconds, and work as long."""
        if span <= self._longest:
            self._step(arriving, span)
            return
        pieces = math.ceil(span / self._longest)
        if pieces > _MOST_PIECES:
            self._settle(arriving, span)
            return
        for _ in range(pieces):
            self._step(arriving / pieces, span / pieces)

    def _settle(self, arriving: float, span: float) -> None:
        """Where requests are over in no time, what is held follows from the rate alone."""
        pace = self.pace
        waiting = self.queue + arriving
        served = min(waiting, pace.throughput(self._tokens) * span)
        rate = served / span
        decoding = rate * pace.step_seconds * self._tokens
        self.busy = min(float(pace.slots), decoding / (1 - rate * pace.prefill_seconds))
        self.queue = waiting - served

    def _step(self, arriving: float, span: float) -> None:
        pace = self.pace
        waiting = self.queue + arriving
        if not waiting and not self._batches:
            return
        begun = min(waiting, span / self._lap)
        if begun > pace.slots - self.busy:
            begun = self._fitting(begun, span)
        laps = (span - begun * pace.prefill_seconds) / pace.step_seconds
        done = self._leave(self._laps + laps)
        if begun > 0:
            first = self._laps + self._tokens
            self._batches.append((first, first + laps, begun))
        self._laps += laps
        self.busy = max(0.0, self.busy - done + begun)
        self.queue = waiting - begun

    def _fitting(self, most: float, span: float) -> float:
        """How many can begin: prefills take time from decoding, and what leaves makes room."""
        pace = self.pace
        free, fits, middle = pace.slots - self.busy, 0.0, most
        for _ in range(_HALVINGS):
            laps = (span - middle * pace.prefill_seconds) / pace.step_seconds
            if middle > free + self._leaving(self._laps + laps):
                most = middle
            elif middle == most:
                return middle
            else:
                fits = middle
            middle = (fits + most) / 2
        return fits

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
