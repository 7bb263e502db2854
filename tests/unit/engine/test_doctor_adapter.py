"""The doctor at the metrics API, its adapter, and who that is to Google."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.google import Binding
from jetscale_tui.domain.kinds import API_SERVICE, NODE, SERVICE_ACCOUNT, Ref
from jetscale_tui.domain.spec import AdapterKind
from jetscale_tui.engine.doctor import Health, LinkId, Remedy
from jetscale_tui.errors import AuthError, NotFound, PermissionDenied, Rejected, Unreachable
from tests.unit.engine.bed import ADAPTER, ADAPTER_REF, ADAPTER_SERVICE, HPA_REF, Bed
from tests.unit.engine.scene import gke, pod, setup_with

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.domain.kinds import Json

API = Ref.to(API_SERVICE, "v1beta2.custom.metrics.k8s.io")
LABELS = {"run": ADAPTER, "k8s-app": ADAPTER}
LOG = f"/api/v1/namespaces/custom-metrics/pods/{ADAPTER}-1/log"
REFUSED = "googleapi: Error 403: Permission monitoring.timeSeries.list denied"


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    return Bed(tmp_path)


def adapter_pod(bed: Bed, **status: Any) -> Json:
    """A pod of the adapter that is not ready."""
    found = pod(f"{ADAPTER}-1", labels=LABELS, ready=False, namespace="custom-metrics")
    found["status"]["containerStatuses"] = [{"name": "c", **status}]
    return bed.cluster.put(found)


def stopped(bed: Bed, message: str = "", reason: str = "Error") -> None:
    """The adapter keeps stopping."""
    bed.no_value()
    bed.set_status(ADAPTER_REF)
    adapter_pod(
        bed,
        state={"waiting": {"reason": "CrashLoopBackOff"}},
        lastState={"terminated": {"reason": reason, "message": message}},
    )


class TestMetricApi:
    def test_an_autoscaler_of_resource_metrics_needs_none_of_it(self, bed: Bed) -> None:
        cpu = {
            "type": "Resource",
            "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 5}},
        }
        bed.change(HPA_REF, lambda hpa: hpa["spec"].update(metrics=[cpu]))
        links = bed.links()
        assert links[LinkId.METRIC_API].detail.startswith("not needed")
        for link in (LinkId.ADAPTER, LinkId.IDENTITY, LinkId.DATA, LinkId.SCRAPE, LinkId.PORT):
            assert links[link].detail == "not needed"

    def test_an_api_that_is_not_available_is_followed_down_to_its_adapter(self, bed: Bed) -> None:
        bed.change(API, lambda api: api.update(status={}))
        bed.set_status(ADAPTER_REF)
        links = bed.links()
        assert "is not available: not checked yet" in links[LinkId.METRIC_API].detail
        assert links[LinkId.ADAPTER].health is Health.EMPTY
        assert "is starting" in links[LinkId.ADAPTER].detail

    @pytest.mark.parametrize(
        ("message", "port"),
        [("failing: Get https://10.8.0.7:6443/apis: i/o timeout", "6443"), ("timeout", "")],
    )
    def test_a2_a_control_plane_that_does_not_reach_a_running_adapter(
        self, bed: Bed, message: str, port: str
    ) -> None:
        state = {"type": "Available", "status": "False", "reason": "FailedDiscoveryCheck"}
        condition = {**state, "message": message}
        bed.change(API, lambda api: api.update(status={"conditions": [condition]}))
        found = bed.broken()
        assert (found.id, found.failure) == (LinkId.METRIC_API, "A2")
        assert (f"on port {port}" in found.detail) is bool(port)
        assert "firewall-rules create" in found.command

    def test_a_login_that_ends_on_the_way_is_said(self, bed: Bed) -> None:
        bed.no_value(AuthError("The login has expired.", fix="Log in."))
        found = bed.broken()
        assert (found.id, found.failure, found.fix) == (LinkId.METRIC_API, "C2", "Log in.")

    @pytest.mark.parametrize("answer", ["not json", "[]"])
    def test_nonsense_is_no_value(self, bed: Bed, answer: str) -> None:
        bed.cluster.silent = answer
        assert bed.link(LinkId.METRIC_API).health is Health.EMPTY

    def test_a_server_that_does_not_answer_any_more_is_the_broken_link(self, bed: Bed) -> None:
        bed.cluster.get = _raising(Unreachable("No answer."))  # type: ignore[method-assign]
        assert bed.broken().failure == "C3"

    @pytest.mark.parametrize("error", [PermissionDenied("No.", fix="Ask."), NotFound("Gone.")])
    def test_what_may_not_be_looked_at_is_unknown_and_the_walk_goes_on(
        self, bed: Bed, error: Exception
    ) -> None:
        bed.cloud.refusals["policy"] = error
        links = bed.links()
        assert links[LinkId.IDENTITY].health is Health.UNKNOWN
        assert links[LinkId.SERVER].health is Health.FINE

    def test_any_other_refusal_is_the_broken_link(self, bed: Bed) -> None:
        bed.cloud.refusals["policy"] = Rejected("It is disabled.")
        assert bed.broken().detail == "It is disabled."


def _raising(error: Exception) -> Any:
    def answer(*_: object) -> Any:
        raise error

    return answer


class TestAdapter:
    def test_a8_no_deployment_is_behind_the_service(self, bed: Bed) -> None:
        bed.change(ADAPTER_SERVICE, lambda found: found["spec"].update(selector={"app": "x"}))
        found = bed.broken()
        assert (found.id, found.failure, found.remedy) == (LinkId.ADAPTER, "A8", Remedy.APPLY)

    @pytest.mark.parametrize(
        ("taints", "failure"), [([{"key": "google.com/tpu"}], "A10"), ([], "")]
    )
    def test_a10_an_adapter_without_a_node_needs_one_without_tpu(
        self, bed: Bed, taints: list[Json], failure: str
    ) -> None:
        for name in ("tpu-0", "tpu-1"):
            bed.change(
                Ref.to(NODE, name),
                lambda node: node.update(spec={"taints": taints} if taints else {}),
            )
        waiting = adapter_pod(bed, state={})
        waiting["status"]["conditions"] = [
            {"type": "PodScheduled", "status": "False", "message": "0/2 nodes are available"}
        ]
        found = bed.broken()
        assert (found.id, found.failure) == (LinkId.ADAPTER, failure)
        assert ("node-pools create adapters" in found.command) is bool(failure)
        assert found.why == "0/2 nodes are available"

    def test_a6_an_old_adapter_runs_out_of_memory(self, bed: Bed) -> None:
        stopped(bed, reason="OOMKilled")
        assert bed.broken().failure == "A6"

    def test_what_it_said_before_it_stopped_is_told(self, bed: Bed) -> None:
        stopped(bed, "panic: no such flag")
        found = bed.broken()
        assert (found.id, found.why) == (LinkId.ADAPTER, "panic: no such flag")
        assert "logs" in found.command
        assert "--previous" in found.command

    def test_a_container_that_cannot_be_started_is_told_with_the_reason(self, bed: Bed) -> None:
        adapter_pod(bed, state={"waiting": {"reason": "ImagePullBackOff", "message": "not found"}})
        found = bed.broken()
        assert (found.detail, found.why) == (f"{ADAPTER}-1: ImagePullBackOff", "not found")

    def test_one_that_is_being_started_is_no_trouble(self, bed: Bed) -> None:
        adapter_pod(bed, state={"waiting": {"reason": "ContainerCreating"}})
        ready = pod(f"{ADAPTER}-2", labels=LABELS, namespace="custom-metrics")
        bed.cluster.put(ready)
        assert bed.link(LinkId.ADAPTER).health is Health.FINE

    def test_i6_one_that_google_refuses_after_the_grant_sits_in_back_off(self, bed: Bed) -> None:
        stopped(bed, REFUSED)
        assert bed.link(LinkId.ADAPTER).health is Health.EMPTY
        found = bed.broken()
        assert (found.id, found.failure, found.why) == (LinkId.IDENTITY, "I6", REFUSED)
        assert "delete pods" in found.command

    def test_its_last_words_are_looked_for_in_its_log(self, bed: Bed) -> None:
        stopped(bed)
        bed.cluster.answers[LOG] = f"starting\n\n{REFUSED}\nbye\n"
        assert bed.broken().why == REFUSED
        bed.cluster.answers[LOG] = "starting\nbye\n"
        assert bed.broken().why == "bye"

    @pytest.mark.parametrize("log", [PermissionDenied("No."), "\n"])
    def test_where_there_are_none_whether_it_may_read_is_looked_at(
        self, bed: Bed, log: str | Exception
    ) -> None:
        stopped(bed)
        bed.cluster.answers[LOG] = log
        assert "stops at start" in bed.link(LinkId.ADAPTER).detail
        assert bed.broken().failure == "I6"
        bed.cloud.bindings.clear()
        assert bed.broken().failure == "I1"

    def test_a_login_that_ends_at_its_log_is_said(self, bed: Bed) -> None:
        stopped(bed)
        bed.cluster.answers[LOG] = AuthError("Expired.")
        assert bed.broken().failure == "C2"

    def test_a_refusal_in_the_apis_own_words_is_for_the_next_link(self, bed: Bed) -> None:
        bed.no_value(Rejected("It failed.", why=REFUSED))
        assert "it may not read" in bed.link(LinkId.ADAPTER).detail
        assert bed.broken().failure == "I6"


class TestIdentity:
    def test_a_grant_of_another_kind_does_as_long_as_values_come(self, bed: Bed) -> None:
        bed.cloud.bindings = {Binding("roles/viewer", "group:readers@example.com")}
        assert "by a grant of another kind" in bed.link(LinkId.IDENTITY).detail

    def test_i1_nobody_granted_it(self, bed: Bed) -> None:
        bed.no_value()
        bed.cloud.bindings.clear()
        found = bed.broken()
        assert (found.id, found.failure) == (LinkId.IDENTITY, "I1")
        assert found.why.startswith("No role that reads metrics is granted to principal://")
        assert "add-iam-policy-binding my-project" in found.command

    def test_i1_pods_have_no_identity_of_their_own(self, bed: Bed) -> None:
        bed.no_value()
        bed.cloud.bindings.clear()
        bed.cloud.gke = gke(workload_pool=None)
        assert "Workload Identity is off" in bed.broken().detail
        bed.about = {"setup": setup_with(google={"cluster": None})}
        assert "may not read" in bed.broken().detail

    def test_without_google_a_refusal_is_still_one(self, bed: Bed) -> None:
        bed.about = {"cloud": lambda: None}
        assert bed.link(LinkId.IDENTITY).health is Health.UNKNOWN
        stopped(bed, REFUSED)
        found = bed.broken()
        assert (found.failure, found.why) == ("I1", REFUSED)
        assert "There are no Google credentials." in found.fix

    def annotated(self, bed: Bed, email: str) -> None:
        def annotate(account: Json) -> None:
            account["metadata"]["annotations"] = {"iam.gke.io/gcp-service-account": email}

        bed.change(Ref.to(SERVICE_ACCOUNT, ADAPTER, "custom-metrics"), annotate)

    def test_an_account_it_may_act_as_counts_for_it(self, bed: Bed) -> None:
        made = bed.cloud.create_service_account("my-project", "reader")
        self.annotated(bed, made.email)
        assert bed.link(LinkId.IDENTITY).health is Health.FINE, "by its own grant"
        bed.cloud.bindings = {Binding("roles/monitoring.viewer", f"serviceAccount:{made.email}")}
        member = f"serviceAccount:my-project.svc.id.goog[custom-metrics/{ADAPTER}]"
        bed.cloud.account_bindings[made.email] = {Binding("roles/iam.workloadIdentityUser", member)}
        assert "may read" in bed.link(LinkId.IDENTITY).detail

    def test_an_annotation_with_an_account_that_is_not_there_counts_for_nothing(
        self, bed: Bed
    ) -> None:
        self.annotated(bed, "nobody@my-project.iam.gserviceaccount.com")
        assert "may read" in bed.link(LinkId.IDENTITY).detail, "by its own grant"

    def test_i7_an_account_that_was_deleted_and_made_anew(self, bed: Bed) -> None:
        made = bed.cloud.create_service_account("my-project", "reader")
        self.annotated(bed, made.email)
        member = f"serviceAccount:my-project.svc.id.goog[custom-metrics/{ADAPTER}]"
        bed.cloud.account_bindings[made.email] = {Binding("roles/iam.workloadIdentityUser", member)}
        old = f"deleted:serviceAccount:{made.email}?uid=7"
        bed.cloud.bindings = {Binding("roles/monitoring.viewer", old)}
        bed.no_value()
        found = bed.broken()
        assert (found.failure, found.why) == ("I7", "The policy still names uid 7.")


class TestFrontend:
    """prometheus-adapter reads through the frontend of Managed Prometheus."""

    QUERY = "/api/v1/namespaces/default/services/frontend:9090/proxy/api/v1/query"

    def asks(self, bed: Bed, address: str = "http://frontend.default.svc:9090/") -> None:
        def change(found: Json) -> None:
            container = found["spec"]["template"]["spec"]["containers"][0]
            container["image"] = "registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0"
            container["command"] = ["/adapter", "--v=4"]
            container["args"] = [f"--prometheus-url={address}"]

        bed.change(ADAPTER_REF, change)

    def frontend(self, bed: Bed) -> None:
        bed.cluster.put(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "frontend", "namespace": "default"},
                "spec": {"selector": {"app": "frontend"}},
            }
        )
        bed.cluster.put(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "frontend", "namespace": "default"},
                "spec": {
                    "selector": {"matchLabels": {"app": "frontend"}},
                    "template": {
                        "metadata": {"labels": {"app": "frontend"}},
                        "spec": {"serviceAccountName": "reader", "containers": [{"name": "c"}]},
                    },
                },
            }
        )
        bed.cluster.answers[self.QUERY] = "{}"

    def test_a4_an_address_that_leads_nowhere(self, bed: Bed) -> None:
        self.asks(bed, "https://frontend/")
        found = bed.broken()
        assert (found.id, found.failure) == (LinkId.ADAPTER, "A4")
        assert "no Service custom-metrics/frontend" in found.detail

    def test_a_frontend_that_answers_is_whose_identity_counts(self, bed: Bed) -> None:
        self.asks(bed)
        self.frontend(bed)
        links = bed.links()
        assert links[LinkId.ADAPTER].detail == f"{ADAPTER} runs and asks default/frontend"
        assert links[LinkId.IDENTITY].detail.startswith("default/reader")

    def test_a_frontend_that_google_refuses(self, bed: Bed) -> None:
        self.asks(bed)
        self.frontend(bed)
        bed.no_value()
        bed.cluster.answers[self.QUERY] = PermissionDenied("403", why="Permission denied.")
        found = bed.broken()
        assert (found.id, found.failure) == (LinkId.IDENTITY, "I1")
        assert "default/reader" in found.detail

    def test_a_login_that_ends_at_the_frontend_is_said(self, bed: Bed) -> None:
        self.asks(bed)
        self.frontend(bed)
        bed.cluster.answers[self.QUERY] = AuthError("Expired.")
        assert bed.broken().failure == "C2"

    def test_a_frontend_that_is_starting_is_waited_for(self, bed: Bed) -> None:
        self.asks(bed)
        self.frontend(bed)
        bed.set_status(Ref.to(ADAPTER_REF.kind, "frontend", "default"))
        assert bed.link(LinkId.ADAPTER).detail == "default/frontend is starting"

    def test_a_frontend_that_does_not_run(self, bed: Bed) -> None:
        self.asks(bed)
        self.frontend(bed)
        bad = pod("frontend-1", labels={"app": "frontend"}, ready=False)
        waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}
        bad["status"]["containerStatuses"] = [{"name": "c", "state": waiting}]
        bed.cluster.put(bad)
        assert bed.broken().detail == "frontend-1: ImagePullBackOff"

    def test_a4_an_adapter_without_a_rule_for_the_metric(self, bed: Bed) -> None:
        self.asks(bed)
        self.frontend(bed)
        bed.no_value()
        found = bed.broken()
        assert (found.id, found.failure, found.why) == (LinkId.ADAPTER, "A4", "It has: none.")

    def test_a_service_without_pods_of_a_deployment_is_the_adapters_own(self, bed: Bed) -> None:
        self.asks(bed)
        self.frontend(bed)
        ref = Ref.to(ADAPTER_SERVICE.kind, "frontend", "default")
        bed.change(ref, lambda service: service.update(spec={}))
        assert bed.link(LinkId.IDENTITY).detail.startswith("custom-metrics/")


def test_the_kind_of_adapter_the_setup_wants_is_none_of_the_doctors_business(bed: Bed) -> None:
    bed.about = {"setup": setup_with(adapter={"kind": AdapterKind.PROMETHEUS})}
    assert bed.link(LinkId.ADAPTER).health is Health.FINE
