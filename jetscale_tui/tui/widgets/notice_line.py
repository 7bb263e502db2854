"""One line under the panes: advice, or why Enter does not go on yet."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from jetscale_tui.tui.format import STYLES, State, fit, shown, sign
from jetscale_tui.tui.glyphs import glyphs_of


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence and how serious it is."""

    text: str = ""
    state: State = State.TODO


class NoticeLine(Widget):
    """Empty most of the time."""

    notice: reactive[Notice] = reactive(Notice())

    def render(self) -> Content:
        """The sentence, on one line."""
        if not self.notice.text:
            return Content("")
        glyphs = glyphs_of(self)
        text = fit(shown(self.notice.text), self.size.width - 3, glyphs.ellipsis)
        return Content.assemble(
            sign(self.notice.state, glyphs), " ", (text, STYLES[self.notice.state])
        )
