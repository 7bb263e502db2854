"""The plan being carried out: what was done, what is waited for, and the ways out."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Button, Static

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.engine.plan import StepState
from jetscale_tui.errors import Interrupted
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.format import duration, shown
from jetscale_tui.tui.messages import DashboardRequested, ReviewRequested
from jetscale_tui.tui.panes.base import StepPane, error_facts
from jetscale_tui.tui.widgets.action_button import OnwardButton
from jetscale_tui.tui.widgets.fact_list import Fact, FactList
from jetscale_tui.tui.widgets.step_list import StepList, StepRow
from jetscale_tui.wizard.planning import carry_out, run_of

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.engine.journal import Run
    from jetscale_tui.engine.plan import Plan, StepEvent
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.wizard.desk import Desk

_TICK = 0.125


class ApplyPane(StepPane):
    """One thread runs the plan; this draws its events."""

    STEP = WizardStep.APPLY
    HELP: ClassVar[str] = """
    A step is done when its effect has been seen, not when a server said 200. Granting a role to
    the adapter usually takes Google 2 minutes to take effect, at most 10.

    `s` stops after the write under way; nothing is left half-written, and applying again goes on
    from there. `u` shows a plan that takes back what was done.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("apply.stop", "stop"),
        bound("apply.log", "log"),
        bound("apply.undo", "undo"),
        bound("apply.retry", "retry"),
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

    running: reactive[bool] = reactive(False, bindings=True)
    ended: reactive[bool] = reactive(False, bindings=True)
    then_watch: reactive[bool] = reactive(False)
    """Open the dashboard as soon as the run has ended well."""

    def __init__(self, desk: Desk | None) -> None:
        super().__init__(desk)
        self._stop = threading.Event()
        self._plan: Plan | None = None
        self._error: JetScaleError | None = None
        self._journal: Path | None = None
        self._log: list[str] = []
        self._began = 0.0

    def compose_answers(self) -> ComposeResult:
        """Steps, outcome, log, the way on."""
        with VerticalScroll(id="progress", can_focus=False):
            yield StepList()
            yield FactList()
            yield Static(id="log")
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
        self._error, self._journal, self._log = None, None, []
        self.running, self.ended, self.then_watch = True, False, False
        self.query_one(StepList).rows = tuple(StepRow(step.title) for step in plan.steps)
        self.query_one(FactList).facts = ()
        self.say_title("taking the run back" if plan.undo_of else "carrying out the plan")
        self._label()
        work.follow(
            self,
            "apply",
            lambda: carry_out(desk, plan, self._stop.is_set, lambda path: self._told(path)),
            self.Happened,
            self.Ended,
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
        rows[index] = replace(rows[index], state=event.state, detail=detail, elapsed=event.elapsed)
        self.query_one(StepList).rows = tuple(rows)
        if event.state is StepState.STARTED:
            self._began = self._now()
        self._note(duration(event.elapsed), f"{plan.steps[index].title}: {event.detail}")

    @on(Ended)
    def _finished(self, event: Ended) -> None:
        self.running, self.ended, self._error = False, True, event.error
        plan = self._plan
        if event.error is None and plan is not None:
            self.say_title("taken back" if plan.undo_of else "done: every step was seen to work")
        elif isinstance(event.error, Interrupted):
            self.say_title("stopped; enter plans what is left, u takes back what was done")
        else:
            self.say_title("not finished; enter plans what is left, u takes back what was done")
        self.query_one(FactList).facts = self._outcome(event.error)
        self._label()
        self.focus_default()
        if event.error is None and self.then_watch:
            self._watch()

    def _outcome(self, error: JetScaleError | None) -> tuple[Fact, ...]:
        """Why it ended, without repeating what the failed step says already."""
        if error is None:
            return ()
        said = any(row.detail == error.what for row in self.query_one(StepList).rows)
        return error_facts(error)[1:] if said else error_facts(error)

    def _tick(self) -> None:
        if not self.running:
            return
        steps = self.query_one(StepList)
        steps.turn += 1
        elapsed = self._now() - self._began
        steps.rows = tuple(
            replace(row, elapsed=max(row.elapsed, elapsed)) if row.going else row
            for row in steps.rows
        )

    def _now(self) -> float:
        return self.desk.backend.clock.monotonic() if self.desk is not None else 0.0

    def _note(self, time: str, said: str) -> None:
        """Keep a line; one that repeats the last only moves its time on."""
        line = f"{time:>10}  {shown(said)}"
        if self._log and self._log[-1][10:] == line[10:]:
            self._log[-1] = line
        else:
            self._log.append(line)
        if self.query_one("#log").display:
            self.query_one("#log", Static).update(Content("\n".join(self._log)))

    def _label(self) -> None:
        button = self.query_one(OnwardButton)
        if self.running:
            button.say(
                "Opens the dashboard when done" if self.then_watch else "Dashboard when done"
            )
        elif self._error is None:
            button.say("Open the dashboard")
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
        return True

    @property
    def _is_undo(self) -> bool:
        return self._plan is not None and self._plan.undo_of is not None

    def action_stop(self) -> None:
        """Stop after the write under way."""
        self._stop.set()
        self.then_watch = False
        self.say_title("stopping after the write under way")

    def action_log(self) -> None:
        """Show or hide everything that happened."""
        log = self.query_one("#log", Static)
        log.display = not log.display
        log.update(Content("\n".join(self._log)))
        if log.display:
            self.query_one("#progress").scroll_end(animate=False)

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
