"""The doctor at the data: Cloud Monitoring, scraping, the port and the server."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.google import ServiceState
from jetscale_tui.domain.kinds import CRD, DAEMON_SET, NODE, POD, POD_MONITORING, Ref
from jetscale_tui.domain.monitoring import Availability, MetricHistory
from jetscale_tui.engine import detect
from jetscale_tui.engine.doctor import Health, LinkId, Remedy
from jetscale_tui.engine.doctor.links import TITLES
from jetscale_tui.errors import NotFound, PermissionDenied
from tests.unit.engine.bed import BACKLOG, HPA_REF, SERVER_REF, Bed, other_pools
from tests.unit.engine.scene import PAGE_PATH, PROFILE, pod, setup_with

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.domain.kinds import Json

SCRAPE = Ref.to(POD_MONITORING, "jetstream-podmonitoring", "default")
SERVER_POD = Ref.to(POD, "server-1", "default")
EXPORTER_PAGE = "/api/v1/namespaces/kube-system/pods/plugin:2112/proxy/metrics"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    return Bed(tmp_path)


def follow(bed: Bed, *metrics: Json) -> None:
    """Let the autoscaler follow other metrics, which all have no value yet."""
    bed.change(HPA_REF, lambda found: found["spec"].update(metrics=[*metrics]))


def external(name: str, **selector: Any) -> Json:
    metric = {"name": name, **({"selector": selector} if selector else {})}
    target = {"type": "AverageValue", "averageValue": "1"}
    return {"type": "External", "external": {"metric": metric, "target": target}}


def test_every_link_has_a_name_for_people(bed: Bed) -> None:
    assert [link.title for link in bed.links().values()] == list(TITLES.values())


class TestMonitoring:
    def test_a_disabled_api_is_the_broken_link(self, bed: Bed) -> None:
        bed.cloud.states["monitoring.googleapis.com"] = ServiceState.DISABLED
        found = bed.broken()
        assert (found.id, found.remedy) == (LinkId.DATA, Remedy.APPLY)
        assert "gcloud services enable" in found.command

    def test_what_may_not_be_read_is_not_taken_for_nothing(self, bed: Bed) -> None:
        bed.cloud.histories[BACKLOG] = MetricHistory(
            BACKLOG, Availability.FORBIDDEN, why="You lack it.", fix="Ask."
        )
        link = bed.link(LinkId.DATA)
        assert (link.health, link.why) == (Health.UNKNOWN, "You lack it. Ask.")

    def test_values_that_stopped_coming_are_told_with_their_age(self, bed: Bed) -> None:
        bed.cloud.histories[BACKLOG] = bed.history(8 * MINUTE)
        assert "newest value of jetstream_prefill_backlog_size is 8 min old" in (
            bed.link(LinkId.DATA).detail
        )
        bed.cloud.histories[BACKLOG] = MetricHistory(BACKLOG, Availability.SILENT)
        assert bed.link(LinkId.DATA).detail.endswith("came lately")

    def test_s3_series_that_do_not_say_which_pod_they_are_of(self, bed: Bed) -> None:
        bed.no_value()
        bed.cloud.histories[BACKLOG] = bed.history(5 * MINUTE, MINUTE, pod="")
        assert bed.broken().failure == "S3"

    def test_values_that_came_a_moment_ago_are_waited_for(self, bed: Bed) -> None:
        bed.no_value()
        bed.cloud.histories[BACKLOG] = bed.history(MINUTE, MINUTE / 60)
        assert "came for the first time 60 s ago" in bed.link(LinkId.DATA).detail

    @pytest.mark.parametrize("said", ["", "no metrics"])
    def test_i2_values_that_only_the_adapter_does_not_see(self, bed: Bed, said: str) -> None:
        bed.no_value(NotFound("x", why=said) if said else None)
        bed.cluster.silent = bed.cluster.silent if said else "nonsense"
        found = bed.broken()
        assert (found.id, found.failure) == (LinkId.DATA, "I2")
        assert (said in found.why) is True

    def test_a_metric_of_gke_itself_is_asked_for_by_its_own_name(self, bed: Bed) -> None:
        name = "kubernetes.io/node/accelerator/memory_used"
        follow(bed, external("kubernetes.io|node|accelerator|memory_used"))
        path = (
            "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/"
            "kubernetes.io%7Cnode%7Caccelerator%7Cmemory_used"
        )
        bed.cluster.answers[path] = '{"items": [{"value": "1"}]}'
        bed.cloud.histories[name] = bed.history(MINUTE, kind=name)
        links = bed.links()
        assert links[LinkId.METRIC_API].detail == "kubernetes.io|node|accelerator|memory_used = 1"
        assert links[LinkId.DATA].health is Health.FINE

    def test_without_a_cluster_named_series_of_any_are_taken(self, bed: Bed) -> None:
        bed.about = {"setup": setup_with(google={"cluster": None})}
        assert bed.link(LinkId.DATA).health is Health.FINE


class TestScraping:
    def test_s5_a_cluster_that_does_not_know_podmonitoring(self, bed: Bed) -> None:
        bed.cluster.delete(Ref.to(CRD, "podmonitorings.monitoring.googleapis.com"))
        assert (bed.broken().failure, bed.broken().id) == ("S5", LinkId.SCRAPE)

    def test_s5_collectors_of_which_none_is_ready(self, bed: Bed) -> None:
        bed.set_status(Ref.to(DAEMON_SET, "collector", "gmp-system"), numberReady=0)
        assert "no collector" in bed.broken().detail

    def test_s1_one_that_selects_other_labels(self, bed: Bed) -> None:
        selector = {"selector": {"matchLabels": {"app": "x"}}}
        bed.change(SCRAPE, lambda found: found["spec"].update(selector))
        assert "select other labels" in bed.broken().why

    def test_s1_none_here_and_one_elsewhere_that_would_do(self, bed: Bed) -> None:
        spec = bed.cluster.objects.pop(SCRAPE)["spec"]
        assert bed.broken().why == "default has none."
        meta = {"name": "mine", "namespace": "elsewhere"}
        kind = {"apiVersion": POD_MONITORING.api_version, "kind": POD_MONITORING.name}
        bed.cluster.put({**kind, "metadata": meta, "spec": spec})
        assert "mine is in elsewhere: it sees only pods there." in bed.broken().why

    def test_a_target_that_fails_is_told_where_that_is_known(self, bed: Bed) -> None:
        sample = {"sampleTargets": [{"health": "up"}, {"lastError": "connection refused"}]}
        failing = {"unhealthyTargets": 1, "sampleGroups": [sample]}
        bed.set_status(SCRAPE, endpointStatuses=[{"unhealthyTargets": 0}, failing])
        link = bed.link(LinkId.SCRAPE)
        assert (link.health, link.why) == (Health.EMPTY, "connection refused")
        bed.set_status(SCRAPE, endpointStatuses=[{"unhealthyTargets": 1, "sampleGroups": [{}]}])
        assert bed.link(LinkId.SCRAPE).health is Health.FINE


class TestExporter:
    """The TPU device plugin's metrics, through an External metric."""

    PATH = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/memory_used"

    @pytest.fixture
    def bed(self, bed: Bed) -> Bed:
        follow(bed, external("memory_used"))
        bed.cluster.answers[self.PATH] = '{"items": [{"value": "5"}]}'
        plugin = pod("plugin", labels={"k8s-app": "tpu-device-plugin"}, namespace="kube-system")
        bed.cluster.put(plugin)
        bed.cluster.answers[EXPORTER_PAGE] = "memory_used 5"
        kind = "prometheus.googleapis.com/memory_used/gauge"
        bed.cloud.histories[kind] = bed.history(MINUTE, kind=kind)
        return bed

    def test_its_series_its_scrape_and_its_port_are_looked_at(self, bed: Bed) -> None:
        links = bed.links()
        assert links[LinkId.METRIC_API].detail == "memory_used = 5"
        assert links[LinkId.DATA].health is Health.FINE
        assert "selects the TPU device plugin" in links[LinkId.SCRAPE].detail
        assert "not needed: the server's own" in links[LinkId.PORT].detail

    def test_s1_nobody_scrapes_it(self, bed: Bed) -> None:
        scrape = bed.setup.scrape.tpu
        bed.cluster.delete(Ref.to(POD_MONITORING, scrape.name, scrape.namespace))
        found = bed.broken()
        assert (found.id, found.failure) == (LinkId.SCRAPE, "S1")
        assert "none for its port 2112" in found.why

    @pytest.mark.parametrize("ready", [True, False])
    def test_p1_it_does_not_answer(self, bed: Bed, ready: bool) -> None:
        del bed.cluster.answers[EXPORTER_PAGE]
        if not ready:
            bed.cluster.delete(Ref.to(POD, "plugin", "kube-system"))
        found = bed.broken()
        assert (found.id, found.failure) == (LinkId.PORT, "P1")
        assert ("No pod of it" in found.why) is not ready

    def test_beside_a_metric_of_the_server_both_are_looked_at(self, bed: Bed) -> None:
        unknown = external("something_else")
        follow(bed, external("memory_used"), unknown)
        path = self.PATH.replace("memory_used", "something_else")
        bed.cluster.answers[path] = '{"items": [{"value": "5"}]}'
        kind = "prometheus.googleapis.com/something_else/gauge"
        bed.cloud.histories[kind] = bed.history(MINUTE, kind=kind)
        found = bed.broken()
        assert (found.failure, "something_else" in found.detail) == ("P3", True)
        page = bed.cluster.answers[PAGE_PATH]
        bed.cluster.answers[PAGE_PATH] = f"{page}something_else 5\n"
        assert bed.link(LinkId.SCRAPE).health is Health.FINE
        assert bed.link(LinkId.PORT).detail.endswith("something_else = 5")

    def test_a_system_metric_needs_no_scrape_at_all(self, bed: Bed) -> None:
        name = "kubernetes.io|node|accelerator|memory_used"
        follow(bed, external(name))
        path = self.PATH.replace("memory_used", name.replace("|", "%7C"))
        bed.cluster.answers[path] = '{"items": [{"value": "5"}]}'
        kind = name.replace("|", "/")
        bed.cloud.histories[kind] = bed.history(MINUTE, kind=kind)
        links = bed.links()
        assert links[LinkId.DATA].health is Health.FINE, links[LinkId.DATA]
        assert "GKE collects it itself" in links[LinkId.SCRAPE].detail

    def test_a_system_metric_by_its_promql_name_is_known_too(self, bed: Bed) -> None:
        name = "kubernetes_io:node_accelerator_memory_used"
        follow(bed, external(name))
        path = self.PATH.replace("memory_used", name.replace(":", "%3A"))
        bed.cluster.answers[path] = '{"items": [{"value": "5"}]}'
        kind = "kubernetes.io/node/accelerator/memory_used"
        bed.cloud.histories[kind] = bed.history(MINUTE, kind=kind)
        bed.about = {"setup": setup_with(google={"cluster": None})}
        assert bed.link(LinkId.DATA).health is Health.FINE


