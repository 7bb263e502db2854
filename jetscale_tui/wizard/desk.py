"""What lies on the wizard's desk: the answers so far and what has been found out. Frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jetscale_tui.domain.problem import Problem
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.detect import ServerLook
    from jetscale_tui.engine.journal import Run
    from jetscale_tui.engine.plan import Plan
    from jetscale_tui.engine.planner import Choices
    from jetscale_tui.engine.ports import Backend
    from jetscale_tui.wizard.opening import Opening, Whereabouts
    from jetscale_tui.wizard.places import ClusterLook
    from jetscale_tui.wizard.workloads import Servers


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything panes look at. A change makes a new desk; panes are told and draw it."""

    opening: Opening
    draft: Setup
    profile: Profile
    problems: tuple[Problem, ...] = ()
    """What is wrong with the draft."""
    whereabouts: Whereabouts | None = None
    """None until Google has answered for the draft's context."""
    servers: Servers | None = None
    """None until the draft's context was looked through for servers."""
    cluster_look: ClusterLook | None = None
    """None until the chosen cluster has answered."""
    server_look: ServerLook | None = None
    """None until the server's pods have been asked."""
    choices: Choices | None = None
    """What the person decided besides the setup; None: nothing."""
    undoing: Run | None = None
    """The run being taken back; None: the setup is being applied."""
    plan: Plan | None = None
    """The plan that was shown and confirmed."""
    fresh: bool = True
    """The answers are proposals still, not a file's or an earlier session's."""

    @property
    def backend(self) -> Backend:
        """Everything outside."""
        return self.opening.backend

    def problem(self, *paths: str) -> Problem | None:
        """The first problem at or below one of these fields."""
        return next(
            (
                problem
                for problem in self.problems
                if any(_below(problem.path, path) for path in paths)
            ),
            None,
        )


def _below(path: str, parent: str) -> bool:
    return path == parent or path.startswith((f"{parent}.", f"{parent}["))
