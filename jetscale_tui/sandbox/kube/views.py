"""Older and newer versions of what is stored, for reading: HPAs of v1, events of events.k8s.io."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain import kinds
from jetscale_tui.sandbox.kube.objects import dig

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.kinds import Json, Kind
    from jetscale_tui.sandbox.kube.catalog import Resource

_ALPHA = "autoscaling.alpha.kubernetes.io"


def shown(obj: Json, resource: Resource) -> Json:
    """An object as a resource has it: as it is stored, or in that version's words."""
    if resource.view_of is None:
        return obj
    return {**_CONVERSIONS[resource.view_of](obj), "apiVersion": resource.kind.api_version}


def _event(event: Json) -> Json:
    """events.k8s.io has other names for what core events say."""
    new = {
        "kind": event["kind"],
        "metadata": event["metadata"],
        "eventTime": event.get("eventTime"),
        "series": event.get("series"),
        "reportingController": event.get("reportingComponent"),
        "reportingInstance": event.get("reportingInstance"),
        "action": event.get("action"),
        "reason": event.get("reason"),
        "related": event.get("related"),
        "note": event.get("message"),
        "type": event.get("type"),
        "deprecatedCount": event.get("count"),
    }
    return {
        **{key: value for key, value in new.items() if value or key == "eventTime"},
        "regarding": event.get("involvedObject") or {},
        "deprecatedSource": event.get("source") or {},
        "deprecatedFirstTimestamp": event.get("firstTimestamp"),
        "deprecatedLastTimestamp": event.get("lastTimestamp"),
    }


def _autoscaler(hpa: Json) -> Json:
    """v1 knows a CPU percentage; all else goes into annotations, as a real server puts it there."""
    spec, status = hpa["spec"], hpa.get("status") or {}
    metrics, percent = _without_cpu(spec.get("metrics") or [], "target")
    current, used = _without_cpu(status.get("currentMetrics") or [], "current")
    annotations = {
        "conditions": status.get("conditions"),
        "current-metrics": [_metric(metric, "current", "current") for metric in current],
        "metrics": [_metric(metric, "target", "target") for metric in metrics],
        "behavior": spec.get("behavior"),
    }
    kept = dict(hpa["metadata"].get("annotations") or {})
    for name, value in annotations.items():
        if value:
            kept[f"{_ALPHA}/{name}"] = json.dumps(value, separators=(",", ":"))
    new_spec = {key: spec[key] for key in _SPEC if key in spec}
    new_status = {key: status[key] for key in _STATUS if key in status}
    new_status.setdefault("currentReplicas", 0)
    new_status.setdefault("desiredReplicas", 0)
    if percent is not None:
        new_spec["targetCPUUtilizationPercentage"] = percent
    if used is not None:
        new_status["currentCPUUtilizationPercentage"] = used
    metadata = {**hpa["metadata"], "annotations": kept} if kept else hpa["metadata"]
    return {"kind": hpa["kind"], "metadata": metadata, "spec": new_spec, "status": new_status}


_SPEC = ("scaleTargetRef", "minReplicas", "maxReplicas")
_STATUS = ("observedGeneration", "lastScaleTime", "currentReplicas", "desiredReplicas")
_SOURCES = ("object", "pods", "resource", "containerResource", "external")


def _without_cpu(metrics: list[Json], side: str) -> tuple[list[Json], int | None]:
    """The metrics v1 has no field for, and the CPU percentage it has one for."""
    rest: list[Json] = []
    percent: int | None = None
    for metric in metrics:
        found: Any = dig(metric, "resource", side, "averageUtilization")
        if percent is None and found is not None and dig(metric, "resource", "name") == "cpu":
            percent = found
        else:
            rest.append(metric)
    return rest, percent


def _metric(metric: Json, side: str, prefix: str) -> Json:
    """One metric with the flat fields of v1: its target or its current value."""
    name = next(source for source in _SOURCES if metric.get(source))
    source = metric[name]
    values = source.get(side) or {}
    flat: Json = {}
    if name == "object":
        flat["target"] = source["describedObject"]
    if "metric" in source:
        flat["metricName"] = source["metric"]["name"]
        selector = source["metric"].get("selector")
        if selector and name == "external":
            flat["metricSelector"] = selector
        elif selector:
            flat["selector"] = selector
    else:
        flat.update({key: source[key] for key in ("name", "container") if key in source})
    for key, value in values.items():
        if key == "averageValue" and name == "object":
            flat["averageValue"] = value
        elif key != "type":
            flat[prefix + key[0].upper() + key[1:]] = value
    return {"type": metric["type"], name: flat}


_CONVERSIONS: dict[Kind, Callable[[Json], Json]] = {
    kinds.HPA: _autoscaler,
    kinds.EVENT: _event,
}
