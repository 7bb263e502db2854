"""How the burst goes, in two lines; gone when there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from jetscale_tui.tui.format import STYLES, State, bar, duration, fit, fit_middle, shown, sign
from jetscale_tui.tui.glyphs import glyphs_of

if TYPE_CHECKING:
    from jetscale_tui.engine.burst_report import BurstReport
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.tui.glyphs import Glyphs
    from jetscale_tui.tui.history import Reaction

_BAR = 16
_POD = 18


class BurstLine(Widget):
    """Progress and latencies, then what each pod got and what failed."""

    report: reactive[BurstReport | None] = reactive(None)
    error: reactive[JetScaleError | None] = reactive(None)
    reaction: reactive[Reaction | None] = reactive(None)
    """What the HPA did about it."""

    def render(self) -> Content:
        """The lines."""
        glyphs, width = glyphs_of(self), self.size.width - 2
        if self.error is not None:
            said = fit(shown(f"{self.error.what} {self.error.fix}"), width - 4, glyphs.ellipsis)
            return Content.assemble(
                " ", sign(State.FAILED, glyphs), (f" Burst: {said}", STYLES[State.FAILED])
            )
        if self.report is None:
            return Content(" Burst: looking for ready pods")
        lines = (
            progress(self.report, glyphs),
            Content.assemble(reacted(self.reaction, glyphs), shares(self.report, glyphs)),
        )
        return Content("\n").join(Content.assemble(" ", line) for line in lines)


def progress(report: BurstReport, glyphs: Glyphs) -> Content:
    """How far it is and how long answers take."""
    back = report.answered + report.failed
    if report.stopped:
        lead = Content.assemble(sign(State.WARNING, glyphs), " Burst stopped ")
    elif report.done:
        state = State.FAILED if report.failed else State.OK
        lead = Content.assemble(sign(state, glyphs), " Burst ")
    else:
        drawn = bar(back, report.planned, _BAR, glyphs)
        lead = Content.assemble("Burst ", (drawn, "$text-primary"), " ")
    said = f"{back} of {report.planned} in {duration(report.elapsed)}"
    if report.latency is not None:
        latency = report.latency
        said += (
            f"  median {duration(latency.median)}  90 % {duration(latency.p90)}"
            f"  99 % {duration(latency.p99)}"
        )
    failed = (f"  {report.failed} failed", STYLES[State.FAILED]) if report.failed else ""
    return Content.assemble(lead, said, failed)


def reacted(reaction: Reaction | None, glyphs: Glyphs) -> Content:
    """What the HPA did about it; empty before it has."""
    if reaction is None:
        return Content("")
    sizes = f"{reaction.before} {glyphs.arrow} {reaction.size}"
    said = f"HPA {sizes} after {duration(reaction.after)}   "
    return Content.styled(said, "$text-accent")


def shares(report: BurstReport, glyphs: Glyphs) -> Content:
    """What each pod got, then the kinds of failures."""
    parts = [
        f"{fit_middle(shown(share.pod), _POD, glyphs.ellipsis)} {share.answered}/{share.sent}"
        for share in report.pods
    ]
    parts += [f"{count} {glyphs.times} {shown(kind)}" for kind, count in report.errors]
    return Content.styled("   ".join(parts), "$foreground-muted")
