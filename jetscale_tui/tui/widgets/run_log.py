"""Everything that happened in a run, a line each; a long one goes on under itself."""

from __future__ import annotations

from typing import NamedTuple

from textual.content import Content
from textual.reactive import reactive

from jetscale_tui.tui.format import shown, wrapped
from jetscale_tui.tui.widgets.lines import Lines

_TIME = 10
_GAP = 2
_NARROWEST = 16
"""Cells a line keeps for its words."""


class Entry(NamedTuple):
    """One thing that happened."""

    time: str
    """Since the step began."""
    said: str


class RunLog(Lines):
    """As high as its entries."""

    entries: reactive[tuple[Entry, ...]] = reactive((), layout=True)

    def note(self, time: str, said: str) -> None:
        """Add an entry; one that repeats the last only moves its time on."""
        kept = self.entries
        if kept and kept[-1].said == said:
            kept = kept[:-1]
        self.entries = (*kept, Entry(time, said))

    def lines(self, width: int) -> list[Content]:
        """One entry after another, times in a column."""
        indent = _TIME + _GAP
        lines: list[Content] = []
        for entry in self.entries:
            first, *below = wrapped(shown(entry.said), max(width - indent, _NARROWEST))
            lines.append(
                Content.assemble((f"{entry.time:>{_TIME}}", "$foreground-muted"), " " * _GAP, first)
            )
            lines += [Content(" " * indent + part) for part in below]
        return lines
