"""A button that says in the line of keys what Enter does."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Button


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

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "press",
            "Apply",
            key_display="enter",
            id="review.apply",
            tooltip="Carry out exactly what is listed",
        )
    ]


class OnwardButton(ActionButton):
    """Leads on from a run."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "press",
            "Go on",
            key_display="enter",
            id="apply.onward",
            tooltip="What the button says",
        )
    ]
