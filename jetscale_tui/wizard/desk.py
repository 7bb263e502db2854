"""What lies on the wizard's desk: the answers so far and what has been found out. Frozen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jetscale_tui.wizard.topics import is_given

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.flow import WizardStep
    from jetscale_tui.domain.problem import Problem
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.checks import Finding
    from jetscale_tui.engine.detect import ApiOwner, ServerLook
    from jetscale_tui.engine.journal import Run
    from jetscale_tui.engine.plan import Plan
    from jetscale_tui.engine.planner import Choices
    from jetscale_tui.engine.ports import Backend
    from jetscale_tui.errors import JetScaleError
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
    given: frozenset[str] = frozenset()
    """Fields that a file, the command line or the person answered: nothing is proposed for them."""
    findings: tuple[Finding, ...] = ()
    """What the checks have found so far."""
    owners: tuple[ApiOwner, ...] | None = None
    """Who serves the metrics APIs; None until the cluster was asked."""
    failures: Mapping[WizardStep, JetScaleError] = field(default_factory=dict)
    """Why a step's look-up has failed."""

    @property
    def backend(self) -> Backend:
        """Everything outside."""
        return self.opening.backend

    @property
    def without_google(self) -> bool:
        """Whether the answers given say `google.project: null`: nobody asks Google anything."""
        return self.is_given("google.project") and self.draft.google.project is None

    def is_given(self, field: str) -> bool:
        """Whether a field of the setup document was answered, as a whole or in part."""
        return is_given(field, self.given)

    def with_finding(self, finding: Finding) -> Desk:
        """The desk with a check's answer."""
        others = tuple(each for each in self.findings if each.id != finding.id)
        return replace(self, findings=(*others, finding))

    def with_failure(self, step: WizardStep, error: JetScaleError | None) -> Desk:
        """The desk with a step's look-up failed, or not any more."""
        others = {key: kept for key, kept in self.failures.items() if key is not step}
        return replace(self, failures={**others, step: error} if error else others)

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
