"""The interview itself: which step comes, what is proposed, why one cannot go on, what is kept.

Frozen and pure: every method that changes something returns another interview. The screen and the
prompts drive the same one; both look things up with the functions beside it, and tell it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jetscale_tui.domain import flow
from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.wizard.beginnings import Beginning
from jetscale_tui.wizard.desk import Desk
from jetscale_tui.wizard.obstacles import Obstacle, WayOut, obstacle
from jetscale_tui.wizard.topics import EVERYTHING, Topic, answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.flow import RailEntry
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.journal import Run
    from jetscale_tui.wizard.opening import Opening, Whereabouts
    from jetscale_tui.wizard.workloads import Servers

_READ_ANEW = (WizardStep.REVIEW, WizardStep.APPLY)
"""Steps about a plan; all others are about the answers."""


@dataclass(frozen=True, slots=True)
class Interview:
    """Where a person stands, and what lies on the desk."""

    desk: Desk
    step: WizardStep = WizardStep.WELCOME
    reached: WizardStep = WizardStep.WELCOME
    """The farthest step the person has been on."""
    insisted: bool = False
    """Going on in spite of failed checks was asked about, once for these findings."""

    @classmethod
    def of(cls, opening: Opening) -> Interview:
        """The beginning, with what was found without asking anybody over the network."""
        desk = Desk(
            opening,
            opening.setup,
            opening.profile,
            given=opening.given,
            choices=opening.choices,
        )
        return cls(_checked(desk))

    def reopened(self, opening: Opening) -> Interview:
        """Connected anew, as after a login: every answer stays, everything is asked again."""
        from jetscale_tui.engine.locate import choose_context, in_context

        draft = self.desk.draft
        if draft.kubernetes.context not in {each.name for each in opening.contexts}:
            open_ = draft.kubernetes.model_copy(update={"context": None})
            draft = draft.model_copy(update={"kubernetes": open_})
            draft = in_context(draft, choose_context(draft, opening.contexts))
        desk = replace(self.desk, opening=opening, draft=draft, findings=())
        return replace(self, desk=_checked(_unknown(desk)), insisted=False)

    def begin(self, beginning: Beginning) -> Interview:
        """What was chosen on the welcome; watching and quitting change nothing.

        Raises:
            ConfigError: the run to finish or to undo was of another version.
        """
        from jetscale_tui.wizard.opening import setup_of

        resume, run = self.desk.opening.resume, self.desk.opening.last_run
        match beginning:
            case Beginning.RESUME if resume is not None:
                desk = _moved(self.desk, resume.setup, resume.given)
                step = min(resume.step, WizardStep.REVIEW, key=flow.position)
                return self._with(desk).at(step)
            case Beginning.FINISH | Beginning.UNDO if run is not None:
                desk = _moved(self.desk, setup_of(run), EVERYTHING)
                return self._with(desk).reviewing(run if beginning is Beginning.UNDO else None)
            case Beginning.WATCH | Beginning.QUIT:
                return self
            case _:
                return self.at(WizardStep.PREREQUISITES)

    def answered(self, change: Callable[[Setup], Setup]) -> Interview:
        """An answer was given, or changed."""
        return self.learned(lambda desk: replace(desk, draft=_answered(desk, change(desk.draft))))

    def learned(self, change: Callable[[Desk], Desk]) -> Interview:
        """Something was found out, or chosen along with what is known of it."""
        desk = change(self.desk)
        changed = {t for t in Topic if answer(t, desk.draft) != answer(t, self.desk.draft)}
        kept = self if desk.findings else replace(self, insisted=False)
        return kept._with(replace(desk, given=desk.given | changed))

    def located(self, context: str | None, whereabouts: Whereabouts) -> Interview:
        """Google has answered for a context; of no interest once another one is meant."""
        from jetscale_tui.engine.locate import with_cluster

        if context != self.desk.draft.kubernetes.context:
            return self
        found = None if self.desk.without_google else whereabouts.cluster
        draft = with_cluster(self.desk.draft, found)
        return self._with(replace(self.desk, draft=draft, whereabouts=whereabouts))

    def served(self, context: str | None, servers: Servers) -> Interview:
        """A context was looked through for servers; as above."""
        if context != self.desk.draft.kubernetes.context:
            return self
        return self._with(replace(self.desk, servers=servers))

    def looking_again(self) -> Interview:
        """The context is being looked through for servers anew; what Google said stays so long."""
        from jetscale_tui.wizard.opening import GIVEN_UP

        where = self.desk.whereabouts
        known = None if where is GIVEN_UP else where
        return self._with(replace(self.desk, whereabouts=known, servers=None))

    def not_looked_around(self) -> Interview:
        """The person does not wait for what is not known of the context yet."""
        from jetscale_tui.wizard.opening import GIVEN_UP
        from jetscale_tui.wizard.workloads import NOT_LOOKED

        desk = self.desk
        return self._with(
            replace(
                desk,
                whereabouts=desk.whereabouts or GIVEN_UP,
                servers=desk.servers or NOT_LOOKED,
            )
        )

    @property
    def obstacle(self) -> Obstacle | None:
        """Why this step cannot be left as it is; None when it can."""
        found = obstacle(self.desk, self.step)
        if found is not None and found.way_out is WayOut.INSIST and self.insisted:
            return None
        return found

    def insist(self) -> Interview:
        """The person has been told of the failed checks; going on is their decision now."""
        return replace(self, insisted=True)

    def forward(self) -> Interview:
        """The next step, unless something stands in the way or there is none."""
        following = flow.after(self.step)
        if following is None or self.obstacle is not None:
            return self
        return self.at(following)

    def back(self) -> Interview:
        """The step before; every answer stays."""
        earlier = flow.before(self.step)
        return self if earlier is None else self.at(earlier)

    def can_open(self, step: WizardStep) -> bool:
        """Whether the rail leads there: only where the person has been."""
        return flow.can_open(step, self.reached)

    def at(self, step: WizardStep) -> Interview:
        """On that step; away from the plan, a run is no longer being taken back."""
        desk = self.desk
        if desk.undoing is not None and step not in _READ_ANEW:
            desk = replace(desk, undoing=None)
        return replace(
            self, desk=desk, step=step, reached=max(self.reached, step, key=flow.position)
        )

    def reviewing(self, undoing: Run | None, planned: Setup | None = None) -> Interview:
        """Before a new plan: for the answers, for those of a setup, or for taking a run back."""
        answered = self._with(_moved(self.desk, planned, EVERYTHING)) if planned else self
        desk = replace(answered.desk, undoing=undoing, plan=None)
        return replace(answered, desk=desk).at(WizardStep.REVIEW)

    @property
    def rail(self) -> tuple[RailEntry, ...]:
        """The steps as they stand."""
        return flow.rail(self.step, self.reached, tuple(p.path for p in self.desk.problems))

    def keep(self, step: WizardStep | None = None) -> None:
        """Save the answers in the state directory, to open again on that step or on this one."""
        from jetscale_tui.wizard.drafts import save_draft

        desk = self.desk
        save_draft(desk.draft, step or self.step, desk.backend.label, desk.given)

    def _with(self, desk: Desk) -> Interview:
        """The desk as it follows from what changed: dropped, proposed, checked."""
        before, after = self.desk.draft, desk.draft
        if after.kubernetes.context != before.kubernetes.context:
            desk = _unknown(desk)
        elif answer(Topic.SERVER, after) != answer(Topic.SERVER, before):
            # How many replicas fit depends on the server's chips and where its pods may go.
            desk = replace(desk, server_look=None, cluster_look=None)
        return replace(self, desk=_checked(desk))


def _unknown(desk: Desk) -> Desk:
    """The desk with nothing known yet of the place it is about."""
    return replace(
        desk,
        whereabouts=None,
        servers=None,
        cluster_look=None,
        server_look=None,
        owners=None,
        failures={},
    )


def _answered(desk: Desk, draft: Setup) -> Setup:
    """The new draft; where Google was left out, another context's name does not bring it back."""
    moved = draft.kubernetes.context != desk.draft.kubernetes.context
    if not (desk.without_google and moved):
        return draft
    return draft.model_copy(update={"google": type(draft.google)()})


def _moved(desk: Desk, draft: Setup, given: frozenset[str]) -> Desk:
    from jetscale_tui.wizard.opening import profile_of

    return replace(desk, draft=draft, given=given, profile=profile_of(draft))


def _checked(desk: Desk) -> Desk:
    """The desk with its proposals made, and the problems of its draft found anew."""
    from jetscale_tui.domain.validation import problems
    from jetscale_tui.wizard.proposals import proposed

    desk = proposed(desk)
    return replace(desk, problems=problems(desk.draft, desk.profile))
