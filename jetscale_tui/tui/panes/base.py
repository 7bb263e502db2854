"""What every pane of the wizard shares: the desk it draws, and the messages it answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from jetscale_tui.tui.format import shown
from jetscale_tui.tui.widgets.notice_line import Notice

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from jetscale_tui.domain.flow import WizardStep
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.wizard.desk import Desk


class StepPane(Vertical, can_focus=False):
    """One step: shows a slice of the desk and reports edits; it never moves the wizard itself."""

    HELP: ClassVar[str] = ""
    STEP: ClassVar[WizardStep]
    QUESTION: ClassVar[str] = ""
    """One line under the title."""

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
        """What the pane was waiting for is there, or has failed."""

        def __init__(self, step: WizardStep) -> None:
            super().__init__()
            self.step = step

    desk: reactive[Desk | None] = reactive(None, repaint=False, init=False)
    busy: reactive[bool] = reactive(False, repaint=False)
    """A look-up that the step cannot be left without is still running."""

    def __init__(self, desk: Desk | None) -> None:
        super().__init__(id=self.STEP.value)
        self.set_reactive(StepPane.desk, desk)
        self._asked: object | None = None

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
            self.busy = True
            self.ask(desk)

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
        if not busy and self.is_mounted:
            self.post_message(self.Settled(self.STEP))
