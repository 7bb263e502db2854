"""One pass of the control loop: from readings to a new size, status, events and memory.

`decide` computes, `settle` draws up the consequences once the write of the scale has succeeded or
failed; `evaluate` does both.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from jetscale_tui.domain.hpa import behavior, conditions
from jetscale_tui.domain.hpa.conditions import SCALED_TO_ZERO, Finding
from jetscale_tui.domain.hpa.metrics import Event, Verdicts, evaluate_metrics
from jetscale_tui.domain.hpa.normalization import normalize
from jetscale_tui.domain.hpa.readings import DEFAULT_FLAGS, ScaleUnreadable
from jetscale_tui.domain.hpa.selector_syntax import syntax_error
from jetscale_tui.domain.hpa.status import BLANK, HpaStatus, metric_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.hpa.behavior import Memory, Stabilization
    from jetscale_tui.domain.hpa.limits import Bounded
    from jetscale_tui.domain.hpa.metrics import Verdict
    from jetscale_tui.domain.hpa.readings import Flags, Pods, Reading, Scale
    from jetscale_tui.domain.hpa.spec import HpaSpec
    from jetscale_tui.domain.hpa.status import MetricStatus

ABOVE_MAXIMUM = "Current number of replicas above Spec.MaxReplicas"
BELOW_MINIMUM = "Current number of replicas below Spec.MinReplicas"
ALL_BELOW_TARGET = "All metrics below target"


class Branch(StrEnum):
    """Which way a pass went."""

    METRICS = "metrics"
    """The metrics decided."""
    GIVEN_UP = "given up"
    """There was no usable proposal."""
    ABOVE_MAXIMUM = "above maximum"
    """The size was above the maximum; metrics were not read."""
    BELOW_MINIMUM = "below minimum"
    """The size was below the minimum; metrics were not read."""
    PAUSED = "paused"
    """The size is zero, which switches scaling off."""
    UNREADABLE = "unreadable"
    """The scale could not be read."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What one pass decided, with every value on the way. Nothing is written yet."""

    branch: Branch
    current: int
    """Size before the pass; the last known one if the scale is unreadable."""
    desired: int
    """Size the pass wants."""
    memory: Memory
    """After the pass, if nothing is rescaled."""
    findings: tuple[Finding, ...]
    """On conditions, in the order the controller sets them."""
    events: tuple[Event, ...] = ()
    """Of failures met on the way."""
    error: str = ""
    """The pass's error; may be set although a size was decided on."""
    reason: str = ""
    """Why to rescale, in the controller's words; fixed before stabilization and limits."""
    verdicts: tuple[Verdict, ...] | None = None
    """Per metric; None: metrics were not read."""
    winner: Verdict | None = None
    """The metric whose proposal was used."""
    stabilization: Stabilization | None = None
    """Of METRICS only; its `raw` is what the metrics asked for, not below zero."""
    bounded: Bounded | None = None
    """Of METRICS only."""

    @property
    def rescale(self) -> bool:
        """Whether the scale has to be written."""
        return self.desired != self.current


@dataclass(frozen=True, slots=True)
class PassResult:
    """One whole pass."""

    decision: Decision
    desired: int
    """The target's size after the pass; the last known one if the scale was unreadable."""
    rescaled: bool
    """Whether the scale was written."""
    status: HpaStatus
    status_changed: bool
    """False: the controller writes nothing."""
    events: tuple[Event, ...]
    memory: Memory
    """For the next pass."""
    error: str = ""
    """What the pass ends with, in the controller's words; empty: no error."""


def evaluate(
    spec: HpaSpec,
    memory: Memory,
    status: HpaStatus,
    scale: Scale | ScaleUnreadable,
    pods: Pods,
    readings: Sequence[Reading],
    now: int,
    flags: Flags = DEFAULT_FLAGS,
    *,
    write_error: str = "",
) -> PassResult:
    """One pass.

    `readings` has one entry per metric of the spec; `now` is in milliseconds. `write_error` is
    the API server's answer if the write of the scale, should there be one, fails.
    """
    decision = decide(spec, memory, status, scale, pods, readings, now, flags)
    return settle(decision, spec, status, now, flags, write_error=write_error)


