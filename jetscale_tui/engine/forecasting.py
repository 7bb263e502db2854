"""Forecasts of a setup: which question it is, the answer, and settings that do better."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.advice import search
from jetscale_tui.domain.forecast.changes import possible_changes
from jetscale_tui.domain.forecast.gauges import Across, Followed, Gauge
from jetscale_tui.domain.forecast.result import answer
from jetscale_tui.domain.forecast.simulate import Question
from jetscale_tui.domain.hpa.spec import parse_spec
from jetscale_tui.domain.profile import Origin, Unit
from jetscale_tui.domain.spec import AdapterKind, Guide
from jetscale_tui.domain.validation import duration_seconds, problems, resolved
from jetscale_tui.errors import ConfigError
from jetscale_tui.manifests.hpa import autoscaler
from jetscale_tui.manifests.rules import rules
from jetscale_tui.manifests.serving import Source, external_name, serving

if TYPE_CHECKING:
    from jetscale_tui.domain.forecast.advice import Search
    from jetscale_tui.domain.forecast.facts import Facts
    from jetscale_tui.domain.forecast.figures import Figures
    from jetscale_tui.domain.forecast.load import Load
    from jetscale_tui.domain.forecast.result import Forecast
    from jetscale_tui.domain.profile import Metric, Profile
    from jetscale_tui.domain.spec import Setup

WAIT_LIMIT = 30.0
"""Seconds a request may wait for its first token, if nobody says otherwise."""
_AS_PRINTED = (
    "The guide's manifests are taken to work as printed, so that the HPA has its metric; "
    "`jetscale plan` says where they do not."
)
_SYSTEM_INTERVAL, _SYSTEM_DELAY = 60.0, 120.0
"""System metrics are written once a minute and can be up to three minutes late."""
_FUNCTION = re.compile(r"\s*(avg|sum|max|min)\b")
_ACROSS = {"avg": Across.MEAN, "sum": Across.SUM, "max": Across.MAX, "min": Across.MIN}
_REDUCERS = {
    "REDUCE_MEAN": Across.MEAN,
    "REDUCE_SUM": Across.SUM,
    "REDUCE_MAX": Across.MAX,
    "REDUCE_MIN": Across.MIN,
}


def forecast(
    setup: Setup, profile: Profile, facts: Facts, load: Load, limit: float = WAIT_LIMIT
) -> Forecast:
    """What the HPA of a setup does under a load. Pure, and quick for a burst.

    Raises:
        ConfigError: the setup follows no metric or one its profile or adapter does not have, or
            its targets or behavior make no sense; a setup without problems never.
    """
    return answer(question(setup, profile, facts, load, limit))


def question(
    setup: Setup, profile: Profile, facts: Facts, load: Load, limit: float = WAIT_LIMIT
) -> Question:
    """The HPA that a setup would make, and what each of its metrics is made of.

    Raises:
        ConfigError: as `forecast`.
    """
    placed = _placed(resolved(setup))
    if not setup.scaling.metrics:
        raise ConfigError("The setup follows no metric.", fix="Name one in scaling.metrics.")
    manifest = autoscaler(placed, profile)
    try:
        hpa = parse_spec(manifest["spec"], name=manifest["metadata"]["name"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ConfigError(
            "The targets or the behavior of the setup cannot be used.",
            why=f"{type(error).__name__}: {error}",
            fix="`jetscale config validate` says what is wrong.",
        ) from error
    followed = tuple(_followed(placed, profile, facts, each.name) for each in setup.scaling.metrics)
    notes = (_AS_PRINTED,) if setup.guide is Guide.LITERAL else ()
    return Question(hpa, followed, facts, load, limit, notes)


def advise(setup: Setup, profile: Profile, asked: Question, now: Figures) -> Search:
    """Settings that do better than `asked` did, as changes to a setup.

    `asked` is usually the setup's own question, but may be that of an HPA somebody made by hand,
    which the setup then only resembles.
    """
    facts, load, limit = asked.facts, asked.load, asked.limit

    def evaluate(candidate: Setup) -> Figures | None:
        found = problems(_placed(candidate), profile)
        if any(problem.path.startswith("scaling.") for problem in found):
            return None
        return forecast(candidate, profile, facts, load, limit).figures

    return search(setup, now, possible_changes(setup, profile, facts), evaluate, limit)


def gauge_of(metric: Metric) -> Gauge | None:
    """What the model has for a metric; None if nothing."""
    if not metric.scalable:
        return None
    if metric.unit is Unit.BYTES:
        return Gauge.HBM_BYTES
    if metric.unit is Unit.REQUESTS:
        return Gauge.BACKLOG
    return Gauge.SLOTS_USED if metric.origin is Origin.SERVER else Gauge.HBM_SHARE


def timed(setup: Setup, facts: Facts, metric: Metric, gauge: Gauge, across: Across) -> Followed:
    """A followed metric with the delays of where it comes from."""
    if metric.origin is Origin.SYSTEM:
        return Followed(gauge, across, _SYSTEM_INTERVAL, _SYSTEM_DELAY)
    scrape = setup.scrape.server if metric.origin is Origin.SERVER else setup.scrape.tpu
    seconds = duration_seconds(scrape.interval) or Followed(gauge, across).interval
    return Followed(gauge, across, seconds, facts.ingestion_seconds)


def across_of_query(query: str) -> Across:
    """What a PromQL expression makes of the series: its outermost aggregation."""
    found = _FUNCTION.match(query)
    return _ACROSS[found[1]] if found else Across.SERIES


def across_of_selector(labels: dict[str, str]) -> Across:
    """What the Stackdriver adapter makes of the series: the reducer its selector names."""
    return _REDUCERS.get(labels.get("reducer", ""), Across.SERIES)


def _followed(setup: Setup, profile: Profile, facts: Facts, name: str) -> Followed | None:
    served = serving(setup, profile, name)
    metric = profile.metric(name)
    gauge = gauge_of(metric) if metric else None
    if metric is None or gauge is None:
        return None
    if served.source is Source.PODS:
        if "|" not in served.name:
            # The guide's list of several metrics: no adapter has a Pods metric of that name.
            return None
        across = Across.PODS
    elif setup.adapter.kind is AdapterKind.PROMETHEUS:
        across = across_of_query(_query(setup, profile, metric))
    else:
        across = across_of_selector(dict(served.selector))
    return timed(setup, facts, metric, gauge, across)


def _query(setup: Setup, profile: Profile, metric: Metric) -> str:
    """The PromQL behind a metric of prometheus-adapter."""
    wanted = external_name(metric)
    for rule in rules(setup, profile):
        if rule["name"]["as"] == wanted:
            query: str = rule["metricsQuery"]
            return query
    raise ConfigError(f"The prometheus adapter cannot serve {metric.name}.")


def _placed(setup: Setup) -> Setup:
    """The setup with a cluster's name, which manifests need and a forecast does not."""
    google = setup.google
    if google.location and google.cluster:
        return setup
    named = {"location": google.location or "us-central1", "cluster": google.cluster or "cluster"}
    return setup.model_copy(update={"google": google.model_copy(update=named)})
