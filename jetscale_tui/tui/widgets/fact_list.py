"""What was found out: a sign, a name and a few words each, long ones under themselves."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive

from jetscale_tui.tui.format import STYLES, State, shown, sign, wrapped
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.widgets.lines import Lines
from jetscale_tui.wizard.facts import Fact

__all__ = ["Fact", "FactList"]

_GAP = 2
_MOST_LINES = 6
"""Of what one fact says; a name of a thousand letters must not push the others away."""


class FactList(Lines):
    """As high as its facts."""

    facts: reactive[tuple[Fact, ...]] = reactive((), layout=True)

    def lines(self, width: int) -> list[Content]:
        """One fact after another, names in a column."""
        glyphs = glyphs_of(self)
        column = max((cell_len(shown(fact.name)) for fact in self.facts), default=0)
        lines: list[Content] = []
        for fact in self.facts:
            mark = sign(fact.state, glyphs)
            if fact.state is State.TODO:
                # A remark: the sign of what is to come belongs to steps.
                mark = Content.styled(glyphs.dot.ljust(mark.cell_length), STYLES[State.TODO])
            indent = mark.cell_length + 1 + (column + _GAP if column else 0)
            room = max(width - indent, 10)
            style = "$foreground-muted" if fact.muted else _SAID.get(fact.state, "")
            said = [
                Content.styled(part, style)
                for text in fact.said.splitlines() or [""]
                for part in wrapped(shown(text), room)
            ]
            if len(said) > _MOST_LINES:
                said[_MOST_LINES - 1 :] = [Content.styled(glyphs.ellipsis, style)]
            name = shown(fact.name).ljust(column + _GAP) if column else ""
            lines.append(Content.assemble(mark, " ", (name, "bold"), said[0]))
            lines += [Content.assemble(" " * indent, part) for part in said[1:]]
        return lines


_SAID = {State.FAILED: STYLES[State.FAILED], State.WARNING: STYLES[State.WARNING]}
