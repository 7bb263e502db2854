"""HPAs as `kubectl get hpa` prints them, those in trouble first; draws only the rows in view."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.glyphs import UNICODE, glyphs_of
from jetscale_tui.tui.hpa_rows import Roll, Row, Sorting, Trouble, by_column
from jetscale_tui.tui.table_layout import Column, laid_out, written_row

if TYPE_CHECKING:
    from datetime import datetime

    from textual import events
    from textual.binding import BindingType

    from jetscale_tui.domain.live import HpaView, Key

_SHORT = {"MINPODS": "MIN", "MAXPODS": "MAX"}
_SHRINKS = ("REFERENCE", "NAME", "NAMESPACE", "TARGETS")
"""Columns that give way in a narrow terminal, first one first."""
_GUTTER = 4


class _Line(NamedTuple):
    """What a line below the header shows."""

    cells: tuple[str, ...]
    """Of one row; or some text, alone."""
    trouble: Trouble = Trouble()
    at_cursor: bool = False
    stale: bool = False

    @property
    def is_row(self) -> bool:
        """Whether it is a row of the table."""
        return len(self.cells) > 1


class HpaTable(ScrollView, can_focus=True):
    """Rows keep their place under the cursor by name, whatever moves around them."""

    HELP = """
    The rows are kubectl's: TARGETS is current value / target for each metric. An HPA that cannot
    scale comes first, with the sign of its trouble before its name. {Dashboard.depth} opens one in
    depth. `{hpas.sort}` or a click on a title sorts by a column, `{hpas.turn}` or another click
    turns it round.
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
        bound("hpas.sort", "sort"),
        bound("hpas.turn", "turn"),
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
        self._roll = Roll(with_namespace=with_namespace)
        self._now: datetime | None = None
        self._stale = False
        self._empty = ""
        self._selected: Key | None = None
        self._columns: tuple[Column, ...] = ()
        self._age_room = 0
        self._drawn: dict[int, _Line] = {}
        self._base, self._glyphs = Style(), UNICODE

    @property
    def selected(self) -> Key | None:
        """Namespace and name of the HPA under the cursor."""
        return self._selected

    @property
    def count(self) -> int:
        """How many rows there are, the filtered ones only."""
        return len(self._roll)

    def show(
        self, views: tuple[HpaView, ...], now: datetime | None, *, stale: bool, empty: str
    ) -> None:
        """Draw these as of a moment of the cluster's time; only the lines that differ.

        Args:
            views: by namespace, then name.
            now: the moment ages are counted to.
            stale: whether the connection is broken.
            empty: what to say when there is nothing to draw.
        """
        self._empty = empty
        self._now, self._stale = now, stale
        before = self._roll.widest, len(self._roll)
        self._roll.take(views)
        self._follow()
        if (self._roll.widest, len(self._roll)) != before:
            self._lay_out()
        self._refresh_changed()
        if (before[1] > 1) != (len(self._roll) > 1):
            self.refresh_bindings()

    def narrow_to(self, wanted: str) -> None:
        """Only HPAs whose namespace, name or reference contain the text."""
        self._roll.narrow(wanted)
        self._rearranged()

    def select(self, key: Key) -> None:
        """Put the cursor on an HPA, once it is there."""
        self._selected = key
        self._follow()

    def _sort(self, sorting: Sorting) -> None:
        self._roll.sort(sorting)
        self._rearranged()

    def _rearranged(self) -> None:
        self._age_room = 0
        self._follow()
        self._lay_out()
        self.refresh()

    def _follow(self) -> None:
        index = self._roll.index(self._selected)
        if index is None:
            index = min(self.cursor, max(len(self._roll) - 1, 0))
        self.cursor = index
        self._report()

    def _report(self) -> None:
        row = self._row(self.cursor)
        if row is not None and row.view.key != self._selected:
            self._selected = row.view.key
            self.post_message(self.Selected(row.view.key))

    def _row(self, index: int) -> Row | None:
        return self._roll[index] if 0 <= index < len(self._roll) else None

    def _lay_out(self) -> None:
        """Fit the columns to the rows there are, and the room."""
        scrolls = len(self._roll) + 1 > self.size.height
        room = self.size.width - _GUTTER - (self.styles.scrollbar_size_vertical if scrolls else 0)
        widest = (*self._roll.widest, self._age_room) if self._roll.widest else ()
        mark = self._direction
        titles = [title + mark.get(title, "") for title in self._roll.titles]
        short = {
            title + mark.get(title, ""): s + mark.get(title, "") for title, s in _SHORT.items()
        }
        shrinks = [title + mark.get(title, "") for title in _SHRINKS]
        columns = laid_out(titles, widest, room, short=short, shrinks=shrinks)
        if columns != self._columns:
            self._columns = columns
            self.refresh()
        width = sum(column.width for column in columns) + _GUTTER
        lines = max(len(self._roll), 1) + 1
        self.virtual_size = Size(min(width, max(room + _GUTTER, 1)), lines)

    @property
    def _direction(self) -> dict[str, str]:
        """The sign beside the title of the column that rows are sorted by."""
        sorting, glyphs = self._roll.sorting, glyphs_of(self)
        return {sorting.column: glyphs.down if sorting.descending else glyphs.up}

    def on_resize(self) -> None:
        """Lay the columns out again; the cursor stays in view."""
        self._rearranged()
        self.call_after_refresh(self._keep_in_view)

    def _refresh_changed(self) -> None:
        """Draw the lines in view whose text differs from what was drawn."""
        lines = {y: self._line(y) for y in range(1, self.size.height)}
        ages = max((cell_len(line.cells[-1]) for line in lines.values() if line.is_row), default=0)
        if ages > self._age_room:
            self._age_room = ages
            self._lay_out()
        width = self.size.width
        changed = [y for y, line in lines.items() if self._drawn.get(y) != line]
        if changed:
            self.refresh(*[Region(0, y, width, 1) for y in changed])

    def _line(self, y: int) -> _Line:
        """What is to be drawn below the header."""
        index = y - 1 + int(self.scroll_offset.y)
        row = self._row(index)
        if row is None:
            text = f"{' ' * _GUTTER}{self._empty}" if index == 0 else ""
            return _Line((text,))
        cells = (*row.cells, row.age(self._now))
        return _Line(cells, row.trouble, index == self.cursor, self._stale)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines in view; what they have in common is looked up once."""
        self._base, self._glyphs = self.rich_style, glyphs_of(self)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """The header stays; below it the rows that are scrolled into view."""
        width = self.scrollable_content_region.width
        base = self._base
        if y == 0:
            style = base + self.get_component_rich_style("hpa-table--header", partial=True)
            text = " " * _GUTTER + written_row([c.title for c in self._columns], self._columns)
            return Strip([Segment(text, style)]).adjust_cell_length(width, style)
        line = self._drawn[y] = self._line(y)
        if not line.is_row:
            return Strip([Segment(line.cells[0], base)]).adjust_cell_length(width, base)
        return self._row_strip(line, width)

    def _row_strip(self, line: _Line, width: int) -> Strip:
        glyphs, bad, style = self._glyphs, line.trouble, self._base
        if line.stale:
            style += self.get_component_rich_style("hpa-table--stale", partial=True)
        if line.at_cursor:
            style += self.get_component_rich_style("hpa-table--cursor", partial=True)
        kind = "hpa-table--trouble" if bad.broken else "hpa-table--held-back"
        warned = style + self.get_component_rich_style(kind, partial=True)
        held = glyphs.paused if bad.paused else glyphs.warning if bad.why else " "
        mark = glyphs.failed[:1] if bad.broken else held
        pointer = glyphs.pointer if line.at_cursor else " "
        text = written_row(line.cells, self._columns)
        room = width - _GUTTER
        if (spare := room - cell_len(text)) < 0:
            text = set_cell_size(text, room)
        parts = (f"{pointer} ", style), (f"{mark} ", warned), (text + " " * spare, style)
        return Strip([Segment(part, look) for part, look in parts], width)

    def watch_cursor(self) -> None:
        """Keep the row in view and say which it is."""
        self._report()
        self._keep_in_view()
        self._refresh_changed()

    def _keep_in_view(self) -> None:
        page = self.scrollable_content_region.height - 1
        top = int(self.scroll_offset.y)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif page > 0 and self.cursor >= top + page:
            self.scroll_to(y=self.cursor - page + 1, animate=False)

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.cursor = min(max(self.cursor + rows, 0), max(len(self._roll) - 1, 0))

    def action_page(self, pages: int) -> None:
        """Move by a screenful."""
        self.action_move(pages * max(self.scrollable_content_region.height - 2, 1))

    def action_first(self) -> None:
        """Go to the first row."""
        self.action_move(-len(self._roll))

    def action_last(self) -> None:
        """Go to the last row."""
        self.action_move(len(self._roll))

    def action_sort(self) -> None:
        """Sort by the next column; after the last one, trouble comes first again."""
        orders = ("", *self._roll.titles)
        following = orders[(orders.index(self._roll.sorting.column) + 1) % len(orders)]
        self._sort(by_column(following))

    def action_turn(self) -> None:
        """Sort the other way round."""
        self._sort(self._roll.sorting.turned())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One row has no order."""
        del parameters
        return action not in ("sort", "turn") or len(self._roll) > 1

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked row, or sort by the clicked title."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = offset.y - 1 + int(self.scroll_offset.y)
        if offset.y == 0:
            self._sort_at(offset.x)
        elif index < len(self._roll):
            self.cursor = index

    def _sort_at(self, x: int) -> None:
        """Sort by the column drawn at a place, or the other way round if that is so already."""
        start = _GUTTER
        for title, column in zip(self._roll.titles, self._columns, strict=True):
            if start <= x < start + column.width:
                now = self._roll.sorting
                self._sort(now.turned() if now.column == title else by_column(title))
            start += column.width
