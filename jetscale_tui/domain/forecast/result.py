"""The answer to a question: what happens, in figures and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.figures import figures
from jetscale_tui.domain.forecast.headlines import headlines
from jetscale_tui.domain.forecast.simulate import simulate

if TYPE_CHECKING:
    from jetscale_tui.domain.forecast.figures import Figures
    from jetscale_tui.domain.forecast.headlines import Headline
    from jetscale_tui.domain.forecast.simulate import Point, Question


@dataclass(frozen=True, slots=True)
class Forecast:
    """One forecast."""

    question: Question
    series: tuple[Point, ...]
    """Size, replicas and backlog over time, oldest first, never empty."""
    figures: Figures
    headlines: tuple[Headline, ...]
    """Never empty."""


def answer(question: Question) -> Forecast:
    """Simulate a question and draw up what came of it."""
    run = simulate(question)
    numbers = figures(question, run)
    return Forecast(question, run.points, numbers, headlines(question, numbers))
