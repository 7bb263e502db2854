"""Identity `service-account`: the Google service account is made, let, granted, and taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.google import Binding, ServiceAccount
from jetscale_tui.domain.spec import AdapterKind, Guide, Identity
from jetscale_tui.engine import commands, explain, google_writes, rights
from jetscale_tui.engine.journal import Action, Run, Write, runs
from jetscale_tui.engine.plan import (
    Change,
    CreateAccount,
    DeleteAccount,
    Grant,
    Plan,
    Revoke,
    Step,
    StepId,
    is_change,
)
from jetscale_tui.engine.planner import build_plan
from jetscale_tui.engine.settle import settled
from jetscale_tui.engine.undo import build_undo
from jetscale_tui.engine.verify import Verifier
from jetscale_tui.engine.writes import writes_of
from jetscale_tui.errors import NotFound, PermissionDenied, PlanChanged, Rejected
from tests.fakes import FakeClock, FakeCloud, FakeCluster
from tests.unit.engine.scene import PROFILE, cluster_with_server, gke, setup_with
from tests.unit.engine.world import World

if TYPE_CHECKING:
    from pathlib import Path

SETUP = setup_with(adapter={"identity": Identity.SERVICE_ACCOUNT})
EMAIL = "custom-metrics-adapter@my-project.iam.gserviceaccount.com"
READER = Binding("roles/monitoring.viewer", f"serviceAccount:{EMAIL}")
USER = Binding(
    "roles/iam.workloadIdentityUser",
    "serviceAccount:my-project.svc.id.goog[custom-metrics/custom-metrics-stackdriver-adapter]",
)
MADE = CreateAccount("my-project", "custom-metrics-adapter")
CREATE = Write(
    1, StepId.ADAPTER_IDENTITY, Action.CREATE_ACCOUNT, project="my-project", account=EMAIL
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def planned(cloud: FakeCloud) -> Step:
    plan = build_plan(SETUP, PROFILE, cluster_with_server(), cloud)
    return next(step for step in plan.steps if step.id is StepId.ADAPTER_IDENTITY)


def last_run(world: World) -> Run:
    return runs(world.folder)[-1]


def undo_plan(world: World) -> Plan:
    return build_undo(last_run(world), world.cluster, world.cloud)


def identity_changes(plan: Plan) -> list[Change]:
    return [c for step in plan.steps if step.id is StepId.ADAPTER_IDENTITY for c in step.changes]


class TestPlan:
    def test_an_account_is_made_let_and_granted_in_this_order(self) -> None:
        step = planned(FakeCloud(gke()))
        assert step.changes == (
            MADE,
            Grant("my-project", USER, account=EMAIL),
            Grant("my-project", READER),
        )
        assert not step.handed_over
        assert [line.split()[:4] for line in step.commands] == [
            ["gcloud", "iam", "service-accounts", "create"],
            ["gcloud", "iam", "service-accounts", "add-iam-policy-binding"],
            ["gcloud", "projects", "add-iam-policy-binding", "my-project"],
        ]

    def test_an_account_that_is_there_is_reused(self) -> None:
        cloud = FakeCloud(gke())
        cloud.create_service_account("my-project", "custom-metrics-adapter")
        cloud.account_bindings[EMAIL].add(USER)
        step = planned(cloud)
        assert [is_change(change) for change in step.changes] == [False, False, True]
        assert len(step.commands) == 1
        cloud.bindings.add(READER)
        assert not planned(cloud).writes

    @pytest.mark.parametrize("error", [PermissionDenied("no"), Rejected("the API is disabled")])
    def test_an_account_one_may_not_look_at_counts_as_missing(self, error: Exception) -> None:
        cloud = FakeCloud(gke())
        cloud.refusals["service_account"] = cloud.refusals["account_policy"] = error
        assert all(is_change(change) for change in planned(cloud).changes)

    def test_without_the_rights_the_commands_are_handed_over(self) -> None:
        cloud = FakeCloud(gke())
        cloud.denied.add("iam.serviceAccounts.create")
        step = planned(cloud)
        assert step.handed_over
        assert [str(right) for right in step.missing] == ["iam.serviceAccounts.create"]

    def test_the_guide_grants_an_account_that_nobody_makes(self) -> None:
        adapter = {"kind": AdapterKind.PROMETHEUS, "identity": Identity.SERVICE_ACCOUNT}
        setup = setup_with(adapter=adapter).model_copy(update={"guide": Guide.LITERAL})
        cloud = FakeCloud(gke())
        plan = build_plan(setup, PROFILE, cluster_with_server(), cloud)
        (risk,) = [risk for risk in plan.risks if risk.id == "guide-binds-another-account"]
        assert risk.blocking
        assert "prom-frontend-sa@" in risk.what
        assert "jetstream-iam-sa@" in risk.what
        cloud.create_service_account("my-project", "jetstream-iam-sa")
        again = build_plan(setup, PROFILE, cluster_with_server(), cloud)
        assert "guide-binds-another-account" not in [risk.id for risk in again.risks]

    @pytest.mark.parametrize(("others", "full"), [(1499, False), (1500, True)])
    def test_a_policy_without_room_stops_the_plan_before_anything_is_made(
        self, others: int, full: bool
    ) -> None:
        cloud = FakeCloud(gke())
        cloud.other_members = others
        found = [risk for risk in planned(cloud).risks if risk.id == "I5-policy-full"]
        assert bool(found) is full
        assert all(risk.blocking and "1,500" in risk.what for risk in found)
        cloud.other_members, cloud.bindings = 1500, {READER}
        assert not planned(cloud).risks, "what is there already needs no room"


class TestRun:
    def test_everything_is_done_read_back_and_undone_without_a_trace(self, world: World) -> None:
        world.run(world.plan(SETUP))
        assert list(world.cloud.accounts) == [EMAIL]
        assert world.cloud.account_bindings[EMAIL] == {USER}
        assert world.cloud.bindings == {READER}
        assert world.plan(SETUP).changes == 0
        plan = undo_plan(world)
        assert identity_changes(plan) == [
            Revoke("my-project", READER),
            DeleteAccount("my-project", EMAIL, world.cloud.accounts[EMAIL].unique_id),
        ]
        world.run(plan)
        assert world.cloud.accounts == {}
        assert world.cloud.bindings == set()

    def test_what_was_there_before_stays(self, world: World) -> None:
        world.cloud.create_service_account("my-project", "custom-metrics-adapter")
        world.run(world.plan(SETUP))
        plan = undo_plan(world)
        assert identity_changes(plan) == [
            Revoke("my-project", USER, account=EMAIL),
            Revoke("my-project", READER),
        ]
        world.run(plan)
        assert list(world.cloud.accounts) == [EMAIL]
        assert world.cloud.account_bindings[EMAIL] == set()

    def test_what_is_gone_already_is_not_taken_back(self, world: World) -> None:
        world.cloud.create_service_account("my-project", "custom-metrics-adapter")
        world.run(world.plan(SETUP))
        world.cloud.delete_service_account("my-project", EMAIL)
        world.cloud.bindings.clear()
        assert identity_changes(undo_plan(world)) == []

    def test_an_account_somebody_else_came_to_use_is_kept(self, world: World) -> None:
        world.run(world.plan(SETUP))
        other = Binding("roles/storage.objectViewer", f"serviceAccount:{EMAIL}")
        world.cloud.bindings.add(other)
        plan = undo_plan(world)
        assert "somebody else uses it by now (roles/storage.objectViewer)" in " ".join(plan.notes)
        world.run(plan)
        assert world.cloud.bindings == {other}
        assert world.cloud.account_bindings[EMAIL] == set()

    def test_an_account_made_anew_is_not_deleted(self, world: World) -> None:
        world.run(world.plan(SETUP))
        world.cloud.delete_service_account("my-project", EMAIL)
        world.cloud.create_service_account("my-project", "custom-metrics-adapter")
        plan = undo_plan(world)
        assert "made anew since" in " ".join(plan.notes)
        assert identity_changes(plan) == [Revoke("my-project", READER)]

    def test_an_account_deleted_since_needs_no_deletion(self, world: World) -> None:
        world.run(world.plan(SETUP))
        world.cloud.delete_service_account("my-project", EMAIL)
        assert identity_changes(undo_plan(world)) == [Revoke("my-project", READER)]

    def test_where_its_users_cannot_be_seen_it_goes_as_planned(self, world: World) -> None:
        world.run(world.plan(SETUP))
        world.cloud.refusals["account_policy"] = PermissionDenied("no")
        deletions = [c for c in identity_changes(undo_plan(world)) if isinstance(c, DeleteAccount)]
        assert len(deletions) == 1

    def test_without_credentials_undo_hands_the_commands_over(self, world: World) -> None:
        world.run(world.plan(SETUP))
        plan = build_undo(last_run(world), world.cluster, None)
        notes = "\n".join(plan.notes)
        assert "gcloud projects remove-iam-policy-binding my-project" in notes
        assert f"gcloud iam service-accounts delete {EMAIL} --project=my-project" in notes


class TestPerform:
    DELETE = replace(CREATE, action=Action.DELETE_ACCOUNT, uid="7")

    def test_deleting_what_is_gone_is_done(self) -> None:
        outcome = google_writes.perform(self.DELETE, FakeCloud())
        assert outcome.detail == f"{EMAIL} is gone already"

    def test_an_account_made_anew_in_between_is_left(self) -> None:
        cloud = FakeCloud()
        cloud.accounts[EMAIL] = ServiceAccount(EMAIL, "8")
        with pytest.raises(PlanChanged):
            google_writes.perform(self.DELETE, cloud)
        assert EMAIL in cloud.accounts

    def test_bindings_of_an_account_say_whose_they_are(self) -> None:
        cloud = FakeCloud()
        cloud.create_service_account("my-project", "custom-metrics-adapter")
        grant = replace(CREATE, action=Action.GRANT, bindings=(USER,))
        assert google_writes.perform(grant, cloud).detail == (
            f"granted roles/iam.workloadIdentityUser on {EMAIL}"
        )
        assert google_writes.perform(grant, cloud).detail == "nothing to write"


class TestInDoubt:
    def test_an_account_that_is_there_now_is_this_write_s(self) -> None:
        cloud, cluster = FakeCloud(), FakeCluster()
        assert settled(CREATE, cluster, cloud) is None
        made = cloud.create_service_account("my-project", "custom-metrics-adapter")
        assert settled(CREATE, cluster, cloud) == replace(CREATE, done=True, uid=made.unique_id)
        assert settled(CREATE, cluster, None) is None
        cloud.refusals["service_account"] = PermissionDenied("no")
        assert settled(CREATE, cluster, cloud) is None

    def test_a_deletion_happened_when_that_account_is_gone(self) -> None:
        cloud, cluster = FakeCloud(), FakeCluster()
        delete = replace(CREATE, action=Action.DELETE_ACCOUNT, uid="7")
        assert settled(delete, cluster, cloud) == replace(delete, done=True)
        cloud.accounts[EMAIL] = ServiceAccount(EMAIL, "7")
        assert settled(delete, cluster, cloud) is None

    def test_a_grant_on_an_account_that_is_gone_did_not_happen(self) -> None:
        grant = replace(CREATE, action=Action.GRANT, bindings=(USER,))
        assert settled(grant, FakeCluster(), FakeCloud()) is None


class TestSeen:
    def test_each_policy_is_read_back(self, world: World) -> None:
        plan = world.plan(SETUP)
        step = next(each for each in plan.steps if each.id is StepId.ADAPTER_IDENTITY)
        look = Verifier(plan, PROFILE, world.cluster, world.cloud, FakeClock()).look(step)
        assert look().detail == f"There is no service account {EMAIL}."
        world.cloud.create_service_account("my-project", "custom-metrics-adapter")
        assert not look().done
        world.cloud.add_account_bindings("my-project", EMAIL, [USER])
        assert not look().done
        world.cloud.bindings.add(READER)
        assert look().done

    def test_a_deletion_is_seen_when_it_is_gone(self, world: World) -> None:
        world.run(world.plan(SETUP))
        plan = undo_plan(world)
        step = next(each for each in plan.steps if each.id is StepId.ADAPTER_IDENTITY)
        look = Verifier(plan, None, world.cluster, world.cloud, FakeClock()).look(step)
        world.cloud.bindings.clear()
        assert look().detail == f"service account {EMAIL} is still there"
        world.cloud.delete_service_account("my-project", EMAIL)
        assert look().done

    def test_a_binding_of_an_account_is_seen_when_it_is_out(self, world: World) -> None:
        world.cloud.create_service_account("my-project", "custom-metrics-adapter")
        world.run(world.plan(SETUP))
        plan = undo_plan(world)
        step = next(each for each in plan.steps if each.id is StepId.ADAPTER_IDENTITY)
        look = Verifier(plan, None, world.cluster, world.cloud, FakeClock()).look(step)
        assert not look().done
        world.cloud.account_bindings[EMAIL].clear()
        world.cloud.bindings.clear()
        assert look().done


def test_accounts_come_before_what_is_granted_to_them_and_go_after() -> None:
    going = DeleteAccount("my-project", EMAIL, "7")
    revoke, grant = Revoke("my-project", READER), Grant("my-project", USER, account=EMAIL)
    wanted = writes_of(StepId.ADAPTER_IDENTITY, (grant, MADE, Grant("my-project", READER)))
    assert [write.action for write in wanted] == [
        Action.CREATE_ACCOUNT,
        Action.GRANT,
        Action.GRANT,
    ]
    assert [write.account for write in wanted] == [EMAIL, EMAIL, ""]
    taken = writes_of(StepId.ADAPTER_IDENTITY, (going, revoke))
    assert [write.action for write in taken] == [Action.REVOKE, Action.DELETE_ACCOUNT]
    assert taken[1].uid == "7"


def test_what_is_said_of_accounts() -> None:
    going = DeleteAccount("my-project", EMAIL, "7")
    bound = Grant("my-project", USER, account=EMAIL)
    unbound = Revoke("my-project", USER, account=EMAIL)
    assert [explain.line(change) for change in (MADE, replace(MADE, present=True), going)] == [
        f"+ service account {EMAIL}",
        f"= service account {EMAIL}",
        f"- service account {EMAIL}",
    ]
    assert f"roles/iam.workloadIdentityUser on {EMAIL} for" in explain.line(bound)
    assert f"roles/iam.workloadIdentityUser on {EMAIL} from" in explain.line(unbound)
    words = [line.split()[3] for line in commands.for_step([going, unbound], "", "")]
    assert words == ["delete", "remove-iam-policy-binding"]


def test_what_accounts_need_to_be_allowed() -> None:
    def needed(change: Change) -> list[str]:
        return [
            str(right).removeprefix("iam.serviceAccounts.") for right in rights.of_change(change)
        ]

    assert needed(MADE) == ["get", "create"]
    assert needed(replace(MADE, present=True)) == ["get"]
    assert needed(DeleteAccount("my-project", EMAIL, "7")) == ["get", "delete"]
    assert needed(Grant("my-project", USER, account=EMAIL)) == ["getIamPolicy", "setIamPolicy"]
    assert needed(Grant("my-project", USER, present=True, account=EMAIL)) == ["getIamPolicy"]


def test_undo_as_data_names_the_account_too(world: World) -> None:
    world.run(world.plan(SETUP))
    step = next(
        s for s in explain.as_json(undo_plan(world))["steps"] if s["id"] == "adapter-identity"
    )
    assert step["changes"][1]["action"] == "delete-service-account"
    assert step["changes"][1]["serviceAccount"] == EMAIL


def test_without_google_the_account_is_handed_over_too() -> None:
    plan = build_plan(SETUP, PROFILE, cluster_with_server(), None)
    step = next(step for step in plan.steps if step.id is StepId.ADAPTER_IDENTITY)
    assert step.handed_over
    assert [line.split()[:4][-2:] for line in step.commands] == [
        ["service-accounts", "create"],
        ["service-accounts", "add-iam-policy-binding"],
        ["add-iam-policy-binding", "my-project"],
    ]


def test_the_plan_as_data_names_the_account() -> None:
    plan = build_plan(SETUP, PROFILE, cluster_with_server(), FakeCloud(gke()))
    step = next(s for s in explain.as_json(plan)["steps"] if s["id"] == "adapter-identity")
    assert [change["action"] for change in step["changes"]] == [
        "create-service-account",
        "grant",
        "grant",
    ]
    assert [change.get("serviceAccount") for change in step["changes"]] == [EMAIL, EMAIL, None]


def test_a_policy_of_no_account_is_not_found() -> None:
    with pytest.raises(NotFound):
        google_writes.policy_of("my-project", EMAIL, FakeCloud())


class TestDeletedLately:
    """Somebody deleted the account; its grants stay behind, marked as those of a deleted one."""

    GHOST = Binding(READER.role, f"deleted:serviceAccount:{EMAIL}?uid=77")
    BACK = CreateAccount("my-project", "custom-metrics-adapter", deleted="77", returning=(READER,))

    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        world = World(tmp_path)
        world.cloud.bindings.add(self.GHOST)
        world.cloud.deleted_accounts["77"] = ServiceAccount(EMAIL, "77")
        return world

    def test_the_plan_brings_it_back(self, world: World) -> None:
        made = planned(world.cloud).changes[0]
        assert made == self.BACK
        assert explain.line(made) == (
            f"+ service account {EMAIL}, deleted lately, is brought back with "
            "roles/monitoring.viewer"
        )
        assert commands.for_step([made], "", "") == (
            "gcloud iam service-accounts undelete 77 --project=my-project",
        )
        assert "iam.serviceAccounts.undelete" in [str(each) for each in rights.of_change(made)]

    def test_it_is_used_and_undo_deletes_it_again(self, world: World) -> None:
        world.run(world.plan(SETUP))
        assert world.cloud.accounts[EMAIL].unique_id == "77"
        assert world.cloud.bindings == {READER}
        plan = undo_plan(world)
        assert DeleteAccount("my-project", EMAIL, "77") in identity_changes(plan)
        world.run(plan)
        assert world.cloud.accounts == {}

    def test_one_that_somebody_else_uses_by_now_stays(self, world: World) -> None:
        world.run(world.plan(SETUP))
        world.cloud.bindings.add(Binding("roles/viewer", READER.member))
        assert not [c for c in identity_changes(undo_plan(world)) if isinstance(c, DeleteAccount)]

    def test_where_google_cannot_any_more_a_new_one_is_made(self, world: World) -> None:
        world.cloud.deleted_accounts.clear()
        world.run(world.plan(SETUP))
        assert world.cloud.accounts[EMAIL].unique_id != "77"
        assert world.cloud.bindings == {self.GHOST, READER}
        (made,) = [w for w in last_run(world).writes if w.action is Action.CREATE_ACCOUNT]
        assert made.bindings == ()

    def test_without_the_right_to_or_where_it_is_not_clear_a_new_one_is_made(
        self, world: World
    ) -> None:
        world.cloud.denied.add("iam.serviceAccounts.undelete")
        assert planned(world.cloud).changes[0] == MADE
        world.cloud.denied.clear()
        world.cloud.refusals["policy"] = PermissionDenied("no")
        assert planned(world.cloud).changes[0] == MADE
        world.cloud.refusals.clear()
        world.cloud.bindings.add(replace(self.GHOST, member=f"{self.GHOST.member}8"))
        assert planned(world.cloud).changes[0] == MADE

    def test_an_answer_that_was_lost_is_settled_by_looking(self, world: World) -> None:
        begun = replace(CREATE, uid="77", bindings=(READER,))
        world.cloud.undelete_service_account("my-project", "77")
        done = settled(begun, world.cluster, world.cloud)
        assert done == replace(begun, done=True)
        world.cloud.accounts[EMAIL] = ServiceAccount(EMAIL, "78")
        anew = settled(begun, world.cluster, world.cloud)
        assert anew == replace(begun, done=True, uid="78", bindings=())
