"""Where one could work: kubeconfig contexts and Google's clusters, in one list. Reads only.

What cannot be listed is named and stops nothing: there may be no kubeconfig, no Google login, and
a project may keep its clusters to itself.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.engine.locate import matching
from jetscale_tui.errors import ConfigError, JetScaleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jetscale_tui.domain.google import GkeCluster, Project
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Backend, Cloud, ContextInfo

LOOKED_THROUGH = 20
"""Projects whose clusters are listed unasked; an organisation may have thousands."""
KUBECONFIG = "kubeconfig"
"""What a lack of contexts is about."""
_AT_ONCE = 6
_NAMED = 10
"""Clusters that are named in a message."""
_TYPE_IT = "Type the project's id: its clusters are listed whether or not it shows up here."


@dataclass(frozen=True, slots=True)
class Candidate:
    """A context of the kubeconfig, or a GKE cluster without one; a context may be both."""

    context: ContextInfo | None
    cluster: GkeCluster | None

    @property
    def name(self) -> str:
        """The context, or the one gcloud would make: a backend reaches the cluster by both."""
        if self.context is not None:
            return self.context.name
        assert self.cluster is not None, "a candidate is one or the other"
        return self.cluster.context_name


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that could not be listed, and what to do about it."""

    about: str
    """`kubeconfig`, `Google`, `projects`, or `project my-project`."""
    what: str
    why: str = ""
    fix: str = ""

    @classmethod
    def of(cls, about: str, error: JetScaleError) -> Lack:
        """What an error kept from being listed."""
        return cls(about, error.what, error.why, error.fix)


@dataclass(frozen=True, slots=True)
class Contexts:
    """What the kubeconfig offers; no network was needed."""

    all: tuple[ContextInfo, ...]
    """The current one first."""
    lack: Lack | None = None


@dataclass(frozen=True, slots=True)
class Projects:
    """Projects to pick from."""

    all: tuple[Project, ...]
    """By id."""
    lack: Lack | None = None
    """Why there are none, or not all: an id can be typed all the same."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """Clusters of some projects."""

    all: tuple[GkeCluster, ...]
    """By project, then by name."""
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """Contexts first, then clusters that have none."""

    candidates: tuple[Candidate, ...]
    projects: tuple[Project, ...] = ()
    """Those Google shows; to narrow the list with."""
    lacks: tuple[Lack, ...] = ()
    """What is missing from the list, in the order it was asked for."""


def find_contexts(backend: Backend) -> Contexts:
    """Contexts of the kubeconfig; without one, or with a broken one, none and why."""
    try:
        found = backend.contexts()
    except ConfigError as error:
        return Contexts((), Lack.of(KUBECONFIG, error))
    return Contexts(tuple(sorted(found, key=lambda each: (not each.current, each.name))))


def find_projects(cloud: Cloud) -> Projects:
    """Projects the Google login can see; none and why where it may not list them."""
    try:
        found = cloud.projects()
    except JetScaleError as error:
        return Projects((), Lack("projects", error.what, error.why, f"{error.fix} {_TYPE_IT}"))
    if not found:
        return Projects((), Lack("projects", "Google shows you no project.", fix=_TYPE_IT))
    return Projects(tuple(found))


def find_clusters(cloud: Cloud, projects: Sequence[str]) -> Clusters:
    """Clusters of the projects, asked side by side; a project that refuses is named."""

    def ask(project: str) -> list[GkeCluster] | Lack:
        try:
            return cloud.clusters(project)
        except JetScaleError as error:
            return Lack.of(f"project {project}", error)

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="clusters") as pool:
        answers = list(pool.map(ask, dict.fromkeys(projects)))
    return Clusters(
        tuple(each for answer in answers if not isinstance(answer, Lack) for each in answer),
        tuple(answer for answer in answers if isinstance(answer, Lack)),
    )


def find_places(backend: Backend, project: str | None = None) -> Places:
    """Everything one could choose.

    Args:
        backend: a kubeconfig and a Google login, either of which may be missing.
        project: the only one whose clusters are listed, one that was typed included; without it
            the first ones the login can see.
    """
    contexts = find_contexts(backend)
    lacks = [contexts.lack] if contexts.lack else []
    try:
        cloud = backend.cloud()
    except JetScaleError as error:
        return _without_google(contexts, (*lacks, Lack.of("Google", error)))
    if cloud is None:
        lack = Lack(
            "Google",
            "There are no Google credentials, so no clusters are listed.",
            fix="Run: gcloud auth application-default login",
        )
        return _without_google(contexts, (*lacks, lack))
    projects = find_projects(cloud)
    lacks += [projects.lack] if projects.lack else []
    ids = [project] if project else [each.project_id for each in projects.all]
    if len(ids) > LOOKED_THROUGH:
        lacks.append(_too_many(len(ids)))
    clusters = find_clusters(cloud, ids[:LOOKED_THROUGH])
    return Places(_together(contexts.all, clusters.all), projects.all, (*lacks, *clusters.lacks))


def only_cluster(backend: Backend, setup: Setup, without: ConfigError) -> GkeCluster:
    """The one cluster that can be meant where there is no kubeconfig and none was named.

    Args:
        backend: a Google login, which may be missing.
        setup: what was named of it.
        without: what is wrong with the kubeconfig.

    Raises:
        ConfigError: there is none, or more than one to choose from.
    """
    google = setup.google
    places = find_places(backend, google.project)
    clusters = [each.cluster for each in places.candidates if each.cluster is not None]
    found = [
        each
        for each in clusters
        if google.location in (None, each.location) and google.cluster in (None, each.name)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        why = [lack.what for lack in places.lacks if lack.about != KUBECONFIG]
        raise ConfigError(
            without.what,
            why=" ".join(["No cluster is to be found either.", *why]),
            fix=without.fix,
        )
    named = [
        f"  --project={each.project} --location={each.location} --cluster={each.name}"
        for each in found[:_NAMED]
    ]
    more = [f"  and {len(found) - _NAMED} more"] if len(found) > _NAMED else []
    raise ConfigError(
        without.what,
        why="\n".join(["These clusters can be reached without one:", *named, *more]),
        fix="Name one of them.",
    )


def _without_google(contexts: Contexts, lacks: Iterable[Lack]) -> Places:
    return Places(_together(contexts.all, ()), (), tuple(lacks))


def _too_many(number: int) -> Lack:
    return Lack(
        "projects",
        f"Only the clusters of the first {LOOKED_THROUGH} of {number} projects are listed.",
        fix="Choose a project to see its clusters.",
    )


def _together(
    contexts: Iterable[ContextInfo], clusters: Iterable[GkeCluster]
) -> tuple[Candidate, ...]:
    """Contexts with the clusters they lead to, then the clusters no context leads to."""
    left = list(clusters)
    found = []
    for context in contexts:
        cluster = matching(context, left)
        found.append(Candidate(context, cluster))
    led_to = [each.cluster for each in found]
    return (*found, *(Candidate(None, each) for each in left if each not in led_to))
