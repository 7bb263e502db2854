"""What a real server refuses about HorizontalPodAutoscalers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.quantity import parse
from jetscale_tui.sandbox.kube.names import DNS_LABEL, resource_name_problems
from jetscale_tui.sandbox.kube.status import Cause, forbidden, invalid, not_supported, required

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json

_SOURCES = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
_LONGEST_PERIOD = 1800
_LONGEST_WINDOW = 3600


def autoscaler_causes(hpa: Json, old: Json | None) -> Iterator[Cause]:
    """Everything wrong with an autoscaler's spec."""
    spec = hpa["spec"]
    least, most = spec.get("minReplicas"), spec["maxReplicas"]
    # Scaling to zero is off, but who has it already may keep it.
    smallest = 0 if old is not None and old["spec"].get("minReplicas") == 0 else 1
    if least is not None and least < smallest:
        yield invalid("spec.minReplicas", least, f"must be greater than or equal to {smallest}")
    if most == 0:
        yield required("spec.maxReplicas", "must be set and greater than 0")
    elif most < 0:
        yield invalid("spec.maxReplicas", most, "must be greater than 0")
    if least is not None and most < least:
        yield invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")
    yield from _target_reference(spec["scaleTargetRef"], old)
    for index, metric in enumerate(spec.get("metrics") or []):
        yield from _metric(metric, f"spec.metrics[{index}]")
    if least == 0 and not any(m.get("type") in ("Object", "External") for m in spec["metrics"]):
        yield forbidden(
            "spec.metrics",
            "must specify at least one Object or External metric to support scaling to zero "
            "replicas",
        )
    for direction in ("scaleUp", "scaleDown"):
        rules = (spec.get("behavior") or {}).get(direction)
        if rules is not None:
            yield from _rules(rules, f"spec.behavior.{direction}")


def _target_reference(reference: Json, old: Json | None) -> Iterator[Cause]:
    path, before = "spec.scaleTargetRef", old["spec"]["scaleTargetRef"] if old else {}
    yield from _reference(reference, path)
    kept = all(before.get(key) == reference.get(key) for key in ("apiVersion", "kind"))
    if not (before and kept):
        # Nothing but a ReplicationController of the core group has a scale.
        core = reference.get("kind") == "ReplicationController"
        yield from _api_version(reference, path, core=core)


def _api_version(reference: Json, path: str, *, core: bool) -> Iterator[Cause]:
    version = reference.get("apiVersion") or ""
    if version.count("/") > 1:
        words = f"unexpected GroupVersion string: {version}"
        yield invalid(f"{path}.apiVersion", version, words)
    elif not core and not version.partition("/")[0] * version.count("/"):
        yield invalid(f"{path}.apiVersion", version, "apiVersion must specify API group")


def _reference(reference: Json, path: str) -> Iterator[Cause]:
    for field in ("kind", "name"):
        value = reference.get(field)
        if not value:
            yield required(f"{path}.{field}")
        else:
            yield from _segment(value, f"{path}.{field}")


def _segment(value: str, path: str) -> Iterator[Cause]:
    """A value that has to work as one segment of a path."""
    if value in (".", ".."):
        yield invalid(path, value, f"may not be '{value}'")
    for character in ("/", "%"):
        if character in value:
            yield invalid(path, value, f"may not contain '{character}'")


def _metric(metric: Json, path: str) -> Iterator[Cause]:
    kind = metric.get("type", "")
    if not kind:
        yield required(f"{path}.type", "must specify a metric source type")
    if kind not in _SOURCES:
        yield not_supported(f"{path}.type", kind, sorted(_SOURCES))
    present = [source for source in _CHECKS if metric.get(source) is not None]
    if present:
        source = present[0]
        yield from _CHECKS[source](metric[source], f"{path}.{source}")
    expected = _SOURCES.get(kind)
    if expected is None:
        yield not_supported(f"{path}.type", kind, sorted(_SOURCES))
    elif expected not in present:
        yield required(
            f"{path}.{expected}", "must populate information for the given metric source"
        )
    if len(present) != 1:
        for source in present:
            if source != expected:
                yield forbidden(f"{path}.{source}", "must populate the given metric source only")


def _object(source: Json, path: str) -> Iterator[Cause]:
    described = source.get("describedObject") or {}
    yield from _reference(described, f"{path}.describedObject")
    yield from _api_version(described, f"{path}.describedObject", core=True)
    yield from _named_target(source, path)
    target = source.get("target") or {}
    if target.get("value") is None and target.get("averageValue") is None:
        words = "must set either a target value or averageValue"
        yield required(f"{path}.target.averageValue", words)


