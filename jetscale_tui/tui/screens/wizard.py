"""The wizard: one screen, a rail of steps, and a pane for each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import ContentSwitcher

from jetscale_tui.domain import flow
from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.errors import JetScaleError
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.draft_saver import DraftSaver
from jetscale_tui.tui.format import State
from jetscale_tui.tui.key_words import key_of, worded
from jetscale_tui.tui.messages import DashboardRequested, DemoRequested, ReviewRequested
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.tui.panes.welcome import WelcomePane
from jetscale_tui.tui.screens.looking_around import LookingAround
from jetscale_tui.tui.widgets.notice_line import Notice, NoticeLine
from jetscale_tui.tui.widgets.step_rail import StepRail
from jetscale_tui.wizard.beginnings import Beginning

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Backend
    from jetscale_tui.wizard.desk import Desk
    from jetscale_tui.wizard.interview import Interview
    from jetscale_tui.wizard.opening import Opening

_MADE_BEHIND = (WizardStep.CLUSTER, WizardStep.WORKLOAD, WizardStep.ADAPTER, WizardStep.METRICS)
"""Panes made behind the one before, once that has nothing to look up: theirs run meanwhile.
Where a session is taken up in the middle, one brings those before it: it needs their answers."""


_WAITS = "goes on by itself when this is done; {stop} stops asking, {wizard.back} stays here"


class WizardScreen(LookingAround):
    """Shows an interview; panes draw its desk and report, it decides."""

    CSS_PATH = ["../styles/wizard.tcss", "../styles/panes.tcss"]  # noqa: RUF012 - Textual declares it
    HELP: ClassVar[str] = """
    {Wizard.next} goes forward with what is proposed, {wizard.back} goes back; every answer is
    kept. Nothing is changed before Apply.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("wizard.next", "next"),
        bound("wizard.back", "back"),
    ]

    class DocumentOpened(Message):
        """A setup document was chosen to begin with."""

        def __init__(self, opening: Opening) -> None:
            super().__init__()
            self.opening = opening

    class DocumentFailed(Message):
        """Its answers do not fit the kubeconfig."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

    waiting: reactive[bool] = reactive(False, repaint=False)
    """Enter was pressed while the pane was busy: go on as soon as it is not."""

    switcher = getters.query_one(ContentSwitcher)
    rail = getters.query_one(StepRail)
    notice = getters.query_one(NoticeLine)

    def compose_body(self) -> ComposeResult:
        """Rail, panes, notice. Panes other than the first are made when they are needed."""
        with Horizontal(id="wizard"):
            yield StepRail()
            with Vertical(id="body"):
                with ContentSwitcher(initial=WizardStep.WELCOME.value):
                    yield WelcomePane(None)
                yield NoticeLine()

    def on_mount(self) -> None:
        """Draw the rail and let Enter work at once."""
        self._drafts = DraftSaver(self)
        self._draw_rail()
        self.pane.focus_default()

    @property
    def desk(self) -> Desk | None:
        """What the panes look at."""
        return self.interview.desk if self.interview else None

    @property
    def step(self) -> WizardStep:
        """The step on screen."""
        return self.interview.step if self.interview else WizardStep.WELCOME

    @property
    def pane(self) -> StepPane:
        """The pane on screen."""
        return self.query_one(f"#{self.step.value}", StepPane)

    def prepare(self) -> None:
        """Import the panes to come."""
        from jetscale_tui.tui.panes.registry import load_panes

        load_panes()

    def open(self, opening: Opening) -> None:
        """Begin with what was found in the kubeconfig and the state directory."""
        from jetscale_tui.wizard.interview import Interview

        self.interview = Interview.of(opening)
        self.look_around(self.interview.desk)
        if self.waiting:
            self.waiting = False
            self.query_one(WelcomePane).choose()

    def reopen(self, opening: Opening) -> None:
        """Go on over another connection, as after a login: every answer stays."""
        interview = self.interview
        if interview is None:
            self.open(opening)
            return
        for pane in self.query(StepPane):
            pane.forget()
        after = interview.reopened(opening)
        self.interview = after
        if after.desk.draft.kubernetes.context == interview.desk.draft.kubernetes.context:
            self.look_around(after.desk)

    def fail(self, error: JetScaleError) -> None:
        """Say that nothing can be reached."""
        self.query_one(WelcomePane).fail(error)

    def watch_interview(self, before: Interview | None, interview: Interview | None) -> None:
        """Keep everything on screen true; look around again when another context is meant."""
        if interview is None:
            return
        desk = interview.desk
        if before is None or desk is not before.desk:
            self._show(desk)
        self._draw_rail()
        if before is not None:
            if interview.step is not before.step:
                self._enter(interview.step)
            if desk.draft.kubernetes.context != before.desk.draft.kubernetes.context:
                self.look_around(desk)

    def _show(self, desk: Desk) -> None:
        """Give the panes the desk as it has become, and the first line what it says."""
        from jetscale_tui.wizard.opening import place_of

        for pane in self.query(StepPane):
            pane.desk = desk
        if not self.waiting:
            self.notice.notice = self.pane.advice()
        identity = desk.whereabouts.identity if desk.whereabouts else ""
        self.place = place_of(desk.draft, desk.backend.label, identity)

    def go(self, step: WizardStep) -> None:
        """Show a step; its pane is made first if this is the first time."""
        self.waiting = False
        self.run_worker(self._go(step), group="go", exclusive=True)

    async def _go(self, step: WizardStep) -> None:
        await self._ready(step)
        if self.interview is not None:
            self.interview = self.interview.at(step)
        await self._prepare_following()

    async def _prepare_following(self) -> None:
        following = flow.after(self.step)
        if following in _MADE_BEHIND and not self.pane.busy:
            await self._ready(following)

    def _enter(self, step: WizardStep) -> None:
        """Bring the step's pane on screen."""
        self.switcher.current = step.value
        self.set_class(step in (WizardStep.REVIEW, WizardStep.APPLY), "-broad")
        self.notice.notice = self.pane.advice()
        self.pane.entered()
        self.pane.focus_default()

    async def _ready(self, step: WizardStep) -> None:
        if not self.query(f"#{step.value}"):
            from jetscale_tui.tui.panes.registry import pane_class

            await self.switcher.add_content(pane_class(step)(self.desk))
            if step in _MADE_BEHIND[1:]:
                await self._ready(_MADE_BEHIND[_MADE_BEHIND.index(step) - 1])

    def _draw_rail(self) -> None:
        known, step = self.interview, self.step
        self.rail.entries = known.rail if known else flow.rail(step, step)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what makes sense on this step."""
        del parameters
        if action == "next":
            return self.step not in (WizardStep.WELCOME, WizardStep.REVIEW, WizardStep.APPLY)
        if action == "back":
            return self._may_go_back()
        return True

    def _may_go_back(self) -> bool:
        return self.step is not WizardStep.WELCOME and not getattr(self.pane, "running", False)

    @on(StepPane.Advance)
    def action_next(self) -> None:
        """Go on, or say why not, or go on as soon as the pane is ready."""
        pane = self.pane
        if pane.busy:
            self.waiting = True
            said = worded(self, _WAITS, stop=key_of(self, pane.STOP))
            self.notice.notice = Notice(said, State.CURRENT)
            return
        self.waiting = False
        interview = self.interview
        if interview is None:
            return
        if interview.obstacle is not None:
            from jetscale_tui.tui.obstacle_text import why_not

            self.notice.notice = Notice(why_not(self, interview.obstacle), State.WARNING)
            self.interview = interview.insist()
            return
        following = flow.after(interview.step)
        if following is not None:
            self._drafts.soon(interview, following)
            self.go(following)

    def action_back(self) -> None:
        """One step back; every answer stays."""
        if self.waiting:
            self._wait_no_longer()
            return
        earlier = flow.before(self.step)
        if earlier is not None and self._may_go_back():
            self.go(earlier)

    def _wait_no_longer(self) -> None:
        if self.waiting:
            self.waiting = False
            self.notice.notice = self.pane.advice()

    @on(StepPane.Edited)
    def _edited(self, event: StepPane.Edited) -> None:
        if self.interview is not None:
            self.interview = self.interview.answered(event.change)

    @on(StepPane.Learned)
    def _learned(self, event: StepPane.Learned) -> None:
        if self.interview is not None:
            self.interview = self.interview.learned(event.change)

    @on(StepPane.Settled)
    def _settled(self, event: StepPane.Settled) -> None:
        self.refresh_bindings()
        if event.step is self.step:
            self.run_worker(self._prepare_following(), group="following")
            if self.pane.stopped:
                self._wait_no_longer()
            elif self.waiting:
                self.action_next()

    @on(ReviewRequested)
    def _review(self, event: ReviewRequested) -> None:
        if self.interview is not None:
            self._turn_to(self.interview.reviewing(event.undoing, event.planned))

    @property
    def leaving(self) -> str:
        """A run under way, or answers that were given."""
        if self.running:
            return (
                "The plan is being carried out. Leaving stops it after the write under way; "
                "applying again later goes on from there."
            )
        if self._has_answers:
            return f"Your answers are kept; next time you can go on at {self.step.heading}."
        return ""

    @property
    def running(self) -> bool:
        """Whether a plan is being carried out."""
        return bool(getattr(self.pane, "running", False))

    @property
    def _has_answers(self) -> bool:
        begun = self.step not in (WizardStep.WELCOME, WizardStep.APPLY)
        return begun and self.interview is not None and self.interview.desk.undoing is None

    def keep(self) -> None:
        """Save the answers, to open again on this step."""
        if self.interview is not None and self._has_answers:
            self.interview.keep()

    @on(StepRail.Chosen)
    def _jump(self, event: StepRail.Chosen) -> None:
        interview = self.interview
        if interview is not None and interview.can_open(event.step) and self._may_go_back():
            self.go(event.step)

    @on(WelcomePane.Chosen)
    def _begin(self, event: WelcomePane.Chosen) -> None:
        if event.beginning is Beginning.QUIT:
            self.app.exit(0)
        elif event.beginning is Beginning.DEMO:
            self.post_message(DemoRequested())
        elif self.interview is None:
            self.waiting = True
        elif event.beginning is Beginning.OPEN:
            self._ask_for_document(self.interview.desk.backend)
        elif event.beginning is Beginning.WATCH:
            self.post_message(DashboardRequested(self._watched(self.interview)))
        else:
            try:
                self._turn_to(self.interview.begin(event.beginning))
            except JetScaleError as error:
                self.notify(error.what, severity="error", markup=False)

    def _ask_for_document(self, backend: Backend) -> None:
        """Begin with the answers of a setup document."""
        from jetscale_tui.tui.dialogs.open_setup import OpenSetupDialog
        from jetscale_tui.wizard.opening import Given, open_backend

        def chosen(given: Given | None) -> None:
            if given is not None:
                work.ask(
                    self,
                    "document",
                    lambda: open_backend(lambda: backend, lambda: given),
                    self.DocumentOpened,
                    self.DocumentFailed,
                )

        self.app.push_screen(OpenSetupDialog(), chosen)

    @on(DocumentOpened)
    def _document_opened(self, event: DocumentOpened) -> None:
        self.open(event.opening)
        self.go(WizardStep.PREREQUISITES)

    @on(DocumentFailed)
    def _document_failed(self, event: DocumentFailed) -> None:
        self.notify(str(event.error), title="Not opened", severity="error", markup=False)

    def _watched(self, interview: Interview) -> Setup:
        """What was set up last, else what the answers mean."""
        from jetscale_tui.wizard.opening import setup_of

        run = interview.desk.opening.last_run
        try:
            return setup_of(run) if run is not None else interview.desk.draft
        except JetScaleError:
            return interview.desk.draft

    def _turn_to(self, interview: Interview) -> None:
        """Take over an interview that stands somewhere else; its pane is made first."""
        self.interview = replace(interview, step=self.step)
        self.go(interview.step)
