"""Which cluster: contexts and GKE clusters in one list, and what the chosen one holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.message import Message
from textual.widgets import OptionList

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.engine.places import Candidate, Places, find_places
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.format import State
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.tui.widgets.choice_list import Choice, ChoiceList
from jetscale_tui.tui.widgets.fact_list import Fact, FactList
from jetscale_tui.tui.widgets.filtered_list import FilteredList
from jetscale_tui.wizard.answers import moved_to
from jetscale_tui.wizard.cluster_facts import cluster_facts
from jetscale_tui.wizard.facts import error_facts
from jetscale_tui.wizard.offers import cluster_offer
from jetscale_tui.wizard.places import ClusterLook, look_at_cluster
from jetscale_tui.wizard.topics import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from jetscale_tui.engine.places import Lack
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.wizard.desk import Desk

_STILL = 0.4
"""Seconds a choice must stay highlighted while one types, before its cluster is asked."""


class ClusterPane(StepPane):
    """The highlighted context is the one every call goes to from then on."""

    STEP = WizardStep.CLUSTER
    QUESTION = Topic.CLUSTER.question
    HELP: ClassVar[str] = """
    The list holds the contexts of your kubeconfig, then the GKE clusters that have none; those are
    reached with your Google credentials. JetScale never changes the kubeconfig: it names the chosen
    cluster in every call. `{cluster.filter}` narrows the list; `{cluster.project}` lists the
    clusters of a project, also of one that Google does not show you.

    A replica's TPU chips are all on one node, so what counts is how many nodes have enough.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("cluster.filter", "search"),
        bound("cluster.project", "project"),
        bound("cluster.again", "again"),
        bound("cluster.stop", "stop_asking"),
    ]
    LOOK_UPS = ("look", "places")
    STOP = "cluster.stop"
    WAITING = "asking"

    class Listed(Message):
        """Google's clusters are there, or why they are not."""

        def __init__(self, places: Places, project: str | None) -> None:
            super().__init__()
            self.places = places
            self.project = project

    class ListFailed(Message):
        """They cannot be listed, for no known reason."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

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
        self._places: Places | None = None
        self._listing = False
        self._error: JetScaleError | None = None
        self._soon: Timer | None = None

    def compose_answers(self) -> ComposeResult:
        """The list, and what the chosen cluster is like."""
        yield FilteredList(placeholder="context, cluster, project or location")
        yield FactList()

    def forget(self) -> None:
        """List the places again, too."""
        super().forget()
        self._places = None

    def draw(self, desk: Desk) -> None:
        """Offer the contexts, and say what is known of the chosen one."""
        if self._places is None:
            self._places = Places(tuple(Candidate(each, None) for each in desk.opening.contexts))
            self._offer(desk)
            if not desk.without_google:
                self._list(desk, None)
        self._say(desk)

    @property
    def asking(self) -> bool:
        """The chosen cluster, or Google for more of them."""
        return self.busy or self._listing

    def give_up(self) -> None:
        """Neither wait for the cluster nor for Google's list."""
        super().give_up()
        self._listing = False

    def action_again(self) -> None:
        """Ask again, also for the list."""
        desk, was_stopped = self.desk, self.stopped
        super().action_again()
        if desk is not None and was_stopped and not desk.without_google:
            self._list(desk, None)
            self._say(desk)

    def _list(self, desk: Desk, project: str | None) -> None:
        self._listing = True
        self.time_the_wait()
        work.ask(
            self,
            "places",
            lambda: find_places(desk.backend, project),
            lambda places: self.Listed(places, project),
            self.ListFailed,
        )

    def _offer(self, desk: Desk, chosen: str | None = None) -> None:
        known = self._places.candidates if self._places else ()
        context = chosen or desk.draft.kubernetes.context
        self.query_one(FilteredList).offer(
            [Choice(*cluster_offer(each)) for each in known], context
        )

    @on(Listed)
    def _were_listed(self, event: Listed) -> None:
        self._listing = False
        self.time_the_wait()
        self._places = event.places
        if self.desk is not None:
            of_project = (
                each.name
                for each in event.places.candidates
                if each.cluster is not None and each.cluster.project == event.project
            )
            self._offer(self.desk, next(of_project, None))
            self._say(self.desk)

    @on(ListFailed)
    def _not_listed(self, event: ListFailed) -> None:
        self._listing = False
        self.time_the_wait()
        self.notify(event.error.what, severity="warning", markup=False)

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
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if self._soon is not None:
            self._soon.stop()
        # While one types, the list moves by itself: only where it comes to rest is meant.
        if self.query_one(FilteredList).typing:
            self._soon = self.set_timer(_STILL, self._choose)
        else:
            self._choose()

    def _choose(self) -> None:
        """Let every call go to the highlighted cluster."""
        chosen = self.query_one(FilteredList).chosen
        candidate = self._candidate(chosen.key) if chosen else None
        if candidate is None or self.desk is None:
            return
        name, cluster = candidate.name, candidate.cluster
        if name != self.desk.draft.kubernetes.context:
            self.post_message(self.Edited(lambda setup: moved_to(setup, name, cluster)))

    @on(FilteredList.Chosen)
    def _go_on(self, event: FilteredList.Chosen) -> None:
        event.stop()
        self._choose()
        self.post_message(self.Advance())

    def _candidate(self, key: str) -> Candidate | None:
        known = self._places.candidates if self._places else ()
        return next((candidate for candidate in known if candidate.name == key), None)

    def focus_default(self) -> None:
        """The list; the field waits until it is asked for."""
        self.query_one(ChoiceList).focus()

    def action_search(self) -> None:
        """Type to narrow the list."""
        self.query_one(FilteredList).search()

    def action_project(self) -> None:
        """List the clusters of a project."""
        from jetscale_tui.tui.dialogs.pick_project import PickProjectDialog

        places = self._places or Places(())
        about = (lack for lack in places.lacks if lack.about in ("Google", "projects"))
        why_not = next((_lacking(lack) for lack in about), "")

        def picked(project: str | None) -> None:
            if project is not None and self.desk is not None:
                self._list(self.desk, project)
                self._say(self.desk)

        self.app.push_screen(PickProjectDialog(places.projects, why_not), picked)

    def _say(self, desk: Desk) -> None:
        self.query_one(FactList).facts = tuple(self._facts(desk))

    def _facts(self, desk: Desk) -> Iterator[Fact]:
        if desk.draft.kubernetes.context is None:
            yield from self._nothing_chosen()
        elif self._error is not None:
            yield from error_facts(self._error)
        elif self.stopped:
            yield self.stopped_fact()
        elif desk.cluster_look is None:
            yield Fact(State.CURRENT, "", "looking at the cluster", muted=True)
        else:
            yield from cluster_facts(desk, desk.cluster_look)
        if self._listing and desk.draft.kubernetes.context is not None:
            yield Fact(State.CURRENT, "", "asking Google for more clusters", muted=True)
        elif self._places is not None:
            for lack in self._places.lacks:
                yield Fact(State.WARNING, "", _lacking(lack))

    def _nothing_chosen(self) -> Iterator[Fact]:
        if self._listing:
            yield Fact(State.CURRENT, "", "asking Google for clusters", muted=True)
        else:
            said = worded(
                self, "No cluster is known yet: {cluster.project} names a project to look in."
            )
            yield Fact(State.FAILED, "", said)


def _lacking(lack: Lack) -> str:
    return " ".join(part for part in (lack.what, lack.fix) if part)
