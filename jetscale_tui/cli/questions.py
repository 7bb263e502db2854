"""Each question of the wizard as plain lines: its look-ups, its facts, and what an answer does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jetscale_tui.cli.prompter import Back, Question
from jetscale_tui.cli.prompts_checks import go_through
from jetscale_tui.cli.typed import NONE, deployment, named, whole
from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.domain.wording import shown
from jetscale_tui.engine.places import find_places
from jetscale_tui.errors import JetScaleError, UsageError
from jetscale_tui.wizard import answers, behaviors, offers
from jetscale_tui.wizard.adapters import contested, loss, owners_of_apis, taking_over
from jetscale_tui.wizard.cluster_facts import cluster_facts
from jetscale_tui.wizard.facts import error_facts, owner_facts, server_facts
from jetscale_tui.wizard.forecasts import foresee
from jetscale_tui.wizard.metric_offers import metric_offers, room, servable, target_of
from jetscale_tui.wizard.opening import find_whereabouts
from jetscale_tui.wizard.places import look_at_cluster
from jetscale_tui.wizard.topics import Topic
from jetscale_tui.wizard.workloads import find_servers, look_at

if TYPE_CHECKING:
    from jetscale_tui.cli.prompter import Prompter
    from jetscale_tui.domain.profile import Metric
    from jetscale_tui.wizard.desk import Desk
    from jetscale_tui.wizard.interview import Interview


class Questions:
    """Asks one at a time; `interview` is where it stands at any moment."""

    def __init__(self, interview: Interview, prompter: Prompter, *, in_spite: bool) -> None:
        """With `in_spite`, failed checks do not stop."""
        self.interview = interview
        self.again: set[Topic] = set()
        """Answers that were given, and turned out not to do."""
        self._prompter = prompter
        self._in_spite = in_spite
        self._looked: str | None = ""
        """The context that was looked around in."""

    @property
    def desk(self) -> Desk:
        """What is known so far."""
        return self.interview.desk

    def look_around(self) -> None:
        """Once for every context that is meant: where it is, and which servers run there."""
        context = self.desk.draft.kubernetes.context
        if context == self._looked or context is None:
            return
        self._looked = context
        self._prompter.say(f"Looking around in {shown(context)} ...")
        desk = self.desk
        self.interview = self.interview.located(context, find_whereabouts(desk.backend, desk.draft))
        self.interview = self.interview.served(context, find_servers(self.desk))

    def prerequisites(self, _given: bool) -> None:
        """Check them, and offer the fixes."""
        self.interview = go_through(self.interview, self._prompter, in_spite=self._in_spite)

    def cluster(self, given: bool) -> None:
        """Which one."""
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
            self.look_around()
            self._look_at_cluster()
        self._google_names()

    def _google_names(self) -> None:
        """The cluster's names, where Google was asked and does not know it."""
        from jetscale_tui.domain import names

        where, google = self.desk.whereabouts, self.desk.draft.google
        if where is None or where.cluster is not None or (google.project and google.cluster):
            return
        asked = (
            ("project", google.project, "--project ID", names.project_id),
            ("location", google.location, "--location PLACE", names.location),
            ("cluster", google.cluster, "--cluster NAME", names.gke_cluster),
        )
        for field, value, flag, rule in asked:
            question = Question(
                f"Google {field} of this cluster?",
                "Without its project, what has to be done in Google Cloud is handed over as "
                "commands, and only metrics that need no project can be followed.",
                flag,
            )
            name = self._prompter.text(question, value or NONE, named(rule), field.capitalize())
            if name == NONE:
                return
            self.interview = self.interview.answered(
                lambda setup, field=field, name=name: setup.model_copy(  # type: ignore[misc]
                    update={"google": setup.google.model_copy(update={field: name})}
                )
            )

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

    def server(self, given: bool) -> None:
        """Which one."""
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
        key = self._prompter.choose(question, offered, chosen if safe else None, deployment)
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

    def adapter(self, given: bool) -> None:
        """Which one, and whether it may take over an API."""
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
        question = Question(
            f"{loss(owners)} Take it over?",
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
            self.again.add(Topic.ADAPTER)
            self.adapter(False)
            return
        self.interview = self.interview.learned(lambda desk: taking_over(desk, owners))

    def identity(self, given: bool) -> None:
        """As whom the adapter reads."""
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

    def metrics(self, given: bool) -> None:
        """Which ones, and the target of each."""
        if given:
            said = ", ".join(
                f"{each.name}={each.target}" for each in self.desk.draft.scaling.metrics
            )
            self._say_given(Topic.METRICS, said)
            return
        if self.desk.server_look is None:
            self._look_at_server()
        targets = None
        while targets is None:
            picked = self._picked()
            try:
                targets = [
                    (m.name, self._target(m)) for m in servable(self.desk) if m.name in picked
                ]
            except Back:
                continue
        self.interview = self.interview.answered(lambda setup: answers.following(setup, targets))

    def _picked(self) -> tuple[str, ...]:
        """Names of the metrics to follow."""
        offered = metric_offers(self.desk)
        names = [offer.key for offer in offered]
        now = [each.name for each in self.desk.draft.scaling.metrics if each.name in names]
        default = ",".join(str(names.index(name) + 1) for name in now)
        return self._prompter.choose_several(_question(Topic.METRICS), offered, default)

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

    def minimum(self, given: bool) -> None:
        """How many at least."""
        minimum = self.desk.draft.scaling.min_replicas
        if given:
            self._say_given(Topic.MINIMUM, str(minimum))
            return
        fixed = self.desk.opening.given
        most = self.desk.draft.scaling.max_replicas if Topic.MAXIMUM in fixed else None
        count = self._count(Topic.MINIMUM, minimum, least=1, most=most)
        self.interview = self.interview.answered(
            lambda setup: answers.with_limits(setup, minimum=count)
        )

    def maximum(self, given: bool) -> None:
        """How many at most."""
        if self.desk.cluster_look is None:
            self._look_at_cluster()
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

    def behavior(self, given: bool) -> None:
        """How fast; then what all of the answers would do."""
        desk = self.desk
        unmeasured = desk.opening.fit and behaviors.measured(desk) is None
        if given or (desk.opening.fit and not unmeasured):
            self._say_given(Topic.BEHAVIOR, behaviors.in_words(desk))
        else:
            if unmeasured:
                self._prompter.trouble("There is no ready pod to measure the start-up time on.")
            # Under --yes, fitted was asked for: another behavior is nobody's answer.
            safe = not (unmeasured and self._prompter.accepts)
            kind = self._prompter.choose(
                _question(Topic.BEHAVIOR),
                behaviors.offers(desk),
                behaviors.kind_of(desk) if safe else None,
            )
            self._behave(kind)
        self._foresee()

    def _behave(self, kind: str) -> None:
        took, now = behaviors.measured(self.desk), self.desk.draft.scaling.behavior
        fitted = behaviors.fitted(took) if took is not None else None
        wanted = {behaviors.DEFAULTS: None, behaviors.FITTED: fitted, behaviors.OWN: now}[kind]
        self.interview = self.interview.answered(
            lambda setup: behaviors.with_behavior(setup, wanted)
        )

    def _count(
        self, topic: Topic, default: int | None, *, least: int, most: int | None = None
    ) -> int:
        preset = "" if default is None else str(default)
        return int(self._prompter.text(_question(topic), preset, whole(least, most), "Replicas"))

    def _foresee(self) -> None:
        """What these answers would do under a burst."""
        if self.desk.problems:
            return
        self._prompter.say("Forecast for the guide's burst of 100 requests:")
        for line in foresee(self.desk).headlines:
            self._prompter.say(f"  {'note: ' if line.warning else ''}{line.text}")

    def _say_given(self, topic: Topic, value: str) -> None:
        self._prompter.say(f"{topic.question} {shown(value)}, as given")


def _question(topic: Topic, more: str = "") -> Question:
    return Question(topic.question + more, topic.explanation, topic.flag)
