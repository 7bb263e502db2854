"""What every whole screen of JetScale has: the line that says where, a body, the line of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.reactive import reactive
from textual.screen import Screen

from jetscale_tui.tui.widgets.key_bar import KeyBar
from jetscale_tui.tui.widgets.where_bar import Place, WhereBar

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from jetscale_tui.errors import JetScaleError


class FrameScreen(Screen[None]):
    """A screen between a `WhereBar` and a `KeyBar`; subclasses compose the body."""

    HELP: ClassVar[str] = ""

    place: reactive[Place] = reactive(Place())
    """Where every write would go; shown in the first line."""

    def compose(self) -> ComposeResult:
        """The frame around the body."""
        yield WhereBar().data_bind(FrameScreen.place)
        yield from self.compose_body()
        yield KeyBar()

    def compose_body(self) -> ComposeResult:
        """What is between the two lines."""
        raise NotImplementedError

    @property
    def leaving(self) -> str:
        """What would be interrupted by leaving now; empty when nothing."""
        return ""

    def fail(self, error: JetScaleError) -> None:
        """Say that nothing outside can be reached."""
        raise NotImplementedError
