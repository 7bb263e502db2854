"""A simulated JetStream server: the model of `domain.serving`, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.serving import HBM_BYTES_PER_CHIP, Generation, Pace, Server, hbm_share
from jetscale_tui.sandbox.exposition import Exposition, Histogram

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.sandbox.blueprint import WorkloadBlueprint

__all__ = ["HBM_BYTES_PER_CHIP", "Generation", "JetStream"]

_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0)
_PER_TOKEN = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
_TOKENS = (1.0, 10.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)


@dataclass(frozen=True, slots=True)
class _Timing:
    """A histogram of requests, each counted when its last token is there."""

    name: str
    text: str
    bounds: tuple[float, ...]
    value: Callable[[Generation, Pace], float]


_FIRST_TOKEN = _Timing(
    "jetstream_time_to_first_token",
    "Time to first token per request",
    _SECONDS,
    lambda request, _: request.waited,
)
"""Counted when the first token is there."""
_TIMINGS = (
    _Timing(
        "jetstream_queue_duration",
        "The total time each request spends enqueued in seconds",
        _SECONDS,
        lambda request, pace: request.waited - pace.prefill_seconds,
    ),
    _Timing(
        "jetstream_time_per_prefill_token",
        "Prefill time per token in seconds",
        _PER_TOKEN,
        lambda request, pace: pace.prefill_seconds / max(1, request.prompt_tokens),
    ),
    _Timing(
        "jetstream_time_per_output_token",
        "Average time per output token in seconds",
        _PER_TOKEN,
        lambda request, _: (request.latency - request.waited) / request.max_tokens,
    ),
    _Timing(
        "jetstream_time_per_request",
        "End to end request latency in seconds",
        _SECONDS,
        lambda request, _: request.latency,
    ),
    _Timing(
        "jetstream_wait_time_per_request",
        "Time each request is not being prefilled or decoded",
        _SECONDS,
        lambda request, pace: (
            request.latency - pace.prefill_seconds - request.max_tokens * pace.step_seconds
        ),
    ),
    _Timing(
        "jetstream_request_input_length",
        "Number of input tokens per request",
        _TOKENS,
        lambda request, _: request.prompt_tokens,
    ),
    _Timing(
        "jetstream_request_output_length",
        "Number of output tokens per request",
        _TOKENS,
        lambda request, _: request.max_tokens,
    ),
)


class JetStream(Server):
    """One replica, and its metrics. All times are simulated seconds."""

    def __init__(self, workload: WorkloadBlueprint, *, loaded: float) -> None:
        pace = Pace(workload.slots, workload.prefill_seconds, workload.decode_seconds_per_token)
        super().__init__(pace, loaded=loaded)
        self._startup = workload.start_seconds
        self._served = 0
        self._timings = {each: Histogram(each.bounds) for each in (_FIRST_TOKEN, *_TIMINGS)}

    @property
    def hbm_bytes(self) -> int:
        """High-bandwidth memory in use on each chip."""
        return int(HBM_BYTES_PER_CHIP * hbm_share(self.slots_used))

    def _begun(self, generation: Generation) -> None:
        self._count(_FIRST_TOKEN, generation)

    def _ended(self, generation: Generation) -> None:
        self._served += 1
        for timing in _TIMINGS:
            self._count(timing, generation)

    def _count(self, timing: _Timing, generation: Generation) -> None:
        self._timings[timing].observe(max(0.0, timing.value(generation, self.pace)))

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
        for timing, histogram in self._timings.items():
            page.histogram(timing.name, timing.text, histogram)
        return page.text()
