"""Which cluster is meant: the setup's, the kubeconfig context's, and whether Google knows it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from jetscale_tui.domain.google import ClusterName
from jetscale_tui.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Cloud, ContextInfo

_FEW = 20
"""Projects whose clusters are looked through; somebody who sees more has to say which."""


def choose_context(setup: Setup, contexts: Sequence[ContextInfo]) -> str | None:
    """The context every call goes to: the one asked for, the cluster's own, else the current one.

    Raises:
        ConfigError: the setup names a context that the kubeconfig does not have.
    """
    names = [context.name for context in contexts]
    wanted = setup.kubernetes.context
    if wanted is not None:
        if wanted not in names:
            known = ", ".join(names) or "none"
            raise ConfigError(
                f"The kubeconfig has no context {wanted!r}.",
                why=f"It has: {known}.",
                fix="Correct kubernetes.context, or leave it out to have it found.",
            )
        return wanted
    named = cluster_name(setup)
    if named is not None and named.context in names:
        return named.context
    return next((context.name for context in contexts if context.current), None)


def cluster_name(setup: Setup) -> ClusterName | None:
    """The cluster a setup names; None when it leaves anything open."""
    google = setup.google
    if google.project and google.location and google.cluster:
        return ClusterName(google.project, google.location, google.cluster)
    return None


def lacks_context(named: ClusterName, contexts: Sequence[ContextInfo]) -> bool:
    """Whether no context leads to a cluster, as far as names tell.

    A current context of any name may do: people rename them, and reach clusters through tunnels.
    One that gcloud named after another cluster does not.
    """
    if any(context.name == named.context for context in contexts):
        return False
    current = next((context for context in contexts if context.current), None)
    return current is None or ClusterName.of_context(current.name) is not None


def in_context(setup: Setup, context: str | None) -> Setup:
    """The setup meant for a context; a name that gcloud gave says which cluster that is."""
    if context is None:
        return setup
    update: dict[str, object] = {
        "kubernetes": setup.kubernetes.model_copy(update={"context": context})
    }
    named = ClusterName.of_context(context)
    if named is not None and setup.google.cluster is None:
        update["google"] = setup.google.model_copy(update=asdict(named))
    return setup.model_copy(update=update)


def find_cluster(cloud: Cloud, contexts: Sequence[ContextInfo], setup: Setup) -> GkeCluster | None:
    """The cluster the setup names, else the one its context leads to; None when Google has none.

    Raises:
        NotFound: the setup names a cluster that does not exist.
    """
    named = cluster_name(setup)
    if named is not None:
        return cloud.cluster(named.project, named.location, named.cluster)
    google = setup.google
    context = next((each for each in contexts if each.name == setup.kubernetes.context), None)
    if context is None:
        return None
    projects = [google.project] if google.project else [p.project_id for p in cloud.projects()]
    if len(projects) > _FEW:
        return None
    for project in projects:
        found = matching(context, cloud.clusters(project))
        if found is not None:
            return found
    return None


def matching(context: ContextInfo, clusters: Iterable[GkeCluster]) -> GkeCluster | None:
    """The cluster a context leads to: by gcloud's name for it, else by its address."""
    for cluster in clusters:
        if context.name == cluster.context_name or leads_to(context.server, cluster):
            return cluster
    return None


def leads_to(server: str, cluster: GkeCluster) -> bool:
    """Whether an address is one of a cluster's own; a proxy's or tunnel's is not."""
    own = {_host(cluster.endpoint), _host(cluster.dns_endpoint or "")}
    return _host(server) in own - {""}


def with_cluster(setup: Setup, cluster: GkeCluster | None) -> Setup:
    """The setup with the Google names of its cluster, where they were not given."""
    if cluster is None or setup.google.cluster is not None:
        return setup
    names = {
        "project": cluster.project,
        "location": cluster.location,
        "cluster": cluster.name,
    }
    return setup.model_copy(update={"google": setup.google.model_copy(update=names)})


def _host(address: str) -> str:
    return address.removeprefix("https://").rstrip("/")
