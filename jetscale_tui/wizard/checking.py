"""The prerequisites, asked for a wizard's answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jetscale_tui.engine.checks import Scene, repair, run_checks
from jetscale_tui.engine.planner import Choices
from jetscale_tui.engine.prerequisites import CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.engine.checks import Check, Finding
    from jetscale_tui.engine.remedies import EnableServices
    from jetscale_tui.wizard.desk import Desk

__all__ = ["CHECKS", "check", "fix", "with_open_port"]

_REST = 0.03
"""Seconds in which a screen answers a key between two questions."""


def scene_of(desk: Desk) -> Scene:
    """What the checks look at."""
    backend, draft = desk.backend, desk.draft
    return Scene(
        draft,
        desk.profile,
        lambda: backend.cluster(draft.kubernetes.context),
        (lambda: None) if desk.without_google else backend.cloud,
        open_metrics_port=desk.choices is not None and desk.choices.open_metrics_port,
    )


def check(desk: Desk, checks: tuple[Check, ...] = CHECKS) -> Iterator[Finding]:
    """Ask all of them side by side; findings come as they are ready."""
    return run_checks(scene_of(desk), checks, rest=_REST)


def fix(desk: Desk, chosen: EnableServices) -> str:
    """Carry out the remedy that writes; what was done, in one line.

    Raises:
        JetScaleError: it was refused.
    """
    return repair(chosen, scene_of(desk))


def with_open_port(desk: Desk) -> Desk:
    """The desk with the plan allowed to add the server's metrics argument."""
    return replace(desk, choices=replace(desk.choices or Choices(), open_metrics_port=True))
