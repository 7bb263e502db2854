"""Which adapter brings Cloud Monitoring's metrics to the HPA, and as whom it reads them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.domain.spec import AdapterKind, Identity
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.format import State
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.tui.widgets.choice_list import Choice, ChoiceList
from jetscale_tui.tui.widgets.fact_list import Fact, FactList
from jetscale_tui.wizard.adapters import contested, owners_of_apis, taking_over
from jetscale_tui.wizard.answers import with_adapter
from jetscale_tui.wizard.facts import error_facts, owner_facts
from jetscale_tui.wizard.offers import adapter_offers, identity_offers
from jetscale_tui.wizard.topics import Topic

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.engine.detect import ApiOwner
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.wizard.desk import Desk


class AdapterPane(StepPane):
    """Two choices; the first has the focus, Tab reaches the second."""

    STEP = WizardStep.ADAPTER
    QUESTION = Topic.ADAPTER.question
    HELP: ClassVar[str] = """
    The HPA asks the metrics APIs of the cluster; an adapter answers them from Cloud Monitoring. A
    cluster has one owner of each API: installing a second adapter takes the API from the first,
    and every HPA that used it stops working.

    The adapter needs roles/monitoring.viewer. Principal grants it to its Kubernetes service
    account directly; that is the least to create and to forget.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("adapter.again", "again"),
        bound("adapter.stop", "stop_asking"),
        bound("adapter.takeover", "take_over"),
    ]
    LOOK_UPS = ("owners",)
    STOP = "adapter.stop"
    WAITING = "asking"

    class Looked(Message):
        """Who owns the metrics APIs."""

        def __init__(self, owners: tuple[ApiOwner, ...]) -> None:
            super().__init__()
            self.owners = owners

    class Failed(Message):
        """The cluster cannot be asked."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, desk: Desk | None) -> None:
        super().__init__(desk)
        self._error: JetScaleError | None = None

    def compose_answers(self) -> ComposeResult:
        """Adapter, identity, owners."""
        yield ChoiceList(id="kind")
        yield Static(Content("It reads Cloud Monitoring as"), classes="heading")
        yield ChoiceList(id="identity")
        yield FactList()

    def draw(self, desk: Desk) -> None:
        """Offer both, with what choosing each would take over."""
        adapter = desk.draft.adapter
        self.query_one("#kind", ChoiceList).offer(
            [Choice(*offer) for offer in adapter_offers(desk)], adapter.kind.value
        )
        identities = [Choice(*offer) for offer in identity_offers()]
        self.query_one("#identity", ChoiceList).offer(identities, adapter.identity.value)
        self._say(desk)

    def question_of(self, desk: Desk) -> object | None:
        """The context."""
        return desk.draft.kubernetes.context

    def ask(self, desk: Desk) -> None:
        """Ask who owns the APIs."""
        self._error = None
        work.ask(self, "owners", lambda: owners_of_apis(desk), self.Looked, self.Failed)

    @on(Looked)
    def _looked(self, event: Looked) -> None:
        self.post_message(
            self.Learned(
                lambda desk: replace(desk, owners=event.owners).with_failure(self.STEP, None)
            )
        )
        self.busy = False

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        self._error = event.error
        self.post_message(self.Learned(lambda desk: desk.with_failure(self.STEP, event.error)))
        if self.desk is not None:
            self._say(self.desk)
        self.busy = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Taking over only where there is something to take."""
        if action == "take_over":
            return self.desk is not None and bool(contested(self.desk))
        return super().check_action(action, parameters)

    def action_take_over(self) -> None:
        """Let the plan take the metrics APIs from whoever serves them."""
        if self.desk is not None:
            owners = contested(self.desk)
            self.post_message(self.Learned(lambda desk: taking_over(desk, owners)))

    @on(OptionList.OptionHighlighted, "#kind")
    def _kind_chosen(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        kind = AdapterKind(event.option_id or "")
        if self.desk is not None and self.desk.draft.adapter.kind is not kind:
            self.post_message(self.Edited(lambda setup: with_adapter(setup, kind=kind)))

    @on(OptionList.OptionHighlighted, "#identity")
    def _identity_chosen(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        identity = Identity(event.option_id or "")
        if self.desk is not None and self.desk.draft.adapter.identity is not identity:
            self.post_message(self.Edited(lambda setup: with_adapter(setup, identity=identity)))

    @on(OptionList.OptionSelected)
    def _go_on(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Advance())

    def _say(self, desk: Desk) -> None:
        facts = self.query_one(FactList)
        if self._error is not None:
            facts.facts = error_facts(self._error)
        elif self.stopped:
            facts.facts = (self.stopped_fact(),)
        elif desk.owners is None:
            facts.facts = (Fact(State.CURRENT, "", "asking who serves the metrics APIs"),)
        else:
            facts.facts = owner_facts(desk)
