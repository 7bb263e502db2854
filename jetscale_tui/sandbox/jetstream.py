"""A JetStream server as a model: slots, a prefill queue, token-by-token decode; no threads, no I/O.

The engine works in laps, as JetStream does when prefill and decode share their chips: at most one
prefill when a slot is free, then one decode step that gives every busy slot its next token. Time
only moves in `advance`; all times are simulated seconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.sandbox.exposition import Exposition, Histogram

if TYPE_CHECKING:
    from jetscale_tui.sandbox.blueprint import WorkloadBlueprint

_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0)
_TOKENS = (1.0, 10.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)

HBM_BYTES_PER_CHIP = 16_911_433_728
"""What a v5e chip reports as `memory_total`."""
_HBM_LOADED = 0.8
"""Share in use once the model is loaded: weights, and the KV cache of all slots."""
_HBM_PER_BUSY_SHARE = 0.015
"""What full slots add to it: little, because the cache is allocated at start."""


@dataclass(slots=True, eq=False)
class Generation:
    """One request on its way through a replica."""

    prompt_tokens: int
    max_tokens: int
    arrived: float
    first_token: float | None = None
    finished: float | None = None
    decoded: int = 0

    @property
    def remaining(self) -> int:
        """Tokens still to decode."""
        return self.max_tokens - self.decoded

    @property
    def latency(self) -> float:
        """Seconds from arrival to the last token; 0 while unfinished."""
        return 0.0 if self.finished is None else self.finished - self.arrived


class JetStream:
    """One replica: what it holds, how fast it works through it, and what it says of itself."""

    def __init__(self, workload: WorkloadBlueprint, *, loaded: float) -> None:
        self._prefill = workload.prefill_seconds
        self._step = workload.decode_seconds_per_token
        self._startup = workload.start_seconds
        self.slots = workload.slots
        self._queue: deque[Generation] = deque()
        self._busy: list[Generation] = []
        self._clock = loaded
        self._served = 0
        self._first_token = Histogram(_SECONDS)
        self._duration = Histogram(_SECONDS)
        self._input = Histogram(_TOKENS)
        self._output = Histogram(_TOKENS)

    @property
    def backlog(self) -> int:
        """Requests that wait for their prefill."""
        return len(self._queue)

    @property
    def slots_used(self) -> float:
        """Share of the slots that decode, 0 to 1."""
        return len(self._busy) / self.slots

    @property
    def busy(self) -> float:
        """Share of the time its chips work, 0 to 1."""
        return 1.0 if self._busy or self._queue else 0.0

    @property
    def hbm_bytes(self) -> int:
        """High-bandwidth memory in use on each chip."""
        return int(HBM_BYTES_PER_CHIP * (_HBM_LOADED + _HBM_PER_BUSY_SHARE * self.slots_used))

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
            laps = self._laps_alike()
            lap = self._lap()
            fit = int((now - self._clock) / lap + 1e-9)
            if fit < 1:
                break
            self._run(min(laps, fit), lap, finished)
        return finished

    def abandon(self) -> list[Generation]:
        """Drop everything, as a container that is killed does; what was dropped."""
        dropped = [*self._busy, *self._queue]
        self._queue.clear()
        self._busy.clear()
        return dropped

    def next_completion(self) -> float | None:
        """Earliest time at which a request can finish; None when idle.

        A lower bound: prefills of waiting requests and later arrivals push it back.
        """
        if self._busy:
            return self._clock + self._lap() + (self._least() - 1) * self._step
        if self._queue:
            return self._clock + self._lap() + (self._queue[0].max_tokens - 1) * self._step
        return None

    def earliest(self, generation: Generation) -> float:
        """Earliest time at which an unfinished request can finish; a lower bound, as above."""
        if generation.first_token is not None:
            return self._clock + self._lap() + (generation.remaining - 1) * self._step
        own = self._prefill + generation.max_tokens * self._step
        if len(self._busy) < self.slots:
            return self._clock + own
        return self._clock + self._least() * self._step + own

    def _prefills(self) -> bool:
        return bool(self._queue) and len(self._busy) < self.slots

    def _lap(self) -> float:
        return self._step + (self._prefill if self._prefills() else 0.0)

    def _least(self) -> int:
        return min(generation.remaining for generation in self._busy)

    def _laps_alike(self) -> int:
        """How many laps until something other than token counts changes."""
        return 1 if self._prefills() else self._least()

    def _run(self, laps: int, lap: float, finished: list[Generation]) -> None:
        if self._prefills():
            generation = self._queue.popleft()
            generation.first_token = self._clock + self._prefill
            self._first_token.observe(generation.first_token - generation.arrived)
            self._busy.append(generation)
        self._clock += laps * lap
        still: list[Generation] = []
        for generation in self._busy:
            generation.decoded += laps
            if generation.remaining > 0:
                still.append(generation)
                continue
            generation.finished = self._clock
            self._served += 1
            self._duration.observe(generation.latency)
            self._input.observe(generation.prompt_tokens)
            self._output.observe(generation.max_tokens)
            finished.append(generation)
        self._busy = still

    def exposition(self, pod: str) -> str:
        """The page of the metrics port, as the server's Prometheus client writes it."""
        page = Exposition({"id": pod})
        page.gauge("jetstream_prefill_backlog_size", "Size of prefill queue", self.backlog)
        # JetStream binds these two once at start-up: they never leave zero.
        for queue in ("transfer", "generate"):
            page.gauge(f"jetstream_{queue}_backlog_size", f"Size of {queue} queue", 0, {"idx": "0"})
        page.gauge(
            "jetstream_slots_used_percentage",
            "The percentage of decode slots currently being used",
            self.slots_used,
            {"idx": "0"},
        )
        page.gauge(
            "jetstream_server_startup_latency",
            "Total time taken to start the Jetstream server",
            self._startup,
        )
        page.counter(
            "jetstream_request_success_count",
            "Number of requests successfully completed",
            self._served,
        )
        page.histogram(
            "jetstream_time_to_first_token", "Time to first token per request", self._first_token
        )
        page.histogram(
            "jetstream_time_per_request", "End to end request latency in seconds", self._duration
        )
        page.histogram(
            "jetstream_request_input_length", "Number of input tokens per request", self._input
        )
        page.histogram(
            "jetstream_request_output_length", "Number of output tokens per request", self._output
        )
        return page.text()
