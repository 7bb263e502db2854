"""Why a step cannot be left as it is, in one sentence, with the way out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from jetscale_tui.domain.flow import WizardStep, step_of
from jetscale_tui.domain.wording import plural
from jetscale_tui.wizard.adapters import contested, loss

if TYPE_CHECKING:
    from jetscale_tui.domain.problem import Problem
    from jetscale_tui.engine.checks import Finding
    from jetscale_tui.wizard.desk import Desk


class WayOut(StrEnum):
    """What a person can do about it; each face knows the key or the words for it."""

    INSIST = "insist"
    """Go on all the same."""
    ASK_AGAIN = "ask again"
    CHOOSE = "choose"
    """Choose another, or ask again."""
    CORRECT = "correct"
    """Give the answer that is marked as wrong anew."""
    FOLLOW = "follow"
    """Choose at least one metric."""
    DECIDE = "decide"
    """Choose the adapter that owns the metrics APIs, or take them over knowingly."""
    GO_BACK = "go back"
    """Something on an earlier step is missing."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way."""

    what: str
    """A sentence."""
    way_out: WayOut
    fix: str = ""
    """A sentence, where more is known than the way out says."""
    step: WizardStep = WizardStep.WELCOME
    """Where it is put right."""


def obstacle(desk: Desk, step: WizardStep) -> Obstacle | None:
    """Why a step cannot be left, None when it can."""
    match step:
        case WizardStep.PREREQUISITES:
            return _failed_checks(desk)
        case WizardStep.CLUSTER:
            return _cluster(desk)
        case WizardStep.WORKLOAD:
            return _failure(desk, step, WayOut.ASK_AGAIN) or _workload(desk)
        case WizardStep.ADAPTER:
            failure = _failure(desk, step, WayOut.ASK_AGAIN)
            return failure or _problem(desk, step) or _taken_from_others(desk)
        case WizardStep.METRICS:
            return _metrics(desk) or _earlier(desk)
        case WizardStep.REVIEW:
            return _review(desk)
        case WizardStep.WELCOME | WizardStep.APPLY:
            return None


def failed(desk: Desk) -> tuple[Finding, ...]:
    """The checks that failed."""
    return tuple(finding for finding in desk.findings if finding.state.value == "fail")


def _failed_checks(desk: Desk) -> Obstacle | None:
    count = len(failed(desk))
    if not count:
        return None
    what = f"{plural(count, 'check')} failed."
    return Obstacle(what, WayOut.INSIST, step=WizardStep.PREREQUISITES)


def _failure(desk: Desk, step: WizardStep, way_out: WayOut) -> Obstacle | None:
    error = desk.failures.get(step)
    return None if error is None else Obstacle(error.what, way_out, error.fix, step)


def _cluster(desk: Desk) -> Obstacle | None:
    step = WizardStep.CLUSTER
    if desk.draft.kubernetes.context is None:
        return Obstacle(
            "The kubeconfig has no context.",
            WayOut.ASK_AGAIN,
            "`gcloud container clusters get-credentials` makes one.",
            step,
        )
    return _failure(desk, step, WayOut.CHOOSE) or _problem(desk, step)


def _workload(desk: Desk) -> Obstacle | None:
    look = desk.server_look
    if look is not None and look.deployment is None:
        workload = desk.draft.workload
        return Obstacle(
            f"There is no Deployment {workload.namespace}/{workload.deployment}.",
            WayOut.CHOOSE,
            step=WizardStep.WORKLOAD,
        )
    return _problem(desk, WizardStep.WORKLOAD)


def _taken_from_others(desk: Desk) -> Obstacle | None:
    owners = contested(desk)
    return Obstacle(loss(owners), WayOut.DECIDE, step=WizardStep.ADAPTER) if owners else None


def _metrics(desk: Desk) -> Obstacle | None:
    step = WizardStep.METRICS
    problem = _first(desk, step)
    if problem is None:
        return None
    way_out = WayOut.FOLLOW if problem.path == "scaling.metrics" else WayOut.CORRECT
    return Obstacle(sentence(problem), way_out, problem.fix, step)


def _earlier(desk: Desk) -> Obstacle | None:
    """Problems that only a later answer has made, such as a project that is needed now."""
    for problem in desk.problems:
        return Obstacle(sentence(problem), WayOut.GO_BACK, problem.fix, step_of(problem.path))
    return None


def _problem(desk: Desk, step: WizardStep) -> Obstacle | None:
    problem = _first(desk, step)
    if problem is None:
        return None
    return Obstacle(sentence(problem), WayOut.CORRECT, problem.fix, step)


def _first(desk: Desk, step: WizardStep) -> Problem | None:
    return next((each for each in desk.problems if step_of(each.path) is step), None)


def sentence(problem: Problem) -> str:
    """A problem as one sentence."""
    return f"{problem.path} {problem.what}."


def _review(desk: Desk) -> Obstacle | None:
    step = WizardStep.REVIEW
    if desk.plan is None:
        return Obstacle("There is no plan yet.", WayOut.ASK_AGAIN, step=step)
    for risk in desk.plan.risks:
        if risk.blocking:
            return Obstacle(risk.what, WayOut.ASK_AGAIN, risk.fix, step)
    return None
