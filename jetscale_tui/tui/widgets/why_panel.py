"""Why there are as many replicas as there are: each metric against its target, and what decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from jetscale_tui.tui.format import State, plural, shown, sign
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.widgets.panel import GlancePanel

if TYPE_CHECKING:
    from jetscale_tui.domain.live import HpaView, MetricView
    from jetscale_tui.tui.glance import Glance
    from jetscale_tui.tui.glyphs import Glyphs


class WhyPanel(GlancePanel):
    """Metric by metric, then the limits, then the word of the controller."""

    TITLE = "Why?"
    HELP = """
    The controller looks every 15 seconds. For each metric it takes current value / target times
    the replicas there are; the highest proposal wins, then the limits cut it. Within 10 % of the
    target nothing happens. After a fall it waits out the stabilization window (5 minutes unless
    set otherwise) before it removes replicas.
    """

    def watch_glance(self, glance: Glance) -> None:
        """Ask the question with the number in it."""
        super().watch_glance(glance)
        if glance.hpa is not None:
            self.border_title = Content(f"Why {glance.hpa.desired_replicas}?")

    def drawn(self, glance: Glance) -> Content:
        """The lines."""
        hpa, glyphs = glance.hpa, glyphs_of(self)
        if hpa is None:
            return Content.styled("no HPA to explain", "$foreground-muted")
        lines = [_metric_line(metric, glyphs) for metric in hpa.metrics]
        lines += _limit_lines(hpa, glance, glyphs)
        return Content("\n").join(lines)


def metric_title(name: str) -> str:
    """The telling part of a metric's name: `prefill backlog size` of a long Prometheus one."""
    telling = name
    for part in name.replace("/", "|").split("|"):
        if "." not in part and part not in ("gauge", "counter", "unknown"):
            telling = part
    return shown(telling.removeprefix("jetstream_").replace("_", " "))


def _metric_line(metric: MetricView, glyphs: Glyphs) -> Content:
    average = " per pod" if metric.target_type == "AverageValue" else ""
    now = "<unknown>" if metric.current is None else shown(metric.current)
    line = Content.assemble(
        f"{metric_title(metric.name)}  ",
        (now, "bold" if metric.current is not None else "bold $text-error"),
        f"{average} {glyphs.arrow} target {shown(metric.target)}",
    )
    ratio = metric.ratio
    if ratio is None:
        return line
    if abs(ratio - 1) <= 0.1:
        return Content.assemble(line, ("  within 10 %: stay", "$foreground-muted"))
    style = "$text-warning" if ratio > 1 else "$foreground-muted"
    return Content.assemble(line, (f"  {glyphs.times}{ratio:.2g}", style))


def _limit_lines(hpa: HpaView, glance: Glance, glyphs: Glyphs) -> list[Content]:
    minimum = hpa.min_replicas or 1
    lines = [
        Content.assemble(
            f"{plural(hpa.current_replicas, 'replica')} now, wants ",
            (str(hpa.desired_replicas), "bold"),
            f"  (limits {minimum}{glyphs.dash}{hpa.max_replicas})",
        )
    ]
    problem = hpa.problem
    if problem is not None:
        lines.append(
            Content.assemble(
                sign(State.FAILED, glyphs),
                f" {shown(problem.reason)}: ",
                (shown(problem.message), "$foreground-muted"),
            )
        )
    elif hpa.capped:
        per_replica = max((pod.chips for pod in glance.pods), default=0)
        room = f"; each more needs {per_replica} chips" if per_replica else ""
        lines.append(
            Content.assemble(
                sign(State.WARNING, glyphs), f" the maximum {hpa.max_replicas} holds it back{room}"
            )
        )
    return lines
