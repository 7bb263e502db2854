"""What every pane of the wizard shares: the desk it draws, and the messages it answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from jetscale_tui.tui import work
from jetscale_tui.tui.format import State, shown
from jetscale_tui.tui.key_words import key_of, worded
from jetscale_tui.tui.widgets.notice_line import Notice
from jetscale_tui.wizard.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.timer import Timer

    from jetscale_tui.domain.flow import WizardStep
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.wizard.desk import Desk


_SLOW = 0.5
"""Seconds an answer may take before the line of keys says how to do without it."""


class StepPane(Vertical, can_focus=False):
    """One step: shows a slice of the desk and reports edits; it never moves the wizard itself."""

    HELP: ClassVar[str] = ""
    STEP: ClassVar[WizardStep]
    QUESTION: ClassVar[str] = ""
    """One line under the title."""
    LOOK_UPS: ClassVar[tuple[str, ...]] = ()
    """What is asked in the background, and may be given up."""
    STOP: ClassVar[str] = ""
    """The command that gives it up."""
    WAITING: ClassVar[str] = ""
    """Behind the title while an answer takes long; empty where the pane says more."""

    class Edited(Message):
        """An answer changed."""

        def __init__(self, change: Callable[[Setup], Setup]) -> None:
            super().__init__()
            self.change = change
            """Makes the new setup of whatever the setup is by then."""

    class Learned(Message):
        """Something was found out."""

        def __init__(self, change: Callable[[Desk], Desk]) -> None:
            super().__init__()
            self.change = change
            """Makes the new desk of whatever the desk is by then."""

    class Advance(Message):
        """The person wants to go on."""

    class Settled(Message):
        """What the pane was waiting for is there, has failed, or was given up."""

        def __init__(self, step: WizardStep) -> None:
            super().__init__()
            self.step = step

    class LookAround(Message):
        """Ask anew where the context's cluster is, and for its servers."""

    class LookAroundGivenUp(Message):
        """Do without what is not known of that yet."""

    desk: reactive[Desk | None] = reactive(None, repaint=False, init=False)
    busy: reactive[bool] = reactive(False, repaint=False)
    """A look-up that the step waits for is still running."""
    slow: reactive[bool] = reactive(False, repaint=False, bindings=True)
    """Something has been asked for so long that the way to do without it is shown."""
    stopped: reactive[bool] = reactive(False, repaint=False)
    """The person gave up what was being asked."""

    def __init__(self, desk: Desk | None) -> None:
        super().__init__(id=self.STEP.value)
        self.set_reactive(StepPane.desk, desk)
        self._asked: object | None = None
        self._patience: Timer | None = None

    def compose(self) -> ComposeResult:
        """Title and question above the pane's own widgets."""
        yield Static(Content(self.STEP.heading), classes="title")
        if self.QUESTION:
            yield Static(Content(self.QUESTION), classes="question")
        yield from self.compose_answers()

    def compose_answers(self) -> ComposeResult:
        """The pane's own widgets."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Draw the desk as it is, and look up what is missing."""
        if self.desk is not None:
            self.draw(self.desk)
            self.look_up(self.desk)

    def watch_desk(self, desk: Desk | None) -> None:
        """Draw the desk as it has become."""
        if desk is not None and self.is_mounted:
            self.draw(desk)
            self.look_up(desk)

    def draw(self, desk: Desk) -> None:
        """Show the pane's slice of the desk."""

    def look_up(self, desk: Desk) -> None:
        """Start the pane's look-up, unless it was started for the same question already."""
        question = self.question_of(desk)
        if question is not None and question != self._asked:
            self._asked = question
            self.stopped = False
            self.busy = True
            self.ask(desk)
            self.draw(desk)

    def forget(self) -> None:
        """What was asked may be answered differently now: another connection is in use."""
        self._asked = None

    def question_of(self, desk: Desk) -> object | None:
        """What the look-up depends on; None while it cannot be asked, or if there is none."""
        del desk
        return None

    def ask(self, desk: Desk) -> None:
        """Start the look-up; its answer must set `busy` back."""

    def entered(self) -> None:
        """The pane has come on screen."""

    def action_again(self) -> None:
        """Ask again what was asked."""
        self._asked = None
        if self.desk is not None:
            self.look_up(self.desk)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Giving up what takes long, and only then; asking again when nothing is asked."""
        del parameters
        if action == "stop_asking":
            return self.slow
        return not (action == "again" and self.slow)

    @property
    def asking(self) -> bool:
        """Whether something is being asked that may be given up."""
        return self.busy

    def time_the_wait(self) -> None:
        """Show the way to do without an answer once it takes long; called when `asking` turns."""
        if not self.asking:
            self.slow = False
            if self._patience is not None:
                self._patience.stop()
                self._patience = None
        elif self._patience is None:
            self._patience = self.set_timer(_SLOW, self._grow_impatient)

    def watch_slow(self, slow: bool) -> None:
        """Say that something is being asked, where the pane does not say what."""
        if self.WAITING and self.is_mounted:
            self.say_title(self.WAITING if slow else "")

    def _grow_impatient(self) -> None:
        self.slow = self.asking

    def action_stop_asking(self) -> None:
        """Do without what is not answered yet; asking again asks it again."""
        self.give_up()
        self.stopped = True
        # What failed before is not in the way of a person who does without an answer.
        self.post_message(self.Learned(lambda desk: desk.with_failure(self.STEP, None)))
        self.busy = False
        self.time_the_wait()
        if self.desk is not None:
            self.draw(self.desk)

    def stopped_fact(self) -> Fact:
        """That the person gave it up, and what asks again."""
        again = key_of(self, f"{self.STEP.value}.again")
        said = "Stopped: {again} asks again, {wizard.next} goes on without it."
        return Fact(State.WARNING, "", worded(self, said, again=again))

    def give_up(self) -> None:
        """Drop what is being asked."""
        for group in self.LOOK_UPS:
            work.give_up(self, group)

    def advice(self) -> Notice:
        """Something worth knowing about the answers as they are; empty when there is nothing."""
        return Notice()

    def focus_default(self) -> None:
        """Focus what Enter should act on."""
        for widget in self.query("*"):
            if widget.focusable:
                widget.focus()
                return

    def say_title(self, note: str) -> None:
        """A muted word behind the title."""
        self.query_one(".title", Static).update(
            Content.assemble(
                self.STEP.heading, (f"   {shown(note)}" if note else "", "$foreground-muted")
            ),
            layout=False,
        )

    def watch_busy(self, busy: bool) -> None:
        """Tell the wizard when waiting is over: an Enter may be waiting with us."""
        self.time_the_wait()
        if not busy and self.is_mounted:
            self.post_message(self.Settled(self.STEP))
