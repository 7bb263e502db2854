"""A forecast in the room there is: headlines first, then replicas and backlog over time."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from jetscale_tui.tui import plot
from jetscale_tui.tui.format import duration, number
from jetscale_tui.tui.glyphs import glyphs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size

    from jetscale_tui.domain.forecast.result import Forecast
    from jetscale_tui.tui.glyphs import Glyphs

_LEAST_PLOT, _MOST_PLOT = 4, 16
"""Rows of the replicas' picture, time axis included."""
_TALL = 8
"""Rows of a picture from which on the backlog gets a picture of its own, half as high."""
_MOST_BACKLOG = 7


class ForecastView(Widget):
    """Draws a `Forecast`; empty while there is none."""

    forecast: reactive[Forecast | None] = reactive(None)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Where the height is its own choice: the words alone."""
        del container, viewport
        forecast = self.forecast
        return 0 if forecast is None else 1 + len(_said(forecast, width, glyphs_of(self)))

    def render(self) -> Content:
        """Title, picture, backlog, headlines; the picture goes first when there is no room."""
        forecast = self.forecast
        width, height = self.content_size
        if forecast is None or not height:
            return Content("")
        glyphs = glyphs_of(self)
        load = forecast.question.load.title
        title = Content.styled(f"{load[:1].upper()}{load[1:]} would:", "$text-primary")
        said = _said(forecast, width, glyphs)
        room = height - 1 - len(said)
        lines = [title]
        if room > _LEAST_PLOT and (pictures := _pictures(forecast, width, room, glyphs)):
            lines = [_with_legend(title, width, glyphs), *pictures]
        return Content("\n").join([*lines, *said][:height])


def _said(forecast: Forecast, width: int, glyphs: Glyphs) -> list[Content]:
    return [
        line
        for each in forecast.headlines
        for line in _headline(each.text, each.warning, width, glyphs)
    ]


def _headline(text: str, warning: bool, width: int, glyphs: Glyphs) -> list[Content]:
    """Folded with its sign hanging to the left."""
    sign = glyphs.warning if warning else glyphs.dot
    style = "$text-warning" if warning else ""
    folded = textwrap.wrap(text, max(10, width - 2))
    return [
        Content.styled(f"{sign if place == 0 else ' '} {line}", style)
        for place, line in enumerate(folded)
    ]


def _with_legend(title: Content, width: int, glyphs: Glyphs) -> Content:
    """The title with what the lines below are at the right end, where there is room."""
    line, dots = glyphs.line * 2, glyphs.dots * 2
    legend = f"replicas: {line} ready  {dots} wanted"
    gap = width - title.cell_length - len(legend)
    if gap < 2:
        return title
    return Content.assemble(title, " " * gap, (legend, "$foreground-muted"))


def _pictures(forecast: Forecast, width: int, room: int, glyphs: Glyphs) -> list[Content]:
    """Replicas over time, and under them the backlog: one row of bars, or several."""
    points = forecast.series
    most = max(max(point.ready, point.desired) for point in points)
    rows = 1 if room < 2 * _TALL else min(room // 3, _MOST_BACKLOG)
    height = min(room - rows, _MOST_PLOT)
    top, ticks = plot.whole_scale(most, height - 1)
    left = plot.axis_width(ticks, number)
    columns, end = width - left, forecast.question.load.seconds
    if columns < 4:
        return []
    ready = plot.sampled([(p.at, float(p.ready)) for p in points], 0.0, end, columns)
    asked = plot.sampled([(p.at, float(p.desired)) for p in points], 0.0, end, columns)
    frame = plot.Frame(width, height, top, ticks, "0 s", duration(end))
    tracks = [
        plot.Track(asked, "$text-warning", plot.Stroke.DOTS),
        plot.Track(ready, "$text-primary"),
    ]
    drawn = plot.draw(frame, tracks, (), glyphs, number)
    backlog = plot.sampled([(p.at, p.backlog) for p in points], 0.0, end, columns)
    return [drawn, *_backlog(backlog, rows, left, glyphs)]


def _backlog(values: Sequence[float | None], rows: int, left: int, glyphs: Glyphs) -> list[Content]:
    """The queue as bars, with its peak in words in the last row, where the bars have ended."""
    known = [value or 0.0 for value in values]
    peak = max(known, default=0.0)
    steps = len(glyphs.levels) - 1
    filled = [round(value / peak * steps * rows) if peak else 0 for value in known]
    bars = [
        "".join(glyphs.levels[min(max(fill - row * steps, 0), steps)] for fill in filled).rstrip()
        for row in reversed(range(rows))
    ]
    word = f" backlog, {number(round(peak))} at its peak"
    if len(bars[-1]) + len(word) <= len(known):
        bars[-1] += word
    return [Content.styled(" " * left + bar, "$foreground-muted") for bar in bars]
