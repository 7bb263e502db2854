"""An inference server as a model: slots, a prefill queue, token-by-token decode; no I/O.

The engine works in laps, as JetStream does when prefill and decode share their chips: at most one
prefill when a slot is free, then one decode step that gives every busy slot its next token. Time
only moves in `advance`. The sandbox's servers and the forecast run on this same model.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass

HBM_BYTES_PER_CHIP = 16_911_433_728
"""What a v5e chip reports as `memory_total`."""
_HBM_LOADED = 0.8
"""Share in use once the model is loaded: weights, and the KV cache of all slots."""
_HBM_PER_BUSY_SHARE = 0.015
"""What full slots add to it: little, because the cache is allocated at start."""


def hbm_share(slots_used: float) -> float:
    """Share of a chip's high-bandwidth memory in use; `slots_used` is 0 to 1."""
    return _HBM_LOADED + _HBM_PER_BUSY_SHARE * slots_used


@dataclass(frozen=True, slots=True)
class Pace:
    """How much one replica takes on at once, and how fast it works. Times in seconds."""

    slots: int = 32
    """Requests decoded at the same time."""
    prefill_seconds: float = 0.1
    step_seconds: float = 0.1
    """One decode step, which gives every busy slot a token."""

    def service_seconds(self, max_tokens: float, busy: float) -> float:
        """From prefill to the last token, when so many slots are kept busy.

        While one request decodes, every other slot is refilled once, and each refill is a
        prefill that all of them wait for.
        """
        return self.step_seconds * max_tokens + self.prefill_seconds * busy

    def throughput(self, max_tokens: float) -> float:
        """Requests a second that a replica finishes at most."""
        full = self.slots / self.service_seconds(max_tokens, self.slots)
        # Short requests leave before all slots are filled: a lap has one prefill.
        return min(full, 1 / (self.step_seconds + self.prefill_seconds))


@dataclass(slots=True, eq=False)
class Generation:
    """One request on its way through a replica."""

    prompt_tokens: int
    max_tokens: int
    arrived: float
    first_token: float | None = None
    """When its prefill was done; None while it waits."""
    finished: float | None = None
    last_lap: int = 0
    """Number of the lap that brings its last token; set with its prefill."""

    @property
    def waited(self) -> float:
        """Seconds from arrival to the first token; 0 while it has none."""
        return 0.0 if self.first_token is None else self.first_token - self.arrived

    @property
    def latency(self) -> float:
        """Seconds from arrival to the last token; 0 while unfinished."""
        return 0.0 if self.finished is None else self.finished - self.arrived


class Server:
    """One replica: what it holds, and how fast it works through it."""

    def __init__(self, pace: Pace, *, loaded: float) -> None:
        self.pace = pace
        self._queue: deque[Generation] = deque()
        self._busy: list[tuple[int, int, Generation]] = []
        """A heap by last lap, then by order of prefill."""
        self._laps = 0
        self._prefilled = 0
        self._clock = loaded

    @property
    def slots(self) -> int:
        """Requests it decodes at the same time."""
        return self.pace.slots

    @property
    def backlog(self) -> int:
        """Requests that wait for their prefill."""
        return len(self._queue)

    @property
    def slots_used(self) -> float:
        """Share of the slots that decode, 0 to 1."""
        return len(self._busy) / self.pace.slots

    @property
    def busy(self) -> float:
        """Share of the time its chips work, 0 to 1."""
        return 1.0 if self._busy or self._queue else 0.0

    def submit(self, now: float, *, max_tokens: int, prompt_tokens: int = 16) -> Generation:
        """Queue a request; `advance` to `now` first."""
        if not self._queue and not self._busy:
            self._clock = max(self._clock, now)
        generation = Generation(prompt_tokens, max(1, max_tokens), now)
        self._queue.append(generation)
        return generation

    def advance(self, now: float) -> list[Generation]:
        """Work until `now`; the requests that finished on the way, in order."""
        finished: list[Generation] = []
        while self._queue or self._busy:
            lap = self._lap()
            fit = int((now - self._clock) / lap + 1e-9)
            if fit < 1:
                break
            self._run(min(self._laps_alike(), fit), lap, finished)
        return finished

    def abandon(self) -> list[Generation]:
        """Drop everything, as a container that is killed does; what was dropped."""
        dropped = [*(generation for _, _, generation in sorted(self._busy)), *self._queue]
        self._queue.clear()
        self._busy.clear()
        return dropped

    def next_completion(self) -> float | None:
        """Earliest time at which a request can finish; None when idle.

        A lower bound: prefills of waiting requests and later arrivals push it back.
        """
        step = self.pace.step_seconds
        if self._busy:
            return self._clock + self._lap() + (self._least() - 1) * step
        if self._queue:
            return self._clock + self._lap() + (self._queue[0].max_tokens - 1) * step
        return None

    def earliest(self, generation: Generation) -> float:
        """Earliest time at which an unfinished request can finish; a lower bound, as above."""
        step = self.pace.step_seconds
        if generation.first_token is not None:
            return self._clock + self._lap() + (generation.last_lap - self._laps - 1) * step
        own = self.pace.prefill_seconds + generation.max_tokens * step
        if len(self._busy) < self.pace.slots:
            return self._clock + own
        return self._clock + self._least() * step + own

    def _begun(self, generation: Generation) -> None:
        """A request got its first token; for those who count."""

    def _ended(self, generation: Generation) -> None:
        """A request got its last token; for those who count."""

    def _prefills(self) -> bool:
        return bool(self._queue) and len(self._busy) < self.pace.slots

    def _lap(self) -> float:
        return self.pace.step_seconds + (self.pace.prefill_seconds if self._prefills() else 0.0)

    def _least(self) -> int:
        """Laps until the next request can finish."""
        return self._busy[0][0] - self._laps

    def _laps_alike(self) -> int:
        """How many laps until something other than token counts changes."""
        return 1 if self._prefills() else self._least()

    def _run(self, laps: int, lap: float, finished: list[Generation]) -> None:
        if self._prefills():
            generation = self._queue.popleft()
            generation.first_token = self._clock + self.pace.prefill_seconds
            generation.last_lap = self._laps + generation.max_tokens
            self._prefilled += 1
            heapq.heappush(self._busy, (generation.last_lap, self._prefilled, generation))
            self._begun(generation)
        self._clock += laps * lap
        self._laps += laps
        while self._busy and self._busy[0][0] <= self._laps:
            generation = heapq.heappop(self._busy)[2]
            generation.finished = self._clock
            self._ended(generation)
            finished.append(generation)
