"""The first look around: the kubeconfig, what was answered before, and which cluster is meant."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from jetscale_tui.domain.spec import Setup
from jetscale_tui.engine.journal import runs
from jetscale_tui.engine.locate import choose_context, find_cluster, in_context
from jetscale_tui.engine.places import find_contexts
from jetscale_tui.errors import ConfigError, JetScaleError
from jetscale_tui.setupfile.load import parse_setup, read
from jetscale_tui.setupfile.profiles import load_profile
from jetscale_tui.wizard.drafts import Draft, load_draft
from jetscale_tui.wizard.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.engine.journal import Run
    from jetscale_tui.engine.places import Lack
    from jetscale_tui.engine.planner import Choices
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
    given: frozenset[str] = frozenset()
    """Fields of the setup that were given, by a file or on the command line."""
    lack: Lack | None = None
    """Why the kubeconfig has nothing to offer."""
    choices: Choices | None = None
    fit: bool = False
    """The behavior is to be fitted to the start-up time, once that is measured."""


@dataclass(frozen=True, slots=True)
class Given:
    """Answers that were there before anything was asked."""

    setup: Setup
    fields: frozenset[str] = frozenset()
    """The fields that were given; the rest are defaults."""
    folder: Path | None = None
    """Where the path of a profile file starts from."""
    choices: Choices | None = None
    """What was decided besides the setup."""
    fit: bool = False
    """Fit the behavior to the start-up time, once that is measured."""


def from_document(path: Path) -> Given:
    """The answers of a setup document, which may leave out anything.

    Raises:
        ConfigError: it cannot be read, or a field in it does not fit.
    """
    setup, lines = parse_setup(read(path), path.name)
    return Given(setup, frozenset(lines), path.parent)


def nothing_given() -> Given:
    """The defaults."""
    return Given(Setup())


def open_backend(connect: Callable[[], Backend], answers: Callable[[], Given]) -> Opening:
    """Connect, read the kubeconfig, and take up the answers given, or an earlier draft.

    Args:
        connect: makes the backend.
        answers: what the command line and its file say; when they say something, an unfinished
            session is not offered.

    Raises:
        ConfigError: the kubeconfig or the answers cannot be used.
    """
    backend = connect()
    given = answers()
    listed = find_contexts(backend)
    contexts = listed.all
    setup = in_context(given.setup, choose_context(given.setup, contexts))
    if "google.project" in given.fields and given.setup.google.project is None:
        # Left out on purpose: the name of a context does not bring Google back.
        setup = setup.model_copy(update={"google": given.setup.google})
    profile = profile_of(setup, given.folder)
    resume = _resumable(load_draft(backend.label), setup, given.fields)
    server = next((c.server for c in contexts if c.name == setup.kubernetes.context), "")
    run = last_run_on(server)
    return Opening(
        backend,
        contexts,
        setup,
        profile,
        resume,
        run,
        given=given.fields,
        lack=listed.lack,
        choices=given.choices,
        fit=given.fit,
    )


def _resumable(draft: Draft | None, setup: Setup, given: frozenset[str]) -> Draft | None:
    """An unfinished session, unless other answers or another place are given now."""
    place = {field for field in given if field.startswith(("google", "kubernetes"))}
    if draft is None or given - place:
        return None
    elsewhere = draft.setup.kubernetes.context != setup.kubernetes.context
    return None if place and elsewhere else draft


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


def setup_behind(setup: Setup, server: str, namespace: str, name: str) -> Setup | None:
    """The setup that makes an HPA; None where nobody here has written one.

    That is the one a screen was opened with, unless it is made of defaults alone, or else the one
    that was applied last to the server.
    """
    candidates = [] if _is_default(setup) else [setup]
    if (run := last_run_on(server)) is not None:
        with suppress(ConfigError):
            candidates.append(setup_of(run))
    for each in candidates:
        if (each.workload.namespace, each.scaling.name) == (namespace, name):
            return each
    return None


def _is_default(setup: Setup) -> bool:
    """Whether a setup says nothing but where the cluster is."""
    where = {"google": setup.google, "kubernetes": setup.kubernetes}
    return setup == Setup().model_copy(update=where)


def profile_of(setup: Setup, folder: Path | None = None) -> Profile:
    """The setup's profile; the shipped default where its own cannot be read.

    A relative path of a profile file starts from the folder.

    A wizard must open on a broken profile path, so that it can be corrected there.
    """
    try:
        return load_profile(setup.workload.profile, relative_to=folder)
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


NOT_ASKED = Whereabouts("", None, "google.project is null, so Google is not asked")
"""Of a setup that leaves Google out."""
GIVEN_UP = Whereabouts("", None, "you stopped asking Google")
"""Of a Google that did not answer for so long that nobody waited for it."""


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
