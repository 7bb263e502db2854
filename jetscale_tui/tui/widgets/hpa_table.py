"""HPAs as `kubectl get hpa` prints them, those in trouble first; draws only the rows in view."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from jetscale_tui.domain.kubectl import age_of, hpa_header, hpa_row
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.format import shown
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.hpa_rows import ordered, trouble
from jetscale_tui.tui.table_layout import Column, laid_out, written_row

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType

    from jetscale_tui.domain.live import HpaView, Key

_SHORT = {"MINPODS": "MIN", "MAXPODS": "MAX"}
_SHRINKS = ("REFERENCE", "NAME", "NAMESPACE", "TARGETS")
"""Columns that give way in a narrow terminal, first one first."""
_GUTTER = 4
_AGES = 200
"""Rows whose ages are measured; the column is the last one, so that nothing hangs on it."""
_NO_TIME = datetime.min.replace(tzinfo=UTC)
_NO_CELLS: tuple[HpaView | None, tuple[str, ...]] = (None, ())


class HpaTable(ScrollView, can_focus=True):
    """Rows keep their place under the cursor by name, whatever moves around them."""

    HELP = """
    The rows are kubectl's: TARGETS is current value / target for each metric. An HPA that cannot
    scale comes first, with the sign of its trouble before its name. Enter opens one in depth.
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "hpa-table--header",
        "hpa-table--row",
        "hpa-table--cursor",
        "hpa-table--trouble",
        "hpa-table--held-back",
        "hpa-table--stale",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("hpas.up", "move(-1)"),
        bound("hpas.down", "move(1)"),
        bound("hpas.pageup", "page(-1)"),
        bound("hpas.pagedown", "page(1)"),
        bound("hpas.first", "first"),
        bound("hpas.last", "last"),
    ]

    class Selected(Message):
        """The cursor is on another HPA, or on none."""

        def __init__(self, key: Key | None) -> None:
            super().__init__()
            self.key = key

    cursor: reactive[int] = reactive(0)
    """Row under the cursor."""

    def __init__(self, *, with_namespace: bool = False, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._with_namespace = with_namespace
        self._views: tuple[HpaView, ...] = ()
        self._rows: tuple[HpaView, ...] = ()
        self._wanted = ""
        self._now: datetime | None = None
        self._stale = False
        self._empty = ""
        self._selected: Key | None = None
        self._columns: tuple[Column, ...] = ()
        self._known: dict[str, tuple[HpaView | None, tuple[str, ...]]] = {}

    @property
    def selected(self) -> Key | None:
        """Namespace and name of the HPA under the cursor."""
        return self._selected

    def show(
        self, views: tuple[HpaView, ...], now: datetime | None, *, stale: bool, empty: str
    ) -> None:
        """Draw these as of a moment of the cluster's time.

        Args:
            views: by namespace, then name.
            now: the moment ages are counted to.
            stale: whether the connection is broken.
            empty: what to say when there is nothing to draw.
        """
        self._empty = empty
        self._now, self._stale = now, stale
        if views is not self._views:
            self._views = views
            self._arrange()
            self._measure()
        self.refresh()

    def narrow_to(self, wanted: str) -> None:
        """Only HPAs whose namespace, name or reference contain the text."""
        self._wanted = wanted.lower()
        self._arrange()
        self._measure()
        self.refresh()

    def select(self, key: Key) -> None:
        """Put the cursor on an HPA, once it is there."""
        self._selected = key
        self._follow()

    def _arrange(self) -> None:
        self._rows = ordered(self._views, self._wanted)
        self._follow()

    def _follow(self) -> None:
        index = next((i for i, view in enumerate(self._rows) if view.key == self._selected), None)
        if index is None:
            index = min(self.cursor, max(len(self._rows) - 1, 0))
        self.cursor = index
        self._report()

    def _report(self) -> None:
        key = self._rows[self.cursor].key if self.cursor < len(self._rows) else None
        if key != self._selected and key is not None:
            self._selected = key
            self.post_message(self.Selected(key))

    def _measure(self) -> None:
        header = hpa_header(with_namespace=self._with_namespace)
        known = self._known
        self._known = {view.uid: known.get(view.uid, _NO_CELLS) for view in self._rows}
        rows = [(*self._steady_cells(view), "") for view in self._rows]
        ages = [("",) * (len(header) - 1) + (self._age(view),) for view in self._rows[:_AGES]]
        scrolls = len(self._rows) + 1 > self.size.height
        room = self.size.width - _GUTTER - (self.styles.scrollbar_size_vertical if scrolls else 0)
        self._columns = laid_out([header, *rows, *ages], room, short=_SHORT, shrinks=_SHRINKS)
        width = sum(column.width for column in self._columns) + _GUTTER
        lines = max(len(self._rows), 1) + 1
        self.virtual_size = Size(min(width, max(room + _GUTTER, 1)), lines)

    def _steady_cells(self, view: HpaView) -> tuple[str, ...]:
        """All cells but the age, made once for as long as the object does not change."""
        kept, cells = self._known.get(view.uid, _NO_CELLS)
        if kept is not view:
            row = hpa_row(view.raw, _NO_TIME, with_namespace=self._with_namespace)
            cells = tuple(shown(cell) for cell in row[:-1])
            self._known[view.uid] = (view, cells)
        return cells

    def _age(self, view: HpaView) -> str:
        return age_of(view.raw["metadata"], self._now or view.created or _NO_TIME)

    def _cells(self, view: HpaView) -> tuple[str, ...]:
        return (*self._steady_cells(view), self._age(view))

    def on_resize(self) -> None:
        """Lay the columns out again."""
        self._measure()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The header stays; below it the rows that are scrolled into view."""
        width = self.scrollable_content_region.width
        base = self.rich_style
        if y == 0:
            style = base + self.get_component_rich_style("hpa-table--header", partial=True)
            text = " " * _GUTTER + written_row([c.title for c in self._columns], self._columns)
            return Strip([Segment(text, style)]).adjust_cell_length(width, style)
        index = y - 1 + int(self.scroll_offset.y)
        if index >= len(self._rows):
            text = f"{' ' * _GUTTER}{self._empty}" if index == 0 else ""
            return Strip([Segment(text, base)]).adjust_cell_length(width, base)
        return self._row_strip(index, width)

    def _row_strip(self, index: int, width: int) -> Strip:
        view, glyphs = self._rows[index], glyphs_of(self)
        at_cursor = index == self.cursor
        style = self.rich_style
        if self._stale:
            style += self.get_component_rich_style("hpa-table--stale", partial=True)
        if at_cursor:
            style += self.get_component_rich_style("hpa-table--cursor", partial=True)
        bad = trouble(view)
        kind = "hpa-table--trouble" if bad.broken else "hpa-table--held-back"
        warned = style + self.get_component_rich_style(kind, partial=True)
        mark = glyphs.failed[:1] if bad.broken else glyphs.warning if bad.why else " "
        pointer = glyphs.pointer if at_cursor else " "
        text = written_row(self._cells(view), self._columns)
        return Strip(
            [
                Segment(f"{pointer} ", style),
                Segment(f"{mark} ", warned),
                Segment(text, style),
            ]
        ).adjust_cell_length(width, style)

    def watch_cursor(self) -> None:
        """Keep the row in view and say which it is."""
        self._report()
        page = self.scrollable_content_region.height - 1
        top = int(self.scroll_offset.y)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif page > 0 and self.cursor >= top + page:
            self.scroll_to(y=self.cursor - page + 1, animate=False)
        self.refresh()

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.cursor = min(max(self.cursor + rows, 0), max(len(self._rows) - 1, 0))

    def action_page(self, pages: int) -> None:
        """Move by a screenful."""
        self.action_move(pages * max(self.scrollable_content_region.height - 2, 1))

    def action_first(self) -> None:
        """Go to the first row."""
        self.action_move(-len(self._rows))

    def action_last(self) -> None:
        """Go to the last row."""
        self.action_move(len(self._rows))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked row."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y > 0:
            index = offset.y - 1 + int(self.scroll_offset.y)
            if index < len(self._rows):
                self.cursor = index

    def region_of_cursor(self) -> Region:
        """Where the cursor's row is drawn."""
        return Region(0, self.cursor + 1, self.size.width, 1)
