"""The wizard's questions as plain lines: drives the same interview as the screen does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jetscale_tui.cli.prompter import Back, Question
from jetscale_tui.cli.prompts_checks import go_through
from jetscale_tui.domain.flow import WALK, WizardStep
from jetscale_tui.engine.places import find_places
from jetscale_tui.errors import JetScaleError, UsageError
from jetscale_tui.wizard import answers, offers
from jetscale_tui.wizard.adapters import contested, owners_of_apis, product, taking_over
from jetscale_tui.wizard.cluster_facts import cluster_facts
from jetscale_tui.wizard.facts import error_facts, owner_facts, server_facts
from jetscale_tui.wizard.forecasts import foresee
from jetscale_tui.wizard.metric_offers import metric_offers, room, servable, target_of
from jetscale_tui.wizard.obstacles import Obstacle, WayOut
from jetscale_tui.wizard.opening import find_whereabouts
from jetscale_tui.wizard.places import look_at_cluster
from jetscale_tui.wizard.topics import Topic
from jetscale_tui.wizard.workloads import find_servers, look_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.cli.prompter import Prompter
    from jetscale_tui.domain.profile import Metric
    from jetscale_tui.wizard.desk import Desk
    from jetscale_tui.wizard.interview import Interview


@dataclass(frozen=True, slots=True)
class _Ask:
    step: WizardStep
    topic: Topic | None
    """None: the prerequisites, which no flag answers."""
    put: Callable[[bool], None]
    """Asks, unless told that the answer was given."""


class Questionnaire:
    """From the prerequisites to the limits; `interview` is where it stands at any moment."""

    def __init__(self, interview: Interview, prompter: Prompter, *, in_spite: bool) -> None:
        """With `in_spite`, failed checks do not stop."""
        self.interview = interview
        self._prompter = prompter
        self._in_spite = in_spite
        self._again: set[Topic] = set()
        """Answers that were given, and turned out not to do."""
        self._looked: str | None = ""
        """The context that was looked around in."""
        self._asks = (
            _Ask(WizardStep.PREREQUISITES, None, self._prerequisites),
            _Ask(WizardStep.CLUSTER, Topic.CLUSTER, self._cluster),
            _Ask(WizardStep.WORKLOAD, Topic.SERVER, self._server),
            _Ask(WizardStep.ADAPTER, Topic.ADAPTER, self._adapter),
            _Ask(WizardStep.ADAPTER, Topic.IDENTITY, self._identity),
            _Ask(WizardStep.METRICS, Topic.METRICS, self._metrics),
            _Ask(WizardStep.METRICS, Topic.MINIMUM, self._minimum),
            _Ask(WizardStep.METRICS, Topic.MAXIMUM, self._maximum),
        )

    @property
    def desk(self) -> Desk:
        """What is known so far."""
        return self.interview.desk

    def ask(self) -> None:
        """Ask what is not answered yet, from the interview's step on, until the plan can be made.

        Raises:
            EOFError, KeyboardInterrupt: the person left; the answers so far are kept.
            UsageError: nobody may be asked, and there is no default that is safe.
        """
        index = self._first(self.interview.step)
        entered: WizardStep | None = None
        while index < len(self._asks):
            ask = self._asks[index]
            if ask.step is not entered:
                entered = ask.step
                self._enter(ask.step)
            try:
                ask.put(self._is_given(ask))
            except Back:
                index = self._before(index)
                continue
            self.interview.keep()
            following = index + 1
            if following < len(self._asks) and self._asks[following].step is ask.step:
                index = following
                continue
            obstacle = self.interview.obstacle
            if obstacle is None:
                self.interview = self.interview.forward()
                index = following
            else:
                index, entered = self._stopped(obstacle, ask), None

    def go_back(self) -> None:
        """From the plan to the last question that is not answered by a flag or a file."""
        index = self._before(len(self._asks))
        self.interview = self.interview.at(self._asks[min(index, len(self._asks) - 1)].step)

    def _enter(self, step: WizardStep) -> None:
        self.interview = self.interview.at(step)
        self._prompter.title(step_title(step))
        self._look_around()

    def _first(self, step: WizardStep) -> int:
        found = [index for index, ask in enumerate(self._asks) if ask.step is step]
        return found[0] if found else len(self._asks)

    def _before(self, index: int) -> int:
        for earlier in range(index - 1, -1, -1):
            if not self._is_given(self._asks[earlier]):
                return earlier
        self._prompter.say("  There is no question before this one.")
        return index

    def _is_given(self, ask: _Ask) -> bool:
        topic = ask.topic
        if topic is None or topic in self._again:
            return False
        given = replace(self.desk, given=self.desk.opening.given)
        named = topic is Topic.CLUSTER and given.is_given("google.cluster")
        return named or given.is_given(topic)

    def _stopped(self, obstacle: Obstacle, ask: _Ask) -> int:
        """Say what stands in the way; the question to go on with."""
        back = obstacle.way_out is WayOut.GO_BACK
        index = self._first(obstacle.step if back else ask.step)
        topics = {each.topic for each in self._asks if each.step is self._asks[index].step}
        self._prompter.trouble(obstacle.what, obstacle.fix)
        if self._prompter.accepts:
            flags = " or ".join(sorted(topic.flag for topic in topics if topic is not None))
            raise UsageError(obstacle.what, fix=f"{obstacle.fix}\nAnswer with {flags}.".strip())
        self._again |= {topic for topic in topics if topic is not None}
        return index

    def _look_around(self) -> None:
        """Once for every context that is meant: where it is, and which servers run there."""
        context = self.desk.draft.kubernetes.context
        if context == self._looked or context is None:
            return
        self._looked = context
        self._prompter.say(f"Looking around in {context} ...")
        desk = self.desk
        self.interview = self.interview.located(context, find_whereabouts(desk.backend, desk.draft))
        self.interview = self.interview.served(context, find_servers(self.desk))

    def _prerequisites(self, _given: bool) -> None:
        self.interview = go_through(self.interview, self._prompter, in_spite=self._in_spite)

    def _cluster(self, given: bool) -> None:
        places = find_places(self.desk.backend)
        for lack in places.lacks:
            self._prompter.trouble(f"note: {lack.what}", lack.fix)
        chosen = self.desk.draft.kubernetes.context
        self._look_at_cluster()
        if given:
            self._say_given(Topic.CLUSTER, chosen or "")
            return
        if not places.candidates:
            raise UsageError(
                "There is no cluster to choose.",
                why="\n".join(lack.what for lack in places.lacks),
                fix="Fetch a kubeconfig with `gcloud container clusters get-credentials`, or name "
                "the cluster: --project, --location and --cluster.",
            )
        found = {candidate.name: candidate for candidate in places.candidates}
        offered = [offers.cluster_offer(candidate) for candidate in places.candidates]
        name = self._prompter.choose(_question(Topic.CLUSTER), offered, chosen)
        if name != chosen:
            cluster = found[name].cluster
            self.interview = self.interview.answered(
                lambda setup: answers.moved_to(setup, name, cluster)
            )
            self._look_around()
            self._look_at_cluster()

    def _look_at_cluster(self) -> None:
        """Ask the chosen cluster, and say what it is like."""
        if self.desk.draft.kubernetes.context is None:
            return
        try:
            look = look_at_cluster(self.desk)
        except JetScaleError as error:
            self._failed(WizardStep.CLUSTER, error)
            return
        self.interview = self.interview.learned(
            lambda desk: replace(desk, cluster_look=look).with_failure(WizardStep.CLUSTER, None)
        )
        self._prompter.facts(cluster_facts(self.desk, look))

    def _failed(self, step: WizardStep, error: JetScaleError) -> None:
        self.interview = self.interview.learned(lambda desk: desk.with_failure(step, error))
        self._prompter.facts(error_facts(error))

    def _server(self, given: bool) -> None:
        workload = self.desk.draft.workload
        chosen = offers.server_key(workload.namespace, workload.deployment)
        servers = self.desk.servers
        offered = offers.server_offers(self.desk)
        several = servers is not None and len(servers.found) > 1
        self._look_at_server()
        if given:
            self._say_given(Topic.SERVER, chosen)
            return
        safe = not (self._prompter.accepts and several)
        question = _question(Topic.SERVER, "\nA number, or NAMESPACE/NAME of another Deployment.")
        key = self._prompter.choose(question, offered, chosen if safe else None, _deployment)
        if key != chosen:
            self._take_server(key)
            self._look_at_server()

    def _take_server(self, key: str) -> None:
        servers = self.desk.servers
        server = servers.by_key(key) if servers else None
        if servers is not None and server is not None:
            self.interview = self.interview.learned(
                lambda desk: answers.with_server(desk, servers, server)
            )
            return
        namespace, _, name = key.partition("/")
        self.interview = self.interview.answered(
            lambda setup: answers.server_named(setup, namespace, name)
        )

    def _look_at_server(self) -> None:
        """Ask the chosen server, and say what it is like."""
        try:
            found = look_at(self.desk)
        except JetScaleError as error:
            self._failed(WizardStep.WORKLOAD, error)
            return
        self.interview = self.interview.learned(
            lambda desk: replace(desk, server_look=found.look).with_failure(
                WizardStep.WORKLOAD, None
            )
        )
        self._prompter.facts(server_facts(self.desk, found))

    def _adapter(self, given: bool) -> None:
        self._look_for_owners()
        kind = self.desk.draft.adapter.kind
        if given:
            self._say_given(Topic.ADAPTER, kind.value)
        else:
            default = None if self._prompter.accepts and contested(self.desk) else kind.value
            chosen = type(kind)(
                self._prompter.choose(
                    _question(Topic.ADAPTER), offers.adapter_offers(self.desk), default
                )
            )
            self.interview = self.interview.answered(
                lambda setup: answers.with_adapter(setup, kind=chosen)
            )
        self._take_over()

    def _look_for_owners(self) -> None:
        try:
            owners = owners_of_apis(self.desk)
        except JetScaleError as error:
            self._failed(WizardStep.ADAPTER, error)
            return
        self.interview = self.interview.learned(
            lambda desk: replace(desk, owners=owners).with_failure(WizardStep.ADAPTER, None)
        )
        self._prompter.facts(owner_facts(self.desk))

    def _take_over(self) -> None:
        """A metrics API that somebody else serves is taken from them only when that is said."""
        owners = contested(self.desk)
        if not owners:
            return
        names = ", ".join(sorted({product(owner) for owner in owners}))
        apis = ", ".join(owner.api for owner in owners)
        question = Question(
            f"{names} serves {apis}. Take it over? HPAs that use it stop working.",
            "A cluster has one owner of each metrics API. No goes back to choosing the adapter; "
            "undo gives the API back to whoever has it now.",
            " ".join(f"--take-over APIService/{owner.api}" for owner in owners),
        )
        if self._prompter.accepts:
            raise UsageError(
                f"--yes cannot answer: {question.text}",
                fix=f"Choose the adapter that owns it, or answer with {question.flag}.",
            )
        if not self._prompter.confirm(question):
            self._again.add(Topic.ADAPTER)
            self._adapter(False)
            return
        self.interview = self.interview.learned(lambda desk: taking_over(desk, owners))

    def _identity(self, given: bool) -> None:
        identity = self.desk.draft.adapter.identity
        if given:
            self._say_given(Topic.IDENTITY, identity.value)
            return
        chosen = type(identity)(
            self._prompter.choose(
                _question(Topic.IDENTITY), offers.identity_offers(), identity.value
            )
        )
        self.interview = self.interview.answered(
            lambda setup: answers.with_adapter(setup, identity=chosen)
        )

    def _metrics(self, given: bool) -> None:
        if given:
            said = ", ".join(
                f"{each.name}={each.target}" for each in self.desk.draft.scaling.metrics
            )
            self._say_given(Topic.METRICS, said)
            return
        offered = metric_offers(self.desk)
        names = [offer.key for offer in offered]
        now = [each.name for each in self.desk.draft.scaling.metrics if each.name in names]
        default = ",".join(str(names.index(name) + 1) for name in now)
        picked = self._prompter.choose_several(_question(Topic.METRICS), offered, default)
        targets = [(m.name, self._target(m)) for m in servable(self.desk) if m.name in picked]
        self.interview = self.interview.answered(lambda setup: answers.following(setup, targets))

    def _target(self, metric: Metric) -> str:
        from jetscale_tui.domain.spec import MetricTarget
        from jetscale_tui.domain.validation import resolved_target, target_problems

        def usable(text: str) -> str:
            found = MetricTarget(name=metric.name, target=text)
            for problem in target_problems(found, metric, "The target"):
                raise ValueError(f"{problem.path} {problem.what}. {problem.fix}".strip())
            return resolved_target(text)

        question = Question(
            f"Target of {metric.name}, in {metric.unit.value}?",
            "A Kubernetes quantity: 10, 900m (0.9), 12Gi; for a share you may write 90%. The HPA "
            "asks for value / target times the replicas there are.",
            f"--metric {metric.name}=TARGET",
        )
        return self._prompter.text(question, target_of(self.desk, metric), usable, "Target")

    def _minimum(self, given: bool) -> None:
        minimum = self.desk.draft.scaling.min_replicas
        if given:
            self._say_given(Topic.MINIMUM, str(minimum))
            return
        count = self._count(Topic.MINIMUM, minimum, least=1)
        self.interview = self.interview.answered(
            lambda setup: answers.with_limits(setup, minimum=count)
        )

    def _maximum(self, given: bool) -> None:
        scaling, capacity = self.desk.draft.scaling, room(self.desk)
        if capacity:
            self._prompter.say(f"  {capacity}")
        if given:
            self._say_given(Topic.MAXIMUM, str(scaling.max_replicas))
        else:
            # Where no chips were counted, nobody knows a maximum that is safe.
            safe = scaling.max_replicas if capacity or not self._prompter.accepts else None
            count = self._count(Topic.MAXIMUM, safe, least=scaling.min_replicas)
            self.interview = self.interview.answered(
                lambda setup: answers.with_limits(setup, maximum=count)
            )
        self._foresee()

    def _count(self, topic: Topic, default: int | None, *, least: int) -> int:
        def whole(text: str) -> str:
            if not text.isdigit() or int(text) < least:
                raise ValueError(f"Write a whole number, {least} or more.")
            return str(int(text))

        preset = "" if default is None else str(default)
        return int(self._prompter.text(_question(topic), preset, whole, "Replicas"))

    def _foresee(self) -> None:
        """What these answers would do under a burst."""
        if self.desk.problems:
            return
        self._prompter.say("Forecast for the guide's burst of 100 requests:")
        for line in foresee(self.desk).headlines:
            self._prompter.say(f"  {'note: ' if line.warning else ''}{line.text}")

    def _say_given(self, topic: Topic, value: str) -> None:
        self._prompter.say(f"{topic.question} {value}, as given")


def step_title(step: WizardStep) -> str:
    """A step and how far along the walk it is."""
    return f"Step {WALK.index(step) + 1} of {len(WALK)}: {step.heading}"


def _question(topic: Topic, more: str = "") -> Question:
    return Question(topic.question + more, topic.explanation, topic.flag)


def _deployment(text: str) -> str:
    """A Deployment by its name, in the default namespace where none is said."""
    from jetscale_tui.domain import names

    namespace, _, name = text.rpartition("/")
    namespace = namespace or "default"
    wrong = names.dns_label(namespace) or (names.dns_subdomain(name) if name else "is empty")
    if wrong:
        raise ValueError(f"{text!r} {wrong}. Write NAMESPACE/NAME.")
    return offers.server_key(namespace, name)
