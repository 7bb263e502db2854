"""The rules of a setup that types alone cannot say.

Each finds problems and never raises; the wizard shows them beside the field, the command line as a
list. A setup that passes can be turned into objects that Kubernetes and Google accept.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from jetscale_tui.domain import names, quantity
from jetscale_tui.domain.behavior_rules import behavior_problems
from jetscale_tui.domain.problem import Problem
from jetscale_tui.domain.profile import Origin, Unit
from jetscale_tui.domain.spec import AdapterKind, Guide, Identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jetscale_tui.domain.profile import Metric, Profile
    from jetscale_tui.domain.spec import MetricTarget, Setup

__all__ = ["problems", "resolved", "resolved_target", "target_problems"]

SERVER_INTERVAL_FLOOR = 5
"""Seconds. Source: the guide, for server metrics."""
TPU_INTERVAL_FLOOR = 15
"""Seconds. Source: the guide, for system metrics."""

_DURATION = re.compile(
    r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?"
)
_DURATION_SECONDS = (31_536_000, 604_800, 86_400, 3_600, 60, 1, 0.001)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def problems(setup: Setup, profile: Profile) -> tuple[Problem, ...]:
    """Everything wrong with a setup, in the order of the document."""
    return (
        *_names(setup),
        *_place(setup),
        *_intervals(setup),
        *_replicas(setup),
        *_metrics(setup, profile),
        *_behavior(setup),
    )


def resolved(setup: Setup) -> Setup:
    """The setup with percentages written as the ratios Kubernetes knows (`90%` → `900m`)."""
    metrics = tuple(
        target.model_copy(update={"target": resolved_target(target.target)})
        for target in setup.scaling.metrics
    )
    if metrics == setup.scaling.metrics:
        return setup
    return setup.model_copy(
        update={"scaling": setup.scaling.model_copy(update={"metrics": metrics})}
    )


def resolved_target(text: str) -> str:
    """A target as a Kubernetes quantity; percentages become milli-units."""
    match = _PERCENT.fullmatch(text.strip())
    if not match:
        return text.strip()
    return quantity.format_milli(quantity.parse(match[1]).milli // 100)


def duration_seconds(text: str) -> float | None:
    """Seconds of a Prometheus duration such as `15s` or `1m30s`; None if it is not one."""
    match = _DURATION.fullmatch(text)
    if not text or not match:
        return None
    parts = zip(match.groups(), _DURATION_SECONDS, strict=True)
    return sum(int(digits) * seconds for digits, seconds in parts if digits)


def _names(setup: Setup) -> Iterator[Problem]:
    google, workload, adapter = setup.google, setup.workload, setup.adapter.prometheus
    rules: list[tuple[str, str | None, Callable[[str], str | None]]] = [
        ("metadata.name", setup.metadata.name, names.label_value),
        ("google.project", google.project, names.project_id),
        ("google.location", google.location, names.location),
        ("google.cluster", google.cluster, names.gke_cluster),
        ("workload.namespace", workload.namespace, names.dns_label),
        ("workload.deployment", workload.deployment, names.dns_subdomain),
        ("workload.service", workload.service, names.service_name),
        ("scrape.server.name", setup.scrape.server.name, names.dns_subdomain),
        ("scrape.tpu.name", setup.scrape.tpu.name, names.dns_subdomain),
        ("scrape.tpu.namespace", setup.scrape.tpu.namespace, names.dns_label),
        ("adapter.prometheus.namespace", adapter.namespace, names.dns_label),
        ("adapter.prometheus.release", adapter.release, names.helm_release),
        (
            "adapter.prometheus.googleServiceAccount",
            adapter.google_service_account,
            names.google_service_account,
        ),
        ("scaling.name", setup.scaling.name, names.dns_subdomain),
    ]
    for path, value, rule in rules:
        if value is not None and (what := rule(value) if value else "is empty"):
            yield Problem(path, what)
    if not workload.selector:
        yield Problem("workload.selector", "is empty", "Give the labels that select the pods.")
    for key, value in workload.selector.items():
        if what := names.label_key(key) or names.label_value(value):
            yield Problem(f"workload.selector.{key}", what)
    if not setup.scrape.server.path.startswith("/"):
        yield Problem("scrape.server.path", "must start with '/'")


def _place(setup: Setup) -> Iterator[Problem]:
    """What the adapter's objects have to name of Google Cloud."""
    adapter, google = setup.adapter, setup.google
    prometheus = adapter.kind is AdapterKind.PROMETHEUS
    if google.project is None and (prometheus or adapter.identity is Identity.SERVICE_ACCOUNT):
        needed = "the adapter's frontend queries" if prometheus else "the service account lives in"
        yield Problem("google.project", f"is not set, but is the project that {needed}")
    if google.cluster is None and prometheus and setup.guide is Guide.LITERAL:
        yield Problem("google.cluster", "is not set, but the guide's rules select series by it")


