"""The cluster adapter against the sandbox's API server, over TLS, as against any other."""

from __future__ import annotations

import json
import threading
import urllib.parse
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.cluster import connect
from jetscale_tui.cluster.feed import KubeFeed
from jetscale_tui.cluster.kubeconfig import load
from jetscale_tui.cluster.transport import Transport
from jetscale_tui.domain.kinds import HPA, NODE, POD, Json, Kind, Ref
from jetscale_tui.domain.live import Changed, ChangeType, Listed
from jetscale_tui.domain.rights import KubernetesRight
from jetscale_tui.errors import (
    AuthError,
    Conflict,
    PermissionDenied,
    Rejected,
    Unreachable,
)
from jetscale_tui.wiring import RealBackend
from tests.waiting import PATIENCE, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jetscale_tui.cluster.client import KubeCluster
    from jetscale_tui.domain.live import LiveSnapshot, WatchEvent
    from jetscale_tui.sandbox.environment import Sandbox


@pytest.fixture
def cluster(sandbox: Sandbox) -> KubeCluster:
    return connect.connect(sandbox.kubeconfig)


@pytest.fixture
def viewer(sandbox: Sandbox) -> KubeCluster:
    """Somebody the cluster knows and allows nothing."""
    return connect.connect(sandbox.kubeconfig, "sandbox-viewer")


@pytest.fixture
def hpa(cluster: KubeCluster) -> Iterator[Json]:
    """An autoscaler to apply; gone after the test."""
    manifest: Json = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": "maxengine-server",
            },
            "minReplicas": 1,
            "maxReplicas": 2,
            "metrics": [
                {
                    "type": "External",
                    "external": {
                        "metric": {"name": "jetstream_prefill_backlog_size"},
                        "target": {"type": "AverageValue", "averageValue": "10"},
                    },
                }
            ],
        },
    }
    yield manifest
    cluster.delete(Ref.of(manifest))


def test_the_server_says_its_version(cluster: KubeCluster) -> None:
    assert cluster.version().startswith("v1.")
    assert cluster.context == "sandbox"
    assert cluster.server.startswith("https://127.0.0.1:")


def test_objects_are_found_by_label_field_and_namespace(cluster: KubeCluster) -> None:
    servers = cluster.list(POD, "default", labels="app=maxengine-server")
    assert len(servers) == 1
    name = servers[0]["metadata"]["name"]
    assert cluster.list(POD, fields=f"metadata.name={name}") == servers
    assert cluster.list(POD, "kube-public") == []
    assert len(cluster.list(NODE, labels="cloud.google.com/gke-tpu-topology=2x4")) == 2


def test_a_kind_the_server_does_not_know_has_no_objects(cluster: KubeCluster) -> None:
    unknown = Kind("example.com/v1", "Widget", "widgets")
    assert cluster.list(unknown) == []
    assert cluster.list(unknown, "default") == []


def test_what_is_applied_is_there_and_applying_it_again_changes_nothing(
    cluster: KubeCluster, hpa: Json
) -> None:
    created = cluster.apply(hpa)
    assert created["spec"]["maxReplicas"] == 2
    assert cluster.get(Ref.of(hpa)) is not None
    managers = {entry["manager"] for entry in created["metadata"]["managedFields"]}
    assert "jetscale" in managers
    again = cluster.apply(hpa)
    assert again["metadata"]["uid"] == created["metadata"]["uid"]
    assert again["spec"] == created["spec"]


def test_a_dry_run_leaves_nothing_behind(cluster: KubeCluster, hpa: Json) -> None:
    assert cluster.apply(hpa, dry_run=True)["spec"]["minReplicas"] == 1
    assert cluster.get(Ref.of(hpa)) is None


def test_a_field_somebody_else_applied_is_only_taken_by_force(
    sandbox: Sandbox, cluster: KubeCluster, hpa: Json
) -> None:
    theirs = {**hpa, "spec": {**hpa["spec"], "maxReplicas": 5}}
    config = load(sandbox.kubeconfig)
    transport = Transport(cluster.server, lambda: connect.open_session(config, "sandbox"))
    transport.request(
        "PATCH",
        Ref.of(hpa).path,
        query={"fieldManager": "helm"},
        body=theirs,
        content_type="application/apply-patch+yaml",
    )
    with pytest.raises(Conflict, match=r"helm owns \.spec\.maxReplicas"):
        cluster.apply(hpa)
    assert cluster.apply(hpa, force=True)["spec"]["maxReplicas"] == 2


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"minReplicas": 5}, "maxReplicas"),
        ({"nosuch": 1}, "nosuch"),
        ({"metrics": [{"type": "External"}]}, "external"),
    ],
)
def test_an_invalid_object_is_refused_and_not_there(
    cluster: KubeCluster, hpa: Json, spec: Json, words: str
) -> None:
    with pytest.raises(Rejected) as raised:
        cluster.apply({**hpa, "spec": {**hpa["spec"], **spec}})
    assert words in raised.value.why
    assert cluster.get(Ref.of(hpa)) is None


