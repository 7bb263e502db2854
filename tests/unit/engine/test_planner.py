from __future__ import annotations

from jetscale_tui.engine.plan import Create, StepId
from jetscale_tui.engine.planner import build_plan
from tests.fakes import FakeCloud
from tests.unit.engine.scene import PROFILE, SETUP, cluster_with_server, gke


def test_on_an_empty_cluster_everything_is_created_in_the_documented_order() -> None:
    cluster, cloud = cluster_with_server(), FakeCloud(gke())
    plan = build_plan(SETUP, PROFILE, cluster, cloud)
    assert [step.id for step in plan.steps] == [
        StepId.SERVICES,
        StepId.SCRAPE_SERVER,
        StepId.SCRAPE_TPU,
        StepId.ADAPTER_IDENTITY,
        StepId.ADAPTER,
        StepId.HPA,
    ]
    created = [c for step in plan.steps for c in step.changes if isinstance(c, Create)]
    assert len(created) == 16
    assert plan.risks == ()


def test_planning_writes_nothing() -> None:
    cluster, cloud = cluster_with_server(), FakeCloud(gke())
    build_plan(SETUP, PROFILE, cluster, cloud)
    assert cluster.writes == []
    assert cloud.writes == []
