"""What most commands begin with: the setup, its profile, and the connections."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jetscale_tui.cli.options import Options
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Backend, Cloud, Cluster


@dataclass(frozen=True, slots=True)
class Session:
    """A setup and where it is carried out."""

    setup: Setup
    profile: Profile
    backend: Backend
    context: str | None

    def cluster(self) -> Cluster:
        """The cluster of the setup's context."""
        return self.backend.cluster(self.context)

    def cloud(self) -> Cloud | None:
        """Google Cloud, when the setup names a project; None also without credentials."""
        return self.backend.cloud() if self.setup.google.project else None


def from_file(path: str, options: Options) -> Session:
    """The session of a setup document.

    Raises:
        ConfigError: the document, its profile or the kubeconfig cannot be used.
    """
    from jetscale_tui.engine.locate import choose_context

    setup, profile = document(path, options)
    backend = connect(options, setup.google.project)
    context = choose_context(setup, backend.contexts())
    return Session(setup, profile, backend, context)


def document(path: str, options: Options) -> tuple[Setup, Profile]:
    """A setup document and its profile, with what the options override; nothing is connected to.

    Raises:
        ConfigError: the document or its profile cannot be used.
    """
    from jetscale_tui.setupfile.load import load_setup
    from jetscale_tui.setupfile.profiles import load_profile

    setup = _with_options(load_setup(Path(path)), options)
    return setup, load_profile(setup.workload.profile, relative_to=Path(path).parent)


def detected(options: Options) -> Session:
    """A session without a document: defaults, with what the context and the cluster tell."""
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.locate import choose_context, find_cluster, in_context, with_cluster
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.setupfile.profiles import load_profile, shipped

    backend = connect(options, options.project)
    setup = _with_options(Setup(), options)
    context = choose_context(setup, backend.contexts())
    setup = in_context(setup, context)
    try:
        cloud = backend.cloud()
        found = find_cluster(cloud, backend.contexts(), setup) if cloud else None
        setup = with_cluster(setup, found)
    except JetScaleError:
        # The checks ask again, one by one, and say what is wrong.
        pass
    profiles = {name: load_profile(name) for name in shipped()}
    setup = _with_workload(setup, backend, context, list(profiles.values()))
    return Session(setup, profiles[setup.workload.profile], backend, context)


def connect(options: Options, project: str | None) -> Backend:
    """The real backend; nothing is sent yet."""
    from jetscale_tui import wiring

    return wiring.RealBackend(options.kubeconfig, options.context, project)


def _with_options(setup: Setup, options: Options) -> Setup:
    update: dict[str, object] = {}
    if options.project:
        update["google"] = setup.google.model_copy(update={"project": options.project})
    if options.context:
        update["kubernetes"] = setup.kubernetes.model_copy(update={"context": options.context})
    return setup.model_copy(update=update)


def _with_workload(
    setup: Setup, backend: Backend, context: str | None, profiles: list[Profile]
) -> Setup:
    from jetscale_tui.engine.detect import find_workloads, in_setup
    from jetscale_tui.errors import JetScaleError

    try:
        found = find_workloads(backend.cluster(context), profiles)
    except JetScaleError:
        return setup
    return in_setup(setup, found[0]) if found else setup
