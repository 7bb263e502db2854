"""A titled box of the dashboard that draws one glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from jetscale_tui.tui.glance import Glance

if TYPE_CHECKING:
    from textual.app import ComposeResult


class GlancePanel(VerticalScroll):
    """Scrolls when its text is longer than its box. Subclasses say what the text is."""

    TITLE: ClassVar[str] = ""
    HELP: ClassVar[str] = ""

    glance: reactive[Glance] = reactive(Glance())

    def compose(self) -> ComposeResult:
        """The text."""
        yield Static()

    def on_mount(self) -> None:
        """Name the box."""
        self.border_title = Content(self.TITLE)

    def watch_glance(self, glance: Glance) -> None:
        """Draw it, if its text has changed."""
        for text in self.query(Static):
            text.update(self.drawn(glance))
        self.border_subtitle = Content(self.note(glance))

    def on_resize(self) -> None:
        """Draw for the new width."""
        self.watch_glance(self.glance)

    @property
    def text_width(self) -> int:
        """Cells a line of the text may take."""
        return max(self.scrollable_content_region.width, 20)

    def drawn(self, glance: Glance) -> Content:
        """The text of the panel."""
        raise NotImplementedError

    def note(self, glance: Glance) -> str:
        """A word for the lower edge."""
        del glance
        return ""
