"""The prerequisites, asked for a wizard's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.engine.checks import Scene, repair, run_checks
from jetscale_tui.engine.prerequisites import CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.engine.checks import Check, Finding, Fix
    from jetscale_tui.wizard.desk import Desk

__all__ = ["CHECKS", "check", "fix"]


def scene_of(desk: Desk) -> Scene:
    """What the checks look at."""
    backend, draft = desk.backend, desk.draft
    return Scene(
        draft, desk.profile, lambda: backend.cluster(draft.kubernetes.context), backend.cloud
    )


def check(desk: Desk, checks: tuple[Check, ...] = CHECKS) -> Iterator[Finding]:
    """Ask all of them side by side; findings come as they are ready."""
    return run_checks(scene_of(desk), checks)


def fix(desk: Desk, chosen: Fix) -> str:
    """Carry a fix out; what was done, in one line."""
    return repair(chosen, scene_of(desk))
