"""A plan of the setup: what it would change, in which order, and what it refuses."""

from __future__ import annotations

import pytest

from jetscale_tui.domain.google import Binding, ServiceState
from jetscale_tui.domain.kinds import CLUSTER_ROLE_BINDING, HPA, POD_MONITORING, Ref
from jetscale_tui.domain.spec import Guide, Identity
from jetscale_tui.engine.plan import Create, EnableService, Grant, StepId, Update
from jetscale_tui.engine.planner import Choices, build_plan
from jetscale_tui.errors import (
    Conflict,
    NotFound,
    PermissionDenied,
    Rejected,
)
from tests.fakes import FakeCloud
from tests.unit.engine.planning import planned, step
from tests.unit.engine.scene import (
    PROFILE,
    SETUP,
    cluster_with_server,
    gke,
    hpa,
    setup_with,
)

HPA_REF = Ref.to(HPA, "jetstream-hpa", "default")
PRINCIPAL = Binding(
    "roles/monitoring.viewer",
    "principal://iam.googleapis.com/projects/123456789012/locations/global/"
    "workloadIdentityPools/my-project.svc.id.goog/subject/ns/custom-metrics/sa/"
    "custom-metrics-stackdriver-adapter",
)


def test_on_an_empty_cluster_everything_is_created_in_the_documented_order() -> None:
    plan = planned()
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
    assert plan.changes == 17
    assert plan.risks == ()


def test_planning_writes_nothing() -> None:
    cluster, cloud = cluster_with_server(), FakeCloud(gke())
    planned(cluster, cloud)
    assert cluster.writes == []
    assert cloud.writes == []


def test_a_plan_says_where_it_would_write_and_as_whom() -> None:
    plan = planned()
    assert plan.context == "gke_my-project_us-central1_tpu-cluster"
    assert (plan.project, plan.identity) == ("my-project", "ana@example.com")


def test_every_step_says_how_it_is_verified_undone_and_done_by_hand() -> None:
    for each in planned().steps:
        assert each.verify
        assert each.undo
        assert each.rights or not each.writes
        assert each.commands or not each.writes


def test_the_plan_lists_where_it_differs_from_the_guide() -> None:
    assert planned().corrections
    literal = setup_with().model_copy(update={"guide": Guide.LITERAL})
    assert planned(setup=literal).corrections == ()


def test_what_is_already_right_is_kept() -> None:
    cluster, cloud = cluster_with_server(), FakeCloud(gke())
    first = planned(cluster, cloud)
    for each in first.steps:
        for change in each.changes:
            if isinstance(change, Create):
                cluster.apply(change.manifest)
    cloud.bindings.add(PRINCIPAL)
    again = planned(cluster, cloud)
    assert again.changes == 0
    assert again.kept == first.changes + first.kept
    assert all(not isinstance(c, Update) for each in again.steps for c in each.changes)


def test_an_object_that_differs_is_updated_with_its_field_changes() -> None:
    cluster = cluster_with_server()
    wanted = step(planned(cluster), StepId.HPA).changes[0]
    assert isinstance(wanted, Create)
    cluster.apply(wanted.manifest)
    change = step(
        planned(cluster, setup=setup_with(scaling={"min_replicas": 2})), StepId.HPA
    ).changes[0]
    assert isinstance(change, Update)
    assert [(f.path, f.before, f.after) for f in change.fields] == [("spec.minReplicas", 1, 2)]
    assert not change.force


def test_a_binding_that_is_there_is_no_change() -> None:
    cloud = FakeCloud(gke())
    cloud.bindings.add(PRINCIPAL)
    assert step(planned(cloud=cloud), StepId.ADAPTER_IDENTITY).changes == (
        Grant("my-project", PRINCIPAL, present=True),
    )


