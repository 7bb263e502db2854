"""The HPA's conditions in words, and what happened, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from jetscale_tui.tui.format import State, fit, shown, sign
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.widgets.panel import GlancePanel

if TYPE_CHECKING:
    from jetscale_tui.domain.live import Condition, EventRow
    from jetscale_tui.tui.glance import Glance
    from jetscale_tui.tui.glyphs import Glyphs

_GOOD = {"AbleToScale": "True", "ScalingActive": "True", "ScalingLimited": "False"}
"""The status of each condition when all is well."""


class LogPanel(GlancePanel):
    """Conditions above events."""

    TITLE = "Conditions and events"
    HELP = """
    Conditions are the controller's own words about this HPA: whether it can scale, whether its
    metrics can be read, whether a limit holds it back. Equal events are merged and counted.
    """

    def drawn(self, glance: Glance) -> Content:
        """The lines."""
        glyphs = glyphs_of(self)
        lines = [
            _condition_line(condition, glyphs, self.size.width)
            for condition in (glance.hpa.conditions if glance.hpa else ())
        ]
        lines += [_event_line(event, glance, glyphs) for event in glance.events]
        if not lines:
            return Content.styled("nothing has happened yet", "$foreground-muted")
        return Content("\n").join(lines)


def condition_state(condition: Condition) -> State:
    """How a condition stands: a limit is worth a look, the others stop scaling."""
    wanted = _GOOD.get(condition.type)
    if wanted is None or condition.status == wanted:
        return State.OK
    return State.WARNING if condition.type == "ScalingLimited" else State.FAILED


def _condition_line(condition: Condition, glyphs: Glyphs, width: int) -> Content:
    state = condition_state(condition)
    message = shown(condition.message)
    if state is State.OK:
        # What is well needs no more than one line.
        message = fit(message, max(width - 50, 0), glyphs.ellipsis)
    return Content.assemble(
        sign(state, glyphs),
        f" {shown(condition.type)} {shown(condition.status)}  ",
        (shown(condition.reason), "bold"),
        "  ",
        (message, "$foreground-muted"),
    )


def _event_line(event: EventRow, glance: Glance, glyphs: Glyphs) -> Content:
    when = event.last.astimezone(glance.moment.tzinfo).strftime("%H:%M:%S") if event.last else ""
    warns = event.type == "Warning"
    count = f" {glyphs.times}{event.count}" if event.count > 1 else ""
    return Content.assemble(
        (f"{when:<8} ", "$foreground-muted"),
        (shown(event.reason) + count, "$text-warning" if warns else ""),
        ("  ", ""),
        (shown(event.message), "$foreground-muted"),
    )
