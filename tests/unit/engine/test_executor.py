from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.google import Binding, ServiceState
from jetscale_tui.domain.kinds import DEPLOYMENT, HPA, POD_MONITORING, Ref
from jetscale_tui.engine.executor import Executor
from jetscale_tui.engine.journal import RunState, open_journal, read
from jetscale_tui.engine.plan import Risk, StepId, StepState
from jetscale_tui.engine.planner import build_plan
from jetscale_tui.errors import (
    Conflict,
    Interrupted,
    JetScaleError,
    PermissionDenied,
    PlanChanged,
    StepFailed,
)
from tests.unit.engine.scene import (
    PROFILE,
    SETUP,
    WorkingCluster,
    deployment,
    setup_with,
)
from tests.unit.engine.world import World, kill_at

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.domain.kinds import Json

HPA_REF = Ref.to(HPA, "jetstream-hpa", "default")
SCRAPE_REF = Ref.to(POD_MONITORING, "jetstream-podmonitoring", "default")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_run_carries_out_every_step_and_sees_each_work(world: World) -> None:
    world.run()
    done = [event.step for event in world.events if event.state is StepState.DONE]
    assert done == [step.id for step in world.plan().steps]
    assert world.plan().changes == 0
    assert world.state_of_last_run() is RunState.DONE


def test_running_it_again_writes_nothing_and_looks_again(world: World) -> None:
    world.run()
    world.cluster.writes.clear()
    world.run()
    assert world.cluster.writes == []
    assert world.states(StepId.HPA) == [StepState.STARTED, StepState.DONE]


def test_the_events_of_a_step_are_in_order_with_what_was_written(world: World) -> None:
    world.run()
    assert world.states(StepId.SCRAPE_SERVER) == [
        StepState.STARTED,
        StepState.PROGRESS,
        StepState.DONE,
    ]
    details = [event.detail for event in world.events if event.step is StepId.SCRAPE_SERVER]
    assert details[1] == "created PodMonitoring default/jetstream-podmonitoring"
    assert details[2].startswith("1 ready pod selected, port 9100 answers")


def test_services_are_enabled_in_one_write(world: World) -> None:
    world.cloud.states["monitoring.googleapis.com"] = ServiceState.DISABLED
    world.run()
    assert world.cloud.writes == ["enable monitoring.googleapis.com", "grant 1"]


class TestWhatWasShownIsWhatRuns:
    def test_an_object_that_appeared_since_stops_the_run(self, world: World) -> None:
        plan = world.plan()
        theirs = {
            "apiVersion": "monitoring.googleapis.com/v1",
            "kind": "PodMonitoring",
            "metadata": {"name": SCRAPE_REF.name, "namespace": "default"},
            "spec": {"endpoints": [{"port": 1}]},
        }
        world.cluster.put(theirs)
        with pytest.raises(PlanChanged, match="no longer as it was"):
            world.run(plan)
        live = world.cluster.get(SCRAPE_REF)
        assert live is not None
        assert live["spec"] == theirs["spec"]
        assert world.state_of_last_run() is RunState.FAILED

    def test_an_object_that_appeared_as_wanted_is_fine(self, world: World) -> None:
        plan = world.plan()
        world.run()
        world.run(plan)
        assert world.events[-1].state is StepState.DONE

    def test_a_field_that_changed_since_stops_the_run(self, world: World) -> None:
        world.run()
        plan = world.plan(setup_with(scaling={"min_replicas": 2}))
        world.cluster.change(HPA_REF, lambda hpa: hpa["spec"].update(minReplicas=7))
        with pytest.raises(PlanChanged):
            world.run(plan)

    def test_an_object_that_vanished_since_stops_the_run(self, world: World) -> None:
        world.run()
        plan = world.plan(setup_with(scaling={"min_replicas": 2}))
        world.cluster.delete(HPA_REF)
        with pytest.raises(PlanChanged):
            world.run(plan)

    def test_a_status_that_changed_since_is_no_change(self, world: World) -> None:
        world.run()
        plan = world.plan(setup_with(scaling={"min_replicas": 2}))
        world.cluster.change(HPA_REF, lambda hpa: hpa["metadata"].update(annotations={"a": "b"}))
        world.run(plan)
        live = world.cluster.get(HPA_REF)
        assert live is not None
        assert live["spec"]["minReplicas"] == 2

    def test_a_write_in_the_very_same_moment_is_noticed_and_tried_again(self, world: World) -> None:
        world.run()
        plan = world.plan(setup_with(scaling={"min_replicas": 2}))
        meddle(world, times=2)
        world.run(plan)
        live = world.cluster.get(HPA_REF)
        assert live is not None
        assert live["spec"]["minReplicas"] == 2

    def test_somebody_who_writes_without_end_stops_the_run(self, world: World) -> None:
        world.run()
        plan = world.plan(setup_with(scaling={"min_replicas": 2}))
        meddle(world, times=99)
        with pytest.raises(PlanChanged):
            world.run(plan)

    def test_fields_another_manager_took_since_are_not_forced(self, world: World) -> None:
        world.run()
        plan = world.plan(setup_with(scaling={"min_replicas": 2}))
        world.cluster.refusals[HPA_REF] = Conflict("kubectl manages .spec.minReplicas")
        with pytest.raises(Conflict):
            world.run(plan)

    def test_another_cluster_than_the_plans_is_refused(self, world: World) -> None:
        plan = world.plan()
        world.cluster.server = "https://10.9.9.9"
        with pytest.raises(PlanChanged, match="another cluster"):
            world.run(plan)

    def test_a_plan_with_a_blocking_risk_does_not_run(self, world: World) -> None:
        from dataclasses import replace

        plan = world.plan()
        risk = Risk("X", "something is wrong", "mend it", blocking=True)
        blocked = replace(plan, steps=(replace(plan.steps[0], risks=(risk,)), *plan.steps[1:]))
        with pytest.raises(StepFailed) as caught:
            world.run(blocked)
        assert caught.value.fix == "mend it"
        assert world.cluster.writes == []


