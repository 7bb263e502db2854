"""Why Enter does not go on, in the words of the screen: the sentence, and the keys that help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.tui.key_words import worded
from jetscale_tui.wizard.obstacles import WayOut

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from jetscale_tui.wizard.obstacles import Obstacle

_WAYS_OUT = {
    WayOut.INSIST: "{Wizard.next} again goes on all the same.",
    WayOut.DECIDE: "Choose the adapter that has it, or {adapter.takeover} to take it over.",
    WayOut.CHOOSE: "Choose another, or {cluster.again} to ask again.",
}
_AGAIN = {
    WizardStep.CLUSTER: "{cluster.again} asks again.",
    WizardStep.WORKLOAD: "{workload.again} asks again.",
    WizardStep.ADAPTER: "{adapter.again} asks again.",
    WizardStep.REVIEW: "{review.again} asks again.",
}
"""Each step has its own command for it, and each command its own key."""


def why_not(node: DOMNode, obstacle: Obstacle) -> str:
    """One line for the notice.

    Args:
        node: anything in the application, which knows the keys in use.
        obstacle: what stands in the way.
    """
    if obstacle.way_out is WayOut.FOLLOW:
        said = "Choose at least one metric to follow: {metric.toggle}, or a click."
        return worded(node, said)
    if obstacle.way_out is WayOut.CORRECT and obstacle.step is WizardStep.METRICS:
        # The problem itself stands beside its field.
        return "Correct what is marked above to go on."
    way = _way_out(obstacle)
    return f"{obstacle.what} {worded(node, way) if way else obstacle.fix}".strip()


def _way_out(obstacle: Obstacle) -> str:
    """In our own words; empty where the obstacle's own fix says more."""
    if obstacle.way_out is WayOut.CHOOSE and obstacle.step is WizardStep.WORKLOAD:
        return "Choose another, or {workload.type} to type a name."
    if obstacle.way_out is WayOut.ASK_AGAIN:
        return _AGAIN.get(obstacle.step, "")
    return _WAYS_OUT.get(obstacle.way_out, "")
