"""A small cluster as the tests of the engine meet it: one server, one TPU pool, one project."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.google import GkeCluster, NodePool
from jetscale_tui.domain.spec import Google, Setup
from jetscale_tui.setupfile.profiles import load_profile
from tests.fakes import FakeCloud, FakeCluster

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.kinds import Json

PROFILE = load_profile("jetstream-maxtext")
SETUP = Setup(google=Google(project="my-project", location="us-central1", cluster="tpu-cluster"))
SELECTOR = {"app": "maxengine-server"}
PAGE = """\
# HELP jetstream_prefill_backlog_size Size of prefill queue
# TYPE jetstream_prefill_backlog_size gauge
jetstream_prefill_backlog_size{id="a",idx="0"} 3.0
jetstream_slots_used_percentage{id="a",idx="0"} 0.25
"""
PAGE_PATH = "/api/v1/namespaces/default/pods/server-1:9100/proxy/"
TPU_LABELS = {
    "cloud.google.com/gke-tpu-accelerator": "tpu-v5-lite-podslice",
    "cloud.google.com/gke-tpu-topology": "2x4",
}


def setup_with(**changes: Any) -> Setup:
    """The setup with fields of `workload`, `scaling`, `adapter`, ... replaced.

    `setup_with(scaling={"max_replicas": 5})`.
    """
    parts = {
        name: getattr(SETUP, name).model_copy(update=update) for name, update in changes.items()
    }
    return SETUP.model_copy(update=parts)


def deployment(*, arguments: tuple[str, ...] = ("prometheus_port=9100",)) -> Json:
    """The server's Deployment, rolled out."""
    chips = {"google.com/tpu": "8"}
    server = {
        "name": "maxengine-server",
        "image": "example/maxengine-server:v1",
        "args": [*arguments],
        "resources": {"limits": chips, "requests": chips},
    }
    sidecar = {"name": "jetstream-http", "image": "example/jetstream-http:v1"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "maxengine-server", "namespace": "default", "generation": 1},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": SELECTOR},
            "template": {
                "metadata": {"labels": SELECTOR},
                "spec": {"nodeSelector": TPU_LABELS, "containers": [sidecar, server]},
            },
        },
        "status": {"observedGeneration": 1, "updatedReplicas": 1, "availableReplicas": 1},
    }


def pod(
    name: str = "server-1",
    *,
    labels: dict[str, str] | None = None,
    ready: bool = True,
    namespace: str = "default",
    node: str = "tpu-0",
) -> Json:
    """A pod, scheduled at 10:00:00 and ready 75 s later."""
    conditions = [
        {
            "type": "PodScheduled",
            "status": "True",
            "lastTransitionTime": "2026-01-01T10:00:00Z",
        },
        {
            "type": "Ready",
            "status": str(ready),
            "lastTransitionTime": "2026-01-01T10:01:15Z",
        },
    ]
    resources = {"limits": {"google.com/tpu": "8"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels or SELECTOR},
        "spec": {"nodeName": node, "containers": [{"name": "c", "resources": resources}]},
        "status": {
            "phase": "Running",
            "conditions": conditions,
            "containerStatuses": [{"name": "c", "restartCount": 0}],
        },
    }


def node(name: str, chips: int = 8) -> Json:
    """A node with TPU chips."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": TPU_LABELS},
        "status": {"allocatable": {"google.com/tpu": str(chips)}},
    }


def hpa(name: str = "other", *, target: str = "maxengine-server", kind: str = "Pods") -> Json:
    """An HPA in the server's namespace."""
    metric = {"metric": {"name": "x"}, "target": {"type": "AverageValue", "averageValue": "1"}}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
            "maxReplicas": 2,
            "metrics": [{"type": kind, kind.lower(): copy.deepcopy(metric)}],
        },
    }


def api_service(name: str, owner: str = "keda/keda-metrics", *, available: bool = True) -> Json:
    """An APIService somebody serves."""
    namespace, service = owner.split("/")
    version, _, group = name.partition(".")
    state = {"type": "Available", "status": str(available), "message": "no answer"}
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": name},
        "spec": {
            "group": group,
            "version": version,
            "service": {"namespace": namespace, "name": service},
        },
        "status": {"conditions": [state]},
    }


def gke(**changes: Any) -> GkeCluster:
    """The cluster as Google describes it."""
    pool = NodePool(
        "tpu-pool",
        "ct5lp-hightpu-8t",
        2,
        accelerator="tpu-v5-lite-podslice",
        topology="2x4",
        chips_per_node=8,
        max_nodes=2,
        scopes=("https://www.googleapis.com/auth/monitoring",),
    )
    known: dict[str, Any] = {
        "project": "my-project",
        "location": "us-central1",
        "name": "tpu-cluster",
        "version": "1.36.2-gke.1",
        "endpoint": "10.0.0.1",
        "workload_pool": "my-project.svc.id.goog",
        "pools": (pool,),
    }
    return GkeCluster(**{**known, **changes})


def cluster_with_server(*more: Json) -> FakeCluster:
    """A cluster where JetStream runs and answers, with nothing of JetScale in it."""
    cluster = FakeCluster(deployment(), pod(), node("tpu-0"), node("tpu-1"), *more)
    cluster.answers[PAGE_PATH] = PAGE
    return cluster


class WorkingCluster(FakeCluster):
    """A cluster whose controllers do their part at once: what is applied becomes available.

    Metrics answer when the adapter's role is granted.
    """

    def __init__(self, cloud: FakeCloud, *more: Json) -> None:
        self.cloud = cloud
        self.silent: str | Exception | None = None
        """What the custom metrics API answers instead of a value."""
        super().__init__(deployment(), pod(), node("tpu-0"), node("tpu-1"), *more)
        self.answers[PAGE_PATH] = PAGE

    def put(self, obj: Json) -> Json:
        stored = super().put(obj)
        match stored["kind"]:
            case "Deployment":
                replicas = stored["spec"].get("replicas", 1)
                stored["status"] = {
                    "observedGeneration": stored["metadata"].get("generation", 0),
                    "updatedReplicas": replicas,
                    "availableReplicas": replicas,
                }
            case "APIService":
                stored["status"] = {"conditions": [{"type": "Available", "status": "True"}]}
            case "HorizontalPodAutoscaler":
                stored["status"] = _scaling_active(stored)
            case _:
                pass
        return stored

    def raw(self, path: str, query: Mapping[str, str] | None = None) -> str:
        if path.startswith("/apis/custom.metrics.k8s.io/") and self.silent is not None:
            if isinstance(self.silent, Exception):
                raise self.silent
            return self.silent
        if path.startswith("/apis/custom.metrics.k8s.io/") and self.cloud.bindings:
            return json.dumps({"items": [{"value": "3"}]})
        return super().raw(path, query)


def _scaling_active(hpa: Json) -> Json:
    current = []
    for metric in hpa["spec"]["metrics"]:
        source = metric["type"].lower()
        current.append({"type": metric["type"], source: {"current": {"averageValue": "3"}}})
    conditions = [{"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"}]
    return {"conditions": conditions, "currentMetrics": current}
