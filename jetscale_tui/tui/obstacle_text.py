"""Why Enter does not go on, in the words of the screen: the sentence, and the keys that help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.wizard.obstacles import WayOut

if TYPE_CHECKING:
    from jetscale_tui.wizard.obstacles import Obstacle

_KEYS = {
    WayOut.INSIST: "Enter again goes on all the same.",
    WayOut.ASK_AGAIN: "r asks again.",
    WayOut.DECIDE: "Choose the adapter that has it, or o to take it over.",
    WayOut.CHOOSE: "Choose another, or r to ask again.",
}


def why_not(obstacle: Obstacle) -> str:
    """One line for the notice."""
    if obstacle.way_out is WayOut.FOLLOW:
        return "Choose at least one metric to follow: space, or a click."
    if obstacle.way_out is WayOut.CORRECT and obstacle.step is WizardStep.METRICS:
        # The problem itself stands beside its field.
        return "Correct what is marked above to go on."
    if obstacle.way_out is WayOut.CHOOSE and obstacle.step is WizardStep.WORKLOAD:
        return f"{obstacle.what} Choose another, or t to type a name."
    keys = _KEYS.get(obstacle.way_out, obstacle.fix)
    return f"{obstacle.what} {keys}".strip()
