"""A short life of one HPA, told to the real reducer: calm, a burst, two replicas at the maximum."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from jetscale_tui.domain.kinds import EVENT, HPA, NODE, POD
from jetscale_tui.domain.live import (
    Changed,
    ChangeType,
    Link,
    LinkChanged,
    LinkState,
    Listed,
    LiveSnapshot,
)
from jetscale_tui.domain.live_state import LiveState
from tests.tui import fakes

START = datetime(2026, 1, 1, 14, 0, tzinfo=UTC)
METRIC = "prometheus.googleapis.com|jetstream_prefill_backlog_size|gauge"
Json = dict[str, Any]


def stamp(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(kind: str, status: str, reason: str, message: str, seconds: float = 0) -> Json:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": stamp(seconds),
    }


def conditions(limited: bool, seconds: float = 0) -> list[Json]:
    limit = (
        condition(
            "ScalingLimited",
            "True",
            "TooManyReplicas",
            "the desired replica count is more than the maximum replica count",
            seconds,
        )
        if limited
        else condition(
            "ScalingLimited",
            "False",
            "DesiredWithinRange",
            "the desired count is within the acceptable range",
        )
    )
    return [
        condition("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current"),
        condition(
            "ScalingActive",
            "True",
            "ValidMetricFound",
            f"the HPA was able to successfully calculate a replica count from pods metric {METRIC}",
        ),
        limit,
    ]


def hpa(
    value: str | None = "3",
    current: int = 1,
    desired: int = 1,
    *,
    name: str = "jetstream-hpa",
    namespace: str = "default",
    version: int = 1,
    limited: bool = False,
    seconds: float = 0,
) -> Json:
    source = {
        "type": "Pods",
        "pods": {
            "metric": {"name": METRIC},
            "target": {"type": "AverageValue", "averageValue": "10"},
        },
    }
    reading = {
        "type": "Pods",
        "pods": {"metric": {"name": METRIC}, "current": {"averageValue": value}},
    }
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": f"uid-{namespace}-{name}",
            "resourceVersion": str(version),
            "creationTimestamp": stamp(-900),
            "generation": 1,
        },
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": "maxengine-server",
            },
            "minReplicas": 1,
            "maxReplicas": 2,
            "metrics": [source],
        },
        "status": {
            "observedGeneration": 1,
            "currentReplicas": current,
            "desiredReplicas": desired,
            "currentMetrics": [] if value is None else [reading],
            "conditions": conditions(limited, seconds),
        },
    }


def two_metrics() -> Json:
    """An HPA that follows the memory of the chips as well."""
    several = hpa("3")
    metric = {"name": "memory_used_percentage"}
    target = {"type": "Value", "value": "900m"}
    several["spec"]["metrics"].append(
        {"type": "External", "external": {"metric": metric, "target": target}}
    )
    several["status"]["currentMetrics"].append(
        {"type": "External", "external": {"metric": metric, "current": {"value": "870m"}}}
    )
    return several


def unknown_hpa(name: str = "jetstream-hpa") -> Json:
    """An HPA whose metric nobody serves."""
    broken = hpa(None, name=name)
    broken["status"]["conditions"][1] = condition(
        "ScalingActive",
        "False",
        "FailedGetPodsMetric",
        f"the HPA was unable to compute the replica count: unable to get metric {METRIC}: "
        "unable to fetch metrics from custom metrics API: no custom metrics API "
        "(custom.metrics.k8s.io) registered",
    )
    return broken


def live_pod(name: str, node: str, *, ready: bool = True, scheduled: float = 0) -> Json:
    pod = fakes.pod(name)
    pod["metadata"] |= {
        "uid": f"uid-{name}",
        "resourceVersion": "1",
        "creationTimestamp": stamp(scheduled),
        "labels": {"app": "maxengine-server", "pod-template-hash": "7c9f"},
        "ownerReferences": [
            {"kind": "ReplicaSet", "name": "maxengine-server-7c9f", "controller": True}
        ],
    }
    containers: list[Json] = [
        {
            "name": "maxengine-server",
            "resources": {"requests": {"google.com/tpu": 8}, "limits": {"google.com/tpu": 8}},
        },
        {"name": "jetstream-http"},
    ]
    pod["spec"] = {"nodeName": node, "containers": containers}
    if not node:
        del pod["spec"]["nodeName"]
    kinds = [("PodScheduled", bool(node)), ("Ready", ready)]
    pod["status"] = {
        "phase": "Running" if ready else "Pending",
        "conditions": [
            {
                "type": kind,
                "status": str(held),
                "lastTransitionTime": stamp(scheduled),
                **({} if held or kind == "Ready" else {
                    "reason": "Unschedulable",
                    "message": "0/3 nodes are available: 3 Insufficient google.com/tpu.",
                }),
            }
            for kind, held in kinds
        ],
        "containerStatuses": [
            {
                "name": container["name"],
                "ready": ready,
                "restartCount": 0,
                "state": {"running": {"startedAt": stamp(scheduled)}}
                if ready
                else {"waiting": {"reason": "ContainerCreating"}},
            }
            for container in containers
        ],
    }  # fmt: skip
    if not node:
        del pod["status"]["containerStatuses"]
    return pod


def event(
    reason: str, message: str, seconds: float, *, warns: bool = False, count: int = 1
) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{reason}-{seconds:g}",
            "namespace": "default",
            "uid": f"uid-{reason}-{seconds:g}",
        },
        "involvedObject": {
            "kind": "HorizontalPodAutoscaler",
            "namespace": "default",
            "name": "jetstream-hpa",
        },
        "type": "Warning" if warns else "Normal",
        "reason": reason,
        "message": message,
        "count": count,
        "firstTimestamp": stamp(seconds),
        "lastTimestamp": stamp(seconds),
        "source": {"component": "horizontal-pod-autoscaler"},
    }


class Story:
    """Takes what happens, with the cluster's time, through the reducer the real feed uses."""

    def __init__(self, namespace: str | None = "default") -> None:
        self.state = LiveState(namespace)
        self.seconds = 0.0

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def begin(self, *hpas: Json, pods: tuple[Json, ...] = ()) -> Story:
        nodes = tuple(
            {**fakes.node(name), "metadata": fakes.node(name)["metadata"] | {"uid": name}}
            for name in ("gke-tpu-0", "gke-tpu-1")
        )
        for node in nodes:
            node["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
        for kind, objects in ((HPA, hpas), (POD, pods), (NODE, nodes), (EVENT, ())):
            self.state.take(Listed(kind, objects), self.now)
            self.link(kind.plural, LinkState.LIVE)
        return self

    def link(self, plural: str, state: LinkState, **about: Any) -> Story:
        heard = about.pop("heard", self.now)
        self.state.take(LinkChanged(Link(plural, state, heard, **about)), self.now)
        return self

    def at(self, seconds: float, *objects: Json) -> Story:
        self.seconds = seconds
        for obj in objects:
            kind = {"HorizontalPodAutoscaler": HPA, "Pod": POD, "Event": EVENT}[obj["kind"]]
            self.state.take(Changed(kind, ChangeType.MODIFIED, obj), self.now)
        self.link(HPA.plural, LinkState.LIVE)
        return self

    def snapshot(self) -> LiveSnapshot:
        return self.state.snapshot(self.now)


def burst() -> Story:
    """Six minutes: calm, a backlog of 60, the second replica, a backlog worked off to 25."""
    first = live_pod("maxengine-server-7c9f-x7k2p", "gke-tpu-0", scheduled=-800)
    story = Story().begin(hpa("0"), pods=(first,))
    for number, (seconds, value) in enumerate(((45, "3"), (60, "12"), (75, "48"), (90, "60"))):
        story.at(seconds, hpa(value, 1, 1 if seconds < 75 else 2, version=number + 2))
    second = live_pod("maxengine-server-7c9f-t8tv8", "gke-tpu-1", ready=False, scheduled=92)
    rescale = event("SuccessfulRescale", "New size: 2; reason: pods metric above target", 91)
    story.at(92, rescale, second, hpa("60", 1, 2, version=8, limited=True, seconds=91))
    story.at(105, hpa("52", 2, 2, version=9, limited=True, seconds=91))
    story.at(
        180, live_pod("maxengine-server-7c9f-t8tv8", "gke-tpu-1", scheduled=92),
        hpa("41", 2, 2, version=10, limited=True, seconds=91),
    )  # fmt: skip
    return story.at(240, hpa("25", 2, 2, version=11, limited=True, seconds=91))
