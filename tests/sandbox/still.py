"""A cluster on a stopped clock: time passes only when a test says so, on the test's own thread."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from google.iam.v1 import policy_pb2

from jetscale_tui.domain.google import Project, adapter_principal
from jetscale_tui.domain.kinds import (
    API_SERVICE,
    DEPLOYMENT,
    EVENT,
    HPA,
    NAMESPACE,
    POD,
    POD_MONITORING,
    SERVICE,
    SERVICE_ACCOUNT,
    Json,
    Kind,
)
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.clock import SimClock
from jetscale_tui.sandbox.google.state import GoogleState
from jetscale_tui.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

ADAPTER = "custom-metrics-stackdriver-adapter"
BACKLOG = "prometheus.googleapis.com|jetstream_prefill_backlog_size|gauge"


class StillWorld:
    """A settled cluster and short ways to what tests do with it."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.clock = SimClock()
        self.google = GoogleState(blueprint, self.clock)
        self.world = World(blueprint, self.clock, self.google)
        self.store = self.world.store
        self.project = Project(blueprint.project_id, blueprint.project_number)

    def run(self, seconds: float) -> None:
        """Let so many simulated seconds pass."""
        self.world.runner.run_until(self.clock.monotonic() + seconds)

    def get(self, kind: Kind, name: str, namespace: str = "default") -> Json:
        """An object that must be there."""
        found = self.store.get(kind, namespace, name)
        assert found is not None, f"no {kind.name} {name}"
        return found

    def pods(self, app: str = "maxengine-server", namespace: str = "default") -> list[Json]:
        """Pods by their app label, oldest first."""
        found = [
            pod
            for pod in self.store.list(POD, namespace)
            if pod["metadata"]["labels"].get("app") == app
        ]
        return sorted(found, key=lambda pod: int(pod["metadata"]["resourceVersion"]))

    def reasons(self, kind: str, name: str = "") -> list[str]:
        """Reasons of the events about objects of a kind."""
        return [
            event["reason"]
            for event in self.store.list(EVENT)
            if event["involvedObject"]["kind"] == kind
            and event["involvedObject"]["name"].startswith(name)
        ]

    def messages(self, reason: str) -> list[str]:
        """Messages of the events with a reason."""
        return [event["message"] for event in self.store.list(EVENT) if event["reason"] == reason]

    def change(self, kind: Kind, name: str, namespace: str = "default", **spec: Any) -> None:
        """Set fields of an object's spec."""

        def update(obj: Json) -> None:
            obj["spec"].update(spec)

        assert self.store.mutate(kind, namespace, name, update) is not None

    def deploy(self, name: str, *, namespace: str = "default", **rest: Any) -> Json:
        """Create a small Deployment; `rest` goes into its spec, `container` into its container."""
        container = {
            "name": "main",
            "image": "example.com/none:1",
            "resources": {},
            **rest.pop("container", {}),
        }
        pod = {"containers": [container], **rest.pop("pod", {})}
        return self.store.create(
            obj(
                DEPLOYMENT,
                name,
                namespace,
                spec={
                    "replicas": 1,
                    "selector": {"matchLabels": {"app": name}},
                    "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
                    **rest,
                },
            )
        )

    def grant_monitoring(self, namespace: str = "custom-metrics", account: str = ADAPTER) -> None:
        """Let a Kubernetes service account read Cloud Monitoring, after the usual delay."""
        policy = self.google.policy.read()
        member = adapter_principal(self.project, namespace, account)
        policy.bindings.append(policy_pb2.Binding(role="roles/monitoring.viewer", members=[member]))
        self.google.policy.write(policy)

    def install_adapter(self, *, granted: bool = True) -> None:
        """The Stackdriver adapter as its manifest has it, and its identity."""
        if granted:
            self.grant_monitoring()
        namespace = "custom-metrics"
        self.store.create(obj(NAMESPACE, namespace, None))
        self.store.create(obj(SERVICE_ACCOUNT, ADAPTER, namespace))
        self.deploy(
            ADAPTER,
            namespace=namespace,
            container={
                "image": f"gcr.io/gke-release/{ADAPTER}:v0.16.9-gke.0",
                "readinessProbe": {"initialDelaySeconds": 40},
            },
            pod={"serviceAccountName": ADAPTER},
        )
        ports = [{"port": 443, "protocol": "TCP", "targetPort": 443}]
        spec = {"selector": {"app": ADAPTER}, "ports": ports}
        self.store.create(obj(SERVICE, ADAPTER, namespace, spec=spec))
        for group, version, priority in (
            ("custom.metrics.k8s.io", "v1beta1", 100),
            ("custom.metrics.k8s.io", "v1beta2", 200),
            ("external.metrics.k8s.io", "v1beta1", 100),
        ):
            self.store.create(
                obj(
                    API_SERVICE,
                    f"{version}.{group}",
                    None,
                    spec={
                        "group": group,
                        "version": version,
                        "versionPriority": priority,
                        "service": {"namespace": namespace, "name": ADAPTER, "port": 443},
                    },
                )
            )

    def scrape(self, name: str = "server", *, namespace: str = "default", **rest: Any) -> None:
        """A PodMonitoring; by default the one of the JetStream server."""
        endpoint = {"port": 9100, "interval": "15s", "path": "/", **rest.pop("endpoint", {})}
        spec = {
            "selector": {"matchLabels": {"app": "maxengine-server"}},
            "endpoints": [endpoint],
            "targetLabels": {"metadata": ["pod", "container", "node"]},
            **rest,
        }
        self.store.create(obj(POD_MONITORING, name, namespace, spec=spec))

    def autoscale(self, name: str = "jetstream-hpa", **rest: Any) -> None:
        """An HPA of the JetStream Deployment on its prefill backlog."""
        spec = {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": "maxengine-server",
            },
            "minReplicas": 1,
            "maxReplicas": 2,
            "metrics": [pods_metric(BACKLOG, "10")],
            **rest,
        }
        self.store.create(obj(HPA, name, spec=spec))

    def condition(self, kind: Kind, name: str, wanted: str, namespace: str = "default") -> Json:
        """A condition that must be there."""
        conditions = self.get(kind, name, namespace)["status"]["conditions"]
        found = [each for each in conditions if each["type"] == wanted]
        assert found, f"{kind.name} {name} has no condition {wanted}"
        return dict(found[0])


def obj(kind: Kind, name: str, namespace: str | None = "default", **rest: Any) -> Json:
    """A manifest."""
    place = {"namespace": namespace} if namespace else {}
    metadata = {"name": name, **place}
    return {"apiVersion": kind.api_version, "kind": kind.name, "metadata": metadata, **rest}


def pods_metric(name: str, target: str) -> Json:
    """A Pods metric of an HPA."""
    wanted = {"type": "AverageValue", "averageValue": target}
    return {"type": "Pods", "pods": {"metric": {"name": name}, "target": wanted}}


def external_metric(name: str, target: str, labels: dict[str, str] | None = None) -> Json:
    """An External metric of an HPA."""
    metric: Json = {"name": name}
    if labels:
        metric["selector"] = {"matchLabels": labels}
    wanted = {"type": "AverageValue", "averageValue": target}
    return {"type": "External", "external": {"metric": metric, "target": wanted}}


@contextmanager
def still_world(blueprint: Blueprint | None = None) -> Iterator[StillWorld]:
    """A settled cluster; closed afterwards."""
    still = StillWorld(blueprint or Blueprint())
    still.world.settle()
    try:
        with still.clock.stopped():
            yield still
    finally:
        still.world.stop()
