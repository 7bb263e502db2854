"""Which cluster: contexts and GKE clusters in one list, and what the chosen one holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.message import Message
from textual.widgets import OptionList

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.format import State, plural
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.tui.widgets.choice_list import Choice, ChoiceList
from jetscale_tui.tui.widgets.fact_list import Fact, FactList
from jetscale_tui.wizard.answers import moved_to
from jetscale_tui.wizard.facts import error_facts
from jetscale_tui.wizard.places import (
    Candidate,
    Candidates,
    ClusterLook,
    contexts_only,
    find_candidates,
    look_at_cluster,
)

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.wizard.desk import Desk


class ClusterPane(StepPane):
    """The highlighted context is the one every call goes to from then on."""

    STEP = WizardStep.CLUSTER
    QUESTION = "Which cluster runs the server? Every write goes there."
    HELP: ClassVar[str] = """
    The list holds the contexts of your kubeconfig, then the GKE clusters that have none; those
    are reached with your Google credentials. JetScale never changes the kubeconfig: it names the
    chosen cluster in every call.

    A replica's TPU chips are all on one node, so what counts is how many nodes have enough.
    """
    BINDINGS: ClassVar[list[BindingType]] = [bound("cluster.again", "again")]

    class Listed(Message):
        """Google's clusters are there."""

        def __init__(self, candidates: Candidates) -> None:
            super().__init__()
            self.candidates = candidates

    class Looked(Message):
        """The chosen cluster has answered."""

        def __init__(self, look: ClusterLook) -> None:
            super().__init__()
            self.look = look

    class LookFailed(Message):
        """The chosen cluster cannot be reached."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, desk: Desk | None) -> None:
        super().__init__(desk)
        self._candidates: Candidates | None = None
        self._listed = False
        self._error: JetScaleError | None = None

    def compose_answers(self) -> ComposeResult:
        """The list, and what the chosen cluster is like."""
        yield ChoiceList()
        yield FactList()

    def draw(self, desk: Desk) -> None:
        """Offer the contexts, and say what is known of the chosen one."""
        if self._candidates is None:
            self._candidates = contexts_only(desk.opening.contexts)
            self._offer(desk)
        if not self._listed:
            self._listed = True
            work.ask(
                self,
                "candidates",
                lambda: find_candidates(desk.backend, desk.opening.contexts),
                self.Listed,
                self.LookFailed,
            )
        self._say(desk)

    def _offer(self, desk: Desk) -> None:
        assert self._candidates is not None, "drawn before"
        choices = [_choice(candidate) for candidate in self._candidates.all]
        self.query_one(ChoiceList).offer(choices, desk.draft.kubernetes.context)

    @on(Listed)
    def _were_listed(self, event: Listed) -> None:
        self._candidates = event.candidates
        if self.desk is not None:
            self._offer(self.desk)

    def question_of(self, desk: Desk) -> object | None:
        """The context, the server in it, and the pools Google knows of."""
        if desk.draft.kubernetes.context is None:
            return None
        gke = desk.whereabouts.cluster if desk.whereabouts else None
        return desk.draft.kubernetes.context, desk.draft.workload, gke

    def ask(self, desk: Desk) -> None:
        """Ask the chosen cluster."""
        self._error = None
        work.ask(self, "look", lambda: look_at_cluster(desk), self.Looked, self.LookFailed)

    @on(Looked)
    def _looked(self, event: Looked) -> None:
        self.post_message(
            self.Learned(
                lambda desk: replace(desk, cluster_look=event.look).with_failure(self.STEP, None)
            )
        )
        self.busy = False

    @on(LookFailed)
    def _failed(self, event: LookFailed) -> None:
        self._error = event.error
        self.post_message(
            self.Learned(
                lambda desk: replace(desk, cluster_look=None).with_failure(self.STEP, event.error)
            )
        )
        if self.desk is not None:
            self._say(self.desk)
        self.busy = False

    @on(OptionList.OptionHighlighted)
    def _chosen(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        candidate = self._candidate(event.option_id)
        if candidate is None or self.desk is None:
            return
        name, cluster = candidate.name, candidate.cluster
        if name != self.desk.draft.kubernetes.context:
            self.post_message(self.Edited(lambda setup: moved_to(setup, name, cluster)))

    @on(OptionList.OptionSelected)
    def _go_on(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Advance())

    def _candidate(self, key: str | None) -> Candidate | None:
        known = self._candidates.all if self._candidates else ()
        return next((candidate for candidate in known if candidate.name == key), None)

    def _say(self, desk: Desk) -> None:
        facts = self.query_one(FactList)
        if self._error is not None:
            facts.facts = error_facts(self._error)
        elif desk.cluster_look is None:
            facts.facts = (Fact(State.CURRENT, "", "looking at the cluster", muted=True),)
        else:
            look = desk.cluster_look
            facts.facts = (*_cluster_facts(desk, look), *_capacity_facts(desk, look))


def _choice(candidate: Candidate) -> Choice:
    context, cluster = candidate.context, candidate.cluster
    if context is not None:
        return Choice(candidate.name, context.name, "current context" if context.current else "")
    assert cluster is not None, "a candidate is one or the other"
    where = f"{cluster.project} {cluster.location}, by your Google credentials"
    return Choice(candidate.name, cluster.name, where)


def _cluster_facts(desk: Desk, look: ClusterLook) -> list[Fact]:
    lines = [Fact(State.OK, "Kubernetes", look.version)]
    gke = desk.whereabouts.cluster if desk.whereabouts else None
    if gke is None:
        why = desk.whereabouts.why_not if desk.whereabouts else "asking"
        return [*lines, Fact(State.WARNING, "Google", why or "Google does not know this cluster")]
    identity = "on" if gke.workload_pool else "off"
    metrics = "on" if gke.managed_prometheus else "off"
    lines.append(
        Fact(State.OK if gke.workload_pool else State.WARNING, "Workload Identity", identity)
    )
    lines.append(
        Fact(State.OK if gke.managed_prometheus else State.WARNING, "Managed Prometheus", metrics)
    )
    for pool in gke.pools:
        if pool.chips_per_node:
            grows = f", grows to {pool.max_nodes}" if pool.max_nodes > pool.node_count else ""
            said = (
                f"{pool.machine_type} {pool.topology}, {plural(pool.node_count, 'node')} of "
                f"{pool.chips_per_node} chips{grows}"
            )
            lines.append(Fact(State.OK, f"Pool {pool.name}", said))
    return lines


def _capacity_facts(desk: Desk, look: ClusterLook) -> list[Fact]:
    capacity = look.capacity
    per_replica = desk.draft.workload.chips_per_replica
    if not capacity.nodes:
        return [Fact(State.WARNING, "TPU chips", "no node has chips for this server")]
    said = f"{capacity.chips} / {per_replica} a replica: {capacity.fits_now} fit now"
    grown = capacity.fits_grown
    if grown is not None and grown > capacity.fits_now:
        said += f", {grown} once the pool has grown"
    return [Fact(State.OK if capacity.fits_now else State.WARNING, "TPU chips", said)]
