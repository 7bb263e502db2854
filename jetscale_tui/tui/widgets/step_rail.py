"""The wizard's steps down the left side: done, current, to come, and where something is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from jetscale_tui.domain.flow import Mark, RailEntry, WizardStep
from jetscale_tui.tui.format import State, sign
from jetscale_tui.tui.glyphs import glyphs_of

if TYPE_CHECKING:
    from textual import events

_STATES = {
    Mark.DONE: State.OK,
    Mark.CURRENT: State.CURRENT,
    Mark.TODO: State.TODO,
    Mark.PROBLEM: State.FAILED,
}
_STYLES = {
    Mark.DONE: "",
    Mark.CURRENT: "bold $text-primary",
    Mark.TODO: "$foreground-muted",
    Mark.PROBLEM: "$text-error",
}


class StepRail(Widget):
    """One line a step; a click on a step that has been reached asks to go there."""

    class Chosen(Message):
        """The person clicked a step."""

        def __init__(self, step: WizardStep) -> None:
            super().__init__()
            self.step = step

    entries: reactive[tuple[RailEntry, ...]] = reactive(())

    def render(self) -> Content:
        """The lines: sign, name, and the count of problems behind the sign that says so."""
        glyphs = glyphs_of(self)
        lines = []
        for entry in self.entries:
            failed = "" if entry.mark is Mark.PROBLEM else f"{glyphs.failed} "
            count = f" {failed}{entry.problems}" if entry.problems else ""
            lines.append(
                Content.assemble(
                    sign(_STATES[entry.mark], glyphs),
                    " ",
                    (entry.step.heading, _STYLES[entry.mark]),
                    (count, _STYLES[Mark.PROBLEM]),
                )
            )
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        """Ask to go to the step under the mouse."""
        offset = event.get_content_offset(self)
        if offset is not None and 0 <= offset.y < len(self.entries):
            self.post_message(self.Chosen(self.entries[offset.y].step))
