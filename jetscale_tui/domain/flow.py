"""The order of the wizard's steps, and when one may be left. Values only: no screen, no I/O."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class WizardStep(StrEnum):
    """A step of the wizard, in the order a person walks them."""

    WELCOME = "welcome"
    PREREQUISITES = "prerequisites"
    CLUSTER = "cluster"
    WORKLOAD = "workload"
    ADAPTER = "adapter"
    METRICS = "metrics"
    REVIEW = "review"
    APPLY = "apply"

    @property
    def heading(self) -> str:
        """Name of the step for people."""
        return self.value.capitalize()


WALK: tuple[WizardStep, ...] = tuple(step for step in WizardStep if step is not WizardStep.WELCOME)
"""The steps on the rail: everything after the welcome."""

_SECTIONS: tuple[tuple[str, WizardStep], ...] = (
    ("google", WizardStep.CLUSTER),
    ("kubernetes", WizardStep.CLUSTER),
    ("workload", WizardStep.WORKLOAD),
    ("adapter", WizardStep.ADAPTER),
    ("scrape", WizardStep.ADAPTER),
    ("scaling", WizardStep.METRICS),
    ("guide", WizardStep.REVIEW),
    ("metadata", WizardStep.REVIEW),
)


class Mark(StrEnum):
    """How a step stands on the rail."""

    DONE = "done"
    CURRENT = "current"
    TODO = "to do"
    PROBLEM = "problem"


class RailEntry(NamedTuple):
    """One line of the rail."""

    step: WizardStep
    mark: Mark
    problems: int = 0


def position(step: WizardStep) -> int:
    """How far along the walk a step is."""
    return tuple(WizardStep).index(step)


def after(step: WizardStep) -> WizardStep | None:
    """The step that follows, None after the last."""
    steps = tuple(WizardStep)
    index = steps.index(step) + 1
    return steps[index] if index < len(steps) else None


def before(step: WizardStep) -> WizardStep | None:
    """The step that came before, None before the first."""
    steps = tuple(WizardStep)
    index = steps.index(step) - 1
    return steps[index] if index >= 0 else None


def step_of(path: str) -> WizardStep:
    """The step on which the setup document's field at this dotted path is answered."""
    section = path.partition(".")[0].partition("[")[0]
    for name, step in _SECTIONS:
        if section == name:
            return step
    return WizardStep.REVIEW


def problems_on(step: WizardStep, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the problem paths that are answered on this step."""
    return tuple(path for path in paths if step_of(path) is step)


def rail(
    current: WizardStep, reached: WizardStep, paths: tuple[str, ...] = ()
) -> tuple[RailEntry, ...]:
    """The rail as it should look.

    Args:
        current: the step on screen.
        reached: the farthest step the person has been on.
        paths: paths of the setup's problems; a step shows its own once it has been reached.
    """
    steps = tuple(WizardStep)
    entries = []
    for step in WALK:
        count = len(problems_on(step, paths))
        seen = steps.index(step) <= steps.index(reached)
        if step is current:
            mark = Mark.CURRENT
        elif seen and count:
            mark = Mark.PROBLEM
        elif seen and step is not reached:
            mark = Mark.DONE
        else:
            mark = Mark.TODO
        entries.append(RailEntry(step, mark, count if seen else 0))
    return tuple(entries)


def can_open(step: WizardStep, reached: WizardStep) -> bool:
    """Whether the rail lets a person jump to this step: only where they have been."""
    steps = tuple(WizardStep)
    return steps.index(step) <= steps.index(reached)
