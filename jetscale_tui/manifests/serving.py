"""How the chosen adapter serves a metric: under which API, name and selector, to which target.

The arithmetic decides the target type. An External `AverageValue` divides the returned value by
the target and ignores how many replicas there are, so it needs a total; a share or an average
needs `Value`, which multiplies by the ready pods. A Pods metric is averaged by the controller.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from jetscale_tui.domain.profile import Origin, Unit
from jetscale_tui.domain.spec import AdapterKind
from jetscale_tui.errors import ConfigError
from jetscale_tui.manifests import scope
from jetscale_tui.manifests.metadata import is_literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.profile import Metric, Profile
    from jetscale_tui.domain.spec import Setup

GUIDE_TPU_CONTAINER = "jetstream-http"
"""The container the guide selects TPU series by; it is the HTTP sidecar and holds no TPU."""
_CONTAINER_METRICS = "kubernetes.io/container/"


class Source(StrEnum):
    """Metric source types of an HPA; the values are Kubernetes' names."""

    PODS = "Pods"
    EXTERNAL = "External"


class TargetType(StrEnum):
    """Target types of an HPA; the values are Kubernetes' names."""

    AVERAGE_VALUE = "AverageValue"
    VALUE = "Value"


@dataclass(frozen=True, slots=True)
class Serving:
    """One metric as an HPA names it."""

    source: Source
    name: str
    target: TargetType = TargetType.AVERAGE_VALUE
    selector: Mapping[str, str] = field(default_factory=dict)
    """Match labels; empty: no selector is written."""


def serving(setup: Setup, profile: Profile, name: str) -> Serving:
    """How a metric of the setup is served.

    Raises:
        ConfigError: the profile has no such metric, or the cluster it is to be scoped to is not
            named.
    """
    metric = profile.metric(name)
    if metric is None:
        raise ConfigError(f"Profile {profile.name} has no metric {name}.")
    if is_literal(setup):
        return _as_printed(setup, metric)
    if setup.adapter.kind is AdapterKind.PROMETHEUS:
        return Serving(Source.EXTERNAL, external_name(metric), _target_type(metric))
    return _through_stackdriver(setup, profile, metric)


def external_name(metric: Metric) -> str:
    """Name of a metric behind prometheus-adapter: no slashes, as PromQL spells it."""
    if metric.origin is not Origin.SYSTEM:
        return metric.name
    service, _, rest = metric.name.partition("/")
    return f"{service.replace('.', '_')}:{rest.replace('/', '_')}"


def is_container_metric(metric: Metric) -> bool:
    """Whether a system metric tells containers apart; else only nodes."""
    return metric.name.startswith(_CONTAINER_METRICS)


def _through_stackdriver(setup: Setup, profile: Profile, metric: Metric) -> Serving:
    name = _stackdriver_name(metric)
    if metric.origin is Origin.SERVER:
        return Serving(Source.PODS, name)
    selector = _stackdriver_selector(setup, profile, metric)
    if metric.unit is Unit.RATIO:
        # The adapter hands over one value a chip and the controller adds them up.
        selector["reducer"] = "REDUCE_MEAN"
    return Serving(Source.EXTERNAL, name, _target_type(metric), dict(sorted(selector.items())))


def _stackdriver_name(metric: Metric) -> str:
    """The metric type with bars for slashes, which HPA metric names may not hold."""
    if metric.origin is Origin.SYSTEM:
        return metric.name.replace("/", "|")
    return f"prometheus.googleapis.com|{metric.name}|gauge"


def _stackdriver_selector(setup: Setup, profile: Profile, metric: Metric) -> dict[str, str]:
    """Scopes an External metric, to which the adapter itself adds no filter at all."""
    location = {"resource.labels.location": scope.cluster_location(setup)}
    if metric.origin is Origin.TPU_EXPORTER:
        return location | {
            "resource.labels.cluster": scope.cluster_name(setup),
            "resource.labels.namespace": setup.scrape.tpu.namespace,
            "metric.labels.exported_namespace": setup.workload.namespace,
            "metric.labels.container": profile.container,
        }
    location["resource.labels.cluster_name"] = scope.cluster_name(setup)
    if is_container_metric(metric):
        location["resource.labels.namespace_name"] = setup.workload.namespace
        location["resource.labels.container_name"] = profile.container
    return location


def _target_type(metric: Metric) -> TargetType:
    return TargetType.VALUE if metric.unit is Unit.RATIO else TargetType.AVERAGE_VALUE


def _as_printed(setup: Setup, metric: Metric) -> Serving:
    """The guide's listings; with several metrics its mixed one, which no adapter can serve."""
    if metric.origin is Origin.SERVER and len(setup.scaling.metrics) > 1:
        return Serving(Source.PODS, metric.name)
    if setup.adapter.kind is AdapterKind.PROMETHEUS:
        return Serving(Source.EXTERNAL, external_name(metric))
    name = _stackdriver_name(metric)
    if metric.origin is Origin.SERVER:
        return Serving(Source.PODS, name)
    if metric.origin is Origin.SYSTEM:
        return Serving(Source.EXTERNAL, name)
    selector = {
        "metric.labels.container": GUIDE_TPU_CONTAINER,
        "metric.labels.exported_namespace": setup.workload.namespace,
    }
    return Serving(Source.EXTERNAL, name, selector=selector)
