"""A cluster, a cloud and journals for whole runs; it outlives a process that is killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.engine.executor import Executor
from jetscale_tui.engine.journal import RunState, open_journal, read
from jetscale_tui.engine.patience import PATIENCE
from jetscale_tui.engine.planner import Choices, build_plan
from tests.fakes import FakeClock, FakeCloud
from tests.unit.engine.scene import PROFILE, SETUP, WorkingCluster, gke

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.plan import Plan, StepEvent, StepId, StepState


class World:
    """A cluster, a cloud, and journals in a folder; what survives a killed process."""

    def __init__(self, folder: Path) -> None:
        self.cloud = FakeCloud(gke())
        self.cluster = WorkingCluster(self.cloud)
        self.clock = FakeClock()
        self.folder = folder
        self.events: list[StepEvent] = []

    def plan(self, setup: Setup = SETUP, *, open_port: bool = False) -> Plan:
        return build_plan(setup, PROFILE, self.cluster, self.cloud, Choices(open_port))

    def run(
        self,
        plan: Plan | None = None,
        stop: Callable[[], bool] = lambda: False,
        patience: float = PATIENCE,
    ) -> list[StepEvent]:
        chosen = plan or self.plan()
        journal = open_journal(chosen, self.folder)
        self.events = []
        try:
            executor = Executor(
                chosen,
                PROFILE,
                cluster=self.cluster,
                cloud=self.cloud,
                clock=self.clock,
                journal=journal,
                stop=stop,
                patience=patience,
            )
            for event in executor.run():
                self.events.append(event)
        finally:
            journal.close()
        return self.events

    def states(self, step: StepId) -> list[StepState]:
        return [event.state for event in self.events if event.step is step]

    def state_of_last_run(self) -> RunState:
        run = read(max(self.folder.iterdir()))
        assert run is not None
        return run.state


class Killed(BaseException):
    """The process ends here; nothing after this runs."""


def kill_at(world: World, moment: int) -> bool:
    """Runs until the given moment before or after a write; whether it was reached."""
    count = [0]

    def tick(what: str) -> None:
        count[0] += 1
        if count[0] == moment:
            raise Killed

    world.cluster.before_write = world.cluster.after_write = tick
    try:
        world.run()
    except Killed:
        return True
    finally:
        world.cluster.before_write = world.cluster.after_write = lambda what: None
    return False
