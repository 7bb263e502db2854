"""Questions in a few words, for the tests of the forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.forecast.facts import Facts
from jetscale_tui.domain.forecast.gauges import Across, Followed, Gauge
from jetscale_tui.domain.forecast.load import Burst
from jetscale_tui.domain.forecast.simulate import Question
from jetscale_tui.domain.hpa.spec import HpaSpec, parse_spec

if TYPE_CHECKING:
    from jetscale_tui.domain.forecast.load import Load

BACKLOG = Followed(Gauge.BACKLOG, Across.PODS)
SLOTS = Followed(Gauge.SLOTS_USED, Across.PODS)
TWO_FIT = Facts(fits_now=2)


def hpa(
    target: str = "10",
    *,
    least: int = 1,
    most: int = 2,
    behavior: dict[str, Any] | None = None,
    metrics: int = 1,
) -> HpaSpec:
    """An HPA on as many Pods metrics with the same target."""
    names = [f"metric-{index}" for index in range(metrics)]
    return parse_spec(
        {
            "minReplicas": least,
            "maxReplicas": most,
            "metrics": [pods_metric(name, target) for name in names],
            "behavior": behavior,
        },
        name="jetstream-hpa",
    )


def pods_metric(name: str, target: str) -> dict[str, Any]:
    wanted = {"type": "AverageValue", "averageValue": target}
    return {"type": "Pods", "pods": {"metric": {"name": name}, "target": wanted}}


def ask(
    load: Load | None = None,
    spec: HpaSpec | None = None,
    facts: Facts = TWO_FIT,
    followed: Followed | None = BACKLOG,
    limit: float = 30.0,
) -> Question:
    """The guide's burst on an HPA of one or two replicas, unless said otherwise."""
    return Question(spec or hpa(), (followed,), facts, load or Burst(), limit)
