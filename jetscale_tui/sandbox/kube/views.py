"""Other versions of what is stored: HPAs of autoscaling/v1, events of events.k8s.io."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain import kinds
from jetscale_tui.sandbox.kube.catalog import BY_KIND
from jetscale_tui.sandbox.kube.objects import dig
from jetscale_tui.sandbox.kube.shapes.decode import decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.kinds import Json, Kind
    from jetscale_tui.sandbox.kube.catalog import Resource

_ALPHA = "autoscaling.alpha.kubernetes.io"


def shown(obj: Json, resource: Resource) -> Json:
    """A stored object as a resource has it: as it is, or in that version's words."""
    if resource.view_of is None:
        return obj
    convert = _CONVERSIONS[resource.view_of][0]
    return {**convert(obj), "apiVersion": resource.kind.api_version}


def stored(obj: Json, resource: Resource) -> Json:
    """An object in the words of a resource's version as it is to be stored."""
    kind = resource.view_of
    if kind is None:
        return obj
    converted = {**_CONVERSIONS[kind][1](obj), "apiVersion": kind.api_version}
    return decode(converted, BY_KIND[kind.api_version, kind.name]).object


def in_version(obj: Json, api_version: str) -> Json:
    """An object in the words of another version of its kind; as it is where there is none."""
    there = BY_KIND.get((api_version, obj["kind"]))
    if there is None or api_version == obj["apiVersion"]:
        return obj
    return shown(stored(obj, BY_KIND[obj["apiVersion"], obj["kind"]]), there)


_NEW_NAMES = {
    "reportingComponent": "reportingController",
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
}
"""What events.k8s.io calls the fields of core events."""
_OLD_NAMES = {new: old for old, new in _NEW_NAMES.items()}
_UNSET: Json = {
    "eventTime": None,
    "deprecatedFirstTimestamp": None,
    "deprecatedLastTimestamp": None,
    "regarding": {},
    "deprecatedSource": {},
}


def _new_event(event: Json) -> Json:
    renamed = {_NEW_NAMES.get(key, key): value for key, value in event.items()}
    return _UNSET | {key: value for key, value in renamed.items() if value or key == "metadata"}


def _core_event(event: Json) -> Json:
    return {_OLD_NAMES.get(key, key): value for key, value in event.items()}


