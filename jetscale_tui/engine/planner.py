"""Builds the plan: reads the cluster and the cloud, tries every object in a dry run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jetscale_tui.domain.google import ServiceState
from jetscale_tui.domain.kinds import API_SERVICE, HPA, POD_MONITORING, Ref
from jetscale_tui.engine import (
    commands,
    detect,
    identity,
    metrics_port,
    observe,
    releases,
    rights,
    risks,
)
from jetscale_tui.engine.growth import more_replicas
from jetscale_tui.engine.plan import (
    EnableService,
    Plan,
    Risk,
    Step,
    StepId,
)
from jetscale_tui.engine.propose import Proposer
from jetscale_tui.engine.rights import Permissions
from jetscale_tui.errors import NotFound, PermissionDenied, StepFailed
from jetscale_tui.manifests.build import build, helm_release
from jetscale_tui.manifests.corrections import in_force

if TYPE_CHECKING:
    from jetscale_tui.domain.google import GkeCluster, Project
    from jetscale_tui.domain.kinds import Json, Kind
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.detect import Capacity
    from jetscale_tui.engine.plan import ReleaseChange
    from jetscale_tui.engine.ports import Cloud, Cluster

_VERIFY = {
    StepId.SCRAPE_SERVER: "ready pods carry the labels and answer on the port",
    StepId.SCRAPE_TPU: "pods of the TPU device plugin carry the labels",
    StepId.ADAPTER: "the adapter runs, its APIs are available, each metric answers with a value",
    StepId.HPA: "ScalingActive is True and every metric has a current value",
}
_UNDO = {
    StepId.SCRAPE_SERVER: "deletes what was created, puts back what was changed",
    StepId.SCRAPE_TPU: "deletes what was created, puts back what was changed",
    StepId.ADAPTER: "deletes what was created, the APIServices first",
    StepId.HPA: "deletes the autoscaler; the number of replicas stays as it is then",
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person decides besides the setup, for one plan."""

    open_metrics_port: bool = False
    """Add the metrics argument to the server, which rolls its pods."""
    take_over: frozenset[Ref] = frozenset()
    """Objects whose fields are taken over from whoever manages them."""
    roll_back_release: bool = False
    """Clear away what an interrupted Helm left of the release, before installing it."""


@dataclass(frozen=True, slots=True)
class GoogleFacts:
    """What Google Cloud says of the project and cluster; None where it cannot be asked."""

    project: Project | None = None
    cluster: GkeCluster | None = None
    identity: str = ""
    notes: tuple[str, ...] = ()


def build_plan(
    setup: Setup,
    profile: Profile,
    cluster: Cluster,
    cloud: Cloud | None,
    choices: Choices = Choices(),
) -> Plan:
    """The plan of a setup. Only reads; dry runs are the nearest it comes to writing.

    Raises:
        AuthError, Unreachable: the cluster or the cloud cannot be asked.
        NotFound: the project does not exist.
        ConfigError: the setup lacks something the manifests need.
    """
    return _Planner(setup, profile, cluster, cloud, choices).plan()


def google_facts(setup: Setup, cloud: Cloud | None) -> GoogleFacts:
    """Reads the project and the cluster the setup names, as far as one may."""
    google = setup.google
    if google.project is None:
        return GoogleFacts(notes=("No google.project is set: Google steps are handed over.",))
    if cloud is None:
        note = "There are no Google credentials: Google steps are handed over as commands."
        return GoogleFacts(notes=(note,))
    facts = GoogleFacts(identity=cloud.identity())
    try:
        facts = replace(facts, project=cloud.project(google.project))
        if google.location and google.cluster:
            found = cloud.cluster(google.project, google.location, google.cluster)
            facts = replace(facts, cluster=found)
    except (PermissionDenied, NotFound) as error:
        if facts.project is None and isinstance(error, NotFound):
            raise
        facts = replace(facts, notes=(error.what,))
    return facts


