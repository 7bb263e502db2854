"""Making the plan, carrying it out, and the plan that takes a run back."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from jetscale_tui.engine.executor import Executor
from jetscale_tui.engine.journal import open_journal, read
from jetscale_tui.engine.planner import Choices, build_plan
from jetscale_tui.engine.undo import build_undo
from jetscale_tui.wizard.drafts import discard_draft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jetscale_tui.engine.journal import Run
    from jetscale_tui.engine.plan import Plan, StepEvent
    from jetscale_tui.wizard.desk import Desk

__all__ = ["Choices", "carry_out", "make_plan", "run_of"]


def make_plan(desk: Desk) -> Plan:
    """The plan for the desk's answers, or for taking its run back. Only reads.

    Raises:
        JetScaleError: the cluster or the cloud cannot be asked.
    """
    cluster = desk.backend.cluster(desk.draft.kubernetes.context)
    cloud = desk.backend.cloud()
    if desk.undoing is not None:
        return build_undo(desk.undoing, cluster, cloud)
    return build_plan(desk.draft, desk.profile, cluster, cloud, desk.choices or Choices())


def carry_out(
    desk: Desk, plan: Plan, stop: Callable[[], bool], began: Callable[[Path], None]
) -> Iterator[StepEvent]:
    """Perform a plan, step by step.

    Args:
        desk: what the plan was made of.
        plan: what was shown.
        stop: asked between two writes and while waiting.
        began: told the journal's file.

    Raises:
        JetScaleError: what ended the run, after its event.
    """
    backend = desk.backend
    with closing(open_journal(plan)) as journal:
        began(journal.path)
        executor = Executor(
            plan,
            desk.profile if plan.undo_of is None else None,
            cluster=backend.cluster(desk.draft.kubernetes.context),
            cloud=backend.cloud(),
            clock=backend.clock,
            journal=journal,
            stop=stop,
        )
        yield from executor.run()
    if plan.undo_of is None:
        discard_draft(backend.label)


def run_of(path: Path) -> Run | None:
    """The run as its journal has it."""
    return read(path)