def _old_autoscaler(hpa: Json) -> Json:
    """v1 knows a CPU percentage; all else goes into annotations, as a real server puts it there."""
    spec, status = hpa["spec"], hpa.get("status") or {}
    metrics, current = spec.get("metrics") or [], status.get("currentMetrics") or []
    percent, used = _cpu(metrics, "target"), _cpu(current, "current")
    annotations = {
        "conditions": status.get("conditions"),
        "current-metrics": [_flat(metric, "current") for metric in current],
        "metrics": [_flat(metric, "target") for metric in metrics if not _cpu([metric], "target")],
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


def _autoscaler(old: Json) -> Json:
    """Back from v1: what its annotations say becomes fields again."""
    annotations = dict(old["metadata"].get("annotations") or {})
    found = {name: _from_json(annotations.pop(f"{_ALPHA}/{name}", "null")) for name in _ANNOTATED}
    spec, status = old.get("spec") or {}, old.get("status") or {}
    metrics = [_nested(metric, "target") for metric in found["metrics"] or []]
    percent = spec.get("targetCPUUtilizationPercentage")
    if percent is not None:
        target = {"type": "Utilization", "averageUtilization": percent}
        metrics.append({"type": "Resource", "resource": {"name": "cpu", "target": target}})
    new_spec = {key: spec[key] for key in _SPEC if key in spec}
    new_status = {key: status[key] for key in _STATUS if key in status}
    new_status["currentMetrics"] = [
        _nested(metric, "current") for metric in found["current-metrics"] or []
    ] or None
    metadata = {key: value for key, value in old["metadata"].items() if key != "annotations"}
    if annotations:
        metadata["annotations"] = annotations
    return {
        "kind": old["kind"],
        "metadata": metadata,
        "spec": {**new_spec, "metrics": metrics, "behavior": found["behavior"]},
        "status": {**new_status, "conditions": found["conditions"]},
    }


_ANNOTATED = ("conditions", "current-metrics", "metrics", "behavior")
_SPEC = ("scaleTargetRef", "minReplicas", "maxReplicas")
_STATUS = ("observedGeneration", "lastScaleTime", "currentReplicas", "desiredReplicas")
_METRIC = ("metricName", "metric", "name")
_SELECTOR = ("selector", "metric", "selector")
_VALUE = ("*Value", "*", "value")
_AVERAGE = ("*AverageValue", "*", "averageValue")
_USAGE = (("name", "name"), ("*AverageUtilization", "*", "averageUtilization"), _AVERAGE)
_FIELDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "object": (
        ("target", "describedObject"),
        _METRIC,
        _VALUE,
        _SELECTOR,
        ("averageValue", "*", "averageValue"),
    ),
    "pods": (_METRIC, _AVERAGE, _SELECTOR),
    "resource": _USAGE,
    "containerResource": (*_USAGE, ("container", "container")),
    "external": (_METRIC, ("metricSelector", "metric", "selector"), _VALUE, _AVERAGE),
}
"""Fields of v1's metrics in their order, and where v2 has each; `*` is `target` or `current`."""
_ALWAYS_WRITTEN = {
    ("object", "targetValue"),
    ("object", "currentValue"),
    ("pods", "targetAverageValue"),
    ("pods", "currentAverageValue"),
    ("resource", "currentAverageValue"),
    ("containerResource", "currentAverageValue"),
    ("external", "currentValue"),
}
"""Quantities of v1 that are 0 where nothing was said of them."""


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _cpu(metrics: list[Json], side: str) -> int | None:
    """The CPU percentage among some metrics, the one thing that v1 has a field for."""
    named = [metric for metric in metrics if dig(metric, "resource", "name") == "cpu"]
    found: list[Any] = [dig(metric, "resource", side, "averageUtilization") for metric in named]
    return next((percent for percent in found if percent is not None), None)


def _flat(metric: Json, side: str) -> Json:
    """One metric with the flat fields of v1."""
    source = next(name for name in _FIELDS if metric.get(name))
    flat: Json = {}
    for field, *place in _FIELDS[source]:
        name = field.replace("*", side)
        value = dig(metric[source], *(side if key == "*" else key for key in place))
        if value is None and (source, name) in _ALWAYS_WRITTEN:
            value = "0"
        if value is not None:
            flat[name] = value
    return {"type": metric["type"], source: flat}


def _nested(metric: Json, side: str) -> Json:
    """One metric of v1 as v2 has it."""
    source = next((name for name in _FIELDS if metric.get(name)), None)
    if source is None:
        return {"type": metric.get("type", "")}
    nested: Json = {side: {}}
    for field, *place, last in _FIELDS[source]:
        value = metric[source].get(field.replace("*", side))
        if value is not None and not (side == "target" and value == "0"):
            inner = nested
            for key in place:
                inner = inner.setdefault(side if key == "*" else key, {})
            inner[last] = value
    if side == "target":
        nested[side]["type"] = _target_type(source, nested[side])
    return {"type": metric["type"], source: nested}


def _target_type(source: str, target: Json) -> str:
    if "averageUtilization" in target:
        return "Utilization"
    if source == "external":
        return "Value" if "value" in target else "AverageValue"
    return "Value" if source == "object" and "averageValue" not in target else "AverageValue"


_CONVERSIONS: dict[Kind, tuple[Callable[[Json], Json], Callable[[Json], Json]]] = {
    kinds.HPA: (_old_autoscaler, _autoscaler),
    kinds.EVENT: (_new_event, _core_event),
}
