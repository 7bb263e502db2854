"""Proposals of External and Object metrics: one number for the whole workload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.hpa.arithmetic import (
    INT32_MAX,
    INT64_MAX,
    ceil32,
    ceil64,
    quotient,
    wrap64,
)
from jetscale_tui.domain.hpa.proposal import Proposal, no_pods

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.hpa.proposal import Tolerances
    from jetscale_tui.domain.hpa.readings import Pods


def external_total(series: Iterable[int]) -> int:
    """Sum of all series for a Value target; held at the int64 maximum, may be negative."""
    total = 0
    for value in series:
        total += value
        if value > 0 and total > INT64_MAX:
            return INT64_MAX
        total = wrap64(total)
    return total


def external_total_for_average(series: Iterable[int]) -> int:
    """Sum of all series for an AverageValue target.

    A negative running sum is taken for an overflow, so a negative reading asks for the largest
    possible size.
    """
    total = 0
    for value in series:
        total += value
        if not 0 <= total <= INT64_MAX:
            return INT64_MAX
    return total


def by_value(usage: int, target: int, current: int, pods: Pods, allowed: Tolerances) -> Proposal:
    """Proposal for a total `Value` target, in milli-units.

    The ratio is multiplied by the number of ready pods, not by the size: pods that are still
    starting shrink the result.

    Raises:
        MetricError: there are no pods.
    """
    ratio = quotient(float(usage), float(target))
    if current == 0:
        return Proposal(ceil32(ratio), usage, ratio, False)
    if allowed.allow(ratio):
        return Proposal(current, usage, ratio, True)
    if pods.listed == 0:
        raise no_pods("unable to calculate ready pods: ")
    wanted = ratio * pods.ready
    replicas = INT32_MAX if wanted > INT32_MAX else ceil32(wanted)
    return Proposal(replicas, usage, ratio, False, pods.ready)


def external_by_average(usage: int, target: int, observed: int, allowed: Tolerances) -> Proposal:
    """Proposal for an External `AverageValue` target; `observed` is the scale's status size."""
    total, per_pod = float(usage), float(target)
    ratio = quotient(total, per_pod * observed)
    mean = INT64_MAX if total >= INT64_MAX else ceil64(quotient(total, float(observed)))
    if allowed.allow(ratio):
        return Proposal(observed, mean, ratio, True)
    wanted = quotient(total, per_pod)
    replicas = INT32_MAX if wanted > INT32_MAX else ceil32(wanted)
    return Proposal(replicas, mean, ratio, False)


def object_by_average(usage: int, target: int, observed: int, allowed: Tolerances) -> Proposal:
    """Proposal for an Object `AverageValue` target; `observed` is the scale's status size."""
    total, per_pod = float(usage), float(target)
    ratio = quotient(total, per_pod * observed)
    mean = ceil64(quotient(total, float(observed)))
    if allowed.allow(ratio):
        return Proposal(observed, mean, ratio, True)
    return Proposal(ceil32(quotient(total, per_pod)), mean, ratio, False)
