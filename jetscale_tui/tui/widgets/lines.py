"""What is as high as its lines, and whose lines are made for its width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.geometry import Size


class Lines(Widget):
    """Subclasses say what their lines are at a width.

    Asking a widget for the size of its content while it is being laid out lays out everything
    again; here the layout says the width.
    """

    def lines(self, width: int) -> list[Content]:
        """The lines, none wider than so many cells."""
        raise NotImplementedError

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One cell a line."""
        del container, viewport
        return len(self.lines(width)) if width else 0

    def render(self) -> Content:
        """The lines at the width there is."""
        return Content("\n").join(self.lines(self.size.width))
