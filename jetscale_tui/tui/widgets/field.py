"""One-line fields that say in the line of keys what Enter does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.widgets import Input

from jetscale_tui.tui.commands import bound

if TYPE_CHECKING:
    from textual.binding import BindingType


class Field(Input):
    """Enter takes the answers as they are and goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [bound("field.next", "submit")]


class AnswerField(Input):
    """In a dialog; Enter takes what its fields say."""

    BINDINGS: ClassVar[list[BindingType]] = [bound("answer.take", "submit")]
