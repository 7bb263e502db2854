"""A titled box of the dashboard that draws one glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from jetscale_tui.tui.glance import Glance

if TYPE_CHECKING:
    from textual.app import ComposeResult


def entitle(box: Widget, title: str, subtitle: str) -> None:
    """Name a box on its edges; setting a name draws all of it, so only another one is set."""
    above, below = Content(title), Content(subtitle)
    if box.border_title != above.markup:
        box.border_title = above
    if box.border_subtitle != below.markup:
        box.border_subtitle = below


class GlancePanel(VerticalScroll):
    """Scrolls when its text is longer than its box. Subclasses say what the text is."""

    TITLE: ClassVar[str] = ""
    HELP: ClassVar[str] = ""

    glance: reactive[Glance] = reactive(Glance(), repaint=False)
    _drawn = Content("")
    _noted = ""

    def compose(self) -> ComposeResult:
        """The text."""
        yield Static()

    def on_mount(self) -> None:
        """Name the box."""
        self.border_title = Content(self.TITLE)

    def watch_glance(self, glance: Glance) -> None:
        """Draw it after the frame that is due: the row of the table does not wait for panels."""
        del glance
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        """Draw, if it is seen and its text has changed; lay out again only if its shape has."""
        if not all(node.display for node in self.ancestors_with_self if isinstance(node, Widget)):
            return
        drawn, note = self.drawn(self.glance), self.note(self.glance)
        for text in self.query(Static):
            if not drawn.is_same(self._drawn):
                text.update(drawn, layout=self._shape(drawn) != self._shape(self._drawn))
                self._drawn = drawn
        if note != self._noted:
            self.border_subtitle = Content(note)
            self._noted = note

    def _shape(self, text: Content) -> tuple[int, ...]:
        """How many rows each line takes, as far as that can be told without wrapping it."""
        width = self.text_width
        return tuple(-(-line.cell_length // width) for line in text.split())

    def on_resize(self) -> None:
        """Draw for the new width."""
        self._draw()

    def on_show(self) -> None:
        """Draw what has come meanwhile."""
        self._draw()

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
