from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.google import Binding, ServiceState
from jetscale_tui.domain.kinds import (
    API_SERVICE,
    CONFIG_MAP,
    DEPLOYMENT,
    HPA,
    NAMESPACE,
    SERVICE_ACCOUNT,
    Ref,
)
from jetscale_tui.engine.executor import Executor
from jetscale_tui.engine.journal import Run, open_journal, runs
from jetscale_tui.engine.plan import Delete, Plan, Revoke, StepId, StepState, Update
from jetscale_tui.engine.undo import build_undo
from jetscale_tui.errors import Conflict, PermissionDenied, PlanChanged, StepFailed, UsageError
from tests.unit.engine.scene import SETUP, deployment, hpa, setup_with
from tests.unit.engine.world import Killed, World, kill_at

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.domain.kinds import Json

HPA_REF = Ref.to(HPA, "jetstream-hpa", "default")
NAMESPACE_REF = Ref.to(NAMESPACE, "custom-metrics")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def last_run(world: World) -> Run:
    return runs(world.folder)[-1]


def undo_plan(world: World, run: Run | None = None) -> Plan:
    return build_undo(run or last_run(world), world.cluster, world.cloud)


def undo(world: World, run: Run | None = None) -> Plan:
    plan = undo_plan(world, run)
    run_undo(world, plan)
    return plan


def run_undo(world: World, plan: Plan) -> None:
    journal = open_journal(plan, world.folder)
    try:
        executor = Executor(
            plan,
            None,
            cluster=world.cluster,
            cloud=world.cloud,
            clock=world.clock,
            journal=journal,
        )
        world.events = list(executor.run())
    finally:
        journal.close()


def snapshot(world: World) -> dict[Ref, Json]:
    return {ref: {**obj, "metadata": None} for ref, obj in world.cluster.objects.items()}


def deletions(plan: Plan) -> list[Ref]:
    return [c.ref for step in plan.steps for c in step.changes if isinstance(c, Delete)]


def test_undo_leaves_what_was_there_before(world: World) -> None:
    before, bindings = snapshot(world), set(world.cloud.bindings)
    world.run()
    undo(world)
    assert snapshot(world) == before
    assert world.cloud.bindings == bindings


def test_undo_runs_backwards_with_apiservices_before_their_backends(world: World) -> None:
    world.run()
    plan = undo_plan(world)
    assert [step.id for step in plan.steps] == [
        StepId.HPA,
        StepId.ADAPTER,
        StepId.ADAPTER_IDENTITY,
        StepId.SCRAPE_TPU,
        StepId.SCRAPE_SERVER,
    ]
    refs = deletions(plan)
    apis = [index for index, ref in enumerate(refs) if ref.kind == API_SERVICE]
    assert apis == [1, 2, 3]
    assert refs.index(NAMESPACE_REF) > refs.index(
        Ref.to(DEPLOYMENT, "custom-metrics-stackdriver-adapter", "custom-metrics")
    )


def test_planning_an_undo_writes_nothing(world: World) -> None:
    world.run()
    world.cluster.writes.clear()
    undo_plan(world)
    assert world.cluster.writes == []


def test_only_bindings_the_run_added_are_revoked(world: World) -> None:
    other = Binding("roles/viewer", "user:bo@example.com")
    world.cloud.bindings.add(other)
    world.run()
    undo(world)
    assert world.cloud.bindings == {other}


def test_a_binding_that_was_there_before_stays(world: World) -> None:
    plan = world.plan()
    grant = next(step for step in plan.steps if step.id is StepId.ADAPTER_IDENTITY).changes[0]
    world.cloud.bindings.add(grant.binding)  # type: ignore[union-attr]
    world.run()
    undo(world)
    assert len(world.cloud.bindings) == 1


def test_a_changed_field_gets_its_old_value_back_and_nothing_else_moves(world: World) -> None:
    world.run()
    world.run(world.plan(setup_with(scaling={"min_replicas": 2})))
    world.cluster.change(HPA_REF, lambda live: live["metadata"].update(annotations={"by": "me"}))
    plan = undo(world)
    (change,) = [c for step in plan.steps for c in step.changes]
    assert isinstance(change, Update)
    assert change.restore
    live = world.cluster.objects[HPA_REF]
    assert live["spec"]["minReplicas"] == 1
    assert live["metadata"]["annotations"] == {"by": "me"}


def test_undoing_both_runs_one_after_the_other_leaves_nothing(world: World) -> None:
    before = snapshot(world)
    world.run()
    world.run(world.plan(setup_with(scaling={"min_replicas": 2})))
    first, second = runs(world.folder)
    undo(world, second)
    undo(world, first)
    assert snapshot(world) == before


