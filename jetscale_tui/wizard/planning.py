"""Making the plan, carrying it out, and the plan that takes a run back."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from jetscale_tui.engine.dependence import needs
from jetscale_tui.engine.executor import Executor
from jetscale_tui.engine.journal import open_journal, read
from jetscale_tui.engine.plan import StepId
from jetscale_tui.engine.planner import Choices, build_plan
from jetscale_tui.engine.undo import build_undo
from jetscale_tui.wizard.drafts import discard_draft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.journal import Run
    from jetscale_tui.engine.plan import Plan, StepEvent
    from jetscale_tui.engine.ports import Cloud
    from jetscale_tui.wizard.desk import Desk

__all__ = ["Choices", "can_be_left_out", "carry_out", "left_out", "make_plan", "run_of"]


def make_plan(desk: Desk) -> Plan:
    """The plan for the desk's answers, or for taking its run back. Only reads.

    Raises:
        JetScaleError: the cluster or the cloud cannot be asked.
    """
    cluster = desk.backend.cluster(desk.draft.kubernetes.context)
    if desk.undoing is not None:
        return build_undo(desk.undoing, cluster, cloud_of(desk, desk.undoing.project))
    cloud = cloud_of(desk, desk.draft.google.project)
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
            cloud=cloud_of(desk, plan.project),
            clock=backend.clock,
            journal=journal,
            stop=stop,
        )
        yield from executor.run()
    if plan.undo_of is None:
        discard_draft(backend.label)


def cloud_of(desk: Desk, project: str | None) -> Cloud | None:
    """Google Cloud; nobody asks it anything where no project is named."""
    return desk.backend.cloud() if project else None


def can_be_left_out(step: StepId, plan: Plan, profile: Profile) -> bool:
    """Whether everything else works without a step: metrics that no autoscaler follows."""
    if step not in (StepId.SCRAPE_SERVER, StepId.SCRAPE_TPU) or plan.undo_of is not None:
        return False
    return not any(step in needs(each.id, plan, profile) for each in plan.steps)


def left_out(setup: Setup, step: StepId) -> Setup:
    """The setup without what a step is for."""
    which = "server" if step is StepId.SCRAPE_SERVER else "tpu"
    part = getattr(setup.scrape, which).model_copy(update={"enabled": False})
    return setup.model_copy(update={"scrape": setup.scrape.model_copy(update={which: part})})


def run_of(path: Path) -> Run | None:
    """The run as its journal has it."""
    return read(path)
