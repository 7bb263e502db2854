"""Which HPAs a person should see first. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jetscale_tui.domain.live import HpaView


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is the matter with an HPA."""

    why: str = ""
    """Reason of the condition that says so; empty when all is well."""
    broken: bool = False
    """It cannot scale at all; otherwise something merely holds it back."""


_WELL = Trouble()


def trouble(view: HpaView) -> Trouble:
    """What is the matter with an HPA, if anything."""
    problem = view.problem
    if problem is not None:
        return Trouble(problem.reason or problem.type, broken=True)
    return Trouble("TooManyReplicas") if view.capped else _WELL


def ordered(views: tuple[HpaView, ...], wanted: str = "") -> tuple[HpaView, ...]:
    """Broken ones first, then held back ones, then by namespace and name.

    Args:
        views: by namespace, then name.
        wanted: lower case; only views whose namespace, name or reference contain it.
    """
    if wanted:
        views = tuple(
            view
            for view in views
            if wanted in f"{view.namespace}/{view.name} {view.reference}".lower()
        )
    ranked: tuple[list[HpaView], list[HpaView], list[HpaView]] = ([], [], [])
    for view in views:
        bad = trouble(view)
        ranked[0 if bad.broken else 1 if bad.why else 2].append(view)
    return tuple(view for rank in ranked for view in rank)
