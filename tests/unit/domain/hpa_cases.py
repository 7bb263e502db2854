"""One HPA, its world and its history, for tests that vary one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jetscale_tui.domain.hpa.behavior import Memory
from jetscale_tui.domain.hpa.loop import PassResult, evaluate
from jetscale_tui.domain.hpa.readings import Flags, Pods, Reading, Scale, ScaleUnreadable
from jetscale_tui.domain.hpa.spec import HpaSpec, parse_spec
from jetscale_tui.domain.hpa.status import HpaStatus

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

SECOND = 1_000
START = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""


def external(name: str = "queue", **target: str) -> Json:
    """An External metric; `average="10"` or `value="10"`."""
    wanted = (
        {"type": "Value", "value": target["value"]}
        if "value" in target
        else {"type": "AverageValue", "averageValue": target.get("average", "10")}
    )
    return {"type": "External", "external": {"metric": {"name": name}, "target": wanted}}


def spec(*metrics: Json, low: int = 1, high: int = 10, behavior: Json | None = None) -> HpaSpec:
    """An HPA on a Deployment named server; one External metric of 10 a pod if none is given."""
    return parse_spec(
        {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "server"},
            "minReplicas": low,
            "maxReplicas": high,
            "metrics": list(metrics) or [external()],
            "behavior": behavior,
        },
        name="server-hpa",
    )


@dataclass(frozen=True)
class World:
    """An HPA between two passes, with pods that follow at once."""

    spec: HpaSpec
    size: int = 2
    now: int = START
    memory: Memory = field(default_factory=Memory)
    status: HpaStatus = field(default_factory=HpaStatus)
    flags: Flags = field(default_factory=Flags)

    def step(
        self,
        *readings: Reading,
        scale: Scale | ScaleUnreadable | None = None,
        pods: Pods | None = None,
        write_error: str = "",
    ) -> tuple[PassResult, World]:
        """One pass, and the world 15 seconds later."""
        result = evaluate(
            self.spec,
            self.memory,
            self.status,
            scale or Scale(self.size, self.size),
            pods or Pods(self.size, self.size),
            readings,
            self.now,
            self.flags,
            write_error=write_error,
        )
        after = replace(
            self,
            size=result.desired if result.rescaled else self.size,
            now=self.now + 15 * SECOND,
            memory=result.memory,
            status=result.status,
        )
        return result, after
