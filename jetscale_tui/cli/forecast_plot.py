"""Step lines over time in plain characters: a forecast's replicas and backlog."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.words import count, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.forecast.result import Forecast
    from jetscale_tui.tui.glyphs import Glyphs

_LABEL = 14
"""Cells left of the axis."""
_ROWS = 6
_MOST_ROWS = 9
_NICE = (1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10)


@dataclass(frozen=True, slots=True)
class _Line:
    """One value a column."""

    values: Sequence[float]
    dotted: bool = False


def plot(forecast: Forecast, width: int, glyphs: Glyphs) -> list[str]:
    """Rows of a picture, none wider than `width`: replicas above, backlog below, time at last."""
    columns = max(20, width - _LABEL - 2)
    points, end = forecast.series, forecast.series[-1].at
    columns_of = [min(columns - 1, int(point.at / end * columns)) for point in points]
    ready = _columns([point.ready for point in points], columns_of, columns)
    desired = _columns([point.desired for point in points], columns_of, columns)
    backlog = _columns([point.backlog for point in points], columns_of, columns)
    most = max(1, *(int(value) for value in (*ready, *desired)))
    step = math.ceil(most / (_MOST_ROWS - 1))
    rows = math.ceil(most / step) + 1
    lines = [_Line(desired, dotted=True), _Line(ready)]
    top = _nice_top(max(backlog))
    return [
        f"{'replicas':<{_LABEL}}  {glyphs.line} ready  {glyphs.dots} asked for by the HPA",
        *_panel(lines, step * (rows - 1), rows, glyphs),
        "backlog",
        *_panel([_Line(backlog)], top, _ROWS, glyphs),
        _times(end, columns),
    ]


def _columns(values: Sequence[float], places: Sequence[int], columns: int) -> list[float]:
    """One value a column: the highest within it, or the one that still holds."""
    found: list[float | None] = [None] * columns
    for value, place in zip(values, places, strict=True):
        known = found[place]
        found[place] = value if known is None else max(known, value)
    held = values[0]
    for index, known in enumerate(found):
        held = held if known is None else known
        found[index] = held
    return [value for value in found if value is not None]


def _panel(lines: Sequence[_Line], top: float, rows: int, glyphs: Glyphs) -> list[str]:
    cells = [[" "] * len(lines[0].values) for _ in range(rows)]
    for line in lines:
        _draw(
            cells,
            [rows - 1 - round(value / top * (rows - 1)) for value in line.values],
            line,
            glyphs,
        )
    drawn = []
    for row, signs in enumerate(cells):
        value = top * (rows - 1 - row) / (rows - 1)
        drawn.append(f"{count(value):>{_LABEL}} {glyphs.tick}{''.join(signs)}".rstrip())
    return drawn


def _draw(cells: list[list[str]], rows: list[int], line: _Line, glyphs: Glyphs) -> None:
    before = rows[0]
    for column, row in enumerate(rows):
        if line.dotted:
            cells[row][column] = glyphs.dots
        elif row == before:
            cells[row][column] = glyphs.line
        else:
            old, new = glyphs.rise if row < before else glyphs.fall
            for between in range(min(before, row) + 1, max(before, row)):
                cells[between][column] = glyphs.wall
            cells[before][column], cells[row][column] = old, new
        before = row


def _nice_top(highest: float) -> float:
    """A round number not below a value."""
    power = 10.0 ** math.floor(math.log10(max(highest, 1.0)))
    return next(step * power for step in _NICE if step * power >= highest)


def _times(end: float, columns: int) -> str:
    """The time axis: three times, evenly apart."""
    line = [" "] * columns
    for share in (0.0, 0.5, 1.0):
        text = span(end * share)
        start = min(columns - len(text), max(0, round(share * columns - len(text) / 2)))
        line[start : start + len(text)] = text
    return " " * (_LABEL + 2) + "".join(line).rstrip()
