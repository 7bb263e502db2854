"""A button that says in the line of keys what Enter does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import Button

from jetscale_tui.tui.commands import bound

if TYPE_CHECKING:
    from textual.binding import BindingType


class ActionButton(Button):
    """As wide as its words, which may change."""

    def __init__(self, words: str, *, id: str, disabled: bool = False) -> None:  # noqa: A002 - Textual's name
        super().__init__(Content(words), id=id, compact=True, disabled=disabled)

    def say(self, words: str) -> None:
        """Change the words."""
        self.label = Content(words)
        self.refresh(layout=True)


class ApplyButton(ActionButton):
    """The one that writes."""

    BINDINGS: ClassVar[list[BindingType]] = [bound("review.apply", "press")]


class OnwardButton(ActionButton):
    """Leads on from a run."""

    BINDINGS: ClassVar[list[BindingType]] = [bound("apply.onward", "press")]
