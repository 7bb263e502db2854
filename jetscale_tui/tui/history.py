"""From a glance to what the plots draw. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.decision.words import metric_title
from jetscale_tui.tui.format import number, shown
from jetscale_tui.tui.plot import Level, Stroke
from jetscale_tui.tui.widgets.history_plot import Curve, History

if TYPE_CHECKING:
    from jetscale_tui.domain.series import Series
    from jetscale_tui.tui.glance import Glance

_SHORTEST, _LONGEST = 120.0, 1800.0
"""Seconds of the cluster's time a plot spans."""
_GROWTH = 60.0
"""The span grows by whole minutes, so the axis stands still between."""


def window(series: Series, until: float) -> float:
    """Seconds to show: all there is, within reason."""
    age = until - series.times[0] if len(series) else 0.0
    return min(max(_SHORTEST, (age // _GROWTH + 1) * _GROWTH), _LONGEST)


def replica_history(glance: Glance) -> History | None:
    """Replicas running and wanted, and the maximum."""
    if glance.hpa is None:
        return None
    history, until = glance.history, glance.moment.timestamp()
    return History(
        curves=(
            Curve(history.desired, "$text-accent", Stroke.DOTS),
            Curve(history.current, "bold $text-primary"),
        ),
        until=until,
        window=window(history.current, until),
        written=number,
        levels=(Level(glance.hpa.max_replicas, "$foreground-muted"),),
        whole=True,
        marks=glance.bursts,
    )


def metric_history(glance: Glance) -> tuple[str, History | None]:
    """The first metric against its target, with a title."""
    hpa = glance.hpa
    if hpa is None or not hpa.metrics:
        return "Metric", None
    metric = hpa.metrics[0]
    per_pod = ", per pod" if metric.target_type == "AverageValue" else ""
    title = f"{shown(metric_title(metric.name)).capitalize()}{per_pod} (target {metric.target})"
    series = glance.history.metrics
    if not series:
        return title, None
    until = glance.moment.timestamp()
    target = metric.target_value
    return title, History(
        curves=(Curve(series[0], "bold $text-primary"),),
        until=until,
        window=window(glance.history.current, until),
        written=number,
        levels=(Level(target, "$text-warning"),) if target is not None else (),
        marks=glance.bursts,
    )