def _intervals(setup: Setup) -> Iterator[Problem]:
    for path, interval, floor in (
        ("scrape.server.interval", setup.scrape.server.interval, SERVER_INTERVAL_FLOOR),
        ("scrape.tpu.interval", setup.scrape.tpu.interval, TPU_INTERVAL_FLOOR),
    ):
        seconds = duration_seconds(interval)
        if seconds is None:
            yield Problem(path, f"is no duration: {interval!r}", "Write 15s or 1m.")
        elif seconds < floor:
            yield Problem(path, f"is {interval}, must be {floor}s or more")


def _replicas(setup: Setup) -> Iterator[Problem]:
    scaling = setup.scaling
    if scaling.min_replicas > scaling.max_replicas:
        yield Problem(
            "scaling.minReplicas",
            f"is {scaling.min_replicas}, above maxReplicas {scaling.max_replicas}",
            "Lower the minimum or raise the maximum.",
        )


def _metrics(setup: Setup, profile: Profile) -> Iterator[Problem]:
    if not setup.scaling.metrics:
        yield Problem("scaling.metrics", "is empty", "Name at least one metric to follow.")
    seen: set[str] = set()
    for index, target in enumerate(setup.scaling.metrics):
        path = f"scaling.metrics[{index}]"
        if target.name in seen:
            yield Problem(f"{path}.name", f"names {target.name} twice", "Keep one of them.")
        seen.add(target.name)
        metric = profile.metric(target.name)
        if metric is None:
            yield _unknown_metric(target.name, profile, f"{path}.name")
        else:
            yield from _servable(setup, metric, f"{path}.name")
            yield from target_problems(target, metric, f"{path}.target")


def _unknown_metric(name: str, profile: Profile, path: str) -> Problem:
    known = [metric.name for metric in profile.metrics if metric.scalable]
    near = difflib.get_close_matches(name, known, n=1)
    fix = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}."
    return Problem(path, f"is no metric of profile {profile.name}: {name!r}", fix)


def _servable(setup: Setup, metric: Metric, path: str) -> Iterator[Problem]:
    adapter = setup.adapter.kind
    if not metric.scalable:
        yield Problem(
            path,
            f"is {metric.name}, which must not be scaled on: {metric.why_not or metric.why}",
            "Use jetstream_prefill_backlog_size or another metric of the profile.",
        )
    elif adapter not in metric.adapters:
        yield Problem(
            path,
            f"is {metric.name}, which the {adapter} adapter cannot serve",
            f"Use adapter.kind: {' or '.join(metric.adapters)}, or another metric.",
        )
    elif setup.guide is Guide.CORRECTED and not (setup.google.location and setup.google.cluster):
        external = adapter is AdapterKind.PROMETHEUS or metric.origin is not Origin.SERVER
        if external:
            yield Problem(
                path,
                f"is {metric.name}, which is read across the whole project",
                "Set google.location and google.cluster, so that only this cluster counts.",
            )


def target_problems(target: MetricTarget, metric: Metric, path: str) -> Iterator[Problem]:
    """What is wrong with one target; used for the field in the wizard too."""
    text = target.target.strip()
    if text.endswith("%") and metric.unit is not Unit.RATIO:
        yield Problem(
            path, f"is a percentage, but {metric.name} counts {metric.unit}", "Write a number."
        )
        return
    try:
        milli = quantity.parse(resolved_target(text)).milli
    except ValueError:
        example = "90% or 900m" if metric.unit is Unit.RATIO else "10, 1500m or 12Gi"
        yield Problem(path, f"is no quantity: {text!r}", f"Write it like {example}.")
        return
    if milli <= 0:
        yield Problem(path, f"is {text}, must be more than zero")
    elif metric.maximum is not None and milli > metric.maximum * 1000:
        yield _above_range(text, milli, metric, path)


def _above_range(text: str, milli: int, metric: Metric, path: str) -> Problem:
    fix = f"Use at most {metric.maximum:g}."
    if metric.unit is Unit.RATIO and milli <= 100_000:
        fix = f"For {milli / 1000:g} percent write {milli / 1000:g}% (stored as {milli // 100}m)."
    return Problem(
        path,
        f"is {text}, but {metric.name} goes from {metric.minimum:g} to {metric.maximum:g}: "
        "the HPA would never scale",
        fix,
    )


def _behavior(setup: Setup) -> Iterator[Problem]:
    if setup.scaling.behavior is not None:
        yield from behavior_problems(setup.scaling.behavior, "scaling.behavior")