class TestWhatOthersChanged:
    def test_an_object_that_was_made_anew_is_left(self, world: World) -> None:
        world.run()
        run = last_run(world)
        world.cluster.delete(HPA_REF)
        world.cluster.put(hpa("jetstream-hpa"))
        plan = undo(world, run)
        assert HPA_REF in world.cluster.objects
        assert any("made anew since" in note for note in plan.notes)

    def test_an_object_that_lost_the_label_is_left(self, world: World) -> None:
        world.run()
        world.cluster.change(HPA_REF, lambda live: live["metadata"].pop("labels"))
        plan = undo(world)
        assert HPA_REF in world.cluster.objects
        assert any("no longer carries JetScale's label" in note for note in plan.notes)

    def test_an_object_that_is_gone_needs_nothing(self, world: World) -> None:
        world.run()
        world.cluster.delete(HPA_REF)
        assert HPA_REF not in deletions(undo_plan(world))

    def test_a_field_that_was_changed_since_is_left(self, world: World) -> None:
        world.run()
        world.run(world.plan(setup_with(scaling={"min_replicas": 2, "max_replicas": 2})))
        world.cluster.change(HPA_REF, lambda live: live["spec"].update(minReplicas=5))
        plan = undo_plan(world)
        assert plan.changes == 0
        assert plan.notes == (
            "HorizontalPodAutoscaler default/jetstream-hpa is left as it is: "
            "spec.minReplicas was changed since.",
        )

    def test_other_fields_of_that_object_are_still_restored(self, world: World) -> None:
        world.run()
        world.run(world.plan(setup_with(scaling={"min_replicas": 2, "max_replicas": 3})))
        world.cluster.change(HPA_REF, lambda live: live["spec"].update(minReplicas=5))
        undo(world)
        spec = world.cluster.objects[HPA_REF]["spec"]
        assert (spec["minReplicas"], spec["maxReplicas"]) == (5, 2)

    def test_a_field_that_was_put_back_already_needs_nothing(self, world: World) -> None:
        world.run()
        world.run(world.plan(setup_with(scaling={"min_replicas": 2})))
        world.cluster.change(HPA_REF, lambda live: live["spec"].update(minReplicas=1))
        assert undo_plan(world).changes == 0

    def test_a_field_somebody_else_manages_now_is_left(self, world: World) -> None:
        world.run()
        world.run(world.plan(setup_with(scaling={"min_replicas": 2})))
        world.cluster.refusals[HPA_REF] = Conflict("conflict", why="kubectl manages it")
        plan = undo_plan(world)
        assert plan.changes == 0
        assert any("kubectl manages it" in note for note in plan.notes)

    def test_a_restoration_one_may_not_try_is_handed_over(self, world: World) -> None:
        world.run()
        world.run(world.plan(setup_with(scaling={"min_replicas": 2})))
        world.cluster.refusals[HPA_REF] = PermissionDenied("no")
        world.cluster.denied.add(("patch", "horizontalpodautoscalers"))
        (step,) = undo_plan(world).steps
        assert step.handed_over
        (change,) = step.changes
        assert isinstance(change, Update)
        assert [(f.before, f.after) for f in change.fields] == [(2, 1)]


class TestNamespaces:
    def test_a_namespace_somebody_moved_into_stays(self, world: World) -> None:
        world.run()
        theirs = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "theirs", "namespace": "custom-metrics"},
        }
        world.cluster.put(theirs)
        plan = undo(world)
        assert NAMESPACE_REF in world.cluster.objects
        assert Ref.to(CONFIG_MAP, "theirs", "custom-metrics") in world.cluster.objects
        assert any("ConfigMap custom-metrics/theirs" in note for note in plan.notes)

    def test_what_kubernetes_puts_into_every_namespace_does_not_hold_it(self, world: World) -> None:
        world.run()
        inside = {"namespace": "custom-metrics"}
        for obj in (
            {"kind": "ConfigMap", "metadata": {"name": "kube-root-ca.crt", **inside}},
            {"kind": "ServiceAccount", "metadata": {"name": "default", **inside}},
            {
                "kind": "Secret",
                "metadata": {"name": "token", **inside},
                "type": "kubernetes.io/service-account-token",
            },
            {
                "kind": "Pod",
                "metadata": {"name": "adapter-1", **inside, "ownerReferences": [{"name": "rs"}]},
            },
        ):
            world.cluster.put({"apiVersion": "v1", **obj})
        assert NAMESPACE_REF in deletions(undo_plan(world))

    def test_a_namespace_that_was_there_before_stays(self, world: World) -> None:
        world.cluster.put(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "custom-metrics"}}
        )
        world.run()
        undo(world)
        live = world.cluster.objects[NAMESPACE_REF]
        assert live is not None
        assert Ref.to(SERVICE_ACCOUNT, "x", "custom-metrics") not in world.cluster.objects


