"""What the draft's autoscaler would do under the guide's burst, from what is on the desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.load import Burst
from jetscale_tui.engine.detect import start_up
from jetscale_tui.engine.forecast_facts import facts_of
from jetscale_tui.engine.forecasting import advise, forecast

if TYPE_CHECKING:
    from jetscale_tui.domain.forecast.advice import Search
    from jetscale_tui.domain.forecast.result import Forecast
    from jetscale_tui.wizard.desk import Desk

BURST = Burst(seconds=600.0)
"""The guide's hundred requests at once, watched for ten minutes."""


def foresee(desk: Desk) -> Forecast:
    """The forecast of a draft; asks nobody, and takes some milliseconds.

    Raises:
        ConfigError: the draft makes no sense yet.
    """
    look = desk.server_look
    facts = facts_of(
        desk.draft,
        desk.profile,
        look=look,
        capacity=desk.cluster_look.capacity if desk.cluster_look else None,
        start_up=start_up(look.pods) if look else None,
    )
    return forecast(desk.draft, desk.profile, facts, BURST)


@dataclass(frozen=True, slots=True)
class Advised:
    """A forecast, and the settings that do better."""

    forecast: Forecast
    search: Search


def advice_for(desk: Desk) -> Advised:
    """Search the settings around a draft; asks nobody, and takes a tenth of a second.

    Raises:
        ConfigError: the draft makes no sense yet.
    """
    found = foresee(desk)
    return Advised(found, advise(desk.draft, desk.profile, found.question, found.figures))