def test_disabled_services_are_enabled_and_unknown_ones_left_out() -> None:
    cloud = FakeCloud(gke())
    cloud.states["monitoring.googleapis.com"] = ServiceState.DISABLED
    cloud.states["container.googleapis.com"] = ServiceState.UNKNOWN
    services = step(planned(cloud=cloud), StepId.SERVICES)
    assert services.changes == (
        EnableService("my-project", "monitoring.googleapis.com"),
        EnableService("my-project", "cloudresourcemanager.googleapis.com", present=True),
    )
    assert services.commands == (
        "gcloud services enable monitoring.googleapis.com --project=my-project",
    )


def test_services_that_may_not_be_read_are_a_note() -> None:
    cloud = FakeCloud(gke())
    cloud.refusals["services"] = PermissionDenied("You may not list services.")
    plan = planned(cloud=cloud)
    assert StepId.SERVICES not in [each.id for each in plan.steps]
    assert any("You may not list services." in note for note in plan.notes)


class TestWithoutGoogle:
    def test_without_a_project_the_identity_is_handed_over_as_commands(self) -> None:
        setup = setup_with(google={"project": None})
        identity = step(planned(setup=setup), StepId.ADAPTER_IDENTITY)
        assert identity.handed_over
        assert identity.changes == ()
        script = "\n".join(identity.commands)
        assert "gcloud config get-value project" in script
        assert "projects/${PROJECT_NUMBER}/locations/global" in script
        assert "--condition=None" in script

    def test_without_credentials_the_project_is_at_least_filled_in(self) -> None:
        plan = build_plan(SETUP, PROFILE, cluster_with_server(), None)
        assert "PROJECT_ID=my-project" in step(plan, StepId.ADAPTER_IDENTITY).commands
        assert any("no Google credentials" in note for note in plan.notes)

    def test_a_service_account_is_made_by_commands_too(self) -> None:
        setup = setup_with(adapter={"identity": Identity.SERVICE_ACCOUNT})
        plan = build_plan(setup, PROFILE, cluster_with_server(), None)
        commands = step(plan, StepId.ADAPTER_IDENTITY).commands
        assert [command.split()[1:4] for command in commands] == [
            ["iam", "service-accounts", "create"],
            ["iam", "service-accounts", "add-iam-policy-binding"],
            ["projects", "add-iam-policy-binding", "my-project"],
        ]

    def test_the_node_identity_needs_no_step(self) -> None:
        setup = setup_with(adapter={"identity": Identity.NODE})
        assert StepId.ADAPTER_IDENTITY not in [each.id for each in planned(setup=setup).steps]

    def test_a_project_that_does_not_exist_stops_the_plan(self) -> None:
        cloud = FakeCloud(gke())
        cloud.refusals["project"] = NotFound("There is no project my-project.")
        with pytest.raises(NotFound):
            planned(cloud=cloud)

    def test_a_project_one_may_not_read_is_a_note_and_handed_over(self) -> None:
        cloud = FakeCloud(gke())
        cloud.refusals["project"] = PermissionDenied("You may not read my-project.")
        plan = planned(cloud=cloud)
        assert "You may not read my-project." in plan.notes
        assert step(plan, StepId.ADAPTER_IDENTITY).handed_over

    def test_a_cluster_google_does_not_know_is_a_note(self) -> None:
        plan = planned(cloud=FakeCloud(None))
        assert "There is no cluster tpu-cluster." in plan.notes
        assert not step(plan, StepId.ADAPTER_IDENTITY).handed_over

    def test_without_a_cluster_name_google_is_not_asked_for_one(self) -> None:
        setup = setup_with(google={"cluster": None})
        assert planned(cloud=FakeCloud(None), setup=setup).changes == 17


class TestIdentity:
    def test_a_policy_that_may_not_be_read_is_handed_over(self) -> None:
        cloud = FakeCloud(gke())
        cloud.refusals["policy"] = PermissionDenied("no")
        cloud.denied.add("resourcemanager.projects.getIamPolicy")
        identity = step(planned(cloud=cloud), StepId.ADAPTER_IDENTITY)
        assert identity.handed_over
        assert [str(right) for right in identity.missing] == [
            "resourcemanager.projects.getIamPolicy"
        ]

    def test_without_workload_identity_a_grant_would_have_no_effect(self) -> None:
        plan = planned(cloud=FakeCloud(gke(workload_pool=None)))
        (risk,) = plan.risks
        assert risk.id == "I1-no-workload-identity"
        assert risk.blocking


