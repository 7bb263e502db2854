"""A button that says in the line of keys what Enter does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from jetscale_tui.tui.commands import bound

if TYPE_CHECKING:
    from textual.binding import BindingType
    from textual.events import Key


class ActionButton(Button):
    """As wide as its words, which may change."""

    def __init__(self, words: str, *, id: str, disabled: bool = False) -> None:  # noqa: A002 - Textual's name
        super().__init__(Content(words), id=id, compact=True, disabled=disabled)

    def say(self, words: str) -> None:
        """Change the words."""
        self.label = Content(words)
        self.refresh(layout=True)


class ApplyButton(ActionButton):
    """The one that writes: only a key typed since it could be pressed presses it."""

    BINDINGS: ClassVar[list[BindingType]] = [bound("review.apply", "press")]
    _pressable_since = float("inf")

    def watch_disabled(self, disabled: bool) -> None:
        """Note the time, on the clock that keys carry."""
        super().watch_disabled(disabled)
        self._pressable_since = float("inf") if disabled else Message().time

    def is_pressed_too_soon(self, key: Key) -> bool:
        """Whether the key would press this but was typed for something else, before.

        A terminal, a network and a busy screen keep keys back, so that one may arrive after
        what it was typed before. When it was typed, it still tells.
        """
        if key.time >= self._pressable_since:
            return False
        command = self.app.active_bindings.get(key.key)
        return command is not None and command.node is self


class OnwardButton(ActionButton):
    """Leads on from a run."""

    BINDINGS: ClassVar[list[BindingType]] = [bound("apply.onward", "press")]
