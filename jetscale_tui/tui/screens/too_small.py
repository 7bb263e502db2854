"""Covers everything while the terminal is smaller than the screens are drawn for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.key_words import worded

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.geometry import Size

WIDTH, HEIGHT = 80, 24
"""Cells; what the screens are designed for."""


class TooSmallScreen(ModalScreen[None]):
    """Says how large the terminal is and how large it must be; keys do nothing but quit.

    A screen of its own, so that what lies under it keeps its focus and gets no key presses.
    """

    HELP = "Make the terminal larger, or its font smaller. Nothing is lost meanwhile."
    BINDINGS: ClassVar[list[BindingType]] = [bound("toosmall.quit", "app.request_quit")]

    def compose(self) -> ComposeResult:
        """The notice."""
        yield Static(markup=False)

    def on_mount(self) -> None:
        """Say it for the size at hand."""
        self._say(self.app.size)

    def on_resize(self) -> None:
        """Say it again."""
        self._say(self.app.size)

    def _say(self, size: Size) -> None:
        self.query_one(Static).update(
            Content.assemble(
                ("Terminal too small", "bold $text-warning"),
                f"\nIt is {size.width}x{size.height}; JetScale needs {WIDTH}x{HEIGHT}.\n"
                f"{worded(self, 'Enlarge it to go on, {toosmall.quit} to quit.')}",
            )
        )


def too_small(size: Size) -> bool:
    """Whether a terminal of this size cannot hold the screens."""
    return size.width < WIDTH or size.height < HEIGHT