def test_only_the_very_object_is_deleted(cluster: KubeCluster, hpa: Json) -> None:
    uid = cluster.apply(hpa)["metadata"]["uid"]
    assert cluster.delete(Ref.of(hpa), uid="another") is False
    assert cluster.delete(Ref.of(hpa), uid=uid) is True
    assert cluster.delete(Ref.of(hpa), uid=uid) is False


def test_rights_differ_by_identity(cluster: KubeCluster, viewer: KubeCluster) -> None:
    right = KubernetesRight("create", "autoscaling", "horizontalpodautoscalers", "default")
    assert cluster.allowed(right)
    assert not viewer.allowed(right)
    with pytest.raises(PermissionDenied, match="may not list pods in namespace default"):
        viewer.list(POD, "default")


def test_a_wrong_token_names_the_user(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(sandbox.kubeconfig.read_text().replace(sandbox.token, "wrong"))
    with pytest.raises(AuthError, match="refused the credentials of user"):
        connect.connect(path).version()


def test_a_server_with_another_certificate_is_not_trusted(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    lines = sandbox.kubeconfig.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if "certificate-authority-data" not in line))
    with pytest.raises(Unreachable, match="is not trusted") as raised:
        connect.connect(path).version()
    assert "certificate" in raised.value.fix


def test_a_pods_metrics_are_read_through_the_proxy(cluster: KubeCluster) -> None:
    (pod,) = cluster.list(POD, "default", labels="app=maxengine-server")
    name = urllib.parse.quote(f"{pod['metadata']['name']}:9100", safe=":")
    text = cluster.raw(f"{POD.path('default')}/{name}/proxy/")
    assert "jetstream_prefill_backlog_size" in text


def test_a_prompt_is_answered_through_the_proxy(cluster: KubeCluster) -> None:
    (pod,) = cluster.list(POD, "default", labels="app=maxengine-server")
    path = f"{POD.path('default')}/{pod['metadata']['name']}:8000/proxy/generate"
    answer = json.loads(cluster.post(path, {"prompt": "Hello", "max_tokens": 1}, timeout=30))
    assert "response" in answer


def test_a_watch_sees_an_object_come_change_and_go(cluster: KubeCluster, hpa: Json) -> None:
    watch = cluster.watch(HPA, "default", fields="metadata.name=web")
    seen: list[WatchEvent] = []

    def follow() -> None:
        for event in watch:
            seen.append(event)  # noqa: PERF402 - looked at while it grows

    thread = threading.Thread(target=follow)
    thread.start()
    eventually(lambda: any(isinstance(event, Listed) for event in seen))

    def changes() -> list[ChangeType]:
        return [event.change for event in seen if isinstance(event, Changed)]

    cluster.apply(hpa)
    eventually(lambda: ChangeType.ADDED in changes())
    cluster.apply({**hpa, "spec": {**hpa["spec"], "maxReplicas": 7}})
    eventually(lambda: ChangeType.MODIFIED in changes())
    cluster.delete(Ref.of(hpa))
    eventually(lambda: ChangeType.DELETED in changes())
    watch.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_a_feed_shows_the_pods_chips_and_autoscalers_of_the_cluster(
    sandbox: Sandbox, cluster: KubeCluster, hpa: Json
) -> None:
    cluster.apply(hpa)
    feed = RealBackend(sandbox.kubeconfig).feed(None, "default")
    latest: list[LiveSnapshot] = []
    feed.start(latest.append)
    eventually(lambda: latest and latest[-1].pods and latest[-1].nodes and latest[-1].hpas)
    eventually(lambda: latest[-1].hpas[0].conditions)
    feed.stop()
    snapshot = latest[-1]
    (view,) = snapshot.hpas
    assert view.targets == "<unknown>/10 (avg)"
    assert [pod.workload for pod in snapshot.pods_of(view)] == ["Deployment/maxengine-server"]
    assert sorted((node.chips, node.used) for node in snapshot.nodes) == [(8, 0), (8, 8)]


def test_without_rights_a_feed_says_so_for_every_kind(viewer: KubeCluster) -> None:
    feed = KubeFeed(viewer, "default")
    latest: list[LiveSnapshot] = []
    feed.start(latest.append)
    eventually(lambda: latest and len(latest[-1].connection.links) == 4)
    eventually(lambda: all(link.state == "forbidden" for link in latest[-1].connection.links))
    feed.stop()
    assert latest[-1].connection.link("pods").reason.endswith("in namespace default.")
