"""The first look around: the kubeconfig, what was answered before, and which cluster is meant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from jetscale_tui.domain.spec import Setup
from jetscale_tui.engine.journal import runs
from jetscale_tui.engine.locate import choose_context, find_cluster, in_context
from jetscale_tui.errors import ConfigError, JetScaleError
from jetscale_tui.setupfile.load import load_setup
from jetscale_tui.setupfile.profiles import load_profile
from jetscale_tui.wizard.drafts import Draft, load_draft
from jetscale_tui.wizard.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.engine.journal import Run
    from jetscale_tui.engine.ports import Backend, ContextInfo


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
    last_run: Run | None = None
    """The last run on the context's server that was not taken back."""
    fresh: bool = True
    """The setup is made of defaults, not of a file."""


def open_backend(
    connect: Callable[[], Backend], path: Path | None, adjust: Callable[[Setup], Setup]
) -> Opening:
    """Connect, read the kubeconfig, and take up the setup file or an earlier draft.

    Args:
        connect: makes the backend.
        path: setup document, None for the defaults.
        adjust: what the command line says of it.

    Raises:
        ConfigError: the kubeconfig or the setup file cannot be used.
    """
    backend = connect()
    contexts = tuple(backend.contexts())
    setup = adjust(load_setup(path) if path is not None else Setup())
    setup = in_context(setup, choose_context(setup, contexts))
    resume = load_draft(backend.label) if path is None else None
    server = next((c.server for c in contexts if c.name == setup.kubernetes.context), "")
    return Opening(
        backend, contexts, setup, profile_of(setup), resume, last_run_on(server), path is None
    )


def last_run_on(server: str) -> Run | None:
    """The last run that wrote to a server and was not taken back."""
    known = [run for run in runs() if run.server == server and run.undo_of is None]
    return next((run for run in reversed(known) if not run.undone), None)


def setup_of(run: Run) -> Setup:
    """What a run set up.

    Raises:
        ConfigError: its journal is of another version.
    """
    try:
        return Setup.model_validate_json(json.dumps(run.setup))
    except ValidationError as error:
        raise ConfigError(f"The setup of run {run.id} cannot be read any more.") from error


def profile_of(setup: Setup) -> Profile:
    """The setup's profile; the shipped default where its own cannot be read.

    A wizard must open on a broken profile path, so that it can be corrected there.
    """
    try:
        return load_profile(setup.workload.profile)
    except ConfigError:
        return load_profile(Setup().workload.profile)


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
        return Whereabouts(identity, find_cluster(cloud, backend.contexts(), setup))
    except JetScaleError as error:
        return Whereabouts(identity, None, error.what)


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
