"""Each prerequisite: what it finds, and what it offers to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jetscale_tui.domain.google import ServiceState
from jetscale_tui.domain.monitoring import Availability, QueryAnswer, QueryRow
from jetscale_tui.domain.spec import Identity
from jetscale_tui.engine.checks import (
    CheckState,
    repair,
    run_check,
)
from jetscale_tui.engine.planner import build_plan
from jetscale_tui.engine.prerequisites import CHECKS
from jetscale_tui.engine.remedies import EnableServices
from jetscale_tui.errors import (
    AuthError,
    PermissionDenied,
    UsageError,
)
from tests.fakes import FakeCloud, FakeCluster
from tests.unit.engine.place import CRD, Place, collector
from tests.unit.engine.scene import (
    PAGE_PATH,
    PROFILE,
    SETUP,
    api_service,
    cluster_with_server,
    deployment,
    gke,
    hpa,
    node,
    pod,
    setup_with,
)


@pytest.fixture
def place() -> Place:
    return Place()


class TestNoProject:
    def test_where_nothing_of_google_is_asked_that_is_no_fault(self, place: Place) -> None:
        setup = setup_with(google={"project": None})
        place.cloud = None
        found = place.find("credentials", setup)
        assert found.state is CheckState.OK
        assert "handed over" in found.detail


class TestCredentials:
    def test_without_any_the_login_command_is_offered(self, place: Place) -> None:
        place.cloud = None
        found = place.find("credentials")
        assert found.state is CheckState.WARN
        assert found.command == "gcloud auth application-default login"
        assert place.find("services").state is CheckState.SKIP
        assert place.find("workload-identity").state is CheckState.SKIP

    def test_dead_ones_fail(self, place: Place) -> None:
        def dead() -> FakeCloud:
            raise AuthError("They expired.", fix="Log in.")

        check = next(check for check in CHECKS if check.id == "credentials")
        found = run_check(check, replace(place.scene(), cloud=dead))
        assert (found.state, found.detail, found.fix) == (
            CheckState.FAIL,
            "They expired.",
            "Log in.",
        )

    def test_the_project_is_named_where_there_is_one(self, place: Place) -> None:
        assert place.find("credentials").detail == "ana@example.com, project my-project"
        setup = setup_with(google={"project": None})
        assert place.find("credentials", setup).detail == "ana@example.com"


class TestKubernetes:
    def test_an_old_version_fails(self, place: Place) -> None:
        place.cluster.version = lambda: "v1.22.17-gke.1"  # type: ignore[method-assign]
        assert place.find("kubernetes").state is CheckState.FAIL

    def test_a_version_that_cannot_be_read_is_no_failure(self, place: Place) -> None:
        place.cluster.version = lambda: "odd"  # type: ignore[method-assign]
        assert place.find("kubernetes").state is CheckState.OK

    def test_another_cluster_than_the_setups_fails(self, place: Place) -> None:
        place.cluster.server = "https://10.9.9.9"
        place.cluster.context = "my-tunnel"
        assert place.find("same-cluster").state is CheckState.WARN
        place.cluster.context = "gke_other_us-central1_x"
        assert place.find("same-cluster").state is CheckState.FAIL

    def test_a_cluster_google_does_not_have_fails(self, place: Place) -> None:
        place.cloud = FakeCloud(None)
        assert place.find("same-cluster").detail == "There is no cluster tpu-cluster."

    def test_without_a_named_cluster_there_is_nothing_to_compare(self, place: Place) -> None:
        setup = setup_with(google={"cluster": None})
        assert "no GKE cluster" in place.find("same-cluster", setup).detail


class TestPermissions:
    def test_all_that_is_needed_is_counted(self, place: Place) -> None:
        found = place.find("permissions")
        assert found.detail.endswith("needed for this setup")
        count = int(found.detail.split()[0])
        setup = setup_with(adapter={"identity": Identity.NODE})
        assert place.find("permissions", setup).detail.startswith(f"{count - 2} of")
        setup = setup_with(adapter={"identity": Identity.SERVICE_ACCOUNT})
        assert place.find("permissions", setup).detail.startswith(f"{count + 4} of")

    def test_missing_ones_are_named_with_what_would_give_them(self, place: Place) -> None:
        assert place.cloud is not None
        place.cluster.denied |= {("*", "apiservices"), ("create", "horizontalpodautoscalers")}
        place.cloud.denied |= {"resourcemanager.projects.setIamPolicy", "container.clusters.get"}
        found = place.find("permissions")
        assert found.state is CheckState.WARN
        assert "get/create/patch apiservices.apiregistration.k8s.io" in found.detail
        assert "setIamPolicy" in found.detail
        assert "--hand-over" in found.fix
        assert found.command.splitlines() == [
            f"gcloud projects add-iam-policy-binding my-project --member=user:ana@example.com "
            f"--role={role} --condition=None"
            for role in ("roles/container.clusterViewer", "roles/resourcemanager.projectIamAdmin")
        ]

    def test_without_google_the_clusters_are_counted(self, place: Place) -> None:
        count = int(place.find("permissions").detail.split()[0])
        place.cloud = None
        assert place.find("permissions").detail.startswith(f"{count - 5} of")

    def test_very_many_missing_ones_are_counted(self, place: Place) -> None:
        place.cluster.allowed = lambda right: False  # type: ignore[method-assign]
        assert " more" in place.find("permissions").detail

    def test_an_identity_nobody_can_name_is_given_no_role(self, place: Place) -> None:
        class Nameless(FakeCloud):
            def identity(self) -> str:
                return "user credentials (e-mail not known)"

        place.cloud = Nameless(gke())
        place.cloud.denied.add("container.clusters.get")
        found = place.find("permissions")
        assert found.state is CheckState.WARN
        assert found.command == ""

    def test_a_check_one_may_not_make_is_a_warning(self, place: Place) -> None:
        assert place.cloud is not None
        place.cloud.refusals["services"] = PermissionDenied("You may not list services.")
        found = place.find("services")
        assert found.state is CheckState.WARN
        assert "may not look" in found.detail


class TestServices:
    def test_disabled_ones_can_be_enabled_from_here(self, place: Place) -> None:
        assert place.cloud is not None
        place.cloud.states["monitoring.googleapis.com"] = ServiceState.DISABLED
        found = place.find("services")
        assert found.state is CheckState.FAIL
        assert found.command == (
            "gcloud services enable monitoring.googleapis.com --project=my-project"
        )
        assert isinstance(found.remedy, EnableServices)
        done = repair(found.remedy, place.scene())
        assert "monitoring.googleapis.com" in done
        assert place.find("services").state is CheckState.OK

    def test_nothing_is_enabled_once_the_credentials_are_gone(self, place: Place) -> None:
        place.cloud = None
        with pytest.raises(UsageError):
            repair(EnableServices("my-project", ("monitoring.googleapis.com",)), place.scene())

    def test_unknown_ones_are_a_warning(self, place: Place) -> None:
        assert place.cloud is not None
        place.cloud.states["monitoring.googleapis.com"] = ServiceState.UNKNOWN
        assert place.find("services").state is CheckState.WARN


class TestWorkloadIdentity:
    def test_it_is_not_needed_with_the_nodes_identity(self, place: Place) -> None:
        setup = setup_with(adapter={"identity": Identity.NODE})
        scopes = ("https://www.googleapis.com/auth/cloud-platform",)
        pool = replace(gke().pools[0], scopes=scopes)
        place.cloud = FakeCloud(gke(workload_pool=None, pools=(pool,)))
        assert place.find("workload-identity", setup).state is CheckState.OK

    def test_the_nodes_identity_is_none_where_pods_have_their_own(self, place: Place) -> None:
        setup = setup_with(adapter={"identity": Identity.NODE})
        found = place.find("workload-identity", setup)
        assert found.state is CheckState.FAIL
        assert "would not act as its node" in found.detail
        assert found.fix == "Set adapter.identity to principal."

    def test_nodes_whose_scopes_let_nobody_read_are_named(self, place: Place) -> None:
        setup = setup_with(adapter={"identity": Identity.NODE})
        scopes = ("https://www.googleapis.com/auth/logging.write",)
        pool = replace(gke().pools[0], metadata_mode="GCE_METADATA", scopes=scopes)
        place.cloud = FakeCloud(gke(pools=(pool,)))
        found = place.find("workload-identity", setup)
        assert found.state is CheckState.FAIL
        assert "tpu-pool (default) have no access scope" in found.detail
        plan = build_plan(setup, PROFILE, place.cluster, place.cloud)
        assert [risk.id for risk in plan.risks if risk.blocking] == ["I4-node-scopes"]

    def test_without_it_a_grant_would_have_no_effect(self, place: Place) -> None:
        place.cloud = FakeCloud(gke(workload_pool=None))
        assert place.find("workload-identity").state is CheckState.FAIL

    def test_pools_with_their_nodes_identity_matter_when_there_is_no_other(
        self, place: Place
    ) -> None:
        modern = gke().pools[0]
        legacy = replace(modern, name="old", metadata_mode="GCE_METADATA")
        place.cloud = FakeCloud(gke(pools=(modern, legacy)))
        found = place.find("workload-identity")
        assert (found.state, "old uses" in found.detail) == (CheckState.WARN, True)
        place.cloud = FakeCloud(gke(pools=(legacy,)))
        found = place.find("workload-identity")
        assert found.state is CheckState.FAIL
        assert "--workload-metadata=GKE_METADATA" in found.command


class TestManagedPrometheus:
    def test_without_its_kinds_it_is_off(self, place: Place) -> None:
        place.cluster = cluster_with_server()
        found = place.find("managed-prometheus")
        assert found.state is CheckState.FAIL
        assert found.command == (
            "gcloud container clusters update tpu-cluster --location=us-central1 "
            "--project=my-project --enable-managed-prometheus"
        )

    def test_without_a_collector_it_collects_nothing(self, place: Place) -> None:
        place.cluster = cluster_with_server(CRD)
        place.cloud = None
        assert "no collector runs" in place.find("managed-prometheus").detail

    def test_collectors_that_start_are_a_warning(self, place: Place) -> None:
        place.cluster = cluster_with_server(CRD, collector(ready=1))
        assert place.find("managed-prometheus").detail == "1 of 3 collectors ready"

    def test_a_self_deployed_operator_is_said(self, place: Place) -> None:
        place.cloud = FakeCloud(gke(managed_prometheus=False))
        assert "self-deployed" in place.find("managed-prometheus").detail


class TestServer:
    def test_a_missing_one_is_named_with_those_that_are_there(self, place: Place) -> None:
        setup = setup_with(workload={"deployment": "typo"})
        found = place.find("server", setup)
        assert found.state is CheckState.FAIL
        assert found.fix == "There is default/maxengine-server: name it in the setup."
        place.cluster = FakeCluster()
        assert place.find("server", setup).fix == "Deploy the server first."

    def test_labels_its_pods_do_not_carry_fail(self, place: Place) -> None:
        setup = setup_with(workload={"selector": {"app": "typo"}})
        assert place.find("server", setup).state is CheckState.FAIL

    def test_one_without_ready_pods_is_a_warning(self, place: Place) -> None:
        place.cluster = FakeCluster(deployment(), pod(ready=False))
        assert place.find("server").state is CheckState.WARN
        assert place.find("metrics-endpoint").detail == "no ready pod to ask"

    def test_its_start_up_time_is_told_where_it_could_be_measured(self, place: Place) -> None:
        assert "ready 75 s after being scheduled" in place.find("server").detail
        restarted = pod()
        restarted["status"]["containerStatuses"][0]["restartCount"] = 2
        place.cluster.put(restarted)
        assert place.find("server").detail == "maxengine-server: 1 of 1 pods ready"


class TestMetricsEndpoint:
    def test_a_pod_that_may_not_be_asked_is_made_up_for_by_cloud_monitoring(
        self, place: Place
    ) -> None:
        place.cluster.answers[PAGE_PATH] = PermissionDenied("You may not get pods/proxy.")
        refused = place.find("metrics-endpoint")
        assert refused.state is CheckState.WARN
        assert "you may not ask server-1:9100" in refused.detail
        name = "jetstream_prefill_backlog_size"
        assert place.cloud is not None
        place.cloud.queried[f"prometheus.googleapis.com/{name}/"] = QueryAnswer(
            "", Availability.DATA, (QueryRow({}, 3.0),)
        )
        found = place.find("metrics-endpoint")
        assert found.state is CheckState.WARN
        assert f"Cloud Monitoring has {name} = 3" in found.detail
        assert "You may not get pods/proxy." in found.fix

    def test_without_google_a_pod_that_may_not_be_asked_is_what_there_is_to_say(
        self, place: Place
    ) -> None:
        place.cluster.answers[PAGE_PATH] = PermissionDenied("You may not get pods/proxy.")

        def expired() -> FakeCloud | None:
            raise AuthError("They have expired.")

        scene = replace(place.scene(), cloud=expired)
        check = next(check for check in CHECKS if check.id == "metrics-endpoint")
        assert "what it emits is not known" in run_check(check, scene).detail

    def test_a_closed_port_fails_with_the_option_that_opens_it(self, place: Place) -> None:
        place.cluster = FakeCluster(deployment(arguments=()), pod())
        found = place.find("metrics-endpoint")
        assert found.state is CheckState.FAIL
        assert "--open-metrics-port" in found.command

    def test_another_port_is_named(self, place: Place) -> None:
        place.cluster = FakeCluster(deployment(arguments=("prometheus_port=9090",)), pod())
        assert place.find("metrics-endpoint").fix == "Set workload.metricsPort to 9090."

    def test_a_silent_port_fails(self, place: Place) -> None:
        del place.cluster.answers[PAGE_PATH]
        assert "does not answer" in place.find("metrics-endpoint").detail

    def test_a_metric_that_is_not_emitted_fails(self, place: Place) -> None:
        place.cluster.answers[PAGE_PATH] = "other 1"
        assert place.find("metrics-endpoint").state is CheckState.FAIL

    def test_the_live_values_are_shown(self, place: Place) -> None:
        assert "jetstream_prefill_backlog_size = 3" in place.find("metrics-endpoint").detail
        tpu = SETUP.scaling.metrics[0].model_copy(update={"name": "memory_used"})
        setup = setup_with(scaling={"metrics": (tpu,)})
        assert place.find("metrics-endpoint", setup).detail == "port 9100 answers; 2 metrics"


class TestChips:
    def test_no_matching_node_fails(self, place: Place) -> None:
        place.cluster = FakeCluster(deployment())
        assert place.find("chips").state is CheckState.FAIL

    def test_a_maximum_beyond_them_is_a_warning(self, place: Place) -> None:
        place.cluster = FakeCluster(deployment(), node("only"))
        assert place.find("chips").state is CheckState.WARN


class TestConflicts:
    def test_an_api_of_somebody_else_is_a_warning(self, place: Place) -> None:
        place.cluster.put(api_service("v1beta1.external.metrics.k8s.io"))
        found = place.find("metric-apis")
        assert found.state is CheckState.WARN
        assert "keda/keda-metrics" in found.detail

    def test_an_own_one_is_fine_while_it_is_available(self, place: Place) -> None:
        own = "custom-metrics/custom-metrics-stackdriver-adapter"
        place.cluster.put(api_service("v1beta1.external.metrics.k8s.io", own))
        assert place.find("metric-apis").detail == "1 served by this adapter"
        place.cluster.put(api_service("v1beta1.external.metrics.k8s.io", own, available=False))
        assert place.find("metric-apis").state is CheckState.WARN

    def test_another_autoscaler_fails_and_the_own_one_does_not(self, place: Place) -> None:
        place.cluster.put(hpa("jetstream-hpa"))
        assert place.find("other-hpa").detail == "jetstream-hpa is there already"
        place.cluster.put(hpa("another"))
        assert place.find("other-hpa").state is CheckState.FAIL