def decide(
    spec: HpaSpec,
    memory: Memory,
    status: HpaStatus,
    scale: Scale | ScaleUnreadable,
    pods: Pods,
    readings: Sequence[Reading],
    now: int,
    flags: Flags = DEFAULT_FLAGS,
) -> Decision:
    """The size one pass wants, and why. Of the status only the ScaledToZero condition is read."""
    if isinstance(scale, ScaleUnreadable):
        return _unreadable(spec, memory, status, scale)
    current = scale.replicas
    memory = behavior.remembering(memory, current, now)
    if current == 0:
        at_zero = flags.scale_to_zero and _scaled_to_zero(status)
        if not at_zero or (spec.min_replicas == 0 and not spec.follows_external_or_object):
            return _paused(memory, flags)
    elif current > spec.max_replicas:
        return Decision(
            Branch.ABOVE_MAXIMUM,
            current,
            spec.max_replicas,
            memory,
            (conditions.SCALE_READ,),
            reason=ABOVE_MAXIMUM,
        )
    elif current < spec.min_replicas:
        return Decision(
            Branch.BELOW_MINIMUM,
            current,
            spec.min_replicas,
            memory,
            (conditions.SCALE_READ,),
            reason=BELOW_MINIMUM,
        )
    if not scale.selector or scale.rivals or syntax_error(scale.selector):
        return _unselectable(spec, memory, scale)
    verdicts = evaluate_metrics(spec, scale, pods, readings, now, flags)
    if verdicts.winner is None:
        return _given_up(spec, memory, scale, verdicts)
    return _from_metrics(spec, memory, scale, verdicts, verdicts.winner, now, flags)


def _from_metrics(
    spec: HpaSpec,
    memory: Memory,
    scale: Scale,
    verdicts: Verdicts,
    winner: Verdict,
    now: int,
    flags: Flags,
) -> Decision:
    current = scale.replicas
    raw = max(0, verdicts.replicas)
    if raw > current:
        reason = f"{winner.metric.description} above target"
    else:
        reason = ALL_BELOW_TARGET if raw < current else ""
    stable, bounded, memory = normalize(spec, memory, raw, current, now, flags)
    desired = bounded.replicas
    if current == 0 and desired < spec.min_replicas:
        desired = spec.min_replicas
        reason = reason or BELOW_MINIMUM
    return Decision(
        branch=Branch.METRICS,
        current=current,
        desired=desired,
        memory=memory,
        # AbleToScale is also set when the scale is read; here that would not be seen.
        findings=(
            conditions.stabilization_found(stable),
            verdicts.finding,
            conditions.limit_found(bounded),
        ),
        events=verdicts.events if verdicts.error else (),
        error=verdicts.error,
        reason=reason,
        verdicts=verdicts.each,
        winner=winner,
        stabilization=stable,
        bounded=bounded,
    )


def _scaled_to_zero(status: HpaStatus) -> bool:
    condition = status.condition(SCALED_TO_ZERO)
    return condition is not None and condition.status == "True"


def _paused(memory: Memory, flags: Flags) -> Decision:
    findings = [conditions.SCALE_READ, conditions.DISABLED]
    if not flags.scale_to_zero:
        findings.append(conditions.ZERO_UNKNOWN)
    return Decision(Branch.PAUSED, 0, 0, memory, tuple(findings))


def _unreadable(
    spec: HpaSpec, memory: Memory, status: HpaStatus, scale: ScaleUnreadable
) -> Decision:
    words = scale.message
    return Decision(
        Branch.UNREADABLE,
        status.current_replicas,
        status.current_replicas,
        memory,
        (conditions.scale_unreadable(words),),
        (Event("Warning", "FailedGetScale", words),),
        f"failed to query scale subresource for {spec.reference}: {words}",
    )


