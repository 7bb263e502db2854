"""States, times and text fitted to the cells of a screen. Pure; never parses markup."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from jetscale_tui.domain.wording import (
    State,
    data_size,
    duration,
    measured,
    number,
    plural,
    shown,
    shown_lines,
)

if TYPE_CHECKING:
    from jetscale_tui.tui.glyphs import Glyphs


__all__ = [
    "STYLES",
    "State",
    "bar",
    "countdown",
    "data_size",
    "duration",
    "fit",
    "fit_middle",
    "measured",
    "number",
    "plural",
    "shown",
    "shown_lines",
    "sign",
    "wrapped",
]

STYLES: dict[State, str] = {
    State.OK: "$text-success",
    State.FAILED: "$text-error",
    State.WARNING: "$text-warning",
    State.CURRENT: "$text-primary",
    State.TODO: "$foreground-muted",
}


def sign(state: State, glyphs: Glyphs) -> Content:
    """The coloured sign of a state, padded to the widest of its set."""
    drawn = {
        State.OK: glyphs.ok,
        State.FAILED: glyphs.failed,
        State.WARNING: glyphs.warning,
        State.CURRENT: glyphs.current,
        State.TODO: glyphs.todo,
    }
    width = max(cell_len(each) for each in drawn.values())
    return Content.styled(drawn[state].ljust(width), STYLES[state])


def fit(text: str, width: int, ellipsis: str = "…") -> str:
    """At most `width` cells of the text; what is cut off at the end is marked."""
    if cell_len(text) <= width:
        return text
    room = width - cell_len(ellipsis)
    return set_cell_size(text, room).rstrip() + ellipsis if room > 0 else set_cell_size(text, width)


def fit_middle(text: str, width: int, ellipsis: str = "…") -> str:
    """At most `width` cells of the text, keeping both ends: names differ at their ends."""
    if cell_len(text) <= width:
        return text
    room = width - cell_len(ellipsis)
    if room < 2:
        return fit(text, width, ellipsis)
    tail = room // 2
    return set_cell_size(text, room - tail) + ellipsis + text[-tail:]


def wrapped(text: str, width: int, first: int | None = None) -> list[str]:
    """Lines of at most `width` cells, broken at spaces where there are any.

    Args:
        text: one line.
        width: cells of a line.
        first: cells of the first line, if other than that.
    """
    lines: list[str] = []
    line, room = "", width if first is None else first
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= room:
            line = longer
            continue
        if line or cell_len(word) <= width:
            lines.append(line)
            line, room = "", width
        line = word
        while cell_len(line) > room > 1:
            head = set_cell_size(line, room).rstrip()
            lines.append(head)
            line, room = line[len(head) :], width
    return [*lines, line] if line or not lines else lines


def countdown(seconds: float) -> str:
    """Time left as a clock shows it: `0:09`, `4:12`."""
    whole = max(0, math.ceil(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def bar(used: int, total: int, width: int, glyphs: Glyphs) -> str:
    """A row of full and empty cells: `████░░░░`."""
    filled = 0 if total <= 0 else round(width * min(used, total) / total)
    return glyphs.full * filled + glyphs.empty * (width - filled)
