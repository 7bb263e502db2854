"""The plan being carried out: what was done, what is waited for, and the ways out."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import VerticalScroll
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Button

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.engine.plan import StepState
from jetscale_tui.engine.remedies import command_in, in_terminal
from jetscale_tui.errors import AuthError, Interrupted, LeftToOthers
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.copying import copy
from jetscale_tui.tui.dialogs.export import ask_where
from jetscale_tui.tui.format import State, duration
from jetscale_tui.tui.handing_terminal import hand_over
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.messages import DashboardRequested, ReviewRequested
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.tui.widgets.action_button import OnwardButton
from jetscale_tui.tui.widgets.fact_list import Fact, FactList
from jetscale_tui.tui.widgets.run_log import RunLog
from jetscale_tui.tui.widgets.step_list import StepList, StepRow
from jetscale_tui.wizard.facts import error_facts
from jetscale_tui.wizard.planning import can_be_left_out, carry_out, left_out, run_of

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.engine.journal import Run
    from jetscale_tui.engine.plan import Plan, StepEvent, StepId
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.wizard.desk import Desk

_TICK = 0.125


class ApplyPane(StepPane):
    """One thread runs the plan; this draws its events."""

    STEP = WizardStep.APPLY
    HELP: ClassVar[str] = """
    A step is done when its effect has been seen, not when a server said 200. Granting a role to the
    adapter usually takes Google 2 minutes to take effect, at most 10.

    `{apply.stop}` stops after the write under way; nothing is left half-written, and applying again
    goes on from there. `{apply.undo}` shows a plan that takes back what was done. Where credentials
    expire, the run waits: `{apply.login}` logs in from here.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("apply.stop", "stop"),
        bound("apply.log", "log"),
        bound("apply.undo", "undo"),
        bound("apply.retry", "retry"),
        bound("apply.login", "login"),
        bound("apply.copy", "copy"),
        bound("apply.leaveout", "leave_out"),
        bound("apply.handover", "hand_over"),
    ]

    class Happened(Message):
        """Something happened in the run."""

        def __init__(self, event: StepEvent) -> None:
            super().__init__()
            self.event = event

    class Ended(Message):
        """The run is over."""

        def __init__(self, error: JetScaleError | None) -> None:
            super().__init__()
            self.error = error

    class Journalled(Message):
        """The run has a journal."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    class RunRead(Message):
        """The run, read back from its journal."""

        def __init__(self, run: Run | None) -> None:
            super().__init__()
            self.run = run

    running: reactive[bool] = reactive(False, repaint=False, bindings=True)
    ended: reactive[bool] = reactive(False, repaint=False, bindings=True)
    sign_in: reactive[AuthError | None] = reactive(None, repaint=False, bindings=True)
    """What the run waits for: it was let in no longer."""
    then_watch: reactive[bool] = reactive(False, repaint=False)
    """Open the dashboard as soon as the run has ended well."""

    def __init__(self, desk: Desk | None) -> None:
        super().__init__(desk)
        self._stop = threading.Event()
        self._plan: Plan | None = None
        self._error: JetScaleError | None = None
        self._journal: Path | None = None
        self._began = 0.0
        self._run_began = 0.0
        self._failed_at: StepId | None = None

    def compose_answers(self) -> ComposeResult:
        """Steps, outcome, log, the way on."""
        with VerticalScroll(id="progress", can_focus=False):
            yield StepList()
            yield FactList()
            yield RunLog(id="log")
        yield OnwardButton("Dashboard when done", id="onward")

    def on_mount(self) -> None:
        """Keep the clock going."""
        self.query_one("#log").display = False
        self.set_interval(_TICK, self._tick)

    def on_unmount(self) -> None:
        """Leaving stops the run after the write under way."""
        self._stop.set()

    def entered(self) -> None:
        """Run the confirmed plan, once."""
        desk = self.desk
        if desk is None or desk.plan is None or desk.plan is self._plan or self.running:
            return
        plan = self._plan = desk.plan
        self._stop.clear()
        self._error, self._journal = None, None
        self.running, self.ended, self.then_watch = True, False, False
        self.sign_in, self._failed_at = None, None
        self._run_began = self._now()
        self.query_one(StepList).rows = tuple(StepRow(step.title) for step in plan.steps)
        self.query_one(FactList).facts = ()
        self.query_one(RunLog).entries = ()
        self._say_doing()
        self._label()
        work.follow(
            self,
            "apply",
            lambda: carry_out(desk, plan, self._stop.is_set, lambda path: self._told(path)),
            self.Happened,
            self.Ended,
            writes=True,
        )

    def _told(self, path: Path) -> None:
        self.post_message(self.Journalled(path))

    @on(Journalled)
    def _journalled(self, event: Journalled) -> None:
        self._journal = event.path

    @on(Happened)
    def _happened(self, message: Happened) -> None:
        event, plan = message.event, self._plan
        if plan is None:
            return
        rows = list(self.query_one(StepList).rows)
        index = next(i for i, step in enumerate(plan.steps) if step.id is event.step)
        detail = event.detail or rows[index].detail
        if _refused(event) is not None:
            # Said below, where it cannot be missed.
            detail = "waits for a new login"
        rows[index] = replace(rows[index], state=event.state, detail=detail, elapsed=event.elapsed)
        self.query_one(StepList).rows = tuple(rows)
        if event.state is StepState.STARTED:
            self._began = self._now()
        elif event.state is StepState.FAILED:
            self._failed_at = event.step
        self.sign_in = _refused(event)
        said = f"{plan.steps[index].title}: {event.detail}"
        self.query_one(RunLog).note(duration(event.elapsed), said)

    def watch_sign_in(self, error: AuthError | None) -> None:
        """Say it where it cannot be missed, with the command to run."""
        facts = self.query_one(FactList)
        if error is None:
            facts.facts = ()
            return
        command = self._login_command(error)
        ways = worded(
            self,
            "{apply.login} logs in from here, {apply.copy} copies it"
            if in_terminal(command)
            else "{apply.copy} copies it",
        )
        facts.facts = (
            Fact(State.FAILED, "", error.what),
            *([Fact(State.TODO, "", error.why)] if error.why else []),
            Fact(State.CURRENT, "", f"{command}   ({ways})" if command else error.fix),
            Fact(State.TODO, "", "The run waits and goes on by itself once that works."),
        )
        self.query_one("#progress").scroll_end(animate=False)

    def _login_command(self, error: AuthError) -> str:
        return command_in(error.fix, self._plan.setup) if self._plan is not None else ""

    @on(Ended)
    def _finished(self, event: Ended) -> None:
        self.sign_in = None
        self.running, self.ended, self._error = False, True, event.error
        plan, took = self._plan, duration(self._now() - self._run_began)
        if event.error is None and plan is not None:
            self.say_title(
                f"taken back in {took}"
                if plan.undo_of
                else f"done in {took}: every step was seen to work"
            )
        elif isinstance(event.error, LeftToOthers):
            self.say_title("your part is done; the rest is handed over")
        elif isinstance(event.error, Interrupted):
            self._say_ways_on("stopped")
        else:
            self._say_ways_on("not finished")
        self.query_one(FactList).facts = self._outcome(event.error)
        self._label()
        self.focus_default()
        if event.error is None and self.then_watch:
            self._watch()

    def _say_ways_on(self, how: str) -> None:
        ways = "{apply.onward} plans what is left, {apply.undo} takes back what was done"
        self.say_title(worded(self, f"{how}; {ways}"))

    def _outcome(self, error: JetScaleError | None) -> tuple[Fact, ...]:
        """Why it ended, without repeating what the failed step says already."""
        if error is None:
            return ()
        said = any(row.detail == error.what for row in self.query_one(StepList).rows)
        return error_facts(error)[1:] if said else error_facts(error)

    def _tick(self) -> None:
        if not self.running:
            return
        self._say_doing()
        steps = self.query_one(StepList)
        steps.turn += 1
        elapsed = self._now() - self._began
        steps.rows = tuple(
            replace(row, elapsed=max(row.elapsed, elapsed)) if row.going else row
            for row in steps.rows
        )

    def _say_doing(self) -> None:
        if self._plan is not None and not self._stop.is_set():
            doing = "taking the run back" if self._plan.undo_of else "carrying out the plan"
            self.say_title(f"{doing}, {duration(self._now() - self._run_began)}")

    def _now(self) -> float:
        return self.desk.backend.clock.monotonic() if self.desk is not None else 0.0

    def _label(self) -> None:
        button = self.query_one(OnwardButton)
        if self.running:
            button.say(
                "Opens the dashboard when done" if self.then_watch else "Dashboard when done"
            )
        elif self._error is None:
            button.say("Open the dashboard")
        elif isinstance(self._error, LeftToOthers):
            button.say("Write down what is left to do")
        else:
            button.say("Look at the plan again")

    def focus_default(self) -> None:
        """The way on."""
        self.query_one(OnwardButton).focus()

    def watch_then_watch(self) -> None:
        """Say what will happen at the end."""
        if self.is_mounted:
            self._label()

    @on(Button.Pressed, "#onward")
    def _onward(self, event: Button.Pressed) -> None:
        event.stop()
        if self.running:
            self.then_watch = True
        elif self._error is None:
            self._watch()
        elif isinstance(self._error, LeftToOthers):
            self.action_hand_over()
        else:
            self.action_retry()

    def _watch(self) -> None:
        if self._plan is not None:
            self.post_message(DashboardRequested(self._plan.setup))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Stop while it runs; undo and going on once it has ended."""
        del parameters
        if action == "stop":
            return self.running
        if action == "undo":
            return self.ended and self._journal is not None and not self._is_undo
        if action == "retry":
            return self.ended and self._error is not None
        if action == "login":
            error = self.sign_in
            return error is not None and in_terminal(self._login_command(error)) is not None
        if action == "copy":
            return self.sign_in is not None and bool(self._login_command(self.sign_in))
        if action == "leave_out":
            return self._may_leave_out()
        if action == "hand_over":
            return self.ended and isinstance(self._error, LeftToOthers)
        return True

    def _may_leave_out(self) -> bool:
        desk, plan, step = self.desk, self._plan, self._failed_at
        if desk is None or plan is None or step is None or not self.ended:
            return False
        return can_be_left_out(step, plan, desk.profile)

    @property
    def _is_undo(self) -> bool:
        return self._plan is not None and self._plan.undo_of is not None

    def action_stop(self) -> None:
        """Stop after the write under way."""
        self._stop.set()
        self.then_watch = False
        self.say_title("stopping after the write under way")

    def action_log(self) -> None:
        """Show or hide everything that happened; what comes is seen as long as nobody scrolls."""
        log = self.query_one(RunLog)
        log.display = not log.display
        self.query_one("#progress").anchor(log.display)

    def action_login(self) -> None:
        """Run the login in this terminal; the run behind goes on by itself."""
        remedy = in_terminal(self._login_command(self.sign_in)) if self.sign_in else None
        if remedy is not None and not hand_over(self.app, remedy.words):
            self.action_copy()

    def action_copy(self) -> None:
        """Copy the login, for another terminal."""
        if self.sign_in is not None:
            copy(self, self._login_command(self.sign_in))

    def action_leave_out(self) -> None:
        """Plan again without the step that failed."""
        step = self._failed_at
        if step is not None:
            self.post_message(self.Edited(lambda setup: left_out(setup, step)))
            self.post_message(ReviewRequested(None))

    def action_hand_over(self) -> None:
        """Write down what somebody else has to do."""
        if self._plan is not None and self.desk is not None:
            ask_where(self, self._plan, self.desk.profile)

    def action_retry(self) -> None:
        """Plan again; what is already true is skipped."""
        self.post_message(ReviewRequested(None))

    def action_undo(self) -> None:
        """Read the run back, for the plan that takes it back."""
        path = self._journal
        if path is not None:
            work.ask(self, "run", lambda: run_of(path), self.RunRead, self.Ended)

    @on(RunRead)
    def _run_read(self, event: RunRead) -> None:
        if event.run is not None:
            self.post_message(ReviewRequested(event.run))


def _refused(event: StepEvent) -> AuthError | None:
    """Why the run is not let in any more, while it waits for that."""
    error = event.error if event.state is StepState.WAITING else None
    return error if isinstance(error, AuthError) else None
