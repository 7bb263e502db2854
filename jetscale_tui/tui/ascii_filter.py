"""The last resort of terminals without the glyphs: whatever is left beyond ASCII gets a twin.

Works on finished lines, so borders, scroll bars and text from elsewhere are covered too, and no
cell moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color

_TWINS = {
    **dict.fromkeys("─━┄┈╌═▁▔—–", "-"),
    **dict.fromkeys("│┃▏▎▕▌▐┆║", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+"),
    **dict.fromkeys("█▇▆▅▄▃▂■▓▒", "#"),
    **dict.fromkeys("□░", "."),
    **dict.fromkeys("▸▶→", ">"),
    **dict.fromkeys("◂←", "<"),
    **dict.fromkeys("▾↓", "v"),
    **dict.fromkeys("▲↑", "^"),
    **dict.fromkeys("“”", '"'),
    **dict.fromkeys("‘’", "'"),
    "·": "-",
    "×": "x",
    "…": ".",
    "●": "*",
    "○": "o",
    "✓": "+",
    "✗": "x",
    "\u00a0": " ",
}


class AsciiFilter(LineFilter):
    """Replaces character by character."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same line in ASCII."""
        del background
        return [
            segment
            if segment.text.isascii()
            else Segment(_in_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


def _in_ascii(text: str) -> str:
    return "".join(
        char if char.isascii() else _TWINS.get(char, "?" * cell_len(char)) for char in text
    )
