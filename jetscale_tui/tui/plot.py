"""Step lines over time, drawn with box characters. Pure: values in, a picture of cells out.

A metric and a number of replicas hold their value until the next reading, so a step line is what
they are; it also reads well at eight rows, where dots do not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jetscale_tui.tui.glyphs import Glyphs


class Stroke(StrEnum):
    """How a line is drawn, so that two of them differ without colour."""

    SOLID = "solid"
    DOTS = "dots"


@dataclass(frozen=True, slots=True)
class Track:
    """One value over time, already sampled: one entry a column, None where unknown."""

    values: tuple[float | None, ...]
    style: str
    stroke: Stroke = Stroke.SOLID


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal dashed line, such as a target or a maximum."""

    value: float
    style: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, below the plot at its column."""

    column: int
    label: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds the lines."""

    width: int
    """Cells of the whole picture, axis included."""
    height: int
    """Rows of the whole picture, time axis included."""
    top: float
    """Value of the highest row; the lowest is 0."""
    ticks: tuple[float, ...]
    """Values named on the axis."""
    began: str
    """Text at the left end of the time axis."""
    ended: str
    """Text at the right end of the time axis."""


def axis_width(ticks: Sequence[float], written: Callable[[float], str]) -> int:
    """Cells the value axis takes, its line included."""
    return max((cell_len(written(tick)) for tick in ticks), default=1) + 2


def draw(
    frame: Frame,
    tracks: Sequence[Track],
    levels: Sequence[Level],
    glyphs: Glyphs,
    written: Callable[[float], str],
    marks: Sequence[Mark] = (),
) -> Content:
    """The picture.

    Args:
        frame: its size and scale.
        tracks: lines; later ones are drawn over earlier ones.
        levels: dashed lines under them.
        glyphs: signs to draw with.
        written: how a value is named on the axis.
        marks: events on the time axis.
    """
    left = axis_width(frame.ticks, written)
    rows, columns = frame.height - 1, frame.width - left
    if rows < 2 or columns < 4:
        return Content("")
    canvas = _Canvas(columns, rows)
    scale = _Scale(frame.top, rows)
    for level in levels:
        canvas.level(scale.row(level.value), level, glyphs)
    for track in tracks:
        canvas.track([scale.row(v) if v is not None else None for v in track.values], track, glyphs)
    names = {scale.row(tick): written(tick) for tick in frame.ticks}
    lines = []
    for row in range(rows):
        name = names.get(row, "")
        edge = glyphs.tick if row in names else glyphs.wall
        axis = Content.styled(f"{name:>{left - 2}} {edge}", "$foreground-muted")
        lines.append(Content.assemble(axis, canvas.content(row)))
    lines.append(_time_axis(frame, left, columns, marks, glyphs))
    return Content("\n").join(lines)


def nice_top(highest: float) -> float:
    """The next round number at or above a value."""
    if not math.isfinite(highest) or highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10):
        if step * power >= highest * 0.999999:
            return step * power
    return 10 * power


def sampled(
    points: Sequence[tuple[float, float | None]], start: float, end: float, columns: int
) -> tuple[float | None, ...]:
    """One value a column: the highest that held within it, so that no peak is lost.

    Args:
        points: time and value from then on, in order; the first may be before `start`.
        start: time of the left edge, seconds.
        end: time of the right edge.
        columns: how many to make.
    """
    width = (end - start) / columns if columns else 0
    values: list[float | None] = []
    index, held = 0, None
    for column in range(columns):
        until = start + (column + 1) * width
        seen = [] if held is None else [held]
        while index < len(points) and points[index][0] <= until:
            held = points[index][1]
            if held is not None:
                seen.append(held)
            index += 1
        # A value that stopped being known within the column still is its peak.
        values.append(max(seen) if seen else None)
    return tuple(values)


def whole_scale(highest: int, rows: int) -> tuple[float, tuple[float, ...]]:
    """Top and ticks for counts: every tick on a row of its own, all of them equally far apart."""
    top = max(1, highest)
    step = max(1, math.ceil(top / max(1, rows - 1)))
    steps = math.ceil(top / step)
    rows_a_step = max(1, (rows - 1) // steps)
    ticks = tuple(float(value * step) for value in range(steps + 1))
    return (rows - 1) / rows_a_step * step, ticks


@dataclass(frozen=True, slots=True)
class _Scale:
    top: float
    rows: int

    def row(self, value: float) -> int:
        share = min(max(value / self.top, 0.0), 1.0) if self.top > 0 else 0.0
        return (self.rows - 1) - round(share * (self.rows - 1))


class _Canvas:
    """Cells with a style each."""

    def __init__(self, columns: int, rows: int) -> None:
        self._signs = [[" "] * columns for _ in range(rows)]
        self._styles = [[""] * columns for _ in range(rows)]
        self._columns = columns

    def put(self, column: int, row: int, sign: str, style: str) -> None:
        if 0 <= column < self._columns:
            self._signs[row][column] = sign
            self._styles[row][column] = style

    def level(self, row: int, level: Level, glyphs: Glyphs) -> None:
        for column in range(self._columns):
            sign = glyphs.dashed[column % len(glyphs.dashed)]
            self.put(column, row, sign, level.style)

    def track(self, rows: Sequence[int | None], track: Track, glyphs: Glyphs) -> None:
        before: int | None = None
        offset = self._columns - len(rows)
        for index, row in enumerate(rows):
            column = offset + index
            if row is not None:
                if track.stroke is Stroke.DOTS:
                    self.put(column, row, glyphs.dots, track.style)
                elif before is None or before == row:
                    self.put(column, row, glyphs.line, track.style)
                else:
                    self._corner(column, before, row, track.style, glyphs)
            before = row

    def _corner(self, column: int, before: int, row: int, style: str, glyphs: Glyphs) -> None:
        old, new = glyphs.rise if row < before else glyphs.fall
        for between in range(min(before, row) + 1, max(before, row)):
            self.put(column, between, glyphs.wall, style)
        self.put(column, before, old, style)
        self.put(column, row, new, style)

    def content(self, row: int) -> Content:
        styles = self._styles[row]
        spans = []
        start = 0
        for column in range(1, self._columns + 1):
            if column == self._columns or styles[column] != styles[start]:
                if styles[start]:
                    spans.append(Span(start, column, styles[start]))
                start = column
        return Content("".join(self._signs[row]), spans=spans)


def _time_axis(
    frame: Frame, left: int, columns: int, marks: Sequence[Mark], glyphs: Glyphs
) -> Content:
    line = [" "] * columns

    def write(start: int, text: str) -> bool:
        end = start + len(text)
        room = line[max(0, start - 1) : end + 1]
        if start < 0 or end > columns or "".join(room).strip():
            return False
        line[start:end] = text
        return True

    write(0, frame.began)
    write(columns - len(frame.ended), frame.ended)
    # From the right: where two are close, the earlier one's word goes before it, or not at all.
    for mark in sorted(marks, key=lambda mark: -mark.column):
        before = mark.column - len(mark.label)
        if not write(mark.column, f"{glyphs.up}{mark.label}") and not write(
            before, f"{mark.label}{glyphs.up}"
        ):
            write(mark.column, glyphs.up)
    return Content.styled(" " * left + "".join(line), "$foreground-muted")