def _external(source: Json, path: str) -> Iterator[Cause]:
    yield from _named_target(source, path)
    target = source.get("target") or {}
    total, average = target.get("value"), target.get("averageValue")
    if total is None and average is None:
        words = "must set either a target value for metric or a per-pod target"
        yield required(f"{path}.target.averageValue", words)
    if total is not None and average is not None:
        words = "may not set both a target value for metric and a per-pod target"
        yield forbidden(f"{path}.target.value", words)


def _pods(source: Json, path: str) -> Iterator[Cause]:
    yield from _named_target(source, path)
    if (source.get("target") or {}).get("averageValue") is None:
        yield required(f"{path}.target.averageValue", "must specify a positive target averageValue")


def _resource(source: Json, path: str) -> Iterator[Cause]:
    if not source.get("name"):
        yield required(f"{path}.name", "must specify a resource name")
    yield from _usage(source, path)


def _container_resource(source: Json, path: str) -> Iterator[Cause]:
    name, container = source.get("name"), source.get("container")
    if not name:
        yield required(f"{path}.name", "must specify a resource name")
    else:
        for problem in resource_name_problems(name):
            yield invalid(f"{path}.name", name, problem)
    if not container:
        yield required(f"{path}.container", "must specify a container")
    else:
        for problem in DNS_LABEL.problems(container):
            yield invalid(f"{path}.container", container, problem)
    yield from _usage(source, path)


def _usage(source: Json, path: str) -> Iterator[Cause]:
    target = source.get("target") or {}
    yield from _target(target, f"{path}.target")
    percent, average = target.get("averageUtilization"), target.get("averageValue")
    if percent is None and average is None:
        words = "must set either a target raw value or a target utilization"
        yield required(f"{path}.target.averageUtilization", words)
    if percent is not None and average is not None:
        words = "may not set both a target raw value and a target utilization"
        yield forbidden(f"{path}.target.averageValue", words)


_CHECKS = {
    "object": _object,
    "external": _external,
    "pods": _pods,
    "resource": _resource,
    "containerResource": _container_resource,
}


def _named_target(source: Json, path: str) -> Iterator[Cause]:
    name = (source.get("metric") or {}).get("name", "")
    if not name:
        yield required(f"{path}.metric.name", "must specify a metric name")
    else:
        yield from _segment(name, f"{path}.metric.name")
    yield from _target(source.get("target") or {}, f"{path}.target")


def _target(target: Json, path: str) -> Iterator[Cause]:
    kind = target.get("type", "")
    if not kind:
        yield required(f"{path}.type", "must specify a metric target type")
    if kind not in ("Utilization", "Value", "AverageValue"):
        yield invalid(f"{path}.type", kind, "must be either Utilization, Value, or AverageValue")
    for field in ("value", "averageValue"):
        value = target.get(field)
        if value is not None and parse(value).sign != 1:
            yield invalid(f"{path}.{field}", value, "must be positive")
    percent = target.get("averageUtilization")
    if percent is not None and percent < 1:
        yield invalid(f"{path}.averageUtilization", percent, "must be greater than 0")


def _rules(rules: Json, path: str) -> Iterator[Cause]:
    window = rules.get("stabilizationWindowSeconds")
    if window is not None and window < 0:
        yield invalid(
            f"{path}.stabilizationWindowSeconds", window, "must be greater than or equal to zero"
        )
    if window is not None and window > _LONGEST_WINDOW:
        yield invalid(
            f"{path}.stabilizationWindowSeconds",
            window,
            f"must be less than or equal to {_LONGEST_WINDOW}",
        )
    select = rules.get("selectPolicy")
    if select is not None and select not in ("Disabled", "Max", "Min"):
        yield not_supported(f"{path}.selectPolicy", select, ["Disabled", "Max", "Min"])
    policies: list[Any] = rules.get("policies") or []
    if not policies:
        yield required(f"{path}.policies", "must specify at least one Policy")
    for index, policy in enumerate(policies):
        yield from _policy(policy, f"{path}.policies[{index}]")
    tolerance = rules.get("tolerance")
    if tolerance is not None and parse(tolerance).sign < 0:
        yield invalid(f"{path}.tolerance", tolerance, "must be greater than or equal to 0")


def _policy(policy: Json, path: str) -> Iterator[Cause]:
    if policy.get("type") not in ("Percent", "Pods"):
        yield not_supported(f"{path}.type", policy.get("type"), ["Percent", "Pods"])
    for field in ("value", "periodSeconds"):
        if policy.get(field, 0) <= 0:
            yield invalid(f"{path}.{field}", policy.get(field, 0), "must be greater than zero")
    if policy.get("periodSeconds", 0) > _LONGEST_PERIOD:
        yield invalid(
            f"{path}.periodSeconds",
            policy["periodSeconds"],
            f"must be less than or equal to {_LONGEST_PERIOD}",
        )
