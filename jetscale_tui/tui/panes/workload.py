"""Which server: Deployments recognised by their profile, and the metrics really found there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.message import Message
from textual.widgets import OptionList

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.format import State
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.tui.widgets.choice_list import Choice, ChoiceList
from jetscale_tui.tui.widgets.fact_list import Fact, FactList
from jetscale_tui.wizard.answers import with_server
from jetscale_tui.wizard.facts import error_facts, server_facts
from jetscale_tui.wizard.offers import server_key, server_offers
from jetscale_tui.wizard.topics import Topic, answer
from jetscale_tui.wizard.workloads import ServerFacts, look_at

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.engine.detect import FoundWorkload
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.wizard.desk import Desk
    from jetscale_tui.wizard.workloads import Servers


class WorkloadPane(StepPane):
    """The highlighted Deployment is the one that will be scaled."""

    STEP = WizardStep.WORKLOAD
    QUESTION = Topic.SERVER.question
    HELP: ClassVar[str] = """
    A profile knows a server's container, its ports and its metrics. JetScale recognises a server
    by container name or image, then asks one ready pod's metrics port what it really emits.

    Without its metrics argument the server has no metrics port. The plan can add it; that
    replaces the pods, so it is asked separately.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("workload.again", "again"),
        bound("workload.type", "type"),
        bound("workload.stop", "stop_asking"),
    ]
    LOOK_UPS = ("look",)
    STOP = "workload.stop"
    WAITING = "asking"

    class Looked(Message):
        """The chosen server."""

        def __init__(self, facts: ServerFacts) -> None:
            super().__init__()
            self.facts = facts

    class Failed(Message):
        """The cluster cannot be asked."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, desk: Desk | None) -> None:
        super().__init__(desk)
        self._facts: ServerFacts | None = None
        self._facts_of: object = None
        self._error: JetScaleError | None = None

    def compose_answers(self) -> ComposeResult:
        """The list, and what the chosen server says."""
        yield ChoiceList()
        yield FactList()

    def draw(self, desk: Desk) -> None:
        """Offer the servers found, and say what is known of the chosen one."""
        self.time_the_wait()
        self._offer(desk)
        self._say(desk)

    @property
    def asking(self) -> bool:
        """The chosen server, or the cluster for all of them."""
        return self.busy or (self.desk is not None and self.desk.servers is None)

    def give_up(self) -> None:
        """Neither wait for the server, nor for the list."""
        super().give_up()
        if self.desk is not None and self.desk.servers is None:
            self.post_message(self.LookAroundGivenUp())

    def action_again(self) -> None:
        """Ask again, and look through the cluster: there may be more servers by now."""
        self.post_message(self.LookAround())
        super().action_again()

    def question_of(self, desk: Desk) -> object | None:
        """The chosen server and where its metrics would be."""
        draft = desk.draft
        if draft.kubernetes.context is None:
            return None
        return draft.kubernetes.context, draft.workload, draft.scrape.server.path

    def ask(self, desk: Desk) -> None:
        """Ask the chosen server."""
        self._error = None
        if self._facts_of != (about := answer(Topic.SERVER, desk.draft)):
            self._facts, self._facts_of = None, about
        work.ask(self, "look", lambda: look_at(desk), self.Looked, self.Failed)

    @on(Looked)
    def _looked(self, event: Looked) -> None:
        self._facts = event.facts
        look = event.facts.look
        self.post_message(
            self.Learned(lambda desk: replace(desk, server_look=look).with_failure(self.STEP, None))
        )
        if self.desk is not None:
            self._say(self.desk)
        self.busy = False

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        self._error = event.error
        self.post_message(self.Learned(lambda desk: desk.with_failure(self.STEP, event.error)))
        if self.desk is not None:
            self._say(self.desk)
        self.busy = False

    def _offer(self, desk: Desk) -> None:
        servers, workload = desk.servers, desk.draft.workload
        if servers is None:
            return
        rows = [Choice(*offer) for offer in server_offers(desk)]
        key = server_key(workload.namespace, workload.deployment)
        self.query_one(ChoiceList).offer(rows, key)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        desk = self.desk
        if desk is None or desk.servers is None:
            return
        for each in desk.servers.found:
            if server_key(each.namespace, each.deployment) == event.option_id:
                if each is not desk.servers.named(desk.draft):
                    self._choose(desk.servers, each)
                return

    @on(OptionList.OptionSelected)
    def _go_on(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Advance())

    def _choose(self, servers: Servers, server: FoundWorkload) -> None:
        self.post_message(self.Learned(lambda desk: with_server(desk, servers, server)))

    def action_type(self) -> None:
        """Ask for a name."""
        from jetscale_tui.tui.dialogs.name_server import NameServerDialog, ServerName

        desk = self.desk
        if desk is None:
            return

        def named(answer: ServerName | None) -> None:
            if answer is not None:
                self.post_message(self.Edited(answer.apply))

        workload = desk.draft.workload
        self.app.push_screen(NameServerDialog(workload.namespace, workload.deployment), named)

    def _typed_instead(self) -> tuple[Fact, ...]:
        said = worded(self, "{Workload.type} names the Deployment without looking for it.")
        return (Fact(State.TODO, "", said),)

    def _say(self, desk: Desk) -> None:
        facts = self.query_one(FactList)
        if self._error is not None:
            facts.facts = error_facts(self._error)
        elif self.stopped:
            facts.facts = (self.stopped_fact(), *self._typed_instead())
        elif self._facts is None:
            facts.facts = (Fact(State.CURRENT, "", "asking the server", muted=True),)
        else:
            facts.facts = server_facts(desk, self._facts)
