"""Something was not done: what, why, and the command for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.copying import copy
from jetscale_tui.tui.dialogs.framing import framed
from jetscale_tui.tui.format import shown_lines

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.errors import JetScaleError


class RefusalDialog(ModalScreen[None]):
    """An error in its three parts; the last one can be copied."""

    HELP = "Nothing was changed. `{refusal.copy}` copies what to do, where it is a command."
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("refusal.close", "dismiss"),
        bound("refusal.copy", "copy"),
    ]

    def __init__(self, title: str, error: JetScaleError) -> None:
        super().__init__()
        self._heading = title
        self._error = error

    def compose(self) -> ComposeResult:
        """What, why, what to do."""
        error = self._error
        with VerticalScroll(classes="dialog") as box:
            closes = "{refusal.close} closes"
            framed(box, self._heading, "{refusal.copy} copies, " * bool(error.fix) + closes)
            yield Static(Content.styled(shown_lines(error.what), "bold"))
            if error.why:
                yield Static(Content.styled(shown_lines(error.why), "$foreground-muted"))
            if error.fix:
                yield Static("What to do", classes="heading", markup=False)
                yield Static(Content(shown_lines(error.fix)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Copy only what there is."""
        del parameters
        return bool(self._error.fix) if action == "copy" else True

    def action_copy(self) -> None:
        """Copy what to do."""
        copy(self, self._error.fix)
