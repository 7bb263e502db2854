"""From a glance to what the plots draw. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.decision.words import metric_title
from jetscale_tui.tui.format import duration, number, shown
from jetscale_tui.tui.plot import Level, Stroke
from jetscale_tui.tui.widgets.history_plot import Curve, History

if TYPE_CHECKING:
    from jetscale_tui.domain.live import HpaView, MetricView
    from jetscale_tui.domain.series import Series
    from jetscale_tui.tui.glance import Glance
    from jetscale_tui.tui.glyphs import Glyphs

_SHORTEST, _LONGEST = 120.0, 1800.0
"""Seconds of the cluster's time a plot spans."""
_GROWTH = 60.0
"""The span grows by whole minutes, so the axis stands still between."""


def window(series: Series, until: float) -> float:
    """Seconds to show: all there is, within reason."""
    age = until - series.times[0] if len(series) else 0.0
    return min(max(_SHORTEST, (age // _GROWTH + 1) * _GROWTH), _LONGEST)


@dataclass(frozen=True, slots=True)
class Reaction:
    """The HPA's first larger size after a burst began."""

    at: float
    """Seconds since the epoch."""
    after: float
    """Seconds since the burst began."""
    before: int
    size: int


@dataclass(frozen=True, slots=True)
class MetricPlot:
    """One metric over time, with what it is called."""

    title: str
    history: History | None


def reaction(glance: Glance, began: float) -> Reaction | None:
    """How the HPA reacted to a burst; None while it has not."""
    desired = glance.history.desired
    before = desired.at(began)
    if before is None:
        return None
    for when, value in desired.since(began):
        if when > began and value is not None and value > before:
            return Reaction(when, when - began, int(before), int(value))
    return None


def marks(glance: Glance) -> tuple[tuple[float, str], ...]:
    """What is marked on the plots: bursts, and the moment the HPA reacted to each."""
    found: list[tuple[float, str]] = []
    for began, word in glance.bursts:
        found.append((began, word))
        reacted = reaction(glance, began)
        if reacted is not None:
            found.append((reacted.at, "HPA"))
    return tuple(dict.fromkeys(found))


def replica_history(glance: Glance) -> History | None:
    """Replicas running and wanted, and the limits."""
    hpa = glance.hpa
    if hpa is None:
        return None
    history, until = glance.history, glance.moment.timestamp()
    low = Level(_minimum(hpa), "$foreground-muted")
    return History(
        curves=(
            Curve(history.desired, "$text-accent", Stroke.DOTS),
            Curve(history.current, "bold $text-primary"),
        ),
        until=until,
        window=window(history.current, until),
        written=number,
        levels=(Level(hpa.max_replicas, "$foreground-muted"), low),
        whole=True,
        marks=marks(glance),
    )


def replica_legend(glance: Glance, glyphs: Glyphs) -> str:
    """What the lines of the replica plot are."""
    hpa = glance.hpa
    if hpa is None:
        return ""
    dashes = _dashes(glyphs)
    return f"{glyphs.line * 2} current  {glyphs.dots * 2} desired  {dashes} limits"


def replica_title(glance: Glance) -> str:
    """`Replicas, 1 to 2`."""
    hpa = glance.hpa
    return "Replicas" if hpa is None else f"Replicas, {_minimum(hpa)} to {hpa.max_replicas}"


def metric_legend(glance: Glance, glyphs: Glyphs) -> str:
    """What the lines of a metric's plot are."""
    if glance.hpa is None or not glance.hpa.metrics:
        return ""
    return f"{glyphs.line * 2} value  {_dashes(glyphs)} target"


def metric_plots(glance: Glance) -> tuple[MetricPlot, ...]:
    """Every metric against its target."""
    hpa = glance.hpa
    if hpa is None:
        return ()
    series = glance.history.metrics
    return tuple(
        _metric_plot(glance, metric, series[index] if index < len(series) else None)
        for index, metric in enumerate(hpa.metrics)
    )


def _metric_plot(glance: Glance, metric: MetricView, series: Series | None) -> MetricPlot:
    per_pod = ", per pod" if metric.target_type == "AverageValue" else ""
    title = f"{shown(metric_title(metric.name)).capitalize()}{per_pod} (target {metric.target})"
    old = _age(glance)
    if old is not None and metric.current is not None:
        title += f"  value {duration(old)} old"
    if series is None:
        return MetricPlot(title, None)
    until, target = glance.moment.timestamp(), metric.target_value
    history = History(
        curves=(Curve(series, "bold $text-primary" if old is None else "$foreground-muted"),),
        until=until,
        window=window(glance.history.current, until),
        written=number,
        levels=(Level(target, "$text-warning"),) if target is not None else (),
        marks=marks(glance),
    )
    return MetricPlot(title, history)


def _age(glance: Glance) -> float | None:
    """How long figures have been standing: the controller keeps the last ones it could read."""
    if glance.stale:
        return glance.seconds_since(glance.link.heard)
    active = glance.hpa.condition("ScalingActive") if glance.hpa else None
    if active is None or active.status != "False":
        return None
    return glance.seconds_since(active.since)


def _dashes(glyphs: Glyphs) -> str:
    return (glyphs.dashed * 2).strip()


def _minimum(hpa: HpaView) -> int:
    return 1 if hpa.min_replicas is None else hpa.min_replicas
