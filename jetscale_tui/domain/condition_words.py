"""What an HPA's conditions mean, in a few words, by the controller's reasons.

Reasons and meanings are those of Kubernetes 1.36's controller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jetscale_tui.domain.live import Condition

_WORDS = {
    "ReadyForNewScale": "free to change the size",
    "SucceededRescale": "changed the size at its last look",
    "SucceededGetScale": "the target can be read",
    "ScaleDownStabilized": "waits on purpose: a higher recommendation of the window still counts",
    "ScaleUpStabilized": "waits on purpose: a lower recommendation of the window still counts",
    "FailedGetScale": "the target cannot be found",
    "FailedUpdateScale": "the new size cannot be written",
    "ValidMetricFound": "a metric can be read",
    "AmbiguousSelector": "another autoscaler counts the same pods: both are switched off",
    "ScalingDisabled": "the target is scaled to 0, which switches scaling off",
    "InvalidSelector": "the target's selector cannot be understood",
    "InvalidMetricSourceType": "a metric of the spec cannot be understood",
    "TooManyReplicas": "the maximum holds it back",
    "TooFewReplicas": "rests at the minimum",
    "ScaleUpLimit": "held back by the rate; goes on in the next period",
    "ScaleDownLimit": "held back by the rate; goes on in the next period",
    "DesiredWithinRange": "nothing cuts the size",
    "ScaledToZero": "the autoscaler itself has scaled the target to 0",
    "NotScaledToZero": "it was not the autoscaler that scaled the target to 0",
}
_UNREADABLE = "FailedGet"


def in_words(condition: Condition) -> str:
    """What a condition means; empty for a reason that is not known."""
    words = _WORDS.get(condition.reason, "")
    if not words and condition.reason.startswith(_UNREADABLE):
        return "a metric cannot be read; the doctor finds out why"
    return words
