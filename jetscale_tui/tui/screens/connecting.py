"""What is on screen while the dashboard's connection is being made."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from jetscale_tui.tui.format import State, shown, sign
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.screens.frame import FrameScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from jetscale_tui.errors import JetScaleError


class ConnectingScreen(FrameScreen):
    """One line, or the error that ended it."""

    HELP: ClassVar[str] = "The dashboard opens as soon as the kubeconfig has been read."

    def compose_body(self) -> ComposeResult:
        """The line."""
        with Vertical(id="connecting"):
            yield Static(Content("connecting"))

    def fail(self, error: JetScaleError) -> None:
        """What happened, why, what to do."""
        self.query_one(Static).update(
            Content.assemble(
                sign(State.FAILED, glyphs_of(self)),
                (f" {shown(error.what)}", "bold"),
                *(f"\n  {shown(text)}" for text in (error.why, error.fix) if text),
            )
        )