class TestPort:
    def test_p1_a_server_that_was_started_without_it(self, bed: Bed) -> None:
        bed.without_page()

        def shut(found: Json) -> None:
            for container in found["spec"]["template"]["spec"]["containers"]:
                container["args"] = []

        bed.change(SERVER_REF, shut)
        found = bed.broken()
        assert (found.failure, found.remedy) == ("P1", Remedy.APPLY)
        assert found.command.endswith("--open-metrics-port")
        bed.about = {"apply_command": "jetscale"}
        assert bed.broken().command == "jetscale"

    def test_p1_a_server_that_does_not_answer_there(self, bed: Bed) -> None:
        bed.without_page()
        assert "does not answer with metrics on port 9100" in bed.broken().detail

    def test_a_pod_one_may_not_ask_is_not_taken_for_a_silent_one(self, bed: Bed) -> None:
        bed.cluster.answers[PAGE_PATH] = PermissionDenied("You may not get pods/proxy.")
        link = bed.link(LinkId.PORT)
        assert (link.health, link.why) == (Health.UNKNOWN, "You may not get pods/proxy.")

    def test_no_pod_is_ready_to_be_asked(self, bed: Bed) -> None:
        bed.cluster.put(pod(ready=False))
        assert bed.link(LinkId.PORT).detail == "no ready pod to ask"


