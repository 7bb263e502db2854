"""A plot of values over the last minutes, with an axis, dashed levels and marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from jetscale_tui.tui import plot
from jetscale_tui.tui.format import duration
from jetscale_tui.tui.glyphs import glyphs_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.series import Series
    from jetscale_tui.tui.glyphs import Glyphs


@dataclass(frozen=True, slots=True)
class Curve:
    """One series of a plot."""

    series: Series
    style: str
    stroke: plot.Stroke = plot.Stroke.SOLID


@dataclass(frozen=True, slots=True)
class History:
    """Everything a plot shows."""

    curves: tuple[Curve, ...]
    until: float
    """Time of the right edge, seconds since the epoch."""
    window: float
    """Seconds from the left edge to the right one."""
    written: Callable[[float], str]
    """How a value is named on the axis."""
    levels: tuple[plot.Level, ...] = ()
    whole: bool = False
    """Values are counts: the axis has whole numbers only."""
    marks: tuple[tuple[float, str], ...] = ()
    """Time and word of events."""


class HistoryPlot(Widget):
    """Draws a `History` in whatever room it has."""

    shown_history: reactive[History | None] = reactive(None)

    def render(self) -> Content:
        """The picture, or a word while there is nothing to draw."""
        width, height = self.content_size
        return picture(self.shown_history, width, height, glyphs_of(self))


def picture(history: History | None, width: int, height: int, glyphs: Glyphs) -> Content:
    """A history in so many cells, or a word while there is nothing to draw."""
    if history is None or not any(len(curve.series) for curve in history.curves):
        return Content.styled("no readings yet", "$foreground-muted")
    start = history.until - history.window
    points = [curve.series.since(start) for curve in history.curves]
    highest = max(
        [value for track in points for _, value in track if value is not None]
        + [level.value for level in history.levels]
        + [0.0]
    )
    top, ticks = _scale(history, highest, height)
    columns = width - plot.axis_width(ticks, history.written)
    if columns < 4:
        return Content("")
    tracks = [
        plot.Track(plot.sampled(seen, start, history.until, columns), curve.style, curve.stroke)
        for seen, curve in zip(points, history.curves, strict=True)
    ]
    marks = [
        plot.Mark(int((when - start) / history.window * columns), word)
        for when, word in history.marks
        if when >= start
    ]
    frame = plot.Frame(width, height, top, ticks, f"-{duration(history.window)}", "now")
    return plot.draw(frame, tracks, history.levels, glyphs, history.written, marks)


def _scale(history: History, highest: float, height: int) -> tuple[float, tuple[float, ...]]:
    rows = max(2, height - 1)
    if history.whole:
        return plot.whole_scale(int(highest), rows)
    top = plot.nice_top(highest)
    levels = tuple(level.value for level in history.levels)
    return top, (0.0, *levels, top) if top not in levels else (0.0, *levels)
