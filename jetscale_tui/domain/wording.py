"""How things stand, and numbers, times and foreign text as people read them. Pure; no markup."""

from __future__ import annotations

import math
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jetscale_tui.domain.profile import Unit


_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})
_MOST_MARKS = 2
"""Combining marks on one letter that are drawn; more would reach into the lines around."""
_ODD = (
    ("\u115f", "\u11ff"),
    ("\u3164", "\u3164"),
    ("\ufe00", "\ufe0f"),
    ("\uffa0", "\uffa0"),
    ("\U0001f1e6", "\U0001f1ff"),
    ("\U0001f3fb", "\U0001f3ff"),
    ("\U000e0100", "\U000e01ef"),
)
"""Hangul fillers and parts, variation selectors, letters of flags, colours of skin."""


class State(StrEnum):
    """How something stands; the word is always shown or implied beside the sign."""

    OK = "ok"
    FAILED = "failed"
    WARNING = "warning"
    CURRENT = "current"
    TODO = "to do"


def shown(text: str) -> str:
    """Foreign text as one line of data: control, direction and zero-width characters made visible.

    Newlines and tabs become spaces; everything else that would not print, or would change how its
    neighbours print, or that terminals do not agree on the width of, becomes `<U+XXXX>`. Of a
    flood of combining marks the first few are kept, and the rest counted.
    """
    if text.isprintable() and text.isascii():
        return text
    parts: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category in _MARKS and not _is_odd(char):
            marks += 1
            if marks <= _MOST_MARKS:
                parts.append(char)
            continue
        if marks > _MOST_MARKS:
            parts.append(f"<+{marks - _MOST_MARKS} marks>")
        marks = 0
        if char in "\n\r\t":
            parts.append(" ")
        elif category in _INVISIBLE or _is_odd(char):
            parts.append(f"<U+{ord(char):04X}>")
        else:
            parts.append(char)
    if marks > _MOST_MARKS:
        parts.append(f"<+{marks - _MOST_MARKS} marks>")
    return "".join(parts)


def _is_odd(char: str) -> bool:
    """Whether terminals differ in how wide the character makes itself or its neighbours."""
    return any(first <= char <= last for first, last in _ODD)


def shown_lines(text: str) -> str:
    """Like `shown`, but keeps line breaks: for logs, diffs and manifests."""
    return "\n".join(shown(line.expandtabs(4)) for line in text.splitlines())


def unbroken(text: str) -> str:
    """Foreign text as one line, otherwise as it is: for a row of what may go to a pipe."""
    return " ".join(text.splitlines())


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
    for prefix in ("", "Ki", "Mi", "Gi"):
        if abs(size) < 1024:
            return f"{number(size)} {prefix}B"
        size /= 1024
    return f"{number(size)} TiB"


def plural(count: int, word: str, words: str = "") -> str:
    """`1 step`, `2 steps`."""
    return f"{count} {word if count == 1 else words or word + 's'}"
