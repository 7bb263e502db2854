"""Clusters one could mean, and what the chosen one is like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.engine.detect import capacity
from jetscale_tui.engine.locate import matching
from jetscale_tui.engine.observe import deployment
from jetscale_tui.errors import JetScaleError

if TYPE_CHECKING:
    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.engine.detect import Capacity
    from jetscale_tui.engine.ports import Backend, ContextInfo
    from jetscale_tui.wizard.desk import Desk

_PROJECTS = 20
"""Projects whose clusters are listed; an organisation may have thousands."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A context of the kubeconfig, or a GKE cluster without one."""

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
class Candidates:
    """Contexts first, then clusters that have none."""

    all: tuple[Candidate, ...]
    why_not: str = ""
    """Why Google's list is missing or short."""


def contexts_only(contexts: tuple[ContextInfo, ...]) -> Candidates:
    """What is known before Google is asked; the current context first."""
    ordered = sorted(contexts, key=lambda context: (not context.current, context.name))
    return Candidates(tuple(Candidate(context, None) for context in ordered))


def find_candidates(backend: Backend, contexts: tuple[ContextInfo, ...]) -> Candidates:
    """Contexts matched with the clusters Google lists, then the clusters without a context."""
    clusters: list[GkeCluster] = []
    why_not = ""
    try:
        cloud = backend.cloud()
        if cloud is None:
            return Candidates(contexts_only(contexts).all, "no Google credentials")
        projects = cloud.projects()
        if len(projects) > _PROJECTS:
            why_not = f"only the first {_PROJECTS} of {len(projects)} projects were asked"
        for project in projects[:_PROJECTS]:
            clusters += _clusters(backend, project.project_id)
    except JetScaleError as error:
        why_not = error.what
    rows = []
    for row in contexts_only(contexts).all:
        assert row.context is not None, "contexts_only has contexts only"
        found = matching(row.context, clusters)
        if found is not None:
            clusters.remove(found)
        rows.append(Candidate(row.context, found))
    rows += [Candidate(None, cluster) for cluster in clusters]
    return Candidates(tuple(rows), why_not)


def _clusters(backend: Backend, project: str) -> list[GkeCluster]:
    cloud = backend.cloud()
    try:
        return cloud.clusters(project) if cloud is not None else []
    except JetScaleError:
        # A project without the Kubernetes Engine API has no clusters to offer.
        return []


@dataclass(frozen=True, slots=True)
class ClusterLook:
    """What the chosen cluster is like."""

    version: str
    capacity: Capacity


def look_at_cluster(desk: Desk) -> ClusterLook:
    """Ask the chosen cluster for its version and its chips.

    Raises:
        JetScaleError: it cannot be reached, or refuses.
    """
    draft = desk.draft
    cluster = desk.backend.cluster(draft.kubernetes.context)
    version = cluster.version()
    live = deployment(cluster, draft.workload.namespace, draft.workload.deployment)
    gke = desk.whereabouts.cluster if desk.whereabouts else None
    return ClusterLook(version, capacity(cluster, draft.workload, live, gke))
