"""A simulated JetStream server: the model of `domain.serving`, and what it says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.serving import HBM_BYTES_PER_CHIP, Generation, Pace, Server, hbm_share
from jetscale_tui.sandbox.exposition import Exposition, Histogram

if TYPE_CHECKING:
    from jetscale_tui.sandbox.blueprint import WorkloadBlueprint

__all__ = ["HBM_BYTES_PER_CHIP", "Generation", "JetStream"]

_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0)
_TOKENS = (1.0, 10.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)


class JetStream(Server):
    """One replica, and its metrics. All times are simulated seconds."""

    def __init__(self, workload: WorkloadBlueprint, *, loaded: float) -> None:
        pace = Pace(workload.slots, workload.prefill_seconds, workload.decode_seconds_per_token)
        super().__init__(pace, loaded=loaded)
        self._startup = workload.start_seconds
        self._served = 0
        self._first_token = Histogram(_SECONDS)
        self._duration = Histogram(_SECONDS)
        self._input = Histogram(_TOKENS)
        self._output = Histogram(_TOKENS)

    @property
    def hbm_bytes(self) -> int:
        """High-bandwidth memory in use on each chip."""
        return int(HBM_BYTES_PER_CHIP * hbm_share(self.slots_used))

    def _begun(self, generation: Generation) -> None:
        self._first_token.observe(generation.waited)

    def _ended(self, generation: Generation) -> None:
        self._served += 1
        self._duration.observe(generation.latency)
        self._input.observe(generation.prompt_tokens)
        self._output.observe(generation.max_tokens)

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
