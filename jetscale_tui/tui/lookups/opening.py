"""The first look around: the kubeconfig, what was answered before, and which cluster is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.spec import Setup
from jetscale_tui.engine.locate import choose_context
from jetscale_tui.errors import ConfigError, JetScaleError
from jetscale_tui.setupfile.load import load_setup
from jetscale_tui.setupfile.profiles import load_profile
from jetscale_tui.tui.drafts import Draft, load_draft
from jetscale_tui.tui.widgets.where_bar import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.engine.ports import Backend, Cloud, ContextInfo

_GKE_CONTEXT = re.compile(r"gke_([^_]+)_([^_]+)_(.+)")


@dataclass(frozen=True, slots=True)
class Opening:
    """What can be known without asking anybody over the network."""

    backend: Backend
    contexts: tuple[ContextInfo, ...]
    setup: Setup
    """The setup to begin with: the file given, or the defaults with the context found."""
    profile: Profile
    resume: Draft | None
    """Answers of an earlier session, if it was not finished."""


def open_backend(connect: Callable[[], Backend], path: Path | None) -> Opening:
    """Connect, read the kubeconfig, and take up the setup file or an earlier draft.

    Raises:
        ConfigError: the kubeconfig or the setup file cannot be used.
    """
    backend = connect()
    contexts = tuple(backend.contexts())
    setup = load_setup(path) if path is not None else Setup()
    setup = in_context(setup, choose_context(setup, contexts))
    resume = load_draft(backend.label) if path is None else None
    return Opening(backend, contexts, setup, profile_of(setup), resume)


def profile_of(setup: Setup) -> Profile:
    """The setup's profile; the shipped default where its own cannot be read.

    A wizard must open on a broken profile path, so that it can be corrected there.
    """
    try:
        return load_profile(setup.workload.profile)
    except ConfigError:
        return load_profile(Setup().workload.profile)


def in_context(setup: Setup, context: str | None) -> Setup:
    """The setup meant for a context; a name that gcloud gave says which cluster that is."""
    if context is None:
        return setup
    update = {"kubernetes": setup.kubernetes.model_copy(update={"context": context})}
    named = _GKE_CONTEXT.fullmatch(context)
    if named and setup.google.cluster is None:
        project, location, cluster = named.groups()
        update["google"] = setup.google.model_copy(
            update={"project": project, "location": location, "cluster": cluster}
        )
    return setup.model_copy(update=update)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Which cluster a setup means, and who is asking."""

    identity: str
    """Google identity; empty without credentials."""
    cluster: GkeCluster | None
    """The cluster as Google describes it; None when Google cannot be asked or does not know it."""
    why_not: str = ""
    """Why Google could not be asked."""


def find_whereabouts(backend: Backend, setup: Setup) -> Whereabouts:
    """Ask Google who is asking, and for the cluster that the setup or its context means."""
    try:
        cloud = backend.cloud()
        if cloud is None:
            return Whereabouts("", None, "no Google credentials were found")
        identity = cloud.identity()
    except JetScaleError as error:
        return Whereabouts("", None, error.what)
    try:
        return Whereabouts(identity, _named_or_matching(cloud, backend, setup))
    except JetScaleError as error:
        return Whereabouts(identity, None, error.what)


def _named_or_matching(cloud: Cloud, backend: Backend, setup: Setup) -> GkeCluster | None:
    google = setup.google
    if google.project and google.location and google.cluster:
        return cloud.cluster(google.project, google.location, google.cluster)
    context = next((c for c in backend.contexts() if c.name == setup.kubernetes.context), None)
    if context is None:
        return None
    projects = [google.project] if google.project else [p.project_id for p in cloud.projects()]
    for project in projects:
        found = matching(context, cloud.clusters(project))
        if found is not None:
            return found
    return None


def matching(context: ContextInfo, clusters: Iterable[GkeCluster]) -> GkeCluster | None:
    """The cluster a context leads to: by gcloud's name for it, else by its address."""
    address = context.server.removeprefix("https://").rstrip("/")
    for cluster in clusters:
        addresses = {cluster.endpoint.removeprefix("https://"), cluster.dns_endpoint or ""} - {""}
        if context.name == cluster.context_name or address in addresses:
            return cluster
    return None


def with_cluster(setup: Setup, cluster: GkeCluster | None) -> Setup:
    """The setup with the Google names of its cluster, where they were not given."""
    if cluster is None or setup.google.cluster is not None:
        return setup
    google = setup.google.model_copy(
        update={
            "project": cluster.project,
            "location": cluster.location,
            "cluster": cluster.name,
        }
    )
    return setup.model_copy(update={"google": google})


def place_of(setup: Setup, label: str, identity: str) -> Place:
    """What the first line of every screen says."""
    google = setup.google
    return Place(
        project=google.project or "",
        location=google.location or "",
        cluster=google.cluster or "",
        context=setup.kubernetes.context or "",
        identity=identity,
        label=label,
    )
