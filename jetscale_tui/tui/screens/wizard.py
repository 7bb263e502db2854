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
from jetscale_tui.tui.format import State
from jetscale_tui.tui.messages import DashboardRequested, ReviewRequested
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.tui.panes.welcome import FINISH, QUIT, RESUME, UNDO, WATCH, WelcomePane
from jetscale_tui.tui.screens.frame import FrameScreen
from jetscale_tui.tui.widgets.notice_line import Notice, NoticeLine
from jetscale_tui.tui.widgets.step_rail import StepRail
from jetscale_tui.wizard.desk import Desk

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.wizard.opening import Opening
    from jetscale_tui.wizard.workloads import Servers


class WizardScreen(FrameScreen):
    """Owns the desk; panes draw it and ask for changes."""

    CSS_PATH = "../styles/wizard.tcss"
    HELP: ClassVar[str] = """
    Enter goes forward with what is proposed, esc goes back; every answer is kept. Nothing is
    changed before Apply.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("wizard.next", "next"),
        bound("wizard.back", "back"),
    ]

    class ServersFound(Message):
        """A context was looked through for servers."""

        def __init__(self, context: str | None, servers: Servers) -> None:
            super().__init__()
            self.context = context
            self.servers = servers

    desk: reactive[Desk | None] = reactive(None, bindings=True)
    step: reactive[WizardStep] = reactive(WizardStep.WELCOME, bindings=True)
    reached: reactive[WizardStep] = reactive(WizardStep.WELCOME)
    """The farthest step the person has been on."""
    waiting: reactive[bool] = reactive(False)
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
        self._draw_rail()
        self.pane.focus_default()

    @property
    def pane(self) -> StepPane:
        """The pane on screen."""
        return self.query_one(f"#{self.step.value}", StepPane)

    def open(self, opening: Opening) -> None:
        """Begin with what was found in the kubeconfig and the state directory."""
        desk = Desk(opening, opening.setup, opening.profile, fresh=opening.fresh)
        self.desk = _checked(desk)
        self.locate(self.desk.backend, self.desk.draft)
        self._look_for_servers(self.desk)
        if self.waiting:
            self.waiting = False
            self.query_one(WelcomePane).choose()

    def fail(self, error: JetScaleError) -> None:
        """Say that nothing can be reached."""
        self.query_one(WelcomePane).fail(error)

    @on(FrameScreen.Located)
    def _located(self, event: FrameScreen.Located) -> None:
        from jetscale_tui.engine.locate import with_cluster

        desk = self.desk
        if desk is None or desk.draft.kubernetes.context != event.setup.kubernetes.context:
            return
        draft = with_cluster(desk.draft, event.whereabouts.cluster)
        self.desk = _checked(replace(desk, draft=draft, whereabouts=event.whereabouts))

    def _look_for_servers(self, desk: Desk) -> None:
        from jetscale_tui.wizard.workloads import Servers, find_servers

        context = desk.draft.kubernetes.context
        work.ask(
            self,
            "servers",
            lambda: find_servers(desk),
            lambda servers: self.ServersFound(context, servers),
            lambda error: self.ServersFound(context, Servers((), {}, error.what)),
        )

    @on(ServersFound)
    def _servers_found(self, event: ServersFound) -> None:
        from jetscale_tui.tui.panes.workload import with_server

        desk, servers = self.desk, event.servers
        if desk is None or desk.draft.kubernetes.context != event.context:
            return
        desk = replace(desk, servers=servers)
        if desk.fresh and servers.found and servers.named(desk.draft) is None:
            desk = with_server(desk, servers, servers.found[0])
        self.desk = _checked(desk)

    def watch_desk(self, before: Desk | None, desk: Desk | None) -> None:
        """Keep rail and header true; ask Google again when another context is meant."""
        if desk is None:
            return
        for pane in self.query(StepPane):
            pane.desk = desk
        if not self.waiting:
            self.notice.notice = self.pane.advice()
        from jetscale_tui.wizard.opening import place_of

        identity = desk.whereabouts.identity if desk.whereabouts else ""
        self.place = place_of(desk.draft, desk.backend.label, identity)
        self._draw_rail()
        context = desk.draft.kubernetes.context
        if before is not None and before.draft.kubernetes.context != context:
            self.desk = replace(desk, whereabouts=None, servers=None)
            self.locate(desk.backend, desk.draft)
            self._look_for_servers(desk)

    def go(self, step: WizardStep) -> None:
        """Show a step; its pane is made first if this is the first time."""
        self.waiting = False
        answering = step not in (WizardStep.REVIEW, WizardStep.APPLY)
        if answering and self.desk is not None and self.desk.undoing is not None:
            self.desk = replace(self.desk, undoing=None)
        self.run_worker(self._go(step), group="go", exclusive=True)

    async def _go(self, step: WizardStep) -> None:
        await self._ready(step)
        self.step = step
        following = flow.after(step)
        if following is not None and following not in (WizardStep.REVIEW, WizardStep.APPLY):
            # Made behind this one, its look-ups run while this one is read.
            await self._ready(following)

    def watch_step(self, step: WizardStep) -> None:
        """Bring the step's pane on screen."""
        if not self.is_mounted:
            return
        steps = tuple(WizardStep)
        if steps.index(step) > steps.index(self.reached):
            self.reached = step
        self._draw_rail()
        self.switcher.current = step.value
        self.set_class(step in (WizardStep.REVIEW, WizardStep.APPLY), "-broad")
        self.notice.notice = self.pane.advice()
        self.pane.entered()
        self.pane.focus_default()

    async def _ready(self, step: WizardStep) -> None:
        if not self.query(f"#{step.value}"):
            from jetscale_tui.tui.panes.registry import pane_class

            pane = pane_class(step)(self.desk)
            await self.switcher.add_content(pane)

    def _draw_rail(self) -> None:
        paths = tuple(p.path for p in self.desk.problems) if self.desk else ()
        self.rail.entries = flow.rail(self.step, self.reached, paths)

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

    def action_next(self) -> None:
        """Go on, or say why not, or go on as soon as the pane is ready."""
        pane = self.pane
        if pane.busy:
            self.waiting = True
            self.notice.notice = Notice("goes on by itself when this is done", State.CURRENT)
            return
        why_not = pane.blocker()
        if why_not:
            self.waiting = False
            self.notice.notice = Notice(why_not, State.WARNING)
            return
        following = flow.after(self.step)
        if following is not None:
            self._keep(following)
            self.go(following)

    def action_back(self) -> None:
        """One step back; every answer stays."""
        if self.waiting:
            self.waiting = False
            self.notice.notice = Notice()
            return
        earlier = flow.before(self.step)
        if earlier is not None and self._may_go_back():
            self.go(earlier)

    def _keep(self, step: WizardStep) -> None:
        """Save the answers; a crash then loses one step at most."""
        desk = self.desk
        if desk is None:
            return
        from jetscale_tui.wizard.drafts import save_draft

        work.run(self, "draft", lambda: save_draft(desk.draft, step, desk.backend.label))

    @on(StepPane.Edited)
    def _edited(self, event: StepPane.Edited) -> None:
        if self.desk is not None:
            self.desk = _checked(replace(self.desk, draft=event.change(self.desk.draft)))

    @on(StepPane.Learned)
    def _learned(self, event: StepPane.Learned) -> None:
        if self.desk is not None:
            self.desk = _checked(event.change(self.desk))

    @on(StepPane.Advance)
    def _advance(self) -> None:
        self.action_next()

    @on(StepPane.Settled)
    def _settled(self, event: StepPane.Settled) -> None:
        self.refresh_bindings()
        if event.step is self.step and self.waiting:
            self.action_next()

    @on(ReviewRequested)
    def _review(self, event: ReviewRequested) -> None:
        if self.desk is not None:
            self.desk = replace(self.desk, undoing=event.undoing, plan=None)
            self.go(WizardStep.REVIEW)

    @property
    def leaving(self) -> str:
        """A run under way."""
        if getattr(self.pane, "running", False):
            return (
                "The plan is being carried out. Leaving stops it after the write under way; "
                "applying again later goes on from there."
            )
        return ""

    @on(StepRail.Chosen)
    def _jump(self, event: StepRail.Chosen) -> None:
        if flow.can_open(event.step, self.reached) and self._may_go_back():
            self.go(event.step)

    @on(WelcomePane.Chosen)
    def _begin(self, event: WelcomePane.Chosen) -> None:
        if event.choice == QUIT:
            self.app.exit(0)
        elif self.desk is None:
            self.waiting = True
        else:
            self._begin_with(event.choice, self.desk)

    def _begin_with(self, choice: str, desk: Desk) -> None:
        from jetscale_tui.wizard.opening import setup_of

        resume, run = desk.opening.resume, desk.opening.last_run
        try:
            earlier = setup_of(run) if run is not None else desk.draft
        except JetScaleError as error:
            self.notify(error.what, severity="error", markup=False)
            earlier = desk.draft
        if choice == WATCH:
            self.post_message(DashboardRequested(earlier))
        elif choice == RESUME and resume is not None:
            self.desk = _checked(replace(desk, draft=resume.setup, fresh=False))
            self.go(min(resume.step, WizardStep.REVIEW, key=tuple(WizardStep).index))
        elif choice in (FINISH, UNDO):
            undoing = run if choice == UNDO else None
            self.desk = _checked(replace(desk, draft=earlier, fresh=False, undoing=undoing))
            self.go(WizardStep.REVIEW)
        else:
            self.go(WizardStep.PREREQUISITES)


def _checked(desk: Desk) -> Desk:
    """The desk with the problems of its draft found anew."""
    from jetscale_tui.domain.validation import problems

    return replace(desk, problems=problems(desk.draft, desk.profile))
