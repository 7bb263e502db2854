"""The conditions of an HPA's status, with the controller's reasons and messages."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from jetscale_tui.domain.hpa.limits import Limit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.hpa.behavior import Stabilization
    from jetscale_tui.domain.hpa.limits import Bounded

ABLE_TO_SCALE = "AbleToScale"
SCALING_ACTIVE = "ScalingActive"
SCALING_LIMITED = "ScalingLimited"
SCALED_TO_ZERO = "ScaledToZero"


class Finding(NamedTuple):
    """What a pass says about one condition."""

    type: str
    status: str
    """`True` or `False`; empty: the condition is removed."""
    reason: str = ""
    message: str = ""


class Condition(NamedTuple):
    """One condition of the status."""

    type: str
    status: str
    reason: str
    message: str
    changed: int
    """When the status value last changed (reason and message alone do not count), milliseconds."""


def applied(
    conditions: tuple[Condition, ...], findings: Iterable[Finding], now: int
) -> tuple[Condition, ...]:
    """The conditions after a pass, in order of first appearance."""
    after = list(conditions)
    for finding in findings:
        kind, status, reason, message = finding
        for index, old in enumerate(after):
            if old.type == kind:
                if not status:
                    del after[index]
                elif old.status != status:
                    after[index] = Condition(kind, status, reason, message, now)
                elif old.reason != reason or old.message != message:
                    after[index] = Condition(kind, status, reason, message, old.changed)
                break
        else:
            if status:
                after.append(Condition(kind, status, reason, message, now))
    return tuple(after)


SCALE_READ = Finding(
    ABLE_TO_SCALE,
    "True",
    "SucceededGetScale",
    "the HPA controller was able to get the target's current scale",
)
READY = Finding(ABLE_TO_SCALE, "True", "ReadyForNewScale", "recommended size matches current size")
DOWN_STABILIZED = Finding(
    ABLE_TO_SCALE,
    "True",
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, "
    "applying the highest recent recommendation",
)
UP_STABILIZED = Finding(
    ABLE_TO_SCALE,
    "True",
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
)
DISABLED = Finding(
    SCALING_ACTIVE,
    "False",
    "ScalingDisabled",
    "scaling is disabled since the replica count of the target is zero",
)
NO_SELECTOR = Finding(
    SCALING_ACTIVE,
    "False",
    "InvalidSelector",
    "the HPA target's scale is missing a selector",
)
AT_ZERO = Finding(
    SCALED_TO_ZERO, "True", "ScaledToZero", "the HPA controller scaled the workload to zero"
)
NOT_AT_ZERO = Finding(
    SCALED_TO_ZERO,
    "False",
    "NotScaledToZero",
    "the HPA controller did not scale the workload to zero",
)
ZERO_UNKNOWN = Finding(SCALED_TO_ZERO, "")

_LIMIT_MESSAGES = {
    Limit.WITHIN_RANGE: "the desired count is within the acceptable range",
    Limit.TOO_FEW: "the desired replica count is less than the minimum replica count",
    Limit.TOO_MANY: "the desired replica count is more than the maximum replica count",
    Limit.SCALE_UP: "the desired replica count is increasing faster than the maximum scale rate",
    Limit.SCALE_DOWN: "the desired replica count is decreasing faster than the maximum scale rate",
}
# Limits always change the size they apply to, so the reason alone tells the status.
_LIMITED = {
    reason: Finding(SCALING_LIMITED, str(reason is not Limit.WITHIN_RANGE), reason.value, message)
    for reason, message in _LIMIT_MESSAGES.items()
}


def scale_unreadable(message: str) -> Finding:
    """The target's scale could not be read."""
    return Finding(
        ABLE_TO_SCALE,
        "False",
        "FailedGetScale",
        f"the HPA controller was unable to get the target's current scale: {message}",
    )


def rescaled(replicas: int) -> Finding:
    """The scale was written."""
    return Finding(
        ABLE_TO_SCALE,
        "True",
        "SucceededRescale",
        f"the HPA controller was able to update the target scale to {replicas}",
    )


def scale_not_written(message: str) -> Finding:
    """The write of the scale failed."""
    return Finding(
        ABLE_TO_SCALE,
        "False",
        "FailedUpdateScale",
        f"the HPA controller was unable to update the target scale: {message}",
    )


@lru_cache(maxsize=1024)
def metric_found(description: str) -> Finding:
    """A metric gave a usable proposal."""
    return Finding(
        SCALING_ACTIVE,
        "True",
        "ValidMetricFound",
        f"the HPA was able to successfully calculate a replica count from {description}",
    )


def inactive(reason: str, message: str) -> Finding:
    """Scaling is off for a reason the message states in full."""
    return Finding(SCALING_ACTIVE, "False", reason, message)


def metric_failed(reason: str, message: str) -> Finding:
    """A metric that had to be there failed."""
    return inactive(reason, f"the HPA was unable to compute the replica count: {message}")


def stabilization_found(result: Stabilization) -> Finding:
    """What AbleToScale says after stabilization; a rescale overwrites it."""
    if result.replicas == result.raw:
        return READY
    return DOWN_STABILIZED if result.downscale else UP_STABILIZED


def limit_found(result: Bounded) -> Finding:
    """What ScalingLimited says after the limits."""
    return _LIMITED[result.reason]