class TestServer:
    def test_a_server_without_pods_says_why_where_that_is_known(self, bed: Bed) -> None:
        bed.cluster.delete(SERVER_POD)
        failure = {"type": "ReplicaFailure", "status": "True", "message": "quota exceeded"}
        bed.change(SERVER_REF, lambda found: found["status"].update(conditions=[failure]))
        found = bed.broken()
        assert (found.id, found.why) == (LinkId.SERVER, "quota exceeded")

    def test_a_pod_that_keeps_stopping_is_named(self, bed: Bed) -> None:
        bad = pod("server-2", ready=False)
        waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}
        bad["status"]["containerStatuses"] = [{"name": "c", "state": waiting}]
        bed.cluster.put(bad)
        assert bed.broken().detail.startswith("server-2: CrashLoopBackOff")

    def test_a_pod_that_is_starting_is_no_trouble(self, bed: Bed) -> None:
        bed.cluster.put(pod("server-2", ready=False))
        assert bed.link(LinkId.SERVER).health is Health.FINE

    def pending(self, bed: Bed, reason: str = "") -> None:
        waiting = pod("server-2", ready=False, node="")
        waiting["status"] = {
            "phase": "Pending",
            "conditions": [
                {
                    "type": "PodScheduled",
                    "status": "False",
                    "reason": "Unschedulable",
                    "message": "0/3 nodes are available: 3 Insufficient google.com/tpu.",
                }
            ],
        }
        bed.cluster.put(waiting)
        if reason:
            bed.cluster.put(
                {
                    "apiVersion": "v1",
                    "kind": "Event",
                    "metadata": {"name": f"server-2.{reason}", "namespace": "default"},
                    "involvedObject": {"name": "server-2"},
                    "reason": reason,
                    "message": f"{reason} it is",
                    "lastTimestamp": "2026-01-01T00:00:00Z",
                }
            )

    def test_a_node_that_is_on_its_way_is_worth_knowing(self, bed: Bed) -> None:
        self.pending(bed, "TriggeredScaleUp")
        link = bed.link(LinkId.SERVER)
        assert (link.health, link.why) == (Health.NOTE, "TriggeredScaleUp it is")

    def test_t2_a_pool_that_cannot_grow(self, bed: Bed) -> None:
        self.pending(bed, "NotTriggerScaleUp")
        found = bed.broken()
        assert (found.failure, found.remedy) == ("T2", Remedy.EDIT)
        assert "NotTriggerScaleUp it is" in found.why

    def test_t1_no_node_is_of_the_shape_that_is_asked_for(self, bed: Bed) -> None:
        self.pending(bed)
        for name in ("tpu-0", "tpu-1"):
            bed.cluster.delete(Ref.to(NODE, name))
        assert bed.broken().failure == "T1"

    def test_a_target_that_is_no_deployment_is_not_looked_into(self, bed: Bed) -> None:
        other = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "x"}
        bed.change(HPA_REF, lambda found: found["spec"].update(scaleTargetRef=other))
        links = bed.links()
        for link in (LinkId.SCRAPE, LinkId.PORT, LinkId.SERVER):
            assert "the scale target is no Deployment" in links[link].detail


