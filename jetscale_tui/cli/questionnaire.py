"""The wizard's questions as plain lines: drives the same interview as the screen does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jetscale_tui.cli.prompter import Back
from jetscale_tui.cli.questions import Questions
from jetscale_tui.domain.flow import WALK, WizardStep
from jetscale_tui.errors import UsageError
from jetscale_tui.wizard.obstacles import Obstacle, WayOut
from jetscale_tui.wizard.topics import Topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.cli.prompter import Prompter
    from jetscale_tui.wizard.desk import Desk
    from jetscale_tui.wizard.interview import Interview


@dataclass(frozen=True, slots=True)
class _Ask:
    step: WizardStep
    topic: Topic | None
    """None: the prerequisites, which no flag answers."""
    put: Callable[[bool], None]
    """Asks, unless told that the answer was given."""


class Questionnaire:
    """From the prerequisites to the limits; `interview` is where it stands at any moment."""

    def __init__(self, interview: Interview, prompter: Prompter, *, in_spite: bool) -> None:
        """With `in_spite`, failed checks do not stop."""
        self._prompter = prompter
        self._questions = questions = Questions(interview, prompter, in_spite=in_spite)
        self._asks = (
            _Ask(WizardStep.PREREQUISITES, None, questions.prerequisites),
            _Ask(WizardStep.CLUSTER, Topic.CLUSTER, questions.cluster),
            _Ask(WizardStep.WORKLOAD, Topic.SERVER, questions.server),
            _Ask(WizardStep.ADAPTER, Topic.ADAPTER, questions.adapter),
            _Ask(WizardStep.ADAPTER, Topic.IDENTITY, questions.identity),
            _Ask(WizardStep.METRICS, Topic.METRICS, questions.metrics),
            _Ask(WizardStep.METRICS, Topic.MINIMUM, questions.minimum),
            _Ask(WizardStep.METRICS, Topic.MAXIMUM, questions.maximum),
            _Ask(WizardStep.METRICS, Topic.BEHAVIOR, questions.behavior),
        )

    @property
    def interview(self) -> Interview:
        """Where it stands."""
        return self._questions.interview

    @interview.setter
    def interview(self, interview: Interview) -> None:
        self._questions.interview = interview

    @property
    def desk(self) -> Desk:
        """What is known so far."""
        return self.interview.desk

    def ask(self) -> None:
        """Ask what is not answered yet, from the interview's step on, until the plan can be made.

        Raises:
            EOFError, KeyboardInterrupt: the person left; the answers so far are kept.
            UsageError: nobody may be asked, and there is no default that is safe.
        """
        index = self._first(self.interview.step)
        entered: WizardStep | None = None
        while index < len(self._asks):
            ask = self._asks[index]
            if ask.step is not entered:
                entered = ask.step
                self._enter(ask.step)
            try:
                ask.put(self._is_given(ask))
            except Back:
                index = self._before(index)
                continue
            self.interview.keep()
            following = index + 1
            if following < len(self._asks) and self._asks[following].step is ask.step:
                index = following
                continue
            obstacle = self.interview.obstacle
            if obstacle is None:
                self.interview = self.interview.forward()
                index = following
            else:
                index, entered = self._stopped(obstacle, ask), None

    def go_back(self) -> None:
        """From the plan to the last question that is not answered by a flag or a file."""
        index = self._before(len(self._asks))
        self.interview = self.interview.at(self._asks[min(index, len(self._asks) - 1)].step)

    def _enter(self, step: WizardStep) -> None:
        self.interview = self.interview.at(step)
        self._prompter.title(step_title(step))
        self._questions.look_around()

    def _first(self, step: WizardStep) -> int:
        found = [index for index, ask in enumerate(self._asks) if ask.step is step]
        return found[0] if found else len(self._asks)

    def _before(self, index: int) -> int:
        for earlier in range(index - 1, -1, -1):
            if not self._is_given(self._asks[earlier]):
                return earlier
        self._prompter.say("  There is no question before this one.")
        return index

    def _is_given(self, ask: _Ask) -> bool:
        topic = ask.topic
        if topic is None or topic in self._questions.again:
            return False
        given = replace(self.desk, given=self.desk.opening.given)
        named = topic is Topic.CLUSTER and given.is_given("google.cluster")
        return named or given.is_given(topic)

    def _stopped(self, obstacle: Obstacle, ask: _Ask) -> int:
        """Say what stands in the way; the question to go on with."""
        back = obstacle.way_out is WayOut.GO_BACK
        index = self._first(obstacle.step if back else ask.step)
        topics = {each.topic for each in self._asks if each.step is self._asks[index].step}
        self._prompter.trouble(obstacle.what, obstacle.fix)
        if self._prompter.accepts:
            if error := self.desk.failures.get(obstacle.step):
                raise error
            flags = " or ".join(sorted(topic.flag for topic in topics if topic is not None))
            raise UsageError(obstacle.what, fix=f"{obstacle.fix}\nAnswer with {flags}.".strip())
        self._questions.again |= {topic for topic in topics if topic is not None}
        return index


def step_title(step: WizardStep) -> str:
    """A step and how far along the walk it is."""
    return f"Step {WALK.index(step) + 1} of {len(WALK)}: {step.heading}"
