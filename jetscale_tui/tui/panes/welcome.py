"""Where a person begins: set up, go on where they stopped, or watch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.tui.format import State, duration, plural, shown, sign
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.tui.widgets.choice_list import Choice, ChoiceList

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.tui.desk import Desk

SET_UP, RESUME, WATCH, QUIT = "set-up", "resume", "watch", "quit"
_SET_UP = Choice(
    SET_UP,
    "Set up autoscaling",
    details=("Check, choose, see the plan, apply it: the HPA at the end is watched working.",),
)
_WATCH = Choice(WATCH, "Open the dashboard", details=("HPAs that are already there.",))
_QUIT = Choice(QUIT, "Quit")


class WelcomePane(StepPane):
    """The first thing painted; what is found out about the surroundings comes in later."""

    STEP = WizardStep.WELCOME
    HELP: ClassVar[str] = """
    JetScale takes a JetStream server that runs on GKE TPUs to a HorizontalPodAutoscaler that is
    seen to work. Enter goes forward with what is proposed, ctrl+b goes back and keeps every answer.

    Everything before Apply only reads. The plan shows each change before it is made, and undo
    takes back exactly what was added.
    """

    class Chosen(Message):
        """The person chose how to begin."""

        def __init__(self, choice: str) -> None:
            super().__init__()
            self.choice = choice

    def compose(self) -> ComposeResult:
        """A sentence, the choices, and what has been found."""
        yield Static(
            Content.assemble(
                ("From “JetStream runs” to “it scales itself,\n", "bold"),
                ("and I can see why”.", "bold"),
            ),
            classes="motto",
        )
        yield ChoiceList((_SET_UP, _WATCH, _QUIT))
        yield Static(Content("looking around"), classes="found")
        yield Static(
            Content("Nothing is changed before you have seen the plan and confirmed it."),
            classes="advice",
        )

    def draw(self, desk: Desk) -> None:
        """Offer to resume, and say what was found."""
        resume = desk.opening.resume
        choices = [_SET_UP, _WATCH, _QUIT]
        if resume is not None:
            ago = duration((datetime.now(UTC) - resume.saved).total_seconds())
            choices.insert(
                0,
                Choice(
                    RESUME,
                    f"Go on at {resume.step.title}",
                    details=(f"Your answers of {ago} ago are kept.",),
                ),
            )
        choice_list = self.query_one(ChoiceList)
        if choice_list.offer(choices):
            choice_list.point_at(choices[0].key)
        self.query_one(".found", Static).update(self._found(desk))

    def fail(self, error: JetScaleError) -> None:
        """Say why nothing can be done yet."""
        glyphs = glyphs_of(self)
        parts = [Content.assemble(sign(State.FAILED, glyphs), f" {shown(error.what)}")]
        parts += [
            Content.styled(f"  {shown(text)}", "$foreground-muted")
            for text in (error.why, error.fix)
            if text
        ]
        self.query_one(".found", Static).update(Content("\n").join(parts))

    def _found(self, desk: Desk) -> Content:
        glyphs = glyphs_of(self)
        contexts = desk.opening.contexts
        context = desk.draft.kubernetes.context
        if context is None:
            kube = Content.assemble(
                sign(State.FAILED, glyphs),
                " kubeconfig  no context; `gcloud container clusters get-credentials` makes one",
            )
        else:
            others = f", {plural(len(contexts) - 1, 'other')}" if len(contexts) > 1 else ""
            kube = Content.assemble(
                sign(State.OK, glyphs),
                f" kubeconfig  {shown(context)}",
                (others, "$foreground-muted"),
            )
        where = desk.whereabouts
        if where is None:
            google = Content.assemble(sign(State.TODO, glyphs), " Google      asking who you are")
        elif where.identity:
            google = Content.assemble(
                sign(State.OK, glyphs), f" Google      {shown(where.identity)}"
            )
        else:
            google = Content.assemble(
                sign(State.WARNING, glyphs),
                f" Google      {shown(where.why_not)}",
                ("; its steps are handed over as commands", "$foreground-muted"),
            )
        return Content("\n").join([kube, google])

    def choose(self) -> None:
        """Begin with the highlighted choice."""
        chosen = self.query_one(ChoiceList).chosen
        self.post_message(self.Chosen(chosen.key if chosen else SET_UP))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.choose()
