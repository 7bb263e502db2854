"""The plan, before anything is written: every change with what it needs and how it is undone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Button, Static

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.engine import explain
from jetscale_tui.engine.plan import StepId
from jetscale_tui.engine.releases import RELEASE_PENDING
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.copying import copy
from jetscale_tui.tui.format import State, plural, shown
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.tui.plan_text import View, details
from jetscale_tui.tui.widgets.action_button import ApplyButton
from jetscale_tui.tui.widgets.fact_list import Fact, FactList
from jetscale_tui.tui.widgets.plan_list import TONES, PlanList, PlanRow
from jetscale_tui.tui.widgets.view_tabs import Tab, ViewTabs
from jetscale_tui.wizard.facts import error_facts
from jetscale_tui.wizard.planning import Choices, can_be_left_out, left_out, make_plan

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.engine.plan import Plan
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.wizard.desk import Desk

_IN_FLIGHT = 0.4
"""Seconds a new plan must be on screen before Enter confirms it."""


class ReviewPane(StepPane):
    """Tree above, details below, and the one button that writes."""

    STEP = WizardStep.REVIEW
    HELP: ClassVar[str] = """
    This is everything that would be done, in order. {Review.up} and {review.down} go through it;
    {review.view} changes what is shown of the highlighted line: the difference, the whole object,
    the command that would do the same, the rights it needs, how it is undone, where JetScale
    knowingly differs from the public guide, and what else is worth knowing.

    Nothing has been written so far. {Review.apply} on Apply does exactly what is listed; if the
    cluster has changed by then, it stops instead.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("review.up", "move(-1)"),
        bound("review.down", "move(1)"),
        bound("review.view", "view(1)"),
        bound("review.port", "open_port"),
        bound("review.takeover", "take_over"),
        bound("review.rollback", "roll_back"),
        bound("review.leaveout", "leave_out"),
        bound("review.viewback", "view(-1)"),
        bound("review.toggle", "switch"),
        bound("review.more", "scroll(1)"),
        bound("review.less", "scroll(-1)"),
        bound("review.copy", "copy"),
        bound("review.save", "save"),
        bound("review.again", "again"),
        bound("review.stop", "stop_asking"),
    ]
    LOOK_UPS = ("plan",)
    STOP = "review.stop"

    class Planned(Message):
        """The plan is there."""

        def __init__(self, plan: Plan) -> None:
            super().__init__()
            self.plan = plan

    class PlanFailed(Message):
        """No plan can be made."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

    view: reactive[View] = reactive(View.DIFF, repaint=False)
    plan: reactive[Plan | None] = reactive(None, repaint=False, bindings=True)
    """The plan on screen."""

    def compose_answers(self) -> ComposeResult:
        """Tree, view names, details, button."""
        yield PlanList()
        yield ViewTabs(id="views")
        with VerticalScroll(id="details", can_focus=False):
            yield Static(id="detail")
            yield FactList()
        with Horizontal(id="confirm"):
            yield Static(id="notes")
            yield ApplyButton("Apply", id="confirm-plan", disabled=True)

    def question_of(self, desk: Desk) -> object | None:
        """Everything the plan depends on; asked only on screen."""
        if not self.display:
            return None
        undone = desk.undoing.id if desk.undoing else None
        return desk.draft, desk.profile, desk.choices, undone

    def entered(self) -> None:
        """Make the plan anew each time: the cluster may have changed."""
        self.action_again()

    def ask(self, desk: Desk) -> None:
        """Make the plan."""
        self.plan = None
        self._arm(False)
        self.query_one(FactList).facts = ()
        self.say_title("reading the cluster, trying every change without writing it")
        work.ask(self, "plan", lambda: make_plan(desk), self.Planned, self.PlanFailed)

    @on(Planned)
    def _planned(self, event: Planned) -> None:
        self.plan = event.plan
        self.busy = False
        self.query_one(PlanList).show(event.plan)
        self._title(event.plan)
        self.call_after_refresh(self._painted, event.plan)

    def _painted(self, plan: Plan) -> None:
        # An Enter pressed before the plan was there must not confirm it.
        self.set_timer(_IN_FLIGHT, lambda: self._arm(True) if self.plan is plan else None)

    @on(PlanFailed)
    def _failed(self, event: PlanFailed) -> None:
        self.busy = False
        again = Fact(State.CURRENT, "", worded(self, "{review.again} plans again."))
        self._say_no_plan(*error_facts(event.error), again)

    def draw(self, desk: Desk) -> None:
        """The plan is drawn when it is there; here only that nobody makes one."""
        del desk
        if self.stopped:
            ways = "You stopped it; {review.again} plans again, {wizard.back} goes back."
            self._say_no_plan(Fact(State.WARNING, "", worded(self, ways)))

    def _say_no_plan(self, *why: Fact) -> None:
        self.say_title("there is no plan")
        self.query_one("#detail", Static).update("")
        self.query_one(FactList).facts = why

    def _title(self, plan: Plan) -> None:
        if plan.undo_of:
            self.say_title(f"takes back what was done: {plural(plan.changes, 'change')}")
        else:
            self.say_title(explain.summary(plan))
        note = shown(plan.notes[0]) if plan.notes else ""
        self.query_one("#notes", Static).update(Content.styled(note, "$foreground-muted"))

    def _arm(self, armed: bool) -> None:
        button, plan = self.query_one(ApplyButton), self.plan
        ready = armed and plan is not None and not self._blocked
        button.disabled = not ready
        if plan is None:
            button.say("Apply")
        elif self._blocked:
            button.say("Cannot be applied yet")
        elif plan.changes:
            verb = "Take back" if plan.undo_of else "Apply"
            button.say(f"{verb} {plural(plan.changes, 'change')}")
        else:
            button.say("Nothing to change: check that it works")
        if self.display:
            self.focus_default()

    @property
    def _blocked(self) -> bool:
        return self.plan is not None and any(risk.blocking for risk in self.plan.risks)

    def focus_default(self) -> None:
        """The button, once it may be pressed."""
        button = self.query_one(ApplyButton)
        if button.disabled:
            self.query_one(PlanList).focus()
        else:
            button.focus()

    @on(Button.Pressed, "#confirm-plan")
    def _apply(self, event: Button.Pressed) -> None:
        event.stop()
        plan = self.plan
        if plan is not None and not self._blocked:
            self.post_message(self.Learned(lambda desk: replace(desk, plan=plan)))
            self.post_message(self.Advance())

    @on(ApplyButton.TooSoon)
    def _not_yet(self, event: ApplyButton.TooSoon) -> None:
        event.stop()
        said = "That was pressed before the plan was seen: press again."
        self.query_one("#notes", Static).update(Content.styled(said, "$text-warning"))

    @on(PlanList.Shown)
    def _shown(self, event: PlanList.Shown) -> None:
        event.stop()
        self._detail(event.row)
        self.refresh_bindings()

    @on(ViewTabs.Chosen)
    def _named(self, event: ViewTabs.Chosen) -> None:
        event.stop()
        self.view = event.view

    def watch_view(self) -> None:
        """Show it of the highlighted line."""
        if self.is_mounted:
            row = self.query_one(PlanList).current
            if row is not None:
                self._detail(row)

    def _detail(self, row: PlanRow) -> None:
        plan = self.plan
        if plan is None:
            return
        counts = {View.CORRECTIONS: len(plan.corrections), View.NOTES: len(plan.notes)}
        names = self.query_one(ViewTabs)
        names.tabs = tuple(Tab(view, counts.get(view)) for view in View)
        names.current = self.view
        lines = details(plan, row.step, row.change, self.view)
        self.query_one("#detail", Static).update(
            Content("\n").join(Content.styled(shown(text), TONES[tone]) for tone, text in lines)
        )
        self.query_one("#details").scroll_home(animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what the plan calls for."""
        if action == "open_port":
            return self._wants_port()
        if action == "take_over":
            return self._taken() is not None
        if action == "roll_back":
            return self._is_stuck()
        if action == "leave_out":
            return self._may_leave_out()
        if action in ("move", "view", "switch", "copy", "save", "scroll"):
            return self.plan is not None
        return super().check_action(action, parameters)

    def _wants_port(self) -> bool:
        plan = self.plan
        return plan is not None and any(
            step.id is StepId.METRICS_PORT and any(risk.blocking for risk in step.risks)
            for step in plan.steps
        )

    def _is_stuck(self) -> bool:
        risks = self.plan.risks if self.plan is not None else ()
        return any(risk.id == RELEASE_PENDING and risk.blocking for risk in risks)

    def _may_leave_out(self) -> bool:
        row = self.query_one(PlanList).current if self.is_mounted else None
        plan, desk = self.plan, self.desk
        if row is None or plan is None or desk is None:
            return False
        return can_be_left_out(row.step.id, plan, desk.profile)

    def _taken(self) -> PlanRow | None:
        row = self.query_one(PlanList).current if self.is_mounted else None
        if row is None or row.change is None or not hasattr(row.change, "ref"):
            return None
        blocking = any(risk.blocking for risk in row.step.risks)
        return row if blocking else None

    def action_move(self, lines: int) -> None:
        """Through the tree."""
        tree = self.query_one(PlanList)
        if lines < 0:
            tree.action_cursor_up()
        else:
            tree.action_cursor_down()

    def action_view(self, steps: int) -> None:
        """Another view of the same line."""
        views = tuple(View)
        self.view = views[(views.index(self.view) + steps) % len(views)]

    def action_switch(self) -> None:
        """Open or close the step."""
        self.query_one(PlanList).toggle()

    def action_scroll(self, pages: int) -> None:
        """Through the details."""
        box = self.query_one("#details", VerticalScroll)
        box.scroll_relative(y=pages * max(box.size.height - 1, 1), animate=False)

    def action_open_port(self) -> None:
        """Plan again, with the rollout."""
        self._choose(open_metrics_port=True)

    def action_roll_back(self) -> None:
        """Plan again, with the interrupted release cleared away first."""
        self._choose(roll_back_release=True)

    def action_leave_out(self) -> None:
        """Plan again without the step."""
        row = self.query_one(PlanList).current
        if row is not None:
            step = row.step.id
            self.post_message(self.Edited(lambda setup: left_out(setup, step)))

    def _choose(self, **choice: object) -> None:
        self.post_message(
            self.Learned(
                lambda desk: replace(
                    desk,
                    choices=replace(desk.choices or Choices(), **choice),  # type: ignore[arg-type]
                )
            )
        )

    def action_take_over(self) -> None:
        """Plan again, with this object taken over."""
        row = self._taken()
        if row is None:
            return
        ref = row.change.ref  # type: ignore[union-attr]
        self.post_message(
            self.Learned(
                lambda desk: replace(
                    desk,
                    choices=replace(
                        desk.choices or Choices(),
                        take_over=(desk.choices or Choices()).take_over | {ref},
                    ),
                )
            )
        )

    def action_copy(self) -> None:
        """Copy the details; whether it arrives is the terminal's doing."""
        row, plan = self.query_one(PlanList).current, self.plan
        if row is not None and plan is not None:
            lines = details(plan, row.step, row.change, self.view)
            saves = worded(self, "{Review.save} writes files of your choice.")
            copy(self, "\n".join(text for _, text in lines), saves)

    def action_save(self) -> None:
        """Ask in which format, and where to."""
        from jetscale_tui.tui.dialogs.export import ask_where

        plan, desk = self.plan, self.desk
        if plan is not None and desk is not None:
            ask_where(self, plan, desk.profile)