def meddle(world: World, times: int) -> None:
    """Somebody else writes the HPA between our look and our write, that many times."""
    real, left = world.cluster.get, [times]

    def get_then_change(ref: Ref) -> Json | None:
        found = real(ref)
        if ref == HPA_REF and left[0]:
            left[0] -= 1
            world.cluster.change(ref, lambda hpa: hpa["metadata"].update(annotations={"n": "1"}))
        return found

    world.cluster.get = get_then_change  # type: ignore[method-assign]


class TestFailing:
    def test_a_failure_is_an_event_and_an_error(self, world: World) -> None:
        world.cluster.refusals[HPA_REF] = PermissionDenied("You may not create it.")
        plan = build_plan(SETUP, PROFILE, WorkingCluster(world.cloud), world.cloud)
        with pytest.raises(PermissionDenied):
            world.run(plan)
        last = world.events[-1]
        assert (last.step, last.state) == (StepId.HPA, StepState.FAILED)
        assert isinstance(last.error, PermissionDenied)
        assert world.state_of_last_run() is RunState.FAILED

    def test_a_refused_grant_is_no_write(self, world: World) -> None:
        world.cloud.refusals["add_bindings"] = PermissionDenied("no")
        with pytest.raises(PermissionDenied):
            world.run()
        run = read(max(world.folder.iterdir()))
        assert run is not None
        assert run.in_doubt == ()

    def test_what_was_done_before_a_failure_stays_and_the_next_run_goes_on(
        self, world: World
    ) -> None:
        world.cloud.refusals["add_bindings"] = PermissionDenied("no")
        with pytest.raises(PermissionDenied):
            world.run()
        assert world.cluster.get(SCRAPE_REF) is not None
        world.cloud.refusals.clear()
        world.run()
        assert len(list(world.folder.iterdir())) == 1
        assert world.state_of_last_run() is RunState.DONE


class TestStopping:
    def test_stopping_happens_between_two_writes(self, world: World) -> None:
        def stop() -> bool:
            return len(world.cluster.writes) == 3

        with pytest.raises(Interrupted):
            world.run(stop=stop)
        assert len(world.cluster.writes) == 3
        assert world.state_of_last_run() is RunState.STOPPED

    def test_a_wait_can_be_stopped(self, world: World) -> None:
        world.cluster.answers.clear()
        with pytest.raises(Interrupted):
            world.run(stop=lambda: world.clock.seconds > 10)
        assert world.events[-1].state is StepState.FAILED

    def test_leaving_the_iteration_leaves_a_run_that_can_go_on(self, world: World) -> None:
        plan = world.plan()
        journal = open_journal(plan, world.folder)
        events = Executor(
            plan,
            PROFILE,
            cluster=world.cluster,
            cloud=world.cloud,
            clock=world.clock,
            journal=journal,
        ).run()
        while next(events).state is not StepState.DONE:
            pass
        events.close()
        journal.close()
        assert world.state_of_last_run() is RunState.INTERRUPTED
        world.run()
        assert world.state_of_last_run() is RunState.DONE


def test_a_handed_over_step_is_skipped_and_the_rest_runs(world: World) -> None:
    world.cloud.denied.add("resourcemanager.projects.setIamPolicy")
    # Somebody who may has granted it meanwhile, under another binding that also works.
    world.cloud.bindings.add(Binding("roles/owner", "user:somebody@example.com"))
    world.run()
    assert world.states(StepId.ADAPTER_IDENTITY) == [StepState.STARTED, StepState.SKIPPED]
    assert world.states(StepId.HPA)[-1] is StepState.DONE
    assert world.cloud.writes == []


def test_opening_the_metrics_port_rolls_the_server(world: World) -> None:
    world.cluster.put(deployment(arguments=("x=1",)))
    world.cluster.answers.clear()
    plan = world.plan(open_port=True)
    world.cluster.after_write = lambda what: world.cluster.answers.update(
        {"/api/v1/namespaces/default/pods/server-1:9100/proxy/": "jetstream_prefill_backlog_size 1"}
    )
    world.run(plan)
    assert world.states(StepId.METRICS_PORT)[-1] is StepState.DONE
    live = world.cluster.get(Ref.to(DEPLOYMENT, "maxengine-server", "default"))
    assert live is not None


def contents(world: World) -> dict[Ref, Json]:
    return {ref: {**obj, "metadata": None} for ref, obj in world.cluster.objects.items()}


def test_killed_at_any_write_and_resumed_the_end_is_the_same(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    world.run()
    undisturbed = contents(world)
    moment = 1
    while True:
        other = World(tmp_path_factory.mktemp("runs"))
        if not kill_at(other, moment):
            break
        other.run()
        assert contents(other) == undisturbed, f"killed at moment {moment}"
        assert len(list(other.folder.iterdir())) == 1
        run = read(next(other.folder.iterdir()))
        assert run is not None
        assert run.in_doubt == ()
        moment += 1
    assert moment > 2 * 16


def test_errors_are_those_of_jetscale(world: World) -> None:
    world.cluster.refusals[HPA_REF] = JetScaleError("odd")
    with pytest.raises(JetScaleError):
        world.run(build_plan(SETUP, PROFILE, WorkingCluster(world.cloud), world.cloud))
