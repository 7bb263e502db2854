from __future__ import annotations

import json

import pytest

from jetscale_tui.engine import observe
from jetscale_tui.errors import AuthError, PermissionDenied, Unreachable
from tests.fakes import FakeCluster
from tests.unit.engine.scene import PAGE_PATH, api_service, cluster_with_server, hpa, pod


def test_a_page_holds_the_samples_of_one_pod() -> None:
    page = observe.page(cluster_with_server(), "default", "server-1", 9100)
    assert page.answered
    assert [sample.name for sample in page.samples] == [
        "jetstream_prefill_backlog_size",
        "jetstream_slots_used_percentage",
    ]


def test_a_page_that_cannot_be_had_says_why() -> None:
    cluster = cluster_with_server()
    cluster.answers[PAGE_PATH] = Unreachable("no answer", why="connection refused")
    assert observe.page(cluster, "default", "server-1", 9100).error == "connection refused"
    cluster.answers[PAGE_PATH] = "<html>hello</html>"
    page = observe.page(cluster, "default", "server-1", 9100)
    assert page.error == "the port answers, but not with Prometheus metrics"


def test_dead_credentials_are_no_property_of_a_page() -> None:
    cluster = cluster_with_server()
    cluster.answers[PAGE_PATH] = AuthError("expired")
    with pytest.raises(AuthError):
        observe.page(cluster, "default", "server-1", 9100)


def test_hostile_names_stay_inside_their_part_of_the_path() -> None:
    cluster = FakeCluster()
    path = "/api/v1/namespaces/a%2Fb/pods/..%2Fx%3F:9100/proxy/metrics"
    cluster.answers[path] = "up 1"
    assert observe.page(cluster, "a/b", "../x?", 9100, "/metrics").answered


def test_pods_that_are_going_away_do_not_count() -> None:
    leaving = pod("leaving")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T10:00:00Z"
    cluster = FakeCluster(pod(), pod("starting", ready=False), leaving)
    labels = {"app": "maxengine-server"}
    assert len(observe.pods(cluster, "default", labels)) == 2
    assert len(observe.ready_pods(cluster, "default", labels)) == 1


def test_only_hpas_on_the_deployment_are_found() -> None:
    job = hpa("on-a-job")
    job["spec"]["scaleTargetRef"]["kind"] = "Job"
    cluster = FakeCluster(hpa("a"), hpa("b", target="web"), job)
    found = observe.hpas_on(cluster, "default", "maxengine-server")
    assert [observe.name_of(each) for each in found] == ["a"]


def test_the_backend_of_an_api_is_its_service_or_the_server_itself() -> None:
    api = api_service("v1beta1.external.metrics.k8s.io")
    assert observe.backend(api) == ("keda", "keda-metrics")
    assert observe.backend({"spec": {}}) == ("", "")


def test_metrics_are_asked_for_exactly_as_the_controller_does() -> None:
    manifest = {
        "metadata": {"name": "h"},
        "spec": {
            "metrics": [
                {
                    "type": "Pods",
                    "pods": {
                        "metric": {
                            "name": "prometheus.googleapis.com|backlog|gauge",
                            "selector": {"matchLabels": {"metric.labels.idx": "0"}},
                        }
                    },
                },
                {
                    "type": "External",
                    "external": {
                        "metric": {
                            "name": "memory_used",
                            "selector": {
                                "matchLabels": {"b": "2", "a": "1"},
                                "matchExpressions": [
                                    {"key": "c", "operator": "In", "values": ["x", "y"]},
                                    {"key": "d", "operator": "NotIn", "values": ["z"]},
                                    {"key": "e", "operator": "Exists"},
                                    {"key": "f", "operator": "DoesNotExist"},
                                ],
                            },
                        }
                    },
                },
                {"type": "External", "external": {"metric": {"name": "bare"}}},
                {"type": "Resource", "resource": {"name": "cpu"}},
            ]
        },
    }
    pods, external, bare = observe.metric_paths(manifest, {"app": "s"})
    assert pods.path == (
        "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/pods/*/"
        "prometheus.googleapis.com%7Cbacklog%7Cgauge"
    )
    assert pods.query == {"labelSelector": "app=s", "metricLabelSelector": "metric.labels.idx=0"}
    assert pods.group == "custom.metrics.k8s.io"
    assert external.path == ("/apis/external.metrics.k8s.io/v1beta1/namespaces/default/memory_used")
    assert external.query == {"labelSelector": "a=1,b=2,c in (x,y),d notin (z),e,!f"}
    assert bare.query == {}


def test_values_are_read_and_absence_is_no_value() -> None:
    cluster = FakeCluster()
    path = observe.MetricPath("m", "/apis/external.metrics.k8s.io/v1beta1/namespaces/n/m", {})
    assert observe.metric_values(cluster, path) == ()
    cluster.answers[path.path] = json.dumps({"items": [{"value": "3"}, {"value": "500m"}]})
    assert observe.metric_values(cluster, path) == ("3", "500m")
    for strange in ("no json", "[]", "{}"):
        cluster.answers[path.path] = strange
        assert observe.metric_values(cluster, path) == ()
    cluster.answers[path.path] = PermissionDenied("no")
    with pytest.raises(PermissionDenied):
        observe.metric_values(cluster, path)
