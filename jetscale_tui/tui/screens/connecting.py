"""What is on screen while the dashboard's connection is being made."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.format import State, shown, sign
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.screens.frame import FrameScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.tui.app import JetScaleApp


class ConnectingScreen(FrameScreen):
    """One line, or the error that ended it."""

    HELP: ClassVar[str] = """
    The dashboard opens as soon as the cluster can be asked. That may take a login, or a name to be
    looked up. `{connecting.leave}` waits no longer.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("connecting.again", "again"),
        bound("connecting.leave", "leave"),
    ]

    waits: reactive[bool] = reactive(True, repaint=False, bindings=True)
    """No answer yet, and nobody has stopped waiting for one."""

    def compose_body(self) -> ComposeResult:
        """The line."""
        with Vertical(id="connecting"):
            yield Static(Content("connecting"))

    @property
    def application(self) -> JetScaleApp:
        """What connects."""
        return cast("JetScaleApp", self.app)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Again only what has ended."""
        del parameters
        return not (action == "again" and self.waits)

    def action_again(self) -> None:
        """Connect once more."""
        self.waits = True
        self.query_one(Static).update(Content("connecting"))
        self.application.connect_again()

    def action_leave(self) -> None:
        """Stop waiting; then back to where it was asked for, or out where that was the start."""
        waited = self.waits
        self.application.stop_connecting()
        if self is not self.app.screen_stack[0]:
            self.dismiss()
        elif waited:
            self.waits = False
            said = "Stopped: {connecting.again} connects again, {connecting.leave} leaves."
            self._say(State.WARNING, worded(self, said))
        else:
            self.app.exit(0)

    def fail(self, error: JetScaleError) -> None:
        """What happened, why, what to do."""
        self.waits = False
        self._say(State.FAILED, error.what, error.why, error.fix)

    def _say(self, state: State, what: str, *more: str) -> None:
        self.query_one(Static).update(
            Content.assemble(
                sign(state, glyphs_of(self)),
                (f" {shown(what)}", "bold"),
                *(f"\n  {shown(text)}" for text in more if text),
            )
        )
