"""The HPA's spec as typed values, parsed once so that a pass works on plain integers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain import quantity
from jetscale_tui.domain.hpa.defaults import with_defaults
from jetscale_tui.domain.hpa.label_selector import rendered

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


class MetricType(StrEnum):
    """Where a metric comes from; the values are the API's."""

    EXTERNAL = "External"
    OBJECT = "Object"
    PODS = "Pods"
    RESOURCE = "Resource"
    CONTAINER_RESOURCE = "ContainerResource"


_RESOURCE_TYPES = (MetricType.RESOURCE, MetricType.CONTAINER_RESOURCE)


class Target(StrEnum):
    """What a metric's target is compared with; the values are the API's."""

    VALUE = "Value"
    AVERAGE_VALUE = "AverageValue"
    UTILIZATION = "Utilization"
    NONE = ""
    """Nothing usable was set; the metric fails."""


class Select(StrEnum):
    """Which of several scaling policies counts; the values are the API's."""

    MAX = "Max"
    MIN = "Min"
    DISABLED = "Disabled"


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """One metric the HPA follows."""

    type: str
    """A `MetricType`, or whatever else was stored."""
    name: str
    """Of the metric, or of the resource."""
    target: Target
    amount: int
    """The target: milli-units, or percent for a utilization."""
    description: str
    """As events and conditions name it."""
    container: str = ""
    described_kind: str = ""
    described_name: str = ""
    """Of the object an Object metric describes."""
    selector: str = "nil"
    """The metric's label selector as texts show it."""
    source: Json = field(default_factory=dict)
    """What the status repeats of the spec: metric, describedObject, name, container."""

    @property
    def resource(self) -> str:
        """The resource a Resource or ContainerResource metric measures; empty for all others."""
        return self.name if self.type in _RESOURCE_TYPES else ""


@dataclass(frozen=True, slots=True)
class Policy:
    """At most so much change within a period."""

    percent: bool
    """False: `value` counts pods."""
    value: int
    period: int
    """Milliseconds."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Behavior in one direction."""

    policies: tuple[Policy, ...]
    select: Select = Select.MAX
    window: int | None = None
    """Stabilization in milliseconds; None: the controller's flag."""
    tolerance: float | None = None
    """None: the controller's flag."""

    @property
    def longest_period(self) -> int:
        """Milliseconds that scale events of this direction are kept at least."""
        return max((policy.period for policy in self.policies), default=0)


@dataclass(frozen=True, slots=True)
class Behavior:
    """The spec's `behavior`, defaults filled in."""

    scale_up: Rules
    scale_down: Rules


@dataclass(frozen=True, slots=True)
class HpaSpec:
    """One HorizontalPodAutoscaler, without its status."""

    min_replicas: int
    max_replicas: int
    metrics: tuple[MetricSpec, ...]
    behavior: Behavior | None = None
    """None: the older code path, which is not the defaulted behavior."""
    namespace: str = "default"
    name: str = ""
    target_kind: str = ""
    target_name: str = ""

    @property
    def reference(self) -> str:
        """The scale target as the controller's errors name it."""
        return f"{self.target_kind}/{self.namespace}/{self.target_name}"

    @property
    def follows_external_or_object(self) -> bool:
        """Whether any metric exists without pods; needed to leave zero."""
        wanted = (MetricType.EXTERNAL, MetricType.OBJECT)
        return any(metric.type in wanted for metric in self.metrics)


def parse_spec(spec: Json, *, namespace: str = "default", name: str = "") -> HpaSpec:
    """The typed spec of an autoscaling/v2 spec, after API defaulting.

    Raises:
        QuantityError: a target or tolerance is no quantity.
        KeyError: `maxReplicas`, or a name the API server requires, is missing.
    """
    filled = with_defaults(spec)
    behavior = filled.get("behavior")
    reference = filled.get("scaleTargetRef") or {}
    return HpaSpec(
        min_replicas=filled["minReplicas"],
        max_replicas=filled["maxReplicas"],
        metrics=tuple(parse_metric(metric) for metric in filled["metrics"]),
        behavior=None if behavior is None else parse_behavior(behavior),
        namespace=namespace,
        name=name,
        target_kind=reference.get("kind", ""),
        target_name=reference.get("name", ""),
    )


