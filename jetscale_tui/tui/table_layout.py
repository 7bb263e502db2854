"""How wide the columns of a table are in the room there is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from jetscale_tui.tui.format import fit_middle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDEST_GAP = 3
"""Cells between columns where there is room; kubectl's."""
_NARROWEST = 8
"""Cells a shrinking column keeps."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    title: str
    room: int
    """Cells for its text."""
    gap: int
    """Cells after it."""

    @property
    def width(self) -> int:
        """Text and gap."""
        return self.room + self.gap


def laid_out(
    titles: Sequence[str],
    widest: Sequence[int],
    room: int,
    *,
    short: Mapping[str, str],
    shrinks: Sequence[str],
) -> tuple[Column, ...]:
    """Columns for cells of some width.

    First the gaps narrow, then titles are written short, then the columns that may shrink do.

    Args:
        titles: of all columns.
        widest: cells of the widest text in each column; none where there are no rows.
        room: cells there are.
        short: shorter writing of titles.
        shrinks: titles of columns that may give way, the first one first.
    """
    widest = widest or (0,) * len(titles)
    for names in (titles, [short.get(title, title) for title in titles]):
        rooms = [max(cell_len(n), w) for n, w in zip(names, widest, strict=True)]
        for gap in range(_WIDEST_GAP, 0, -1):
            if sum(rooms) + gap * (len(rooms) - 1) <= room:
                return _columns(names, rooms, gap)
    for title in shrinks:
        if title in titles:
            index = titles.index(title)
            excess = sum(rooms) + len(rooms) - 1 - room
            rooms[index] = max(rooms[index] - max(excess, 0), min(rooms[index], _NARROWEST))
    return _columns(names, rooms, 1)


def _columns(names: Sequence[str], rooms: Sequence[int], gap: int) -> tuple[Column, ...]:
    last = len(names) - 1
    return tuple(
        Column(name, room, 0 if index == last else gap)
        for index, (name, room) in enumerate(zip(names, rooms, strict=True))
    )


def written_row(cells: Sequence[str], columns: Sequence[Column]) -> str:
    """One row; what does not fit loses its middle."""
    return "".join(
        cell.ljust(column.width)
        if len(cell) <= column.room and cell.isascii()
        else set_cell_size(fit_middle(cell, column.room), column.width)
        for cell, column in zip(cells, columns, strict=False)
    )
