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
_NICE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


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
    sizes, waiting = whole_ticks(max(*ready, *desired)), round_ticks(max(backlog))
    lines = [_Line(desired, dotted=True), _Line(ready)]
    return [
        f"{'replicas':<{_LABEL}}  {glyphs.line} ready  {glyphs.dots} asked for by the HPA",
        *_panel(lines, sizes, glyphs),
        "backlog",
        *_panel([_Line(backlog)], waiting, glyphs),
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


def _panel(lines: Sequence[_Line], ticks: Sequence[int], glyphs: Glyphs) -> list[str]:
    """Lines on an axis with a row for each tick."""
    highest, top = len(ticks) - 1, ticks[-1]
    cells = [[" "] * len(lines[0].values) for _ in ticks]
    for line in lines:
        rows = [highest - round(value / top * highest) for value in line.values]
        _draw(cells, rows, line, glyphs)
    return [
        f"{count(tick):>{_LABEL}} {glyphs.tick}{''.join(signs)}".rstrip()
        for tick, signs in zip(reversed(ticks), cells, strict=True)
    ]


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


def whole_ticks(highest: float) -> tuple[int, ...]:
    """Sizes to name on an axis: every one, or evenly some of them."""
    step = math.ceil(max(1, highest) / (_MOST_ROWS - 1))
    return tuple(range(0, math.ceil(max(1, highest) / step) * step + 1, step))


def round_ticks(highest: float) -> tuple[int, ...]:
    """Six round whole numbers from 0 to above a value."""
    each = max(1.0, highest / (_ROWS - 1))
    power = 10 ** math.floor(math.log10(each))
    sizes = (round(step * power) for step in _NICE if (step * power).is_integer())
    step = next(size for size in sizes if size >= each)
    return tuple(step * index for index in range(_ROWS))


def _times(end: float, columns: int) -> str:
    """The time axis: three times, evenly apart."""
    line = [" "] * columns
    for share in (0.0, 0.5, 1.0):
        text = span(end * share)
        start = min(columns - len(text), max(0, round(share * columns - len(text) / 2)))
        line[start : start + len(text)] = text
    return " " * (_LABEL + 2) + "".join(line).rstrip()
