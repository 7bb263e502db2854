"""Under the panes: advice, or why Enter does not go on yet."""

from __future__ import annotations

from typing import NamedTuple

from textual.content import Content
from textual.reactive import reactive

from jetscale_tui.tui.format import STYLES, State, shown, sign, wrapped
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.widgets.lines import Lines


class Notice(NamedTuple):
    """A sentence and how serious it is."""

    text: str = ""
    state: State = State.TODO


class NoticeLine(Lines):
    """Empty most of the time; a long sentence takes as many lines as it needs."""

    notice: reactive[Notice] = reactive(Notice(), layout=True)

    def lines(self, width: int) -> list[Content]:
        """The sentence."""
        if not self.notice.text:
            return [Content("")]
        mark = sign(self.notice.state, glyphs_of(self))
        indent = mark.cell_length + 1
        first, *more = wrapped(shown(self.notice.text), max(width - indent, 10))
        style = STYLES[self.notice.state]
        lines = [Content.assemble(mark, " ", (first, style))]
        lines += [Content.styled(" " * indent + line, style) for line in more]
        return lines
