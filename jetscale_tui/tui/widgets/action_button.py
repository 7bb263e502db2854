"""A button that says in the line of keys what Enter does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from jetscale_tui.tui.commands import bound

if TYPE_CHECKING:
    from textual.binding import BindingType
    from textual.events import Click, Key


@runtime_checkable
class NotesClicks(Protocol):
    """A screen that knows when the mouse button last went down."""

    mouse_down_at: float
    """On the clock of messages."""


class ActionButton(Button):
    """As wide as its words, which may change."""

    def __init__(self, words: str, *, id: str, disabled: bool = False) -> None:  # noqa: A002 - Textual's name
        super().__init__(Content(words), id=id, compact=True, disabled=disabled)

    def say(self, words: str) -> None:
        """Change the words."""
        self.label = Content(words)
        self.refresh(layout=True)


class ApplyButton(ActionButton):
    """The one that writes: only what was pressed since it could be seen presses it.

    A terminal, a network and a busy screen keep keys and clicks back, so that one may arrive
    after what it was meant for is gone. When it was pressed, it still tells.
    """

    BINDINGS: ClassVar[list[BindingType]] = [bound("review.apply", "press")]

    class TooSoon(Message):
        """Nothing happens, and the person should know why."""

    _pressable_since = float("inf")

    def watch_disabled(self, disabled: bool) -> None:
        """Note the time, on the clock that keys and clicks carry."""
        super().watch_disabled(disabled)
        self._pressable_since = float("inf") if disabled else Message().time

    def turns_away(self, key: Key) -> bool:
        """Whether the key would press this but was typed for something else, before; say so."""
        if key.time >= self._pressable_since:
            return False
        command = self.app.active_bindings.get(key.key)
        if command is None or command.node is not self:
            return False
        self.post_message(self.TooSoon())
        return True

    def on_click(self, event: Click) -> None:
        """A mouse button that went down before this could be pressed was meant for something else.

        One that went down on what was here before is none of this button's either.
        """
        screen = self.screen
        down = screen.mouse_down_at if isinstance(screen, NotesClicks) else event.time
        if down < self._pressable_since:
            event.prevent_default()
            event.stop()
            self.post_message(self.TooSoon())


class OnwardButton(ActionButton):
    """Leads on from a run."""

    BINDINGS: ClassVar[list[BindingType]] = [bound("apply.onward", "press")]
