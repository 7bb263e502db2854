"""One-line fields that say in the line of keys what Enter does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from unicodedata import category

from textual.widgets import Input

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.format import shown

if TYPE_CHECKING:
    from textual.binding import BindingType


_MARKS = ("Mn", "Me")
_MOST_MARKS = 2
"""Upon one letter; more of them would be drawn over the lines around."""


class PlainField(Input):
    """Takes only what can be shown: nothing that is not seen gets into a name or a path."""

    def validate_value(self, value: str) -> str:
        """Without what would be invisible, or would change how its neighbours are shown."""
        kept: list[str] = []
        marks = 0
        for char in value:
            marks = marks + 1 if category(char) in _MARKS else 0
            if shown(char) == char and marks <= _MOST_MARKS:
                kept.append(char)
        return "".join(kept)


class Field(PlainField):
    """Enter takes the answers as they are and goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [bound("field.next", "submit")]


class AnswerField(PlainField):
    """In a dialog; Enter takes what its fields say."""

    BINDINGS: ClassVar[list[BindingType]] = [bound("answer.take", "submit")]
