"""prometheus-adapter's rules: which series to discover and the PromQL behind each metric.

Queries through the frontend see every cluster of the project, so every selector names cluster,
location and namespace. Those fixed matchers come before `<<.LabelMatchers>>`: that template may
turn out empty, and PromQL allows a trailing comma but no leading one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.profile import Origin, Unit
from jetscale_tui.domain.spec import AdapterKind
from jetscale_tui.manifests import scope
from jetscale_tui.manifests.metadata import is_literal
from jetscale_tui.manifests.serving import (
    GUIDE_TPU_CONTAINER,
    external_name,
    is_container_metric,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.profile import Metric, Profile
    from jetscale_tui.domain.spec import Setup

_TEMPLATE = "<<.LabelMatchers>>"
_BY_RESOURCE = {"template": "<<.Resource>>"}
_NO_NAMESPACE = {"namespaced": False}
"""Keeps the adapter from asking for the autoscaler's namespace: the exporter's series are in
kube-system, the nodes' in none."""

_SHARES = {"memory_used_percentage": ("memory_used", "memory_total")}
"""Shares made of two gauges of the TPU device plugin's exporter."""


def rules(setup: Setup, profile: Profile) -> list[Json]:
    """One rule for every metric of the profile the adapter can serve.

    Raises:
        ConfigError: the cluster is not named.
    """
    metrics = [
        metric
        for metric in profile.metrics
        if metric.scalable and AdapterKind.PROMETHEUS in metric.adapters
    ]
    if is_literal(setup):
        return [_as_printed(setup, metric) for metric in metrics]
    return [_rule(setup, profile, metric) for metric in metrics]


def _rule(setup: Setup, profile: Profile, metric: Metric) -> Json:
    selector = _matchers(_fixed_matchers(setup, profile, metric))
    templated = f"{{{selector},{_TEMPLATE}}}"
    function = "avg" if metric.unit is Unit.RATIO else "sum"
    if share := _share(metric):
        series, total = share
        query = f"avg(<<.Series>>{templated}) / avg({total}{templated})"
    else:
        series = external_name(metric)
        query = f"{function}(<<.Series>>{templated})"
    return _written(
        metric,
        f"{series}{{{selector}}}",
        _BY_RESOURCE if metric.origin is Origin.SERVER else _NO_NAMESPACE,
        query,
    )


def _share(metric: Metric) -> tuple[str, str] | None:
    return _SHARES.get(metric.name) if metric.origin is Origin.TPU_EXPORTER else None


def _fixed_matchers(setup: Setup, profile: Profile, metric: Metric) -> dict[str, str]:
    cluster, location = scope.cluster_name(setup), scope.cluster_location(setup)
    namespace, container = setup.workload.namespace, profile.container
    if metric.origin is Origin.SERVER:
        return {"cluster": cluster, "location": location, "namespace": namespace}
    if metric.origin is Origin.TPU_EXPORTER:
        return {
            "cluster": cluster,
            "location": location,
            "namespace": setup.scrape.tpu.namespace,
            "exported_namespace": namespace,
            "container": container,
        }
    where = {"cluster_name": cluster, "location": location}
    if is_container_metric(metric):
        resource = {"monitored_resource": "k8s_container"}
        return resource | where | {"namespace_name": namespace, "container_name": container}
    return {"monitored_resource": "k8s_node"} | where


def _as_printed(setup: Setup, metric: Metric) -> Json:
    cluster = _matchers({"cluster": scope.cluster_name(setup)})
    if share := _share(metric):
        series, total = share
        namespace = _matchers({"exported_namespace": setup.workload.namespace})
        container = _matchers({"container": GUIDE_TPU_CONTAINER})
        selector = f"{{{cluster},{namespace},{container}}}"
        query = f"avg({series}{selector}) / avg({total}{selector})"
    else:
        series = external_name(metric)
        query = f"avg(<<.Series>>{{{_TEMPLATE},{cluster}}})"
    return _written(metric, series, _BY_RESOURCE, query)


def _written(metric: Metric, series: str, resources: Mapping[str, object], query: str) -> Json:
    return {
        "seriesQuery": series,
        "resources": dict(resources),
        "name": {"matches": "", "as": external_name(metric)},
        "metricsQuery": query,
    }


def _matchers(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
