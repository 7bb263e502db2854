"""The load of the last hours, worked out from the metrics in Cloud Monitoring. Reads only."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.load import MAX_TOKENS, Rates
from jetscale_tui.domain.forecast.replay import Reading, arrivals, together
from jetscale_tui.domain.forecast.words import span
from jetscale_tui.domain.monitoring import Availability
from jetscale_tui.domain.profile import Origin, Unit
from jetscale_tui.errors import ConfigError, NotFound, PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from jetscale_tui.domain.monitoring import MetricHistory
    from jetscale_tui.domain.profile import Metric, Profile
    from jetscale_tui.domain.serving import Pace
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Cloud

_STEP = 60.0
"""Seconds over which arrivals are averaged: scrapes of several pods do not come at once."""
_LONGEST_GAP = 300.0
"""Seconds without a reading after which a replica is taken to have been away."""


def replay(
    cloud: Cloud,
    setup: Setup,
    profile: Profile,
    pace: Pace,
    *,
    end: datetime,
    seconds: float,
    max_tokens: int = MAX_TOKENS,
) -> Rates:
    """The load of the `seconds` before `end`, as the server's backlog and slots tell it.

    Raises:
        ConfigError: the setup names no project, or the profile has no such metrics.
        NotFound: nothing was collected in that time.
        PermissionDenied: this identity may not read it.
        JetScaleError: the metrics cannot be read.
    """
    project = setup.google.project
    if not project:
        raise ConfigError("google.project is not set.", fix="The history is read from a project.")
    backlog, slots = (_gauge(profile, unit) for unit in (Unit.REQUESTS, Unit.RATIO))
    where = {"resource.labels.namespace": setup.workload.namespace}
    if setup.google.cluster:
        where["resource.labels.cluster"] = setup.google.cluster
    start = end - timedelta(seconds=seconds)
    queues, used = (
        _by_pod(
            cloud.metric_history(
                project,
                f"prometheus.googleapis.com/{metric.name}/gauge",
                start=start,
                end=end,
                where=where,
            )
        )
        for metric in (backlog, slots)
    )
    first = start.timestamp()
    parts = []
    for pod, values in used.items():
        for readings in _stretches(values, queues.get(pod, {}), first):
            parts += arrivals(readings, pace, max_tokens)
    steps = together(parts, first, end.timestamp(), _STEP)
    return Rates(steps, seconds, f"the last {span(seconds)} again", max_tokens)


def _gauge(profile: Profile, unit: Unit) -> Metric:
    for metric in profile.metrics:
        if metric.origin is Origin.SERVER and metric.unit is unit and metric.scalable:
            return metric
    raise ConfigError(
        f"Profile {profile.name} has no {unit} metric of the server.",
        why="What arrived is worked out from the server's backlog and the slots it used.",
    )


def _by_pod(history: MetricHistory) -> dict[str, dict[float, float]]:
    """Values by time, by pod; several series of a pod are added.

    Raises:
        NotFound: there are none.
        PermissionDenied: they may not be read.
    """
    if history.availability is Availability.FORBIDDEN:
        raise PermissionDenied(
            f"You may not read {history.metric_type} in Cloud Monitoring.",
            why=history.why,
            fix=history.fix,
        )
    if history.availability is not Availability.DATA:
        raise NotFound(
            f"Cloud Monitoring has no values of {history.metric_type} in that time.",
            why="The metric exists, but nothing was collected."
            if history.availability is Availability.SILENT
            else "It was never collected in this project.",
            fix="Apply the setup's scrape, wait, and ask again.",
        )
    found: dict[str, dict[float, float]] = {}
    for series in history.series:
        pod = series.metric_labels.get("pod") or series.resource_labels.get("instance", "")
        values = found.setdefault(pod, {})
        for sample in series.samples:
            at = sample.at.timestamp()
            values[at] = values.get(at, 0.0) + sample.value
    return found


def _stretches(
    used: Mapping[float, float], queue: Mapping[float, float], first: float
) -> list[list[Reading]]:
    """Readings of one replica, apart where it was away; both gauges are of the same scrape."""
    found: list[list[Reading]] = []
    last = first
    for at in sorted(used):
        if at - last > _LONGEST_GAP:
            # It was made, or began to be scraped, meanwhile: with nothing to do yet.
            found.append([Reading(at - _STEP, 0.0, 0.0)])
        elif not found:
            found.append([])
        found[-1].append(Reading(at, queue.get(at, 0.0), used[at]))
        last = at
    return found