class TestRights:
    def test_a_step_whose_writes_are_not_allowed_is_handed_over(self) -> None:
        cluster = cluster_with_server()
        cluster.denied.add(("create", "horizontalpodautoscalers"))
        scaler = step(planned(cluster), StepId.HPA)
        assert scaler.handed_over
        assert [str(right) for right in scaler.missing] == [
            "create horizontalpodautoscalers.autoscaling in default"
        ]

    def test_an_object_one_may_not_read_is_taken_for_absent(self) -> None:
        cluster = cluster_with_server()
        cluster.denied.add(("get", "podmonitorings"))
        scrape = step(planned(cluster), StepId.SCRAPE_SERVER)
        assert scrape.handed_over
        assert isinstance(scrape.changes[0], Create)

    def test_a_binding_the_server_refuses_in_the_dry_run_lacks_the_right_to_bind(self) -> None:
        cluster = cluster_with_server()
        ref = Ref.to(CLUSTER_ROLE_BINDING, "external-metrics-reader")
        cluster.refusals[ref] = PermissionDenied("attempting to grant RBAC permissions")
        adapter = step(planned(cluster), StepId.ADAPTER)
        assert [str(right) for right in adapter.missing] == [
            "bind clusterroles.rbac.authorization.k8s.io"
        ]
        assert adapter.missing[0] in adapter.rights


class TestRefusals:
    def test_fields_of_another_manager_block_until_they_are_taken_over(self) -> None:
        cluster = cluster_with_server(hpa("jetstream-hpa"))
        cluster.refusals[HPA_REF] = Conflict("conflict", why="kubectl manages .spec.maxReplicas")
        plan = planned(cluster)
        (risk,) = plan.risks
        assert risk.id == "fields-owned-by-others"
        assert risk.blocking
        assert "--take-over HorizontalPodAutoscaler/default/jetstream-hpa" in risk.fix

        plan = planned(cluster, choices=Choices(take_over=frozenset({HPA_REF})))
        change = step(plan, StepId.HPA).changes[0]
        assert isinstance(change, Update)
        assert change.force
        assert [risk.blocking for risk in plan.risks] == [False]

    def test_taking_over_forces_nothing_that_is_not_contested(self) -> None:
        cluster = cluster_with_server(hpa("jetstream-hpa"))
        plan = planned(cluster, choices=Choices(take_over=frozenset({HPA_REF})))
        change = step(plan, StepId.HPA).changes[0]
        assert isinstance(change, Update)
        assert not change.force

    def test_what_the_server_would_refuse_is_said_before(self) -> None:
        cluster = cluster_with_server()
        cluster.refusals[HPA_REF] = Rejected("invalid", why="spec.maxReplicas: too small")
        (risk,) = planned(cluster).risks
        assert risk.id == "rejected-by-server"
        assert "spec.maxReplicas: too small" in risk.what
        assert risk.blocking

    def test_a_cluster_without_podmonitorings_has_managed_collection_off(self) -> None:
        cluster = cluster_with_server()
        ref = Ref.to(POD_MONITORING, "jetstream-podmonitoring", "default")
        cluster.refusals[ref] = NotFound("the server could not find the requested resource")
        (risk,) = planned(cluster).risks
        assert risk.id == "S5-no-managed-prometheus"
        assert "--enable-managed-prometheus" in risk.fix

    def test_what_is_still_being_deleted_is_waited_for(self) -> None:
        leaving = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "custom-metrics", "deletionTimestamp": "2026-01-01T10:00:00Z"},
        }
        (risk,) = planned(cluster_with_server(leaving)).risks
        assert risk.id == "going-away"
        assert risk.blocking

    def test_a_namespace_that_is_missing_blocks(self) -> None:
        setup = setup_with(workload={"namespace": "elsewhere"})
        found = {risk.id for risk in planned(setup=setup).risks if risk.blocking}
        assert found == {"place-missing", "H10-no-deployment"}
