"""Where a person begins: set up, go on where they stopped, or watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.tui.format import State, plural
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.tui.widgets.choice_list import Choice, ChoiceList
from jetscale_tui.tui.widgets.fact_list import Fact, FactList
from jetscale_tui.wizard.beginnings import SET_UP, Beginning, on_screen

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.wizard.desk import Desk


class WelcomePane(StepPane):
    """The first thing painted; what is found out about the surroundings comes in later."""

    STEP = WizardStep.WELCOME
    HELP: ClassVar[str] = """
    JetScale takes a JetStream server that runs on GKE TPUs to a HorizontalPodAutoscaler that is
    seen to work. {Wizard.next} goes forward with what is proposed, {wizard.back} goes back and
    keeps every answer.

    Everything before Apply only reads. The plan shows each change before it is made, and undo
    takes back exactly what was added.

    An interrupted run and answers that were not finished are offered first. Every run and every
    export leaves a setup document that can be opened here.
    """

    class Chosen(Message):
        """The person chose how to begin."""

        def __init__(self, beginning: Beginning) -> None:
            super().__init__()
            self.beginning = beginning

    def compose(self) -> ComposeResult:
        """A sentence, the choices, and what has been found."""
        yield Static(
            Content.assemble(
                ("From “JetStream runs” to “it scales itself,\n", "bold"),
                ("and I can see why”.", "bold"),
            ),
            classes="motto",
        )
        yield ChoiceList([Choice(*offer) for offer in on_screen(None)])
        yield FactList()
        yield Static(
            Content("Nothing is changed before you have seen the plan and confirmed it."),
            classes="advice",
        )

    def draw(self, desk: Desk) -> None:
        """Offer what earlier sessions left, and say what was found."""
        choices = [Choice(*offer) for offer in on_screen(desk)]
        choice_list = self.query_one(ChoiceList)
        if choice_list.offer(choices):
            choice_list.point_at(choices[0].key)
        self.query_one(FactList).facts = _found(desk)

    def fail(self, error: JetScaleError) -> None:
        """Say why nothing can be done yet."""
        from jetscale_tui.wizard.facts import error_facts

        self.query_one(FactList).facts = error_facts(error)

    def choose(self) -> None:
        """Begin with the highlighted choice."""
        chosen = self.query_one(ChoiceList).chosen
        self.post_message(self.Chosen(Beginning(chosen.key if chosen else SET_UP.key)))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.choose()


def _found(desk: Desk) -> tuple[Fact, ...]:
    """What the surroundings are, so far."""
    contexts = desk.opening.contexts
    context = desk.draft.kubernetes.context
    if context is None:
        kube = Fact(
            State.FAILED,
            "kubeconfig",
            "no context; `gcloud container clusters get-credentials` makes one",
        )
    else:
        others = f", {plural(len(contexts) - 1, 'other')}" if len(contexts) > 1 else ""
        kube = Fact(State.OK, "kubeconfig", f"{context}{others}")
    where = desk.whereabouts
    if where is None:
        return kube, Fact(State.CURRENT, "Google", "asking who you are", muted=True)
    if where.identity:
        return kube, Fact(State.OK, "Google", where.identity)
    said = f"{where.why_not}; its steps are handed over as commands"
    return kube, Fact(State.WARNING, "Google", said)
