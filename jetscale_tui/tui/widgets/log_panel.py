"""The HPA's conditions in words, and what happened, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from jetscale_tui.domain.condition_words import in_words
from jetscale_tui.tui.format import State, fit, shown, sign, wrapped
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.widgets.panel import GlancePanel

if TYPE_CHECKING:
    from jetscale_tui.domain.live import Condition, EventRow
    from jetscale_tui.tui.glance import Glance
    from jetscale_tui.tui.glyphs import Glyphs

_MUTED = "$foreground-muted"
_GOOD = {"AbleToScale": "True", "ScalingActive": "True"}
"""The status of conditions without which nothing scales."""


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
        width = self.text_width
        lines: list[Content] = []
        for condition in glance.hpa.conditions if glance.hpa else ():
            lines += _condition_lines(condition, glyphs, width)
        for event in glance.events:
            lines += _event_lines(event, glance, glyphs, width)
        if not lines:
            known = glance.snapshot.complete
            said = "nothing has happened yet" if known else glance.awaited
            return Content.styled(said, "$foreground-muted")
        return Content("\n").join(lines)


def condition_state(condition: Condition) -> State:
    """How a condition stands: a limit is worth a look, the others stop scaling."""
    if condition.type in _GOOD:
        return State.OK if condition.status == _GOOD[condition.type] else State.FAILED
    # Resting at the minimum is what an idle server does; being held at the maximum is not.
    return State.WARNING if condition.reason == "TooManyReplicas" else State.OK


def _condition_lines(condition: Condition, glyphs: Glyphs, width: int) -> list[Content]:
    state = condition_state(condition)
    head = Content.assemble(
        sign(state, glyphs),
        f" {shown(condition.type)} {shown(condition.status)}  ",
        (shown(condition.reason), "bold"),
        "  ",
    )
    message, words = shown(condition.message), in_words(condition)
    room = width - head.cell_length
    if state is State.OK:
        # What is well needs no more than one line.
        return [Content.assemble(head, (fit(words or message, room, glyphs.ellipsis), _MUTED))]
    return _hanging(head, f"{words}: {message}" if words else message, width, 2)


def _event_lines(event: EventRow, glance: Glance, glyphs: Glyphs, width: int) -> list[Content]:
    when = event.last.astimezone(glance.moment.tzinfo).strftime("%H:%M:%S") if event.last else ""
    count = f" {glyphs.times}{event.count}" if event.count > 1 else ""
    head = Content.assemble(
        (f"{when:<8} ", _MUTED),
        (shown(event.reason) + count, "$text-warning" if event.type == "Warning" else ""),
        "  ",
    )
    return _hanging(head, shown(event.message), width, 9)


def _hanging(head: Content, text: str, width: int, indent: int) -> list[Content]:
    """The head and as much text as fits behind it; the rest below, indented."""
    first, *below = wrapped(text, max(width - indent, 8), max(width - head.cell_length, 8))
    return [
        Content.assemble(head, (first, _MUTED)),
        *(Content.styled(" " * indent + part, _MUTED) for part in below),
    ]