class TestLimits:
    def test_services_stay_enabled_and_that_is_said(self, world: World) -> None:
        world.cloud.states["monitoring.googleapis.com"] = ServiceState.DISABLED
        world.run()
        assert any("monitoring.googleapis.com" in note for note in undo_plan(world).notes)

    def test_others_who_read_through_the_adapter_are_named(self, world: World) -> None:
        world.run()
        world.cluster.put(hpa("user", target="web"))
        plan = undo_plan(world)
        assert [risk.id for risk in plan.risks] == ["shared-adapter"]
        assert "default/user" in plan.risks[0].what

    def test_without_google_the_revocation_is_a_note(self, world: World) -> None:
        world.run()
        plan = build_undo(last_run(world), world.cluster, None)
        assert any("remove-iam-policy-binding" in note for note in plan.notes)
        assert plan.identity == ""

    def test_a_policy_one_may_not_read_is_handed_over(self, world: World) -> None:
        world.run()
        world.cloud.refusals["policy"] = PermissionDenied("no")
        world.cloud.denied.add("resourcemanager.projects.getIamPolicy")
        step = next(s for s in undo_plan(world).steps if s.id is StepId.ADAPTER_IDENTITY)
        assert step.handed_over
        assert isinstance(step.changes[0], Revoke)

    def test_an_undo_that_left_a_step_to_others_can_be_run_again(self, world: World) -> None:
        world.run()
        world.cloud.denied.add("resourcemanager.projects.setIamPolicy")
        with pytest.raises(StepFailed, match="Left to somebody else: Adapter identity"):
            undo(world)
        first, second = runs(world.folder)
        assert not first.undone
        assert second.error == "handed over: Adapter identity"
        world.cloud.denied.clear()
        undo(world, first)
        assert runs(world.folder)[0].undone
        assert world.cloud.bindings == set()

    def test_a_binding_somebody_else_removed_needs_nothing(self, world: World) -> None:
        world.run()
        world.cloud.bindings.clear()
        plan = undo_plan(world)
        assert StepId.ADAPTER_IDENTITY not in [step.id for step in plan.steps]

    def test_an_undo_is_not_undone(self, world: World) -> None:
        world.run()
        undo(world)
        with pytest.raises(UsageError, match="itself an undo"):
            undo_plan(world, runs(world.folder)[-1])

    def test_a_run_is_undone_once(self, world: World) -> None:
        world.run()
        undo(world)
        with pytest.raises(UsageError, match="undone already"):
            undo_plan(world, runs(world.folder)[0])

    def test_a_run_on_another_cluster_is_refused(self, world: World) -> None:
        world.run()
        world.cluster.server = "https://10.9.9.9"
        with pytest.raises(Conflict, match="another cluster"):
            undo_plan(world)


def test_the_metrics_argument_is_taken_out_again(world: World) -> None:
    world.cluster.put(deployment(arguments=("x=1",)))
    world.cluster.answers.clear()
    plan = world.plan(open_port=True)
    world.cluster.after_write = lambda what: world.cluster.answers.update(
        {"/api/v1/namespaces/default/pods/server-1:9100/proxy/": "jetstream_prefill_backlog_size 1"}
    )
    world.run(plan)
    undo(world)
    ref = Ref.to(DEPLOYMENT, "maxengine-server", "default")
    containers = world.cluster.objects[ref]["spec"]["template"]["spec"]["containers"]
    server = next(c for c in containers if c["name"] == "maxengine-server")
    assert server["args"] == ["x=1"]


def test_killed_at_any_write_undo_removes_what_was_begun(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    moment = 1
    while True:
        world = World(tmp_path_factory.mktemp("runs"))
        before = snapshot(world)
        if not kill_at(world, moment):
            break
        undo(world)
        assert snapshot(world) == before, f"killed at moment {moment}"
        assert world.cloud.bindings == set()
        moment += 1
    assert moment > 2 * 16


def test_an_undo_that_is_killed_can_be_run_again(world: World) -> None:
    before = snapshot(world)
    world.run()
    run = last_run(world)
    count = [0]

    def tick(what: str) -> None:
        count[0] += 1
        if count[0] == 7:
            raise Killed

    world.cluster.after_write = tick
    with pytest.raises(Killed):
        undo(world, run)
    world.cluster.after_write = lambda what: None
    undo(world, runs(world.folder)[0])
    assert snapshot(world) == before
    assert runs(world.folder)[0].undone


def test_what_a_run_created_and_then_changed_is_deleted(world: World) -> None:
    before = snapshot(world)
    world.cloud.refusals["add_bindings"] = PermissionDenied("not yet")
    with pytest.raises(PermissionDenied):
        world.run()
    world.cloud.refusals.clear()
    scrape = SETUP.scrape.server.model_copy(update={"interval": "5s"})
    world.run(world.plan(setup_with(scrape={"server": scrape})))
    assert len(runs(world.folder)) == 1
    undo(world)
    assert snapshot(world) == before


def test_what_is_gone_or_replaced_at_the_moment_of_deletion(world: World) -> None:
    world.run()
    plan = undo_plan(world)
    world.cluster.delete(HPA_REF)
    run_undo(world, plan)
    assert "HorizontalPodAutoscaler default/jetstream-hpa is gone already" in [
        event.detail for event in world.events
    ]

    world.run()
    plan = undo_plan(world)
    world.cluster.delete(HPA_REF)
    world.cluster.put(hpa("jetstream-hpa"))
    with pytest.raises(PlanChanged):
        run_undo(world, plan)
    assert HPA_REF in world.cluster.objects


def test_after_an_undo_a_new_run_begins_afresh(world: World) -> None:
    world.run()
    undo(world)
    world.run()
    assert [run.undo_of is None for run in runs(world.folder)] == [True, False, True]
    assert world.events[-1].state is StepState.DONE
