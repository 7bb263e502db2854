"""Where our reckoning and the controller part ways, and what was assumed on the way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from jetscale_tui.domain.decision import inputs
from jetscale_tui.domain.hpa.loop import Branch
from jetscale_tui.domain.hpa.spec import MetricType, Target

if TYPE_CHECKING:
    from jetscale_tui.domain.decision.case import Case
    from jetscale_tui.domain.hpa.metrics import Verdict
    from jetscale_tui.domain.hpa.spec import MetricSpec

_NO_DECISION = (Branch.GIVEN_UP, Branch.UNREADABLE)
_PER_POD = (MetricType.PODS, MetricType.RESOURCE, MetricType.CONTAINER_RESOURCE)


class Cause(StrEnum):
    """Why the controller most likely came to another size; the values are sentences."""

    NOT_WRITTEN = "it could not write the new size"
    EDITED = "the spec was edited after its last look"
    UNSEEN_WINDOW = "held by what the metrics asked for before we watched"
    UNSEEN_RESCALE = "a rescale from before we watched counts against the rate limit"
    FORGOTTEN = "it waits less than the window, or was restarted and forgot"
    BLIND = "the pods cannot be listed, so nobody here knows which are ready"
    SAMPLES = "some pods are not ready, and what each of them reports is not published"
    UNKNOWN = (
        "nothing seen from here explains it; it may have been restarted, or have other settings"
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """The controller came to another size than its own functions do on what was seen."""

    computed: int
    actual: int
    cause: Cause
    """The likely one."""


def difference(case: Case) -> Difference | None:
    """Set when the controller came to another size; None also where it came to none at all."""
    computed, actual = case.decision.desired, case.seen.desired
    if case.decision.branch in _NO_DECISION or computed == actual:
        return None
    return Difference(computed, actual, _cause(case, held=computed < actual))


def _cause(case: Case, *, held: bool) -> Cause:
    able, limited = case.hpa.condition("AbleToScale"), case.hpa.condition("ScalingLimited")
    edited = case.history.edited
    if able is not None and able.reason == "FailedUpdateScale":
        return Cause.NOT_WRITTEN
    if edited is not None and edited > case.seen.time:
        return Cause.EDITED
    if case.known_since is not None:
        watched = case.seen.time - case.known_since
        rated = limited is not None and limited.reason in ("ScaleUpLimit", "ScaleDownLimit")
        if rated and watched < case.reach.rates:
            return Cause.UNSEEN_RESCALE
        if watched < (case.reach.down_window if held else case.reach.up_window):
            return Cause.UNSEEN_WINDOW
    stable = case.decision.stabilization
    if stable is not None and stable.changed and not held:
        return Cause.FORGOTTEN
    if case.blind:
        return Cause.BLIND
    if any(not pod.counts_as_ready for pod in case.pods.each):
        return Cause.SAMPLES
    return Cause.UNKNOWN


def assumptions(case: Case) -> tuple[str, ...]:
    """What was assumed and may matter, in a sentence each."""
    found = []
    verdicts = case.decision.verdicts or ()
    if case.blind and any(_counts_pods(verdict.metric) for verdict in verdicts):
        found.append("the pods cannot be listed: all are taken to be ready")
    if any(_some_pods_do_not_count(verdict) for verdict in verdicts):
        found.append("a pod that is not ready is taken to report nothing")
    size = inputs.observed(case.seen.current, case.pods)
    if any(_total_may_differ(verdict, size) for verdict in verdicts):
        found.append("only the mean is published, rounded up: the total is taken to be a round one")
    return tuple(found)


def _counts_pods(metric: MetricSpec) -> bool:
    """Whether it matters which pods are ready."""
    return metric.type in _PER_POD or metric.target is Target.VALUE


def _some_pods_do_not_count(verdict: Verdict) -> bool:
    proposal = verdict.proposal
    return proposal is not None and bool(proposal.missing or proposal.unready)


def _total_may_differ(verdict: Verdict, size: int) -> bool:
    """Whether another total with the same mean over `size` pods would ask for another size."""
    metric, proposal = verdict.metric, verdict.proposal
    if proposal is None or proposal.within_tolerance or _counts_pods(metric):
        return False
    highest = proposal.usage * size
    lowest = highest - size + 1
    return -(-highest // metric.amount) != -(-lowest // metric.amount)
