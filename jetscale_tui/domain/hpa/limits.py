"""How far one pass may go: rate limits of the behavior, and the spec's minimum and maximum."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from jetscale_tui.domain.hpa.arithmetic import (
    INT32_MAX,
    INT32_MIN,
    ceil32,
    trunc32,
    wrap32,
)
from jetscale_tui.domain.hpa.spec import Select

if TYPE_CHECKING:
    from jetscale_tui.domain.hpa.behavior import Memory, ScaleEvent
    from jetscale_tui.domain.hpa.readings import Flags
    from jetscale_tui.domain.hpa.spec import Behavior, HpaSpec, Policy, Rules


class Limit(StrEnum):
    """What bounded the size; the values are the reasons of the ScalingLimited condition."""

    WITHIN_RANGE = "DesiredWithinRange"
    TOO_FEW = "TooFewReplicas"
    TOO_MANY = "TooManyReplicas"
    SCALE_UP = "ScaleUpLimit"
    SCALE_DOWN = "ScaleDownLimit"


class RateLimit(NamedTuple):
    """The size one pass may reach in one direction, as the behavior's policies have it."""

    replicas: int
    policy: Policy | None = None
    """The policy that decided; None: scaling in this direction is disabled, or there is no
    behavior."""
    period_start: int = 0
    """Size at the start of that policy's period, recent changes taken back."""


class Bounded(NamedTuple):
    """A size after the limits."""

    replicas: int
    reason: Limit
    """The bound that applied, or WITHIN_RANGE."""
    rate: RateLimit | None = None
    """None: the size was not to change, so no rate was looked at."""


def bounded(wanted: int, current: int, spec: HpaSpec, flags: Flags) -> Bounded:
    """Without behavior: at most the double size or four, then minimum and maximum."""
    reach = trunc32(max(flags.scale_up_factor * current, flags.scale_up_minimum))
    rate = RateLimit(reach)
    if wanted < spec.min_replicas:
        return Bounded(spec.min_replicas, Limit.TOO_FEW, rate)
    if spec.max_replicas > reach:
        highest, reason = reach, Limit.SCALE_UP
    else:
        highest, reason = spec.max_replicas, Limit.TOO_MANY
    if wanted > highest:
        return Bounded(highest, reason, rate)
    return Bounded(wanted, Limit.WITHIN_RANGE, rate)


def bounded_by_rate(
    wanted: int, current: int, spec: HpaSpec, behavior: Behavior, memory: Memory, now: int
) -> Bounded:
    """With behavior: the policies of the direction, then minimum or maximum."""
    if wanted > current:
        rate = up_limit(current, behavior.scale_up, memory, now)
        reach = max(rate.replicas, current)
        if spec.max_replicas > reach:
            highest, reason = reach, Limit.SCALE_UP
        else:
            highest, reason = spec.max_replicas, Limit.TOO_MANY
        if wanted > highest:
            return Bounded(highest, reason, rate)
        return Bounded(wanted, Limit.WITHIN_RANGE, rate)
    if wanted < current:
        rate = down_limit(current, behavior.scale_down, memory, now)
        reach = min(rate.replicas, current)
        if spec.min_replicas < reach:
            lowest, reason = reach, Limit.SCALE_DOWN
        else:
            lowest, reason = spec.min_replicas, Limit.TOO_FEW
        if wanted < lowest:
            return Bounded(lowest, reason, rate)
        return Bounded(wanted, Limit.WITHIN_RANGE, rate)
    return Bounded(wanted, Limit.WITHIN_RANGE)


def up_limit(current: int, rules: Rules, memory: Memory, now: int) -> RateLimit:
    """The largest size the scale-up policies allow; can be below `current`."""
    if rules.select is Select.DISABLED:
        return RateLimit(current)
    least = rules.select is Select.MIN
    limit = RateLimit(INT32_MAX if least else INT32_MIN)
    for policy in rules.policies:
        start = period_start(current, policy, memory, now)
        if policy.percent:
            # Rounded up, as otherwise a small percentage of a small size would never add a pod.
            reach = ceil32(start * (1 + policy.value / 100))
        else:
            reach = wrap32(start + policy.value)
        if reach < limit.replicas if least else reach > limit.replicas:
            limit = RateLimit(reach, policy, start)
    return limit


def down_limit(current: int, rules: Rules, memory: Memory, now: int) -> RateLimit:
    """The smallest size the scale-down policies allow; can be above `current`."""
    if rules.select is Select.DISABLED:
        return RateLimit(current)
    least = rules.select is Select.MIN
    limit = RateLimit(INT32_MIN if least else INT32_MAX)
    for policy in rules.policies:
        start = period_start(current, policy, memory, now)
        if policy.percent:
            reach = trunc32(start * (1 - policy.value / 100))
        else:
            reach = wrap32(start - policy.value)
        # The least change is the largest size that is left.
        if reach > limit.replicas if least else reach < limit.replicas:
            limit = RateLimit(reach, policy, start)
    return limit


def period_start(current: int, policy: Policy, memory: Memory, now: int) -> int:
    """The size with the changes of the policy's period taken back, both directions."""
    added = changed_since(now - policy.period, memory.scale_ups)
    removed = changed_since(now - policy.period, memory.scale_downs)
    return wrap32(current - added + removed)


def changed_since(cutoff: int, events: tuple[ScaleEvent, ...]) -> int:
    """Sum of the changes strictly after a time."""
    total = 0
    for change, time, _ in events:
        if time > cutoff:
            total += change
    return wrap32(total)