def _unselectable(spec: HpaSpec, memory: Memory, scale: Scale) -> Decision:
    if not scale.selector:
        event, words, finding = "SelectorRequired", "selector is required", conditions.NO_SELECTOR
    elif problem := syntax_error(scale.selector):
        event = "InvalidSelector"
        words = (
            f"couldn't convert selector into a corresponding internal selector object: {problem}"
        )
        finding = conditions.inactive(event, words)
    else:
        event = "AmbiguousSelector"
        words = (
            f"pods by selector {scale.selector} are controlled by multiple HPAs: "
            f"[{' '.join(scale.rivals)}]"
        )
        finding = conditions.inactive(event, words)
    return _stopped(spec, memory, scale, (Event("Warning", event, words),), words, finding)


def _given_up(spec: HpaSpec, memory: Memory, scale: Scale, verdicts: Verdicts) -> Decision:
    return _stopped(
        spec, memory, scale, verdicts.events, verdicts.error, verdicts.finding, verdicts.each
    )


def _stopped(
    spec: HpaSpec,
    memory: Memory,
    scale: Scale,
    events: tuple[Event, ...],
    words: str,
    finding: Finding,
    verdicts: tuple[Verdict, ...] | None = None,
) -> Decision:
    return Decision(
        branch=Branch.GIVEN_UP,
        current=scale.replicas,
        desired=scale.replicas,
        memory=memory,
        findings=(conditions.SCALE_READ, finding),
        events=(*events, Event("Warning", "FailedComputeMetricsReplicas", words)),
        error="failed to compute desired number of replicas based on listed metrics for "
        f"{spec.reference}: {words}",
        verdicts=verdicts,
    )


def settle(
    decision: Decision,
    spec: HpaSpec,
    status: HpaStatus,
    now: int,
    flags: Flags = DEFAULT_FLAGS,
    *,
    write_error: str = "",
) -> PassResult:
    """The consequences of a decision.

    `status` is the one before the pass. `write_error` is the API server's answer if the write of
    the scale failed; it is ignored when there was nothing to write.
    """
    findings, events, memory = decision.findings, decision.events, decision.memory
    current, desired, error = decision.current, decision.desired, decision.error
    rescaled = decision.rescale and not write_error
    if rescaled:
        findings = (*findings, conditions.rescaled(desired), _zero(spec, current, desired, flags))
        message = f"New size: {desired}; reason: {decision.reason}"
        events = (*events, Event("Normal", "SuccessfulRescale", message))
        memory = behavior.with_scale_event(memory, spec.behavior, current, desired, now)
    elif decision.rescale:
        findings = (*findings, conditions.scale_not_written(write_error))
        message = f"New size: {desired}; reason: {decision.reason}; error: {write_error}"
        events = (*events, Event("Warning", "FailedRescale", message))
        error = f"failed to rescale {spec.reference}: {write_error}"
        desired = current
    shown = desired
    if decision.branch is Branch.GIVEN_UP or (decision.rescale and write_error):
        shown = status.desired_replicas
    after = HpaStatus(
        current,
        shown,
        _metric_statuses(decision.verdicts),
        conditions.applied(status.conditions, findings, now),
        now if rescaled else status.last_scale_time,
    )
    if decision.branch is Branch.UNREADABLE:
        after = HpaStatus(
            status.current_replicas,
            status.desired_replicas,
            status.current_metrics,
            after.conditions,
            status.last_scale_time,
        )
    return PassResult(decision, desired, rescaled, after, after != status, events, memory, error)


def _zero(spec: HpaSpec, current: int, desired: int, flags: Flags) -> Finding:
    if not flags.scale_to_zero:
        return conditions.ZERO_UNKNOWN
    to_zero = current > 0 and desired == 0 and spec.min_replicas == 0
    if to_zero and spec.follows_external_or_object:
        return conditions.AT_ZERO
    return conditions.NOT_AT_ZERO


def _metric_statuses(verdicts: tuple[Verdict, ...] | None) -> tuple[MetricStatus, ...]:
    return tuple(
        BLANK if one.proposal is None else metric_status(one.metric, one.proposal)
        for one in verdicts or ()
    )
