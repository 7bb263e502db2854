"""Reads the rows of a dashboard out of Kubernetes objects: HPAs and nodes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain import quantity
from jetscale_tui.domain.kubectl import hpa_targets, parse_time
from jetscale_tui.domain.live import Condition, HpaView, MetricView, NodeRow
from jetscale_tui.domain.reading import mapping, objects, text, whole

if TYPE_CHECKING:
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json

TPU = "google.com/tpu"
"""The extended resource a TPU chip is."""
ACCELERATOR_LABEL = "cloud.google.com/gke-tpu-accelerator"
TOPOLOGY_LABEL = "cloud.google.com/gke-tpu-topology"
POOL_LABEL = "cloud.google.com/gke-nodepool"

_SOURCES = {
    "Pods": "pods",
    "External": "external",
    "Object": "object",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}
_TARGETS = {
    "AverageValue": "averageValue",
    "Value": "value",
    "Utilization": "averageUtilization",
}


def moment(value: Any) -> datetime | None:
    """A timestamp, or None."""
    return parse_time(text(value))


@lru_cache(maxsize=4096)
def number(value: str) -> float | None:
    """A quantity as a number; None for text that is none."""
    try:
        return float(quantity.parse(value))
    except quantity.QuantityError:
        return None


def read_conditions(status: Json) -> tuple[Condition, ...]:
    """Conditions of a status."""
    return tuple(
        Condition(
            type=text(condition.get("type")),
            status=text(condition.get("status")),
            reason=text(condition.get("reason")),
            message=text(condition.get("message")),
            since=moment(condition.get("lastTransitionTime")),
        )
        for condition in objects(status.get("conditions"))
    )


def read_hpa(hpa: Json) -> HpaView:
    """One HorizontalPodAutoscaler."""
    metadata, spec, status = (mapping(hpa.get(part)) for part in ("metadata", "spec", "status"))
    target = mapping(spec.get("scaleTargetRef"))
    minimum = spec.get("minReplicas")
    kept = {key: value for key, value in metadata.items() if key != "managedFields"}
    return HpaView(
        namespace=text(metadata.get("namespace")),
        name=text(metadata.get("name")),
        uid=text(metadata.get("uid")),
        resource_version=text(metadata.get("resourceVersion")),
        reference=f"{text(target.get('kind'))}/{text(target.get('name'))}",
        targets=hpa_targets(hpa),
        min_replicas=minimum if isinstance(minimum, int) else None,
        max_replicas=whole(spec.get("maxReplicas")),
        current_replicas=whole(status.get("currentReplicas")),
        desired_replicas=whole(status.get("desiredReplicas")),
        metrics=_read_metrics(spec, status),
        conditions=read_conditions(status),
        created=moment(metadata.get("creationTimestamp")),
        last_scale_time=moment(status.get("lastScaleTime")),
        status_written=_status_written(metadata),
        generation=whole(metadata.get("generation")),
        observed_generation=whole(status.get("observedGeneration")),
        behavior=mapping(spec.get("behavior")) or None,
        raw={**hpa, "metadata": kept},
    )


def _status_written(metadata: Json) -> datetime | None:
    entries = objects(metadata.get("managedFields"))
    times = [
        when
        for entry in entries
        if entry.get("subresource") == "status" and (when := moment(entry.get("time"))) is not None
    ]
    return max(times, default=None)


def _read_metrics(spec: Json, status: Json) -> tuple[MetricView, ...]:
    statuses = objects(status.get("currentMetrics"))
    return tuple(
        _read_metric(metric, statuses[index] if index < len(statuses) else {})
        for index, metric in enumerate(objects(spec.get("metrics")))
    )


def _read_metric(metric: Json, status: Json) -> MetricView:
    kind = text(metric.get("type"))
    source = mapping(metric.get(_SOURCES.get(kind, "")))
    target = mapping(source.get("target"))
    target_type = text(target.get("type"))
    key = _TARGETS.get(target_type, "averageValue")
    current = mapping(mapping(status.get(_SOURCES.get(kind, ""))).get("current")).get(key)
    wanted = str(target.get(key, ""))
    reading = None if current is None else str(current)
    return MetricView(
        source=kind,
        name=text(mapping(source.get("metric")).get("name")) or text(source.get("name")),
        target_type=target_type,
        target=wanted,
        current=reading,
        target_value=number(wanted),
        current_value=None if reading is None else number(reading),
    )


def read_node(node: Json, used: int = 0) -> NodeRow | None:
    """One node with TPU chips; None for a node without."""
    metadata, spec, status = (mapping(node.get(part)) for part in ("metadata", "spec", "status"))
    labels = mapping(metadata.get("labels"))
    chips = _chips(mapping(status.get("allocatable")).get(TPU))
    if not chips and ACCELERATOR_LABEL not in labels:
        return None
    ready = [c for c in read_conditions(status) if c.type == "Ready"]
    return NodeRow(
        name=text(metadata.get("name")),
        accelerator=text(labels.get(ACCELERATOR_LABEL)),
        topology=text(labels.get(TOPOLOGY_LABEL)),
        pool=text(labels.get(POOL_LABEL)),
        chips=chips,
        used=used,
        ready=bool(ready) and ready[0].status == "True",
        schedulable=not spec.get("unschedulable"),
        created=moment(metadata.get("creationTimestamp")),
    )


def chips_of(pod: Json) -> int:
    """TPU chips a pod asks for: of all containers together, or of its greediest init container."""
    spec = mapping(pod.get("spec"))
    running = sum(_requested(container) for container in objects(spec.get("containers")))
    starting = [_requested(container) for container in objects(spec.get("initContainers"))]
    return max([running, *starting])


def _requested(container: Json) -> int:
    resources = mapping(container.get("resources"))
    # An extended resource's limit is its request; either may be written alone.
    asked = mapping(resources.get("requests")).get(TPU)
    return _chips(asked if asked is not None else mapping(resources.get("limits")).get(TPU))


def _chips(value: Any) -> int:
    amount = number(str(value)) if isinstance(value, str | int) else None
    return int(amount) if amount is not None and 0 < amount < 2**31 else 0
