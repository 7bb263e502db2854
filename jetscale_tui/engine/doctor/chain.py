"""The walk: each link is asked in turn, with what the ones before it have found. Only reads."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jetscale_tui.engine import risks
from jetscale_tui.engine.doctor.links import (
    TITLES,
    Health,
    Link,
    LinkId,
    broken,
    fine,
    note,
    unknown,
)
from jetscale_tui.errors import AuthError, JetScaleError, NotFound, PermissionDenied, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.profile import Metric, Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.observe import MetricPath
    from jetscale_tui.engine.ports import Clock, Cloud, Cluster

__all__ = ["TITLES", "Patient", "Walk", "examine", "is_healthy", "kubectl", "short"]


@dataclass(frozen=True, slots=True)
class Patient:
    """Which autoscaler is examined. The two functions may block and raise JetScale's errors."""

    namespace: str
    name: str
    setup: Setup
    """Says which project, cluster and server are meant; its scaling is not looked at."""
    profile: Profile
    cluster: Callable[[], Cluster]
    cloud: Callable[[], Cloud | None]
    clock: Clock
    apply_command: str = "jetscale"
    """What carries the setup out: `jetscale apply -f FILE`, or the wizard."""


@dataclass(slots=True)
class Walk:
    """What is known so far; every link adds to it."""

    patient: Patient
    cluster: Cluster
    cloud: Cloud | None = None
    cloud_trouble: str = ""
    """Why Google cannot be asked."""
    hpa: Json = field(default_factory=dict)
    target: Json | None = None
    """The Deployment that is scaled."""
    pods: tuple[Json, ...] = ()
    """Its pods."""
    paths: tuple[MetricPath, ...] = ()
    """Where the controller asks for each metric."""
    missing: tuple[MetricPath, ...] = ()
    """Those that answered without a value."""
    answer: str = ""
    """The metrics API's own words on the first of them."""
    known: dict[str, Metric] = field(default_factory=dict)
    """What each metric's name stands for, where the profile knows it."""
    backend: tuple[str, str] = ("", "")
    """Namespace and name of the Service behind the metrics API."""
    adapter: Json | None = None
    """The adapter's Deployment."""
    reader: Json | None = None
    """The Deployment that reads Cloud Monitoring: the adapter, or the frontend it asks."""
    refusal: str = ""
    """What Cloud Monitoring answered the reader, in its own words; empty if it did not refuse."""
    crash: str = ""
    """A pod of the reader keeps stopping, and nobody can tell why; empty if none does."""

    @property
    def namespace(self) -> str:
        """The autoscaler's."""
        return self.patient.namespace

    @property
    def wanted(self) -> tuple[MetricPath, ...]:
        """The metrics to follow down: those without a value, or else all."""
        return self.missing or self.paths


def short(metric: str) -> str:
    """A metric's own name, without what the Stackdriver adapter puts around it."""
    parts = metric.split("|")
    return parts[1] if len(parts) == 3 else metric


def kubectl(walk: Walk, *words: str, namespace: str | None = None) -> str:
    """A kubectl command for this cluster, quoted for a shell."""
    place = [f"--namespace={namespace or walk.namespace}"]
    return shlex.join(["kubectl", f"--context={walk.cluster.context}", *place, *words])