class TestUnexplained:
    """Nothing is wrong anywhere, and still there is no value."""

    @pytest.fixture
    def bed(self, bed: Bed) -> Bed:
        bed.no_value()
        bed.cloud.histories.clear()
        return bed

    def test_s7_most_likely_the_nodes_may_not_write(self, bed: Bed) -> None:
        found = bed.broken()
        assert (found.id, found.failure) == (LinkId.SERVER, "S7")
        assert "serviceAccount:123456789012-compute@developer" in found.command
        bed.cloud.gke = other_pools(service_account="nodes@my-project.iam.gserviceaccount.com")
        assert "serviceAccount:nodes@my-project" in bed.broken().command
        bed.about = {"cloud": lambda: None}
        assert "NODES_SERVICE_ACCOUNT" in bed.broken().command

    def test_what_was_made_a_moment_ago_needs_time(self, bed: Bed) -> None:
        at = bed.world.clock.now() - 3 * MINUTE
        bed.change(
            HPA_REF, lambda found: found["metadata"].update(creationTimestamp=at.isoformat())
        )
        found = bed.broken()
        assert found.failure == "S3"
        assert found.fix == "Ask again in 7 min."

    def test_without_a_ready_pod_there_is_nothing_to_measure(self, bed: Bed) -> None:
        bed.cluster.put(pod(ready=False))
        link = bed.link(LinkId.SERVER)
        assert link.health is Health.NOTE
        assert "nothing to measure until a pod is ready" in link.detail


def test_a_deployment_without_the_servers_container_is_measured_on_the_setups_port(
    bed: Bed,
) -> None:
    def rename(found: Json) -> None:
        for container in found["spec"]["template"]["spec"]["containers"]:
            container.update(name="x", image="y", resources={})

    bed.change(SERVER_REF, rename)
    assert detect.server_container(bed.cluster.objects[SERVER_REF], PROFILE) is None
    assert bed.link(LinkId.SCRAPE).health is Health.FINE


def test_a_name_of_a_container_port_stands_for_its_number(bed: Bed) -> None:
    def name_it(found: Json) -> None:
        container = found["spec"]["template"]["spec"]["containers"][1]
        container["ports"] = [{"name": "metrics", "containerPort": 9100}]

    bed.change(SERVER_REF, name_it)
    bed.change(SCRAPE, lambda found: found["spec"]["endpoints"][0].update(port="metrics"))
    assert bed.link(LinkId.SCRAPE).health is Health.FINE
    bed.change(SCRAPE, lambda found: found["spec"]["endpoints"][0].update(port="web"))
    assert "selects the pods, but port web" in bed.broken().why