@dataclass
class _Planner:
    setup: Setup
    profile: Profile
    cluster: Cluster
    cloud: Cloud | None
    choices: Choices
    notes: list[str] = field(default_factory=list)

    def plan(self) -> Plan:
        self.google = google_facts(self.setup, self.cloud)
        self.notes += [note for note in (self.profile.notice, *self.google.notes) if note]
        self.permissions = Permissions(
            self.cluster, self.cloud if self.google.project else None, self.setup.google.project
        )
        self.proposer = Proposer(self.cluster, self.permissions, self.choices.take_over)
        self.look = detect.look_at_server(self.cluster, self.setup)
        self.capacity = self._count_chips()
        groups = build(self.setup, self.profile, self.google.project)
        steps = [*self._services(), *self._metrics_port()]
        for group in groups:
            if group.step == StepId.ADAPTER:
                steps += self._identity()
            steps.append(self._objects(StepId(group.step), group.objects))
        return Plan(
            setup=self.setup,
            context=self.cluster.context,
            server=self.cluster.server,
            project=self.setup.google.project,
            identity=self.google.identity,
            steps=tuple(steps),
            corrections=in_force(self.setup, self.profile),
            notes=tuple(self.notes),
        )

    def _count_chips(self) -> Capacity | None:
        try:
            found = detect.capacity(
                self.cluster, self.setup.workload, self.look.deployment, self.google.cluster
            )
        except PermissionDenied as error:
            self.notes.append(f"TPU chips cannot be counted. {error.what}")
            return None
        if found.nodes and self.setup.scaling.max_replicas <= found.fits_now:
            more = more_replicas(found, detect.start_up(self.look.pods))
            self.notes.append(f"A larger maximum costs time. {more}")
        return found

    def _services(self) -> list[Step]:
        project = self.google.project
        if project is None or self.cloud is None:
            return [identity.services_handed_over(self.setup)]
        wanted = identity.services(self.setup)
        try:
            states = self.cloud.services(project.project_id, wanted)
        except (PermissionDenied, NotFound) as error:
            self.notes.append(f"The state of Google services cannot be read. {error.what}")
            return []
        changes = tuple(
            EnableService(project.project_id, name, present=state is ServiceState.ENABLED)
            for name, state in states.items()
            if state is not ServiceState.UNKNOWN
        )
        needed = rights.of_changes(change for change in changes if not change.present)
        missing = self.permissions.missing(needed)
        return [
            Step(
                StepId.SERVICES,
                changes,
                rights=needed,
                missing=missing,
                commands=commands.for_step(
                    [change for change in changes if not change.present], "", ""
                ),
                verify="Google reports the services as ENABLED",
                undo="leaves them enabled: others may use them by then",
                handed_over=bool(missing),
            )
        ]

    def _metrics_port(self) -> list[Step]:
        need = metrics_port.port_need(self.setup, self.profile, self.look)
        if need is None:
            return []
        return [
            metrics_port.build_step(
                self.setup,
                need,
                self.look,
                self.capacity,
                self.cluster,
                self.permissions,
                wanted=self.choices.open_metrics_port,
            )
        ]

    def _identity(self) -> list[Step]:
        step = identity.build_step(
            self.setup, self.google.project, self.google.cluster, self.cloud, self.permissions
        )
        return [] if step is None else [step]

    def _objects(self, step: StepId, objects: tuple[Json, ...]) -> Step:
        found: list[Risk] = []
        if step is StepId.ADAPTER:
            objects, found = self._api_owners(objects)
        proposals = [self.proposer.propose(manifest) for manifest in objects]
        released, refusals = self._release() if step is StepId.ADAPTER else ((), ())
        changes = (*(proposal.change for proposal in proposals), *released)
        missing = tuple(
            dict.fromkeys(
                [
                    *(right for proposal in proposals for right in proposal.missing),
                    *self.permissions.missing(rights.of_changes(released)),
                ]
            )
        )
        built = Step(
            step,
            changes,
            rights=tuple(dict.fromkeys((*rights.of_changes(changes), *missing))),
            missing=missing,
            commands=commands.for_step(changes, self.cluster.context, f"{step}.yaml"),
            verify=_VERIFY[step],
            undo=_UNDO[step],
            risks=(
                *found,
                *refusals,
                *self._step_risks(step, objects),
                *(risk for proposal in proposals for risk in proposal.risks),
            ),
        )
        return replace(built, handed_over=bool(missing) and built.writes)

    def _step_risks(self, step: StepId, objects: tuple[Json, ...]) -> tuple[Risk, ...]:
        setup, look = self.setup, self.look
        match step:
            case StepId.SCRAPE_SERVER:
                return (
                    *risks.selector_mismatch(setup, look),
                    *risks.scraped_twice(
                        setup, self._listed(POD_MONITORING, setup.workload.namespace)
                    ),
                    *risks.metrics_not_emitted(setup, self.profile, look),
                )
            case StepId.HPA:
                hpa, workload = Ref.of(objects[0]), setup.workload
                hpas = observe.scaling(self._listed(HPA, workload.namespace), workload.deployment)
                return (
                    *risks.deployment_missing(setup, look),
                    *risks.wrong_cluster(self.cluster, self.google.cluster),
                    *risks.other_hpas(setup, hpa.name, hpas),
                    *risks.beyond_chips(setup, self.capacity, detect.start_up(look.pods)),
                )
            case StepId.ADAPTER:
                return risks.node_identity(setup, self.google.cluster)
            case _:
                return ()

    def _release(self) -> tuple[tuple[ReleaseChange, ...], tuple[Risk, ...]]:
        """What Helm would do, where it has a part in the setup."""
        release = helm_release(self.setup, self.profile)
        if release is None:
            return (), ()
        try:
            unblock = self.choices.roll_back_release
            return releases.propose(release, self.cluster, unblock=unblock)
        except (NotFound, StepFailed) as error:
            return (), (risks.helm_fails(error),)

    def _api_owners(self, objects: tuple[Json, ...]) -> tuple[tuple[Json, ...], list[Risk]]:
        """Leaves an unneeded metrics API to its owner; a needed one that is taken is a risk."""
        kept: list[Json] = []
        found: list[Risk] = []
        for manifest in objects:
            ref = Ref.of(manifest)
            if ref.kind == API_SERVICE:
                risk = self._foreign(ref, manifest)
                if risk is not None and risk.blocking and not self._needs(manifest):
                    self.notes.append(f"{risk.what} This setup does not need it: left alone.")
                    continue
                found += [risk] if risk is not None else []
            kept.append(manifest)
        return tuple(kept), found

    def _foreign(self, ref: Ref, manifest: Json) -> Risk | None:
        if self.permissions.missing([rights.on_object(ref, "get")]):
            return None
        live = self.cluster.get(ref)
        dependents = detect.dependents(self._listed(HPA), manifest["spec"]["group"]) if live else []
        taken = ref in self.choices.take_over
        return risks.foreign_metric_api(manifest, ref, live, dependents, taken)

    def _listed(self, kind: Kind, namespace: str | None = None) -> list[Json]:
        """Objects of a kind; where they may not be listed, none and a note."""
        try:
            return self.cluster.list(kind, namespace)
        except PermissionDenied as error:
            note = f"Conflicts with other {kind.plural} cannot be seen. {error.what}"
            self.notes += [] if note in self.notes else [note]
            return []

    def _needs(self, manifest: Json) -> bool:
        (hpa,) = next(
            group.objects
            for group in build(self.setup, self.profile, self.google.project)
            if group.step == StepId.HPA
        )
        groups = {path.group for path in observe.metric_paths(hpa, self.setup.workload.selector)}
        return manifest["spec"]["group"] in groups
