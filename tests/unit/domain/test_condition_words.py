"""Every condition the HPA controller can write is said in words; others are left as they are."""

from __future__ import annotations

import pytest

from jetscale_tui.domain.condition_words import in_words
from jetscale_tui.domain.live import Condition

WRITTEN = [
    ("AbleToScale", "True", "SucceededGetScale", "can be read"),
    ("AbleToScale", "False", "FailedGetScale", "cannot be found"),
    ("AbleToScale", "True", "ReadyForNewScale", "free to change"),
    ("AbleToScale", "True", "ScaleDownStabilized", "a higher recommendation"),
    ("AbleToScale", "True", "ScaleUpStabilized", "a lower recommendation"),
    ("AbleToScale", "True", "SucceededRescale", "changed the size"),
    ("AbleToScale", "False", "FailedUpdateScale", "cannot be written"),
    ("ScalingActive", "True", "ValidMetricFound", "can be read"),
    ("ScalingActive", "False", "ScalingDisabled", "scaled to 0"),
    ("ScalingActive", "False", "FailedGetPodsMetric", "cannot be read"),
    ("ScalingActive", "False", "FailedGetExternalMetric", "cannot be read"),
    ("ScalingActive", "False", "FailedGetObjectMetric", "cannot be read"),
    ("ScalingActive", "False", "FailedGetResourceMetric", "cannot be read"),
    ("ScalingActive", "False", "FailedGetContainerResourceMetric", "cannot be read"),
    ("ScalingActive", "False", "InvalidMetricSourceType", "cannot be understood"),
    ("ScalingActive", "False", "InvalidSelector", "selector cannot be understood"),
    ("ScalingActive", "False", "AmbiguousSelector", "both are switched off"),
    ("ScalingLimited", "False", "DesiredWithinRange", "nothing cuts"),
    ("ScalingLimited", "True", "TooFewReplicas", "minimum"),
    ("ScalingLimited", "True", "TooManyReplicas", "maximum"),
    ("ScalingLimited", "True", "ScaleUpLimit", "held back by the rate"),
    ("ScalingLimited", "True", "ScaleDownLimit", "held back by the rate"),
    ("ScaledToZero", "True", "ScaledToZero", "the autoscaler itself"),
    ("ScaledToZero", "False", "NotScaledToZero", "not the autoscaler"),
]
"""What Kubernetes 1.36 writes: type, status, reason, and a part of what is said of it."""


@pytest.mark.parametrize(("kind", "status", "reason", "part"), WRITTEN)
def test_every_reason_has_words(kind: str, status: str, reason: str, part: str) -> None:
    assert part in in_words(Condition(kind, status, reason, "the server's own message"))


@pytest.mark.parametrize("reason", ["", "Brand[red]New", "readyForNewScale"])
def test_a_reason_nobody_knows_is_left_to_speak_for_itself(reason: str) -> None:
    assert in_words(Condition("AbleToScale", "False", reason, "its message")) == ""
