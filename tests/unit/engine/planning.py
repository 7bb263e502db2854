"""Plans made of the scene, and what to look at in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.engine.planner import Choices, build_plan
from tests.fakes import FakeCloud, FakeCluster
from tests.unit.engine.scene import (
    PROFILE,
    SETUP,
    cluster_with_server,
    gke,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.plan import Plan, Step, StepId


def planned(
    cluster: FakeCluster | None = None,
    cloud: FakeCloud | None = None,
    setup: Setup = SETUP,
    choices: Choices = Choices(),  # noqa: B008 - frozen
) -> Plan:
    return build_plan(
        setup, PROFILE, cluster or cluster_with_server(), cloud or FakeCloud(gke()), choices
    )


def step(plan: Plan, which: StepId) -> Step:
    return next(step for step in plan.steps if step.id is which)


def risk_ids(plan: Plan) -> list[str]:
    return [risk.id for risk in plan.risks]
