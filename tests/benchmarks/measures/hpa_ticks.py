"""Passes of the control loop a second on one core: one External metric, default behavior.

Both readings of "default" are measured, `behavior: {}` filled in by the API server and no behavior
at all; the slower one counts.
"""

from __future__ import annotations

import math
from time import perf_counter
from typing import TYPE_CHECKING

from jetscale_tui.domain.hpa.behavior import Memory
from jetscale_tui.domain.hpa.loop import evaluate
from jetscale_tui.domain.hpa.readings import Pods, Scale
from jetscale_tui.domain.hpa.spec import HpaSpec, parse_spec
from jetscale_tui.domain.hpa.status import HpaStatus
from tests.benchmarks.figure import Figure

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

BAR = 20_000
TICKS = 4_000
ROUNDS = 5
PERIOD = 15_000
"""Milliseconds between passes."""


def measure() -> Figure:
    """The best of several rounds, as whatever else runs only makes a round slower."""
    load = [(int(200_000 * (1 + math.sin(tick / 40))) + 137 * (tick % 7),) for tick in range(TICKS)]
    rates = {
        name: max(_round(_spec(behavior), load) for _ in range(ROUNDS))
        for name, behavior in (("behavior defaulted", {}), ("behavior absent", None))
    }
    slowest = min(rates.values())
    return Figure(slowest, "ticks/s", f"at least {BAR:,} ticks/s", slowest >= BAR, rates)


def _spec(behavior: Json | None) -> HpaSpec:
    metric = {"name": "prometheus.googleapis.com|jetstream_prefill_backlog_size|gauge"}
    target = {"type": "AverageValue", "averageValue": "10"}
    return parse_spec(
        {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "server"},
            "minReplicas": 1,
            "maxReplicas": 50,
            "metrics": [{"type": "External", "external": {"metric": metric, "target": target}}],
            "behavior": behavior,
        }
    )


def _round(spec: HpaSpec, load: list[tuple[int]]) -> float:
    memory, status, size, now = Memory(), HpaStatus(), 3, 0
    start = perf_counter()
    for reading in load:
        now += PERIOD
        scale, pods = Scale(size, size), Pods(size, size)
        result = evaluate(spec, memory, status, scale, pods, [reading], now)
        memory, status, size = result.memory, result.status, result.desired
    return len(load) / (perf_counter() - start)
