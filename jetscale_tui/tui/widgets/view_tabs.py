"""The names of the sides a thing can be looked at from; a click on one shows that side."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

if TYPE_CHECKING:
    from textual import events

    from jetscale_tui.tui.plan_text import View

_GAP = 1


class Tab(NamedTuple):
    """One side, and how many things there are to see, where that is worth saying."""

    view: View
    number: int | None = None

    @property
    def words(self) -> str:
        """Its name on the line."""
        return self.view.value if self.number is None else f"{self.view.value} ({self.number})"


class ViewTabs(Widget):
    """One line; the side that is shown stands in brackets."""

    ALLOW_SELECT = False

    class Chosen(Message):
        """The person clicked a name."""

        def __init__(self, view: View) -> None:
            super().__init__()
            self.view = view

    tabs: reactive[tuple[Tab, ...]] = reactive(())
    current: reactive[View | None] = reactive(None)

    def render(self) -> Content:
        """The names, the current one marked without relying on colour."""
        return Content(" " * _GAP).join(
            Content.styled(f"[{tab.words}]", "bold $text-primary")
            if tab.view is self.current
            else Content.styled(f" {tab.words} ", "$foreground-muted")
            for tab in self.tabs
        )

    def on_click(self, event: events.Click) -> None:
        """Ask for the side whose name is under the mouse."""
        offset = event.get_content_offset(self)
        begin = 0
        for tab in self.tabs:
            end = begin + len(tab.words) + 2
            if offset is not None and begin <= offset.x < end:
                self.post_message(self.Chosen(tab.view))
            begin = end + _GAP
