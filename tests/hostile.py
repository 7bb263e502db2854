"""Text as a cluster full of malice or accidents would have it: one set for every test of it."""

from __future__ import annotations

import unicodedata
from typing import Any

TAILS = {
    "markup": " [bold red]x[/] [@click=app.quit]y[/] [/nothing] [link=file:///etc/passwd]z[/] \\[",
    "escapes": "\x1b[31mred\x1b]0;title\x07\x1b[2J\x1b[10;10H\x08\x08\x00\x7f",
    "c1": "\x9b31m\x90q\x9c\x85\x9d0;title\x9c",
    "direction": "\u202egnp.exe\u2066x\u2069\u200f\u061c",
    "zero-width": "a\u200bb\u200dc\ufeffd\u2060e\u00ad\U000e0041",
    "combining": "e" + "\u0301\u0489\u20dd" * 40 + "z",
    "wide": "漢字テスト🇩🇪👩\u200d🚀👍🏽⚠\ufe0f\u3164\u115f",
    "long": "x" * 3000 + " " + "y" * 3000,
    "lines": "a\nb\r\nc\td\x0b\x0c\u2028e\u2029f\n\n\n",
    "broken": "\ud800\udfff\ufffe\U0010fffe\ue000",
}
"""Behind every name, reason and message, one kind at a time."""

_POISONED = {"name", "message", "reason", "nodeName", "image", "component", "app"}
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MOST_MARKS = 2


def poisoned(value: Any, tail: str, key: str = "") -> Any:
    """An object with the tail behind every name, reason and message in it."""
    if isinstance(value, dict):
        return {each: poisoned(held, tail, each) for each, held in value.items()}
    if isinstance(value, list | tuple):
        return [poisoned(each, tail, key) for each in value]
    return value + tail if isinstance(value, str) and key in _POISONED else value


def trouble(line: str) -> str:
    """What in a line would reach past it: control and direction marks, floods; else empty."""
    marks = 0
    for place, char in enumerate(line):
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category in _INVISIBLE or marks > _MOST_MARKS:
            return f"U+{ord(char):04X} at {place} of {line!r}"
    return ""
