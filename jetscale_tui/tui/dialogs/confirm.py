"""A question with a yes and a no; no is the default."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.dialogs.framing import answer, framed
from jetscale_tui.tui.format import shown_lines

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType


class ConfirmDialog(ModalScreen[bool]):
    """True only when the person says yes."""

    HELP = "{Confirm.other} is the other answer, {confirm.yes} is yes, {confirm.no} is no."
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("confirm.no", "answer(False)"),
        bound("confirm.yes", "answer(True)"),
        bound("confirm.other", "app.focus_next"),
    ]

    def __init__(
        self, title: str, text: str, yes: str, no: str, *, name: str | None = None
    ) -> None:
        super().__init__(name)
        self._heading = title
        self._text = text
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """Question, what follows from yes, the answers."""
        with Vertical(classes="dialog") as box:
            framed(box, self._heading)
            yield Static(Content(shown_lines(self._text)))
            with Horizontal(classes="answers"):
                yield Button(answer(self._no), id="no", compact=True)
                yield Button(answer(self._yes), id="yes", variant="warning", compact=True)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answer by key."""
        self.dismiss(yes)
