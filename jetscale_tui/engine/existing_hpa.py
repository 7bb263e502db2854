"""An HPA that is there already: what its metrics are made of, and the setup nearest to it.

It may be in the cluster or in a file, and may follow metrics in ways JetScale would not write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from jetscale_tui.domain import reading
from jetscale_tui.domain.forecast.gauges import Across
from jetscale_tui.domain.forecast.simulate import Question
from jetscale_tui.domain.hpa.spec import MetricType, Target, parse_spec
from jetscale_tui.domain.kinds import CONFIG_MAP, HPA, Ref
from jetscale_tui.domain.quantity import format_milli
from jetscale_tui.domain.spec import AdapterKind, Guide, MetricTarget, Scaling
from jetscale_tui.engine import observe
from jetscale_tui.engine.forecasting import (
    across_of_query,
    across_of_selector,
    gauge_of,
    timed,
)
from jetscale_tui.errors import ConfigError, NotFound
from jetscale_tui.manifests.serving import external_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.forecast.facts import Facts
    from jetscale_tui.domain.forecast.gauges import Followed
    from jetscale_tui.domain.forecast.load import Load
    from jetscale_tui.domain.hpa.spec import HpaSpec, MetricSpec
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.profile import Metric, Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Cluster

_EXTERNAL_API = "v1beta1.external.metrics.k8s.io"
_TYPE_SUFFIXES = ("gauge", "counter", "unknown")
_NOT_YAML = (yaml.YAMLError, ValueError, RecursionError)
"""What the parser raises over text that is none, has a date of no calendar, or nests too deep."""


@dataclass(frozen=True, slots=True)
class ExistingHpa:
    """An HPA as the forecast needs it."""

    spec: HpaSpec
    setup: Setup
    """The setup nearest to it; advice is given as changes to this."""
    metrics: tuple[tuple[Metric, Across] | None, ...]
    """What each metric of the spec is, and how the replicas' values come together; None where
    that is not known."""


def from_cluster(cluster: Cluster, namespace: str, name: str) -> Json:
    """The HPA of that name.

    Raises:
        NotFound: there is none.
    """
    found = cluster.get(Ref.to(HPA, name, namespace))
    if found is None:
        there = ", ".join(observe.name_of(hpa) for hpa in cluster.list(HPA, namespace))
        raise NotFound(
            f"There is no HPA {name} in namespace {namespace}.",
            why=f"There: {there}." if there else "There is none at all.",
            fix="Name one of them, or give a manifest file.",
        )
    return found


def from_text(text: str, name: str) -> Json:
    """The HPA in a manifest, YAML or JSON.

    Raises:
        ConfigError: it is no autoscaling/v2 HPA.
    """
    try:
        found = yaml.safe_load(text)
    except _NOT_YAML as error:
        raise ConfigError(f"{name} is no YAML.", why=str(error).partition("\n")[0]) from error
    kind = (found.get("apiVersion"), found.get("kind")) if isinstance(found, dict) else ()
    if kind != (HPA.api_version, HPA.name):
        raise ConfigError(
            f"{name} is no HorizontalPodAutoscaler of {HPA.api_version}.",
            fix="`kubectl get hpa NAME -o yaml` prints one.",
        )
    manifest: Json = found
    return manifest


def queries(cluster: Cluster) -> dict[str, str]:
    """The PromQL behind each external metric, as prometheus-adapter is configured.

    Empty when something else serves external metrics, or nothing does.
    """
    api = observe.metric_api(cluster, _EXTERNAL_API)
    namespace = observe.backend(api)[0] if api else ""
    if not namespace:
        return {}
    found: dict[str, str] = {}
    for config in cluster.list(CONFIG_MAP, namespace):
        for text in (config.get("data") or {}).values():
            found |= _rules(text)
    return found


def understand(
    hpa: Json, setup: Setup, profile: Profile, queries: Mapping[str, str]
) -> ExistingHpa:
    """What an HPA follows, and the setup nearest to it.

    Raises:
        ConfigError: its spec cannot be read, or none of its metrics is one of the server's.
    """
    name = observe.name_of(hpa)
    try:
        spec = parse_spec(hpa["spec"], name=name)
        metrics = tuple(_made_of(each, profile, queries) for each in spec.metrics)
        nearest = _nearest(hpa["spec"], spec, metrics, setup)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ConfigError(
            f"The spec of HPA {name} cannot be read.",
            why=f"{type(error).__name__}: {error}",
            fix="`kubectl explain hpa.spec --api-version=autoscaling/v2` describes it.",
        ) from error
    if not any(metrics):
        names = ", ".join(metric.name for metric in spec.metrics)
        raise ConfigError(
            f"HPA {name} follows {names}: no metric of profile {profile.name}.",
            why="Only metrics of the inference server and its chips can be forecast.",
        )
    return ExistingHpa(spec, nearest, metrics)


def question_of(existing: ExistingHpa, facts: Facts, load: Load, limit: float) -> Question:
    """The question what such an HPA does under a load."""
    followed: list[Followed | None] = []
    for known in existing.metrics:
        metric, across = known or (None, Across.SERIES)
        gauge = gauge_of(metric) if metric else None
        followed.append(
            timed(existing.setup, facts, metric, gauge, across) if metric and gauge else None
        )
    return Question(existing.spec, tuple(followed), facts, load, limit)


def _rules(text: object) -> dict[str, str]:
    try:
        config = yaml.safe_load(text) if isinstance(text, str) else None
    except _NOT_YAML:
        return {}
    found: dict[str, str] = {}
    for rule in reading.objects(reading.mapping(config).get("externalRules")):
        if isinstance(rule.get("metricsQuery"), str):
            series = reading.text(rule.get("seriesQuery")).partition("{")[0]
            name = reading.text(reading.mapping(rule.get("name")).get("as")) or series
            found[name] = rule["metricsQuery"]
    return found


def _made_of(
    spec: MetricSpec, profile: Profile, queries: Mapping[str, str]
) -> tuple[Metric, Across] | None:
    metric = next((each for each in profile.metrics if spec.name in spellings(each)), None)
    if metric is None or gauge_of(metric) is None:
        return None
    if spec.type == MetricType.PODS:
        return metric, Across.PODS
    if spec.type != MetricType.EXTERNAL:
        return None
    if spec.name in queries:
        return metric, across_of_query(queries[spec.name])
    if "|" in spec.name:
        labels = ((spec.source.get("metric") or {}).get("selector") or {}).get("matchLabels") or {}
        return metric, across_of_selector(labels)
    # Without the adapter's rules: the public guide's average.
    return metric, Across.MEAN


def spellings(metric: Metric) -> tuple[str, ...]:
    """Names under which adapters serve a metric."""
    collected = (f"prometheus.googleapis.com|{metric.name}|{kind}" for kind in _TYPE_SUFFIXES)
    return metric.name, metric.name.replace("/", "|"), external_name(metric), *collected


def _nearest(
    given: Json,
    spec: HpaSpec,
    metrics: tuple[tuple[Metric, Across] | None, ...],
    setup: Setup,
) -> Setup:
    targets: dict[str, MetricTarget] = {}
    averaged = False
    external = False
    for each, known in zip(spec.metrics, metrics, strict=True):
        if known is None:
            continue
        metric, across = known
        targets.setdefault(
            metric.name, MetricTarget(name=metric.name, target=format_milli(each.amount))
        )
        external = external or (each.type == MetricType.EXTERNAL and "|" not in each.name)
        averaged = averaged or (across is Across.MEAN and each.target is Target.AVERAGE_VALUE)
    scaling = Scaling(
        name=spec.name or setup.scaling.name,
        min_replicas=spec.min_replicas,
        max_replicas=spec.max_replicas,
        metrics=tuple(targets.values()),
        behavior=given.get("behavior"),
    )
    kind = AdapterKind.PROMETHEUS if external else setup.adapter.kind
    return setup.model_copy(
        update={
            "scaling": scaling,
            "adapter": setup.adapter.model_copy(update={"kind": kind}),
            "guide": Guide.LITERAL if averaged else setup.guide,
        }
    )
