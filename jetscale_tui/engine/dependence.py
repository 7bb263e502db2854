"""Which step needs which others, and what can be known of those that were left to somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.profile import Origin
from jetscale_tui.domain.rights import KubernetesRight
from jetscale_tui.engine import risks
from jetscale_tui.engine.plan import StepId

if TYPE_CHECKING:
    from collections.abc import Collection

    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.rights import Right
    from jetscale_tui.engine.plan import Plan, Step

_LOOKS = frozenset({"get", "list", "getIamPolicy"})
"""Verbs of Kubernetes, and last parts of Google's permissions, that only look."""


def needs(step: StepId, plan: Plan, profile: Profile | None) -> frozenset[StepId]:
    """The steps without which this one cannot be seen to work; none when a run is taken back."""
    if profile is None or plan.undo_of is not None:
        return frozenset()
    match step:
        case StepId.SCRAPE_SERVER:
            return frozenset({StepId.METRICS_PORT})
        case StepId.ADAPTER | StepId.HPA:
            found = {StepId.SERVICES, StepId.ADAPTER_IDENTITY, StepId.ADAPTER}
            if risks.metrics_of(plan.setup, profile, Origin.SERVER):
                found |= {StepId.METRICS_PORT, StepId.SCRAPE_SERVER}
            if risks.metrics_of(plan.setup, profile, Origin.TPU_EXPORTER):
                found.add(StepId.SCRAPE_TPU)
            return frozenset(found - {step})
        case _:
            return frozenset()


def missing_before(step: StepId, plan: Plan, profile: Profile | None) -> tuple[Step, ...]:
    """Steps this one needs that were left to somebody else and are known not to be done."""
    needed = needs(step, plan, profile)
    return tuple(each for each in plan.steps if each.id in needed and is_known_missing(each))


def is_known_missing(step: Step) -> bool:
    """Whether a step was left to somebody else, and looking showed that it is not done."""
    if not (step.handed_over and step.writes):
        return False
    return not any(_looks(right) for right in step.missing)


def still_open(plan: Plan, profile: Profile | None, seen: Collection[StepId]) -> tuple[Step, ...]:
    """Steps left to somebody else that nothing shows to be done.

    A step that was seen to work shows that everything it needs is done.
    """
    proven = {needed for step in seen for needed in needs(step, plan, profile)}
    return tuple(step for step in plan.steps if step.handed_over and step.id not in proven)


def _looks(right: Right) -> bool:
    if isinstance(right, KubernetesRight):
        return right.verb in _LOOKS
    return right.name.rpartition(".")[2] in _LOOKS
