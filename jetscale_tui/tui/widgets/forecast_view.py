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

    from jetscale_tui.domain.forecast.result import Forecast
    from jetscale_tui.tui.glyphs import Glyphs

_LEAST_PLOT, _MOST_PLOT = 4, 9
"""Rows of the picture, time axis included."""


class ForecastView(Widget):
    """Draws a `Forecast`; empty while there is none."""

    forecast: reactive[Forecast | None] = reactive(None)

    def render(self) -> Content:
        """Title, picture, backlog, headlines; the picture goes first when there is no room."""
        forecast = self.forecast
        width, height = self.content_size
        if forecast is None or not height:
            return Content("")
        glyphs = glyphs_of(self)
        load = forecast.question.load.title
        title = Content.styled(f"{load[:1].upper()}{load[1:]} would:", "$text-primary")
        said = [
            line
            for each in forecast.headlines
            for line in _headline(each.text, each.warning, width, glyphs)
        ]
        room = height - 1 - len(said) - 1
        lines = [title]
        if room >= _LEAST_PLOT:
            lines += _picture(forecast, width, min(room, _MOST_PLOT), glyphs)
        return Content("\n").join([*lines, *said][:height])


def _headline(text: str, warning: bool, width: int, glyphs: Glyphs) -> list[Content]:
    """Folded with its sign hanging to the left."""
    sign = glyphs.warning if warning else glyphs.dot
    style = "$text-warning" if warning else ""
    folded = textwrap.wrap(text, max(10, width - 2))
    return [
        Content.styled(f"{sign if place == 0 else ' '} {line}", style)
        for place, line in enumerate(folded)
    ]


def _picture(forecast: Forecast, width: int, height: int, glyphs: Glyphs) -> list[Content]:
    points = forecast.series
    end = forecast.question.load.seconds
    most = max(max(point.ready, point.desired) for point in points)
    top, ticks = plot.whole_scale(most, height - 1)
    left = plot.axis_width(ticks, number)
    columns = width - left
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
    return [drawn, _backlog(backlog, left, glyphs)]


def _backlog(values: Sequence[float | None], left: int, glyphs: Glyphs) -> Content:
    """The queue as one row of bars, with its peak in words where the bars have ended."""
    known = [value or 0.0 for value in values]
    peak = max(known, default=0.0)
    steps = len(glyphs.levels) - 1
    bars = "".join(glyphs.levels[round(value / peak * steps)] if peak else " " for value in known)
    word = f" backlog, {number(round(peak))} at its peak"
    if len(bars.rstrip()) + len(word) <= len(bars):
        bars = bars.rstrip() + word
    return Content.styled(" " * left + bars.rstrip(), "$foreground-muted")
