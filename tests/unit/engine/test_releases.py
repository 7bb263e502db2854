"""Helm releases in a plan, a run and undo, with a Helm that only keeps histories."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import CONFIG_MAP, Json, Ref
from jetscale_tui.domain.release import Revision, last_good, newest
from jetscale_tui.domain.spec import AdapterKind, Guide, Install
from jetscale_tui.engine import commands, explain, handover, releases, rights
from jetscale_tui.engine.journal import Action, Run, RunState, Write, runs
from jetscale_tui.engine.plan import (
    Create,
    InstallRelease,
    Plan,
    ReleaseChange,
    Risk,
    RollBackRelease,
    Step,
    StepId,
    StepState,
    UninstallRelease,
)
from jetscale_tui.engine.planner import Choices, build_plan
from jetscale_tui.engine.settle import settled
from jetscale_tui.engine.undo import build_undo
from jetscale_tui.engine.verify import Verifier
from jetscale_tui.engine.writes import writes_of
from jetscale_tui.errors import (
    Interrupted,
    NotFound,
    PermissionDenied,
    PlanChanged,
    StepFailed,
)
from jetscale_tui.export.handover import SCRIPT_FILE
from jetscale_tui.manifests.build import helm_release
from tests.fakes import FakeCluster
from tests.unit.engine.scene import PROFILE, SETUP, setup_with
from tests.unit.engine.world import World
from tests.unit.export.stand_ins import run

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.manifests.prometheus_adapter import HelmRelease

PROMETHEUS = SETUP.adapter.prometheus.model_copy(update={"install": Install.HELM})
BY_HELM = setup_with(adapter={"kind": AdapterKind.PROMETHEUS, "prometheus": PROMETHEUS})
METRIC = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/jetstream_prefill_backlog_size"
PLACE = ("default", "jetscale")
INSTALL = Write(1, StepId.ADAPTER, Action.INSTALL, release=PLACE)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.cluster.answers[METRIC] = '{"items": [{"value": "3"}]}'
    return made


def release(setup: object = BY_HELM) -> HelmRelease:
    found = helm_release(setup, PROFILE)  # type: ignore[arg-type]
    assert found is not None
    return found


def planned(world: World, *, unblock: bool = False) -> Plan:
    choices = Choices(roll_back_release=unblock)
    return build_plan(BY_HELM, PROFILE, world.cluster, world.cloud, choices)


def adapter(plan: Plan) -> Step:
    return next(step for step in plan.steps if step.id is StepId.ADAPTER)


def changes(plan: Plan) -> list[ReleaseChange]:
    kinds = (InstallRelease, RollBackRelease, UninstallRelease)
    return [c for step in plan.steps for c in step.changes if isinstance(c, kinds)]


def blocking(plan: Plan) -> list[Risk]:
    return [risk for risk in plan.risks if risk.blocking]


def statuses(world: World) -> list[str]:
    return [each.status for each in world.cluster.helm.history("jetscale", "default")]


def last_run(world: World) -> Run:
    return runs(world.folder)[-1]


def undo_plan(world: World) -> Plan:
    return build_undo(last_run(world), world.cluster, world.cloud)


class TestPlan:
    def test_a_release_that_is_not_there_is_installed_after_the_frontend(
        self, world: World
    ) -> None:
        step = adapter(planned(world))
        (change,) = changes(planned(world))
        assert step.changes[-1] == change
        assert change == InstallRelease(release(), world.cluster.helm.render(release()))
        assert step.commands[0].startswith("kubectl")
        assert step.commands[1].startswith("helm upgrade --install jetscale")

    def test_one_that_is_as_wanted_is_kept(self, world: World) -> None:
        world.cluster.helm.put("default", "jetscale", "deployed", release().values)
        (change,) = changes(planned(world))
        assert isinstance(change, InstallRelease)
        assert change.present

    def test_one_with_other_values_or_another_chart_is_upgraded(self, world: World) -> None:
        values = {**release().values, "listenPort": 6443}
        world.cluster.helm.put("default", "jetscale", "deployed", values)
        history = world.cluster.helm.histories[PLACE]
        history[0] = Revision(1, "deployed", "prometheus-adapter-5.2.0")
        (change,) = changes(planned(world))
        assert isinstance(change, InstallRelease)
        assert [(each.path, each.before, each.after) for each in change.fields] == [
            ("chart", "prometheus-adapter-5.2.0", "prometheus-adapter-5.3.0"),
            ("values.listenPort", 6443, 10250),
        ]
        assert "~ Helm release default/jetscale" in explain.text(planned(world))
        assert "values.listenPort: 6443 → 10250" in explain.text(planned(world))

    def test_in_the_guides_words_any_version_of_the_chart_will_do(self, world: World) -> None:
        literal = release(BY_HELM.model_copy(update={"guide": Guide.LITERAL}))
        world.cluster.helm.put("default", "jetscale", "deployed", literal.values)
        world.cluster.helm.histories[PLACE][0] = Revision(1, "deployed", "prometheus-adapter-4.0.0")
        (change,), _ = releases.propose(literal, world.cluster, unblock=False)
        assert isinstance(change, InstallRelease)
        assert change.present
        assert "prometheus-adapter (the newest)" in explain.line(change)

    def test_one_that_failed_is_tried_again(self, world: World) -> None:
        world.cluster.helm.put("default", "jetscale", "failed", release().values)
        (change,) = changes(planned(world))
        assert isinstance(change, InstallRelease)
        assert (change.revision, change.present) == (1, False)

    def test_one_whose_history_was_kept_is_installed_anew(self, world: World) -> None:
        world.cluster.helm.put("default", "jetscale", "uninstalled")
        (change,) = changes(planned(world))
        assert isinstance(change, InstallRelease)
        assert (change.revision, change.fields) == (1, ())

    def test_without_helm_the_plan_is_blocked_and_says_why(self, world: World) -> None:
        world.cluster.helm.missing = NotFound("There is no helm on the PATH.", fix="Install it.")
        (risk,) = blocking(planned(world))
        assert (risk.id, risk.what, risk.fix) == (
            "helm-fails",
            "There is no helm on the PATH.",
            "Install it.",
        )

    def test_who_may_not_write_helms_records_is_told(self, world: World) -> None:
        world.cluster.denied.add(("create", "secrets"))
        step = adapter(planned(world))
        assert [str(right) for right in step.missing] == ["create secrets in default"]
        assert step.handed_over

    def test_objects_that_are_not_the_releases_own_block_it(self, world: World) -> None:
        theirs: Json = {"name": "jetscale", "namespace": "default"}
        config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": theirs}
        world.cluster.put(config_map)
        (risk,) = blocking(planned(world))
        assert risk.id == "A1-not-helms"
        assert "ConfigMap default/jetscale" in risk.what

        theirs["annotations"] = {
            "meta.helm.sh/release-name": "jetscale",
            "meta.helm.sh/release-namespace": "default",
        }
        world.cluster.put(config_map)
        assert blocking(planned(world)) == []

    def test_objects_one_may_not_look_at_are_helms_to_judge(self, world: World) -> None:
        class Secretive(FakeCluster):
            def get(self, ref: Ref) -> Json | None:
                if ref.kind == CONFIG_MAP:
                    raise PermissionDenied("no")
                return super().get(ref)

        _, risks = releases.propose(release(), Secretive(), unblock=False)
        assert risks == ()


class TestPending:
    def test_with_nothing_to_go_back_to_it_is_to_be_uninstalled(self, world: World) -> None:
        world.cluster.helm.put("default", "jetscale", "pending-install")
        (risk,) = blocking(planned(world))
        assert risk.id == "T5-release-pending"
        assert "another helm is at work on it, or was interrupted" in risk.what
        assert "helm uninstall jetscale --kube-context=" in risk.fix

        plan = planned(world, unblock=True)
        assert blocking(plan) == []
        cleared, install = changes(plan)
        assert cleared == UninstallRelease("jetscale", "default", 1)
        assert isinstance(install, InstallRelease)
        assert install.revision == 0

        world.run(plan)
        assert statuses(world) == ["deployed"]
        world.run(undo_plan(world))
        assert statuses(world) == []

    def test_else_it_is_rolled_back_to_the_last_good_revision(self, world: World) -> None:
        world.cluster.helm.put("default", "jetscale", "deployed", {"old": 1})
        world.cluster.helm.put("default", "jetscale", "pending-upgrade")
        (risk,) = blocking(planned(world))
        assert "helm rollback jetscale 1 " in risk.fix
        plan = planned(world, unblock=True)
        assert changes(plan)[0] == RollBackRelease("jetscale", "default", 2, 1)

        world.run(plan)
        assert statuses(world)[2:] == ["deployed", "deployed"]
        undo = undo_plan(world)
        assert changes(undo) == [RollBackRelease("jetscale", "default", 4, 1)]
        world.run(undo)
        assert world.cluster.helm.values("jetscale", "default", 5) == {"old": 1}

    def test_since_when_is_said_where_it_is_known(self, world: World) -> None:
        world.cluster.helm.histories[PLACE] = [Revision(1, "uninstalling", "c-1", "yesterday")]
        (risk,) = blocking(planned(world))
        assert "is uninstalling since yesterday" in risk.what


class TestRun:
    def test_progress_is_told_while_helm_is_at_work(self, world: World) -> None:
        world.run(planned(world))
        waiting = [
            event.detail
            for event in world.events
            if event.step is StepId.ADAPTER and event.state is StepState.WAITING
        ]
        assert waiting == ["Helm is at work"]
        assert "installed Helm release default/jetscale" in [e.detail for e in world.events]
        assert planned(world).changes == 0

    @pytest.mark.parametrize(
        ("error", "state"),
        [
            (StepFailed("helm upgrade failed."), RunState.FAILED),
            (Interrupted("Helm was interrupted."), RunState.STOPPED),
        ],
    )
    def test_what_failed_in_the_middle_is_known_and_can_be_undone(
        self, world: World, error: Exception, state: RunState
    ) -> None:
        world.cluster.helm.ending = ("failed", error)
        with pytest.raises(type(error)):
            world.run(planned(world))
        run = last_run(world)
        assert run.state is state
        assert [(w.done, w.uid) for w in run.writes if w.release] == [(True, "1")]
        world.run(undo_plan(world))
        assert statuses(world) == []

    def test_a_release_that_moved_on_is_not_touched(self, world: World) -> None:
        plan = planned(world)
        world.cluster.helm.put("default", "jetscale", "deployed")
        with pytest.raises(PlanChanged, match="no longer as it was") as changed:
            world.run(plan)
        assert "is now at revision 1" in changed.value.why
        assert [write for write in last_run(world).writes if write.release] == []

    def test_one_that_is_gone_is_not_upgraded(self, world: World) -> None:
        world.cluster.helm.put("default", "jetscale", "deployed")
        plan = planned(world)
        world.cluster.helm.histories.clear()
        with pytest.raises(PlanChanged) as changed:
            world.run(plan)
        assert "is now gone" in changed.value.why

    def test_a_rollout_is_what_helm_waits_for(self, world: World) -> None:
        plan = planned(world)
        look = Verifier(plan, PROFILE, world.cluster, world.cloud, world.clock)
        assert look.rollouts(adapter(plan)) == ""
        frontend = adapter(plan).changes[1]
        assert isinstance(frontend, Create)
        world.cluster.put(frontend.manifest)
        world.cluster.objects[frontend.ref]["status"] = {}
        assert look.rollouts(adapter(plan)) == "jetscale-frontend: 0 of 2 pods available"


class TestUndo:
    def test_an_upgrade_is_rolled_back(self, world: World) -> None:
        world.cluster.helm.put("default", "jetscale", "deployed", {"old": 1})
        world.run(planned(world))
        plan = undo_plan(world)
        assert changes(plan) == [RollBackRelease("jetscale", "default", 2, 1)]
        assert adapter(plan).changes[0] == changes(plan)[0], "before the frontend goes"
        world.run(plan)
        assert "rolled back Helm release default/jetscale" in [e.detail for e in world.events]

    def test_a_release_that_was_upgraded_since_is_left(self, world: World) -> None:
        world.run(planned(world))
        world.cluster.helm.put("default", "jetscale", "deployed")
        plan = undo_plan(world)
        assert changes(plan) == []
        assert "somebody else has brought it to revision 2 since" in " ".join(plan.notes)

    @pytest.mark.parametrize("left", [[], [Revision(1, "uninstalled", "c-1")]])
    def test_a_release_that_is_gone_is_not_uninstalled(
        self, world: World, left: list[Revision]
    ) -> None:
        world.run(planned(world))
        world.cluster.helm.histories[PLACE] = left
        assert changes(undo_plan(world)) == []

    def test_a_run_that_only_cleared_away_has_nothing_to_give_back(self, world: World) -> None:
        cleared = Write(1, StepId.ADAPTER, Action.ROLL_BACK, release=PLACE, done=True, uid="2")
        world.cluster.helm.put("default", "jetscale", "deployed")
        assert releases.take_back([cleared], world.cluster, lambda note: None) == ()


class TestInDoubt:
    def test_a_write_happened_when_the_history_has_moved_on(self) -> None:
        cluster = FakeCluster()
        assert settled(INSTALL, cluster, None) is None
        cluster.helm.put("default", "jetscale", "pending-install")
        found = settled(INSTALL, cluster, None)
        assert found is not None
        assert (found.done, found.uid) == (True, "1")

    def test_an_uninstallation_when_nothing_is_left(self) -> None:
        cluster = FakeCluster()
        gone = Write(1, StepId.ADAPTER, Action.UNINSTALL, release=PLACE, revision=1)
        found = settled(gone, cluster, None)
        assert found is not None
        assert found.done
        cluster.helm.put("default", "jetscale", "uninstalling")
        assert settled(gone, cluster, None) is None


ROLL_BACK = RollBackRelease("jetscale", "default", 2, 1)
UNINSTALL = UninstallRelease("jetscale", "default", 2)


def test_every_change_of_a_release_is_a_write_of_its_own() -> None:
    install = InstallRelease(release(), (), 3)
    found = writes_of(StepId.ADAPTER, (ROLL_BACK, UNINSTALL, install))
    assert [(w.action, w.release, w.revision) for w in found] == [
        (Action.ROLL_BACK, PLACE, 2),
        (Action.UNINSTALL, PLACE, 2),
        (Action.INSTALL, PLACE, 3),
    ]
    assert writes_of(StepId.ADAPTER, (InstallRelease(release(), (), present=True),)) == ()


def test_what_is_said_of_releases() -> None:
    install = InstallRelease(release(), ())
    assert [explain.line(change) for change in (install, ROLL_BACK, UNINSTALL)] == [
        "+ Helm release default/jetscale: prometheus-adapter 5.3.0",
        "~ Helm release default/jetscale back to revision 1",
        "- Helm release default/jetscale",
    ]
    assert commands.for_step([ROLL_BACK, UNINSTALL], "my ctx", "") == (
        "helm rollback jetscale 1 '--kube-context=my ctx' --namespace=default --wait --timeout=10m",
        "helm uninstall jetscale '--kube-context=my ctx' --namespace=default --wait --timeout=10m",
    )


def test_the_plan_as_data_holds_values_and_objects() -> None:
    made = FakeCluster().helm.render(release())
    steps = (Step(StepId.ADAPTER, (InstallRelease(release(), made), ROLL_BACK, UNINSTALL)),)
    plan = Plan(BY_HELM, "ctx", "s", None, "", steps)
    install, back, gone = explain.as_json(plan)["steps"][0]["changes"]
    assert install["release"] == "default/jetscale"
    assert install["values"] == release().values
    assert install["objects"] == ["ConfigMap default/jetscale"]
    assert (back["action"], back["revision"]) == ("roll-back-release", 1)
    assert (gone["action"], gone["writes"]) == ("uninstall-release", True)
    assert "      ConfigMap default/jetscale" in explain.text(plan)


def test_what_releases_need_to_be_allowed() -> None:
    made = FakeCluster().helm.render(release())
    asked = [str(right) for right in rights.of_change(InstallRelease(release(), made))]
    assert asked[:2] == ["list secrets in default", "get secrets in default"]
    assert "create configmaps in default" in asked
    assert all("secrets" in str(right) for right in rights.of_change(ROLL_BACK))


def test_the_script_to_hand_over_carries_the_values(world: World, tmp_path: Path) -> None:
    plan = planned(world)
    left = replace(plan, steps=(replace(adapter(plan), handed_over=True),))
    calls = run(handover.files(left, PROFILE, "go on")[SCRIPT_FILE], tmp_path / "elsewhere")
    (helm,) = [call for call in calls if call.words[0] == "helm"]
    assert helm.words[1:3] == ["upgrade", "--install"]
    assert "--values=-" in helm.words
    assert "listenPort: 10250" in helm.fed


def test_histories_are_read_by_number() -> None:
    history = [Revision(2, "failed", "c"), Revision(1, "superseded", "c"), Revision(3, "x", "c")]
    assert newest(history) == history[2]
    assert newest([]) is None
    assert last_good(history) == history[1]
    assert last_good(history[:1]) is None
    assert [Revision(1, s, "c").unfinished for s in ("pending-upgrade", "deployed")] == [
        True,
        False,
    ]