def examine(patient: Patient) -> Iterator[Link]:
    """Yields every link in order; after the first broken one the others are not reached.

    Raises nothing of JetScale's: a link that cannot be asked says so.
    """
    from jetscale_tui.engine.doctor import adapter, autoscaler, data, identity, server

    asked: tuple[tuple[LinkId, Callable[[Walk], Link]], ...] = (
        (LinkId.AUTOSCALER, autoscaler.autoscaler),
        (LinkId.METRIC_API, adapter.metric_api),
        (LinkId.ADAPTER, adapter.adapter),
        (LinkId.IDENTITY, identity.identity),
        (LinkId.DATA, data.data),
        (LinkId.SCRAPE, data.scrape),
        (LinkId.PORT, server.port),
        (LinkId.SERVER, server.server),
    )
    opened = _opened(patient)
    if isinstance(opened, Link):
        yield opened
        yield from _not_reached(link for link, _ in asked)
        return
    walk, first = opened
    yield first
    if first.health is Health.BROKEN:
        yield from _not_reached(link for link, _ in asked)
        return
    seen = [first]
    for number, (link, ask) in enumerate(asked):
        seen.append(_asked(link, ask, walk))
        if link is LinkId.SERVER and not is_broken(seen):
            seen[-1] = _unexplained(walk, seen)
        yield seen[-1]
        if seen[-1].health is Health.BROKEN:
            yield from _not_reached(rest for rest, _ in asked[number + 1 :])
            return


def is_healthy(links: Iterable[Link]) -> bool:
    """Whether nothing is broken."""
    return not is_broken(links)


def is_broken(links: Iterable[Link]) -> bool:
    """Whether one of them is the broken one."""
    return any(link.health is Health.BROKEN for link in links)


def _opened(patient: Patient) -> tuple[Walk, Link] | Link:
    link = LinkId.CLUSTER
    try:
        cluster = patient.cluster()
        version = cluster.version()
    except JetScaleError as error:
        failure = {AuthError: "C2", Unreachable: "C3"}.get(type(error), "C1")
        return broken(link, failure, error.what, why=error.why, fix=error.fix)
    walk = Walk(patient, cluster)
    try:
        walk.cloud = patient.cloud()
    except JetScaleError as error:
        walk.cloud_trouble = error.what
    else:
        if not patient.setup.google.project:
            walk.cloud, walk.cloud_trouble = None, "The Google project is not known."
        elif walk.cloud is None:
            walk.cloud_trouble = "There are no Google credentials."
    return walk, _same_cluster(walk) or fine(link, f"{version}, context {cluster.context}")


def _same_cluster(walk: Walk) -> Link | None:
    """The setup's cluster and the kubeconfig's have to be one (C6); None where they are."""
    google = walk.patient.setup.google
    if walk.cloud is None or not (google.project and google.location and google.cluster):
        return None
    try:
        gke = walk.cloud.cluster(google.project, google.location, google.cluster)
    except JetScaleError as error:
        return note(LinkId.CLUSTER, "C6", error.what, why=error.why, fix=error.fix)
    for risk in risks.wrong_cluster(walk.cluster, gke):
        told = broken if risk.blocking else note
        return told(LinkId.CLUSTER, "C6", risk.what, fix=risk.fix)
    return None


def _asked(link: LinkId, ask: Callable[[Walk], Link], walk: Walk) -> Link:
    """The answer of a link; what goes wrong in asking is an answer too."""
    try:
        return ask(walk)
    except PermissionDenied as error:
        return unknown(link, f"may not look: {error.what}", error.fix)
    except AuthError as error:
        return broken(link, "C2", error.what, why=error.why, fix=error.fix)
    except Unreachable as error:
        return broken(link, "C3", error.what, why=error.why, fix=error.fix)
    except NotFound as error:
        return unknown(link, error.what, error.why)
    except JetScaleError as error:
        return broken(link, "", error.what, why=error.why, fix=error.fix)


def _unexplained(walk: Walk, seen: list[Link]) -> Link:
    """The last link, when a metric is missing and no link on the way has explained it."""
    from jetscale_tui.engine.doctor import data

    last = seen[-1]
    if not walk.missing:
        return last
    verdict = data.nothing_arrives(walk)
    detail = f"{last.detail}; {verdict.detail}" if last.detail else verdict.detail
    return replace(verdict, id=last.id, detail=detail)


def _not_reached(links: Iterable[LinkId]) -> Iterator[Link]:
    for link in links:
        yield Link(link, Health.NOT_REACHED, "not reached")
