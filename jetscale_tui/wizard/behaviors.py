"""How fast an autoscaler may act: Kubernetes's defaults, or fitted to the server. Pure.

The fitted one adds no second replica while the first is still starting, and takes none away that
would have to be started again at once.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from jetscale_tui.domain.behavior_rules import MAX_PERIOD_SECONDS, MAX_WINDOW_SECONDS
from jetscale_tui.domain.wording import duration, plural
from jetscale_tui.engine.detect import start_up
from jetscale_tui.wizard.offers import Offer

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.detect import StartUp
    from jetscale_tui.wizard.desk import Desk

DEFAULTS, FITTED, OWN = "default", "fitted", "own"
_LEAST_WINDOW = 300
"""Seconds; the controller's own default."""
_DOWN_PERIOD = 60


def measured(desk: Desk) -> StartUp | None:
    """The start-up time of the server's pods, None where none could be measured."""
    return start_up(desk.server_look.pods) if desk.server_look else None


def fitted(took: StartUp) -> Json:
    """A behavior for a server that takes so long to start."""
    seconds = max(1, math.ceil(took.seconds))
    return {
        "scaleUp": {
            "stabilizationWindowSeconds": 0,
            "selectPolicy": "Max",
            "policies": [
                {"type": "Pods", "value": 1, "periodSeconds": min(seconds, MAX_PERIOD_SECONDS)}
            ],
        },
        "scaleDown": {
            "stabilizationWindowSeconds": min(max(_LEAST_WINDOW, seconds), MAX_WINDOW_SECONDS),
            "selectPolicy": "Max",
            "policies": [{"type": "Pods", "value": 1, "periodSeconds": _DOWN_PERIOD}],
        },
    }


def with_behavior(setup: Setup, behavior: Json | None) -> Setup:
    """The setup with another behavior; None: Kubernetes's defaults."""
    scaling = setup.scaling.model_copy(update={"behavior": behavior})
    return setup.model_copy(update={"scaling": scaling})


def in_words(desk: Desk) -> str:
    """What is chosen now, in a few words."""
    took, kind = measured(desk), kind_of(desk)
    if kind == DEFAULTS:
        return "Kubernetes's defaults"
    if kind == FITTED and took is not None:
        return f"fitted to a start-up of {duration(took.seconds)}"
    return "your own"


def offers(desk: Desk) -> tuple[Offer, ...]:
    """What one may choose without typing; the one that is chosen now too, if it is another."""
    took, now = measured(desk), desk.draft.scaling.behavior
    found = [Offer(DEFAULTS, "Kubernetes's defaults", "adds fast, takes away after 5 min")]
    if took is not None:
        found.append(Offer(FITTED, "Fitted to the start-up time", source(took)))
    if now is not None and kind_of(desk) == OWN:
        found.append(Offer(OWN, "Your own", "as it was given"))
    return tuple(found)


def kind_of(desk: Desk) -> str:
    """Which of the offers is chosen now."""
    behavior, took = desk.draft.scaling.behavior, measured(desk)
    if behavior is None:
        return DEFAULTS
    return FITTED if took is not None and behavior == fitted(took) else OWN


def source(took: StartUp) -> str:
    """Where a measured start-up time comes from."""
    return f"{duration(took.seconds)}, measured on {plural(took.pods, 'pod')}"
