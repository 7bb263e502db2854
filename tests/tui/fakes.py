"""A small world behind the ports, for screens: a healthy cluster, a cloud, a scripted feed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.google import (
    Binding,
    GkeCluster,
    NodePool,
    Policy,
    Project,
    ServiceState,
)
from jetscale_tui.engine.ports import ContextInfo
from jetscale_tui.errors import ConfigError, NotFound, PermissionDenied
from tests.fake_accounts import FakeAccounts
from tests.fake_monitoring import FakeMonitoring
from tests.tui.fake_cluster import FakeClock, FakeCluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jetscale_tui.domain.live import LiveSnapshot
    from jetscale_tui.engine.ports import Backend, Clock, Cloud, Cluster, LiveFeed

PROJECT = Project("my-project", "123456789012")
POOL = NodePool(
    "tpu-pool",
    "ct5lp-hightpu-8t",
    node_count=2,
    accelerator="tpu-v5-lite-podslice",
    topology="2x4",
    chips_per_node=8,
    max_nodes=2,
    scopes=("https://www.googleapis.com/auth/monitoring",),
)
GKE = GkeCluster(
    project="my-project",
    location="us-central1",
    name="tpu-cluster",
    version="v1.36.2-gke.100",
    endpoint="10.0.0.1",
    workload_pool="my-project.svc.id.goog",
    pools=(NodePool("default-pool", "e2-standard-4", node_count=1, max_nodes=3), POOL),
)
CONTEXT = ContextInfo(
    name="gke_my-project_us-central1_tpu-cluster",
    cluster="gke_my-project_us-central1_tpu-cluster",
    user="ana",
    namespace="default",
    server="https://10.0.0.1",
    current=True,
)


class FakeCloud(FakeAccounts, FakeMonitoring):
    """A project where everything is allowed and enabled unless a test says otherwise."""

    def __init__(self, *clusters: GkeCluster) -> None:
        FakeAccounts.__init__(self)
        FakeMonitoring.__init__(self)
        self.known = clusters or (GKE,)
        self.denied: frozenset[str] = frozenset()
        self.disabled: set[str] = set()
        self.bindings: set[Binding] = set()

    def identity(self) -> str:
        return "ana@example.com"

    def projects(self) -> list[Project]:
        return [PROJECT]

    def project(self, project_id: str) -> Project:
        if project_id != PROJECT.project_id:
            raise NotFound(f"project {project_id} does not exist")
        return PROJECT

    def clusters(self, project_id: str) -> list[GkeCluster]:
        return [cluster for cluster in self.known if cluster.project == project_id]

    def cluster(self, project_id: str, location: str, name: str) -> GkeCluster:
        for cluster in self.clusters(project_id):
            if (cluster.location, cluster.name) == (location, name):
                return cluster
        raise NotFound(f"cluster {name} does not exist")

    def services(self, project_id: str, names: Sequence[str]) -> dict[str, ServiceState]:
        return {
            name: ServiceState.DISABLED if name in self.disabled else ServiceState.ENABLED
            for name in names
        }

    def enable_services(self, project_id: str, names: Sequence[str]) -> None:
        self.disabled -= set(names)

    def allowed(self, project_id: str, permissions: Iterable[str]) -> frozenset[str]:
        return frozenset(permissions) - self.denied

    def policy(self, project_id: str) -> Policy:
        return Policy(frozenset(self.bindings))

    def add_bindings(self, project_id: str, bindings: Sequence[Binding]) -> tuple[Binding, ...]:
        new = tuple(binding for binding in bindings if binding not in self.bindings)
        self.bindings |= set(new)
        return new

    def remove_bindings(self, project_id: str, bindings: Sequence[Binding]) -> tuple[Binding, ...]:
        gone = tuple(binding for binding in bindings if binding in self.bindings)
        self.bindings -= set(gone)
        return gone


class FakeFeed:
    """Gives what the test hands it, when the test says so."""

    def __init__(self, *snapshots: LiveSnapshot) -> None:
        self.first = snapshots
        self.sink: Callable[[LiveSnapshot], None] | None = None
        self.starts = 0
        self.stops = 0
        self.reconnects = 0

    def start(self, sink: Callable[[LiveSnapshot], None]) -> None:
        self.starts += 1
        self.sink = sink
        for snapshot in self.first:
            sink(snapshot)

    def stop(self) -> None:
        self.stops += 1
        self.sink = None

    def reconnect(self) -> None:
        self.reconnects += 1

    def say(self, snapshot: LiveSnapshot) -> None:
        assert self.sink is not None, "the feed was not started"
        self.sink(snapshot)


class FakeBackend:
    """One context to one cluster unless a test gives more."""

    def __init__(
        self,
        cluster: FakeCluster | None = None,
        cloud: FakeCloud | None = None,
        feed: FakeFeed | None = None,
        contexts: Sequence[ContextInfo] = (CONTEXT,),
        label: str = "",
    ) -> None:
        self.label = label
        self.fake_cluster = cluster or healthy_cluster()
        self.fake_cloud = cloud
        self.fake_feed = feed or FakeFeed()
        self.fake_clock = FakeClock()
        self._contexts = list(contexts)

    @property
    def clock(self) -> Clock:
        return self.fake_clock

    def contexts(self) -> list[ContextInfo]:
        return self._contexts

    def cluster(self, context: str | None = None) -> Cluster:
        return self.fake_cluster

    def cloud(self) -> Cloud | None:
        return self.fake_cloud

    def feed(self, context: str | None, namespace: str | None) -> LiveFeed:
        return self.fake_feed


class NoKubeconfig(FakeBackend):
    """Nothing where kubectl would look."""

    def contexts(self) -> list[ContextInfo]:
        raise ConfigError("No kubeconfig was found at ~/.kube/config.", fix="Create one.")


class ShyCloud(FakeCloud):
    """Nobody may list projects; who knows one may list its clusters."""

    def projects(self) -> list[Project]:
        raise PermissionDenied("You may not list projects.")


def _is_a_backend(backend: FakeBackend) -> Backend:
    """Checked by mypy, never called."""
    return backend


Json = dict[str, Any]


def node(name: str, chips: int = 8) -> Json:
    labels = {
        "cloud.google.com/gke-tpu-accelerator": "tpu-v5-lite-podslice",
        "cloud.google.com/gke-tpu-topology": "2x4",
        "cloud.google.com/gke-nodepool": "tpu-pool",
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "status": {"allocatable": {"google.com/tpu": str(chips)}},
    }


def deployment(name: str = "maxengine-server", namespace: str = "default") -> Json:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "generation": 1},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "strategy": {"type": "RollingUpdate"},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "nodeSelector": {
                        "cloud.google.com/gke-tpu-accelerator": "tpu-v5-lite-podslice",
                        "cloud.google.com/gke-tpu-topology": "2x4",
                    },
                    "containers": [
                        {
                            "name": "maxengine-server",
                            "image": "us-docker.pkg.dev/cloud-tpu-images/inference/"
                            "maxengine-server:v0.2.2",
                            "args": ["model_name=gemma-7b", "prometheus_port=9100"],
                            "resources": {"limits": {"google.com/tpu": 8}},
                        },
                        {"name": "jetstream-http", "image": "jetstream-http:v0.2.2"},
                    ],
                },
            },
        },
        "status": {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1},
    }


def pod(name: str = "maxengine-server-7c9f-x7k2p", app: str = "maxengine-server") -> Json:
    def condition(kind: str, when: str) -> Json:
        return {"type": kind, "status": "True", "lastTransitionTime": when}

    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": app}},
        "spec": {
            "nodeName": "gke-tpu-0",
            "containers": [
                {"name": "maxengine-server", "resources": {"limits": {"google.com/tpu": 8}}}
            ],
        },
        "status": {
            "phase": "Running",
            "conditions": [
                condition("PodScheduled", "2026-01-01T00:00:00Z"),
                condition("Ready", "2026-01-01T00:01:14Z"),
            ],
            "containerStatuses": [{"name": "maxengine-server", "restartCount": 0}],
        },
    }


METRICS_PAGE = """\
# TYPE jetstream_prefill_backlog_size gauge
jetstream_prefill_backlog_size{id="x7k2p",idx="0"} 3.0
# TYPE jetstream_slots_used_percentage gauge
jetstream_slots_used_percentage{id="x7k2p",idx="0"} 0.41
"""


def healthy_cluster() -> FakeCluster:
    """The guide's Deployment on two TPU nodes, its metrics port open, no adapter, no HPA."""
    cluster = FakeCluster(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}},
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}},
        node("gke-tpu-0"),
        node("gke-tpu-1"),
        deployment(),
        pod(),
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "podmonitorings.monitoring.googleapis.com"},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": "collector", "namespace": "gmp-system"},
            "status": {"numberReady": 3, "desiredNumberScheduled": 3},
        },
    )
    path = "/api/v1/namespaces/default/pods/maxengine-server-7c9f-x7k2p:9100/proxy/"
    cluster.answers[path] = METRICS_PAGE
    return cluster


def second_context(name: str = "kind-local") -> ContextInfo:
    return replace(CONTEXT, name=name, cluster=name, server="https://127.0.0.1:6443", current=False)
