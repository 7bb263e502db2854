"""Whole runs on a sandbox, through the real adapters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import KINDS, Ref
from jetscale_tui.domain.spec import Google, Setup
from jetscale_tui.engine import diff
from jetscale_tui.engine.executor import Executor
from jetscale_tui.engine.journal import open_journal, runs
from jetscale_tui.engine.planner import Choices, build_plan
from jetscale_tui.engine.undo import build_undo
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.setupfile.profiles import load_profile
from jetscale_tui.wiring import RealBackend

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jetscale_tui.domain.google import Binding
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.plan import Plan, StepEvent
    from jetscale_tui.engine.ports import Cloud, Cluster
    from jetscale_tui.sandbox.environment import Sandbox

QUICK = Blueprint(iam_propagation=10.0)
SPEED = 60.0
PROFILE = load_profile("jetstream-maxtext")
SETUP = Setup(
    google=Google(project=QUICK.project_id, location=QUICK.location, cluster=QUICK.cluster)
)
_LIVE_THEIR_OWN_LIVES = {"Pod", "ReplicaSet", "Event", "Node"}

Contents = dict[Ref, "Json"]


@dataclass
class Operator:
    """Somebody with a kubeconfig of a sandbox and a folder of journals."""

    sandbox: Sandbox
    folder: Path
    setup: Setup = SETUP
    events: list[StepEvent] = field(default_factory=list)
    stop: Callable[[], bool] = lambda: False
    """Asked by a run between two writes and while it waits."""

    def __post_init__(self) -> None:
        self.backend = RealBackend(self.sandbox.kubeconfig)
        self.cluster: Cluster = self.backend.cluster()
        cloud = self.backend.cloud()
        assert cloud is not None
        self.cloud: Cloud = cloud

    def plan(self, choices: Choices = Choices()) -> Plan:  # noqa: B008 - frozen
        return build_plan(self.setup, PROFILE, self.cluster, self.cloud, choices)

    def run(self, plan: Plan) -> None:
        """Carries a plan out; the events are kept."""
        profile = None if plan.undo_of else PROFILE
        journal = open_journal(plan, self.folder)
        self.events = []
        try:
            executor = Executor(
                plan,
                profile,
                cluster=self.cluster,
                cloud=self.cloud,
                clock=self.backend.clock,
                journal=journal,
                stop=self.stop,
            )
            for event in executor.run():
                self.events.append(event)
        finally:
            journal.close()

    def undo_last(self) -> Plan:
        """Takes the last run back; the plan that did it."""
        last = next(r for r in reversed(runs(self.folder)) if not r.undo_of and not r.undone)
        plan = build_undo(last, self.cluster, self.cloud)
        self.run(plan)
        return plan

    def contents(self) -> Contents:
        """Every object that changes only when somebody changes it, without what servers add."""
        return {
            Ref.to(kind, obj["metadata"]["name"], obj["metadata"].get("namespace")): (
                diff.meaning(obj)
            )
            for kind in KINDS
            if kind.name not in _LIVE_THEIR_OWN_LIVES
            for obj in self.cluster.list(kind)
        }

    def bindings(self) -> frozenset[Binding]:
        return self.cloud.policy(QUICK.project_id).bindings
