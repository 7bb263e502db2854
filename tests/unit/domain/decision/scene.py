"""One HPA that is watched, and what its panel says: each test changes one thing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from jetscale_tui.domain.decision.explain import Explained, Unexplained, explain
from jetscale_tui.domain.decision.lines import Line, lines_of
from jetscale_tui.domain.hpa.defaults import with_defaults
from jetscale_tui.domain.kinds import HPA, NODE, POD
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

Json = dict[str, Any]
START = datetime(2026, 1, 1, 14, 0, tzinfo=UTC)


def stamp(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def pods_metric(name: str = "jetstream_prefill_backlog_size", average: str = "10") -> Json:
    target = {"type": "AverageValue", "averageValue": average}
    return {"type": "Pods", "pods": {"metric": {"name": name}, "target": target}}


def external(name: str = "queue", **target: str) -> Json:
    kind = "Value" if "value" in target else "AverageValue"
    wanted = {"type": kind, **target}
    return {"type": "External", "external": {"metric": {"name": name}, "target": wanted}}


def utilization(percent: int = 60, container: str = "") -> Json:
    target = {"type": "Utilization", "averageUtilization": percent}
    if container:
        source = {"name": "cpu", "container": container, "target": target}
        return {"type": "ContainerResource", "containerResource": source}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def reading(metric: Json, value: str | int | None) -> Json:
    """The metric's entry in the status."""
    if value is None:
        return {"type": ""}
    kind = metric["type"]
    key = kind[0].lower() + kind[1:]
    source = {k: v for k, v in metric[key].items() if k != "target"}
    of = {"Value": "value", "AverageValue": "averageValue", "Utilization": "averageUtilization"}
    return {
        "type": kind,
        key: {**source, "current": {of[metric[key]["target"]["type"]]: value}},
    }


class Scene:
    """An HPA that was there for a quarter of an hour when the watch begins, unless told else."""

    def __init__(
        self,
        *metrics: Json,
        low: int = 1,
        high: int = 10,
        behavior: Json | None = None,
        age: float = 900,
        pods: tuple[Json, ...] | None = (),
    ) -> None:
        self.state = LiveState("default")
        self.metrics = metrics or (pods_metric(),)
        self.spec: Json = {"minReplicas": low, "maxReplicas": high, "behavior": behavior}
        self.age, self.version, self.seconds = age, 0, 0.0
        self.status: Json = {}
        if pods is None:
            link = Link("pods", LinkState.FORBIDDEN)
        else:
            self.state.take(Listed(POD, pods), START)
            link = Link("pods", LinkState.LIVE)
        self.state.take(LinkChanged(link), START)

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    @property
    def object(self) -> Json:
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "server"}
        return {
            "metadata": {
                "namespace": "default",
                "name": "server-hpa",
                "uid": "u",
                "resourceVersion": str(self.version),
                "creationTimestamp": stamp(-self.age),
            },
            "spec": with_defaults(
                {"scaleTargetRef": target, "metrics": list(self.metrics), **self.spec}
            ),
            "status": self.status,
        }

    def at(
        self,
        seconds: float,
        current: int,
        desired: int,
        *values: str | int | None,
        able: str = "ReadyForNewScale",
        active: str = "ValidMetricFound",
        limited: str = "DesiredWithinRange",
        words: str = "",
    ) -> Scene:
        """The controller writes the status."""
        bad = ("FailedGetScale", "FailedUpdateScale")
        conditions = [
            ("AbleToScale", able not in bad, able),
            ("ScalingActive", active == "ValidMetricFound", active),
            ("ScalingLimited", limited != "DesiredWithinRange", limited),
        ]
        self.status = {
            "currentReplicas": current,
            "desiredReplicas": desired,
            "currentMetrics": [
                reading(metric, value) for metric, value in zip(self.metrics, values, strict=False)
            ],
            "conditions": [
                {"type": kind, "status": str(holds), "reason": reason, "message": words}
                for kind, holds, reason in conditions
            ],
        }
        return self.change(seconds)

    def change(self, seconds: float, **spec: Any) -> Scene:
        """A new version of the HPA arrives, with an edited spec if given."""
        self.seconds = seconds
        self.spec |= spec
        self.version += 1
        self.state.take(Changed(HPA, ChangeType.MODIFIED, self.object), self.now)
        return self

    def with_nodes(self, *nodes: Json) -> Scene:
        self.state.take(Listed(NODE, nodes), self.now)
        return self

    def later(self, seconds: float) -> Scene:
        self.seconds = seconds
        return self

    @property
    def snapshot(self) -> LiveSnapshot:
        return self.state.snapshot(self.now)

    def why(self) -> Explained | Unexplained:
        snapshot = self.snapshot
        return explain(snapshot, snapshot.hpas[0], self.now)

    def explained(self) -> Explained:
        why = self.why()
        assert isinstance(why, Explained)
        return why

    def lines(self) -> list[Line]:
        return list(lines_of(self.why(), self.now.timestamp()))

    def said(self) -> list[str]:
        """`label: text` of each line; the deciding one ends in `<<`."""
        return [
            f"{line.label}: {line.text}{' <<' if line.decides else ''}" for line in self.lines()
        ]


def pod(
    name: str,
    *,
    ready: float | None = -800,
    created: float = -900,
    node: str = "tpu-0",
    chips: int = 8,
    phase: str = "Running",
    waiting: str = "",
    deleting: bool = False,
) -> Json:
    """A pod of the target, ready since some second."""
    conditions: list[Json] = [
        {"type": "Ready", "status": str(ready is not None), "lastTransitionTime": stamp(ready or 0)}
    ]
    if node:
        conditions.append(
            {"type": "PodScheduled", "status": "True", "lastTransitionTime": stamp(created)}
        )
    state = {"waiting": {"reason": waiting}} if waiting else {"running": {}}
    metadata: Json = {
        "namespace": "default",
        "name": name,
        "uid": name,
        "resourceVersion": "1",
        "creationTimestamp": stamp(created),
        "labels": {"pod-template-hash": "7c9f"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "server-7c9f", "controller": True}],
    }
    if deleting:
        metadata["deletionTimestamp"] = stamp(created)
    limits = {"google.com/tpu": chips}
    return {
        "metadata": metadata,
        "spec": {"nodeName": node, "containers": [{"name": "c", "resources": {"limits": limits}}]},
        "status": {
            "phase": phase,
            "conditions": conditions,
            "containerStatuses": [{"name": "c", "ready": ready is not None, "state": state}],
        },
    }


def node(name: str, chips: int = 8, pool: str = "tpu", *, ready: bool = True) -> Json:
    return {
        "metadata": {"name": name, "labels": {"cloud.google.com/gke-nodepool": pool}},
        "status": {
            "allocatable": {"google.com/tpu": str(chips)},
            "conditions": [{"type": "Ready", "status": str(ready)}],
        },
    }