def parse_behavior(behavior: Json) -> Behavior:
    """The typed form of a `behavior` whose defaults are filled in."""
    return Behavior(parse_rules(behavior["scaleUp"]), parse_rules(behavior["scaleDown"]))


def parse_rules(rules: Json) -> Rules:
    """The typed form of `scaleUp` or `scaleDown`."""
    window = rules.get("stabilizationWindowSeconds")
    tolerance = rules.get("tolerance")
    return Rules(
        policies=tuple(
            Policy(policy["type"] == "Percent", policy["value"], policy["periodSeconds"] * 1000)
            for policy in rules["policies"]
        ),
        select=Select(rules["selectPolicy"]),
        window=None if window is None else window * 1000,
        tolerance=None if tolerance is None else float(_quantity(tolerance)),
    )


def parse_metric(metric: Json) -> MetricSpec:
    """The typed form of one entry of `metrics`."""
    match metric["type"]:
        case MetricType.EXTERNAL:
            return _external(metric["external"])
        case MetricType.OBJECT:
            return _object(metric["object"])
        case MetricType.PODS:
            return _pods(metric["pods"])
        case MetricType.RESOURCE:
            return _resource(MetricType.RESOURCE, metric["resource"])
        case MetricType.CONTAINER_RESOURCE:
            return _resource(MetricType.CONTAINER_RESOURCE, metric["containerResource"])
        case unknown:
            return MetricSpec(str(unknown), "", Target.NONE, 0, "")


def _external(source: Json) -> MetricSpec:
    metric = source["metric"]
    selector = rendered(metric.get("selector"))
    given = source["target"]
    target, amount = Target.NONE, 0
    for kind, key in ((Target.AVERAGE_VALUE, "averageValue"), (Target.VALUE, "value")):
        if given.get(key) is not None:
            target, amount = kind, _quantity(given[key]).milli
            break
    return MetricSpec(
        type=MetricType.EXTERNAL,
        name=metric["name"],
        target=target,
        amount=amount,
        description=f"external metric {metric['name']}({selector})",
        selector=selector,
        source={"metric": metric},
    )


def _object(source: Json) -> MetricSpec:
    metric, described, given = source["metric"], source["describedObject"], source["target"]
    selector = rendered(metric.get("selector"))
    target, amount = Target.NONE, 0
    description = f"{described['kind']} metric {metric['name']}"
    if given.get("type") == "Value" and given.get("value") is not None:
        target, amount = Target.VALUE, _quantity(given["value"]).milli
    elif given.get("type") == "AverageValue" and given.get("averageValue") is not None:
        target, amount = Target.AVERAGE_VALUE, _quantity(given["averageValue"]).milli
        # Not a slip here: the controller itself calls it external.
        description = f"external metric {metric['name']}({selector})"
    return MetricSpec(
        type=MetricType.OBJECT,
        name=metric["name"],
        target=target,
        amount=amount,
        description=description,
        described_kind=described["kind"],
        described_name=described["name"],
        selector=selector,
        source={"metric": metric, "describedObject": described},
    )


def _pods(source: Json) -> MetricSpec:
    metric = source["metric"]
    return MetricSpec(
        type=MetricType.PODS,
        name=metric["name"],
        target=Target.AVERAGE_VALUE,
        amount=_quantity(source["target"]["averageValue"]).milli,
        description=f"pods metric {metric['name']}",
        selector=rendered(metric.get("selector")),
        source={"metric": metric},
    )


def _resource(kind: MetricType, source: Json) -> MetricSpec:
    name, given = source["name"], source["target"]
    container = source.get("container", "")
    identity = {"name": name}
    of_container = ""
    if kind is MetricType.CONTAINER_RESOURCE:
        identity["container"] = container
        of_container = "container "
    target, amount = Target.NONE, 0
    description = f"{name} {of_container}resource utilization (percentage of request)"
    if given.get("averageValue") is not None:
        target, amount = Target.AVERAGE_VALUE, _quantity(given["averageValue"]).milli
        description = f"{name} resource"
    elif given.get("averageUtilization") is not None:
        target, amount = Target.UTILIZATION, given["averageUtilization"]
    return MetricSpec(
        type=kind,
        name=name,
        target=target,
        amount=amount,
        description=description,
        container=container,
        source=identity,
    )


def _quantity(given: Any) -> quantity.Quantity:
    # JSON may hold a bare number where a quantity is expected.
    return quantity.parse(str(given).strip())
