"""Steps that were left to somebody else: what waits for them, and what shows that they are done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.google import Binding
from jetscale_tui.domain.rights import GooglePermission, KubernetesRight
from jetscale_tui.domain.spec import MetricTarget
from jetscale_tui.engine.dependence import is_known_missing, needs
from jetscale_tui.engine.journal import RunState, runs
from jetscale_tui.engine.patience import PATIENCE
from jetscale_tui.engine.plan import EnableService, Grant, Step, StepId, StepState
from jetscale_tui.engine.undo import build_undo
from jetscale_tui.errors import StepFailed
from tests.unit.engine.scene import PROFILE, setup_with
from tests.unit.engine.world import World

if TYPE_CHECKING:
    from pathlib import Path

SET_POLICY = "resourcemanager.projects.setIamPolicy"
GET_POLICY = "resourcemanager.projects.getIamPolicy"
SOMEBODYS = Binding("roles/monitoring.viewer", "user:somebody@example.com")
"""Any binding makes the fake adapter answer."""
TPU = (MetricTarget(name="memory_used", target="1Gi"),)
SYSTEM = (MetricTarget(name="kubernetes.io/node/accelerator/memory_used", target="1Gi"),)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize(
    ("metrics", "wanted", "unwanted"),
    [
        (None, StepId.SCRAPE_SERVER, StepId.SCRAPE_TPU),
        (TPU, StepId.SCRAPE_TPU, StepId.SCRAPE_SERVER),
        (SYSTEM, StepId.ADAPTER_IDENTITY, StepId.SCRAPE_TPU),
    ],
    ids=["server", "tpu", "system"],
)
def test_only_what_the_metrics_come_from_is_needed(
    world: World,
    metrics: tuple[MetricTarget, ...] | None,
    wanted: StepId,
    unwanted: StepId,
) -> None:
    setup = setup_with(scaling={"metrics": metrics}) if metrics else setup_with()
    found = needs(StepId.HPA, world.plan(setup), PROFILE)
    assert wanted in found
    assert unwanted not in found
    assert StepId.HPA not in found
    assert needs(StepId.SERVICES, world.plan(setup), PROFILE) == frozenset()


def test_taking_a_run_back_needs_no_other_step(world: World) -> None:
    world.run()
    plan = build_undo(runs(world.folder)[-1], world.cluster, world.cloud)
    assert needs(StepId.HPA, plan, PROFILE) == frozenset()


@pytest.mark.parametrize(
    ("missing", "known"),
    [
        (GooglePermission("serviceusage.services.enable"), True),
        (GooglePermission("serviceusage.services.get"), False),
        (KubernetesRight("create", "", "secrets"), True),
        (KubernetesRight("get", "", "secrets"), False),
    ],
)
def test_what_one_may_not_look_at_is_not_known_to_be_missing(
    missing: GooglePermission | KubernetesRight, known: bool
) -> None:
    change = EnableService("p", "monitoring.googleapis.com")
    step = Step(StepId.SERVICES, (change,), missing=(missing,), handed_over=True)
    assert is_known_missing(step) is known


def test_a_step_one_may_do_is_not_missing(world: World) -> None:
    assert not any(is_known_missing(step) for step in world.plan().steps)


class TestRun:
    def test_without_anybody_there_it_stops_at_once_and_names_what_is_missing(
        self, world: World
    ) -> None:
        world.cloud.denied.add(SET_POLICY)
        with pytest.raises(StepFailed) as caught:
            world.run(patience=0.0)
        assert caught.value.what == (
            "Metrics adapter cannot work before somebody else has done: Adapter identity."
        )
        assert "goes on from here" in caught.value.fix
        assert world.clock.seconds == 0.0
        assert world.states(StepId.SCRAPE_TPU)[-1] is StepState.DONE
        assert world.states(StepId.ADAPTER)[-1] is StepState.FAILED
        assert world.states(StepId.HPA) == []

    def test_the_next_run_finds_it_done_and_does_the_rest(self, world: World) -> None:
        world.cloud.denied.add(SET_POLICY)
        with pytest.raises(StepFailed):
            world.run(patience=0.0)
        world.cloud.bindings.update(
            change.binding
            for step in world.plan().steps
            for change in step.changes
            if isinstance(change, Grant)
        )
        world.cluster.writes.clear()
        world.run(patience=0.0)
        assert world.state_of_last_run() is RunState.DONE
        assert world.states(StepId.ADAPTER_IDENTITY)[-1] is StepState.DONE
        assert [what for what in world.cluster.writes if "Horizontal" not in what] == []
        assert len(list(world.folder.iterdir())) == 1

    def test_with_somebody_there_it_waits_and_goes_on_by_itself(self, world: World) -> None:
        world.cloud.denied.add(SET_POLICY)

        def grant(now: float) -> None:
            if now >= 900.0:
                world.cloud.bindings.add(SOMEBODYS)

        world.clock.on_sleep = grant
        world.run()
        assert world.state_of_last_run() is RunState.DONE
        assert 900.0 <= world.clock.seconds < PATIENCE

    def test_what_nobody_can_look_at_is_shown_to_be_done_by_its_effect(self, world: World) -> None:
        world.cloud.denied |= {GET_POLICY, SET_POLICY}
        world.cloud.bindings.add(SOMEBODYS)
        world.run(patience=0.0)
        assert world.states(StepId.ADAPTER_IDENTITY)[-1] is StepState.SKIPPED
        assert world.state_of_last_run() is RunState.DONE

    def test_what_nobody_can_look_at_gets_its_time(self, world: World) -> None:
        world.cloud.denied |= {GET_POLICY, SET_POLICY}
        with pytest.raises(StepFailed, match="has no value"):
            world.run(patience=0.0)
        assert world.clock.seconds >= 600.0

    def test_without_a_project_the_effect_alone_counts(self, world: World) -> None:
        world.cloud.bindings.add(SOMEBODYS)
        world.run(world.plan(setup_with(google={"project": None})), patience=0.0)
        assert world.state_of_last_run() is RunState.DONE

    def test_a_last_step_that_is_left_is_named_at_the_end(self, world: World) -> None:
        world.cluster.denied.add(("create", "horizontalpodautoscalers"))
        with pytest.raises(StepFailed) as caught:
            world.run()
        assert caught.value.what == (
            "Everything you may do is done. Left to somebody else: Autoscaler."
        )
        assert world.state_of_last_run() is RunState.STOPPED

    def test_a_step_the_metrics_do_not_need_is_left_without_stopping_the_others(
        self, world: World
    ) -> None:
        plan = world.plan()
        steps = tuple(
            replace(step, handed_over=True) if step.id is StepId.SCRAPE_TPU else step
            for step in plan.steps
        )
        with pytest.raises(StepFailed, match="Left to somebody else: Scrape TPU metrics"):
            world.run(replace(plan, steps=steps))
        assert world.states(StepId.HPA)[-1] is StepState.DONE
