"""The frame of a dialog: its title, and below the keys that lead out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from jetscale_tui.tui.format import fit, shown
from jetscale_tui.tui.key_words import worded

if TYPE_CHECKING:
    from textual.widget import Widget


_WIDEST_ANSWER = 30
"""Cells; two of them have to stand side by side."""


def framed(box: Widget, title: str, ways_out: str = "") -> None:
    """Write title and ways out on the border; neither is read as markup.

    Args:
        box: what the dialog is drawn in.
        title: any text.
        ways_out: our own words, with places for keys as `worded` knows them.
    """
    box.border_title = Content(shown(title))
    box.border_subtitle = Content(worded(box.app, ways_out))


def answer(words: str) -> Content:
    """The words of a button that answers; any text."""
    return Content(fit(shown(words), _WIDEST_ANSWER))
