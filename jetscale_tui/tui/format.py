"""Numbers, times, states and foreign text as the screens show them. Pure; never parses markup."""

from __future__ import annotations

import math
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.content import Content

if TYPE_CHECKING:
    from jetscale_tui.domain.profile import Unit
    from jetscale_tui.tui.glyphs import Glyphs


class State(StrEnum):
    """How something stands; the word is always shown or implied beside the sign."""

    OK = "ok"
    FAILED = "failed"
    WARNING = "warning"
    CURRENT = "current"
    TODO = "to do"


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


def shown(text: str) -> str:
    """Foreign text as one line of data: control, direction and zero-width characters made visible.

    Newlines and tabs become spaces; everything else that would not print, or would change how its
    neighbours print, becomes `<U+XXXX>`.
    """
    if text.isprintable() and text.isascii():
        return text
    parts = []
    for char in text:
        if char in "\n\r\t":
            parts.append(" ")
        elif unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            parts.append(f"<U+{ord(char):04X}>")
        else:
            parts.append(char)
    return "".join(parts)


def shown_lines(text: str) -> str:
    """Like `shown`, but keeps line breaks: for logs, diffs and manifests."""
    return "\n".join(shown(line.expandtabs(4)) for line in text.splitlines())


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


def duration(seconds: float) -> str:
    """A span of time for people: `0.4 s`, `48 s`, `4 min 12 s`, `2 h 05 min`, `3 d 4 h`."""
    if not math.isfinite(seconds):
        return "?"
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60:02d} s" if whole % 60 else "")
    if whole < 86_400:
        minutes = whole % 3600 // 60
        return f"{whole // 3600} h" + (f" {minutes:02d} min" if minutes else "")
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"


def countdown(seconds: float) -> str:
    """Time left as a clock shows it: `0:09`, `4:12`."""
    whole = max(0, math.ceil(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def number(value: float) -> str:
    """At most three significant decimals, none that are zero: `3`, `2.5`, `0.041`."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"


def measured(value: float, unit: Unit) -> str:
    """A metric's value in its unit: `3 requests`, `41 %`, `102 GiB`."""
    match unit.value:
        case "ratio":
            return f"{number(round(value * 100, 1))} %"
        case "bytes":
            return data_size(value)
        case _:
            return number(value)


def data_size(value: float) -> str:
    """Bytes with a binary prefix: `102 GiB`."""
    size = float(value)
    for prefix in ("", "Ki", "Mi", "Gi", "Ti"):
        if abs(size) < 1024 or prefix == "Ti":
            return f"{number(size)} {prefix}B"
        size /= 1024
    raise AssertionError("unreachable: the last prefix always returns")


def plural(count: int, word: str, words: str = "") -> str:
    """`1 step`, `2 steps`."""
    return f"{count} {word if count == 1 else words or word + 's'}"


def bar(used: int, total: int, width: int, glyphs: Glyphs) -> str:
    """A row of full and empty cells: `████░░░░`."""
    filled = 0 if total <= 0 else round(width * min(used, total) / total)
    return glyphs.full * filled + glyphs.empty * (width - filled)
