"""Each metric of an HPA against its target, one plot above the other as far as there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.widgets.history_plot import picture

if TYPE_CHECKING:
    from jetscale_tui.tui.history import MetricPlot

_LEAST = 6
"""Rows of a plot below which another one is not worth it, its title included."""


class MetricPlots(Widget):
    """Draws the plots from `first` on, as many as fit."""

    plots: reactive[tuple[MetricPlot, ...]] = reactive(())
    first: reactive[int] = reactive(0)

    @property
    def fitting(self) -> int:
        """How many are drawn at once."""
        return max(1, min(len(self.plots), self.content_size.height // _LEAST))

    @property
    def showing(self) -> tuple[MetricPlot, ...]:
        """Those that are drawn."""
        count = len(self.plots)
        start = min(self.first, max(count - self.fitting, 0))
        return self.plots[start : start + self.fitting]

    def turn(self) -> None:
        """Go on to the ones that did not fit; after the last, begin again."""
        following = self.first + self.fitting
        self.first = following if following < len(self.plots) else 0

    def render(self) -> Content:
        """The plots; a title above each where there are several."""
        width, height = self.content_size
        showing, glyphs = self.showing, glyphs_of(self)
        if not showing:
            return Content.styled("no metric", "$foreground-muted")
        titled = len(self.plots) > 1
        each = height // len(showing)
        drawn = []
        for one in showing:
            if titled:
                drawn.append(Content.styled(one.title, "$text-primary"))
            drawn.append(picture(one.history, width, each - titled, glyphs))
        return Content("\n").join(drawn)
