"""What most commands begin with: the setup, its profile, and the connections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jetscale_tui.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jetscale_tui.cli.options import Options
    from jetscale_tui.domain.live import WatchEvent
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.plan import Plan
    from jetscale_tui.engine.planner import Choices
    from jetscale_tui.engine.ports import Backend, Cloud, Cluster
    from jetscale_tui.wizard.opening import Given


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
        """Google Cloud, when the setup names a project; None also without any credentials.

        Raises:
            AuthError: there are some, and they are broken, expired or revoked.
            Unreachable: Google's sign-in service does not answer.
        """
        return self.backend.cloud() if self.setup.google.project else None


def from_file(path: str, options: Options) -> Session:
    """The session of a setup document.

    Raises:
        ConfigError: the document, its profile or the kubeconfig cannot be used.
    """
    setup, profile = document(path, options)
    backend, context = _placed(setup, options, may_look=setup.google.project is not None)
    return Session(setup, profile, backend, context)


def planned(session: Session, choices: Choices) -> Plan:
    """The plan of a session. Only reads; errors as of `build_plan`."""
    from jetscale_tui.engine.planner import build_plan

    plan = build_plan(session.setup, session.profile, session.cluster(), session.cloud(), choices)
    listed = next((c for c in session.backend.contexts() if c.name == plan.context), None)
    if listed is not None and listed.server:
        return plan
    note = (
        f"The kubeconfig has no context {plan.context}: JetScale reaches the cluster by the GKE "
        "API. kubectl and the commands shown need it: gcloud container clusters get-credentials."
    )
    return replace(plan, notes=(*plan.notes, note))


def document(path: str, options: Options) -> tuple[Setup, Profile]:
    """A setup document and its profile, with what the options override; nothing is connected to.

    Raises:
        ConfigError: the document or its profile cannot be used.
    """
    from jetscale_tui.setupfile.load import load_setup
    from jetscale_tui.setupfile.profiles import load_profile

    setup = with_options(load_setup(Path(path)), options)
    return setup, load_profile(setup.workload.profile, relative_to=Path(path).parent)


def detected(options: Options) -> Session:
    """A session without a document: defaults, with what the context and the cluster tell."""
    return looked_around(from_defaults(options))


def from_defaults(options: Options) -> Session:
    """The session of a document that says nothing.

    Nothing is connected to, but where there is no kubeconfig Google is asked for the only cluster.

    Raises:
        ConfigError: the kubeconfig cannot be used.
    """
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.locate import in_context
    from jetscale_tui.setupfile.profiles import load_profile

    setup = with_options(Setup(), options)
    backend, context = _placed(setup, options, may_look=True)
    setup = in_context(setup, context)
    return Session(setup, load_profile(setup.workload.profile), backend, context)


def looked_around(session: Session) -> Session:
    """The session with the names and the server that Google and the cluster tell."""
    from jetscale_tui.engine.locate import find_cluster, with_cluster
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.setupfile.profiles import load_profile, shipped

    setup, backend = session.setup, session.backend
    try:
        cloud = backend.cloud()
        found = find_cluster(cloud, backend.contexts(), setup) if cloud else None
        setup = with_cluster(setup, found)
    except JetScaleError:
        # The checks ask again, one by one, and say what is wrong.
        pass
    profiles = {name: load_profile(name) for name in shipped()}
    setup = _with_workload(setup, backend, session.context, list(profiles.values()))
    return replace(session, setup=setup, profile=profiles[setup.workload.profile])


def connect(
    options: Options,
    setup: Setup | None = None,
    *,
    taken: Callable[[WatchEvent, datetime], None] | None = None,
) -> Backend:
    """The real backend; nothing is sent yet.

    A setup says which cluster and project are meant; `taken` hears what feeds do, to record it.
    """
    from jetscale_tui import wiring
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.locate import cluster_name

    meant = setup or with_options(Setup(), options)
    return wiring.RealBackend(
        options.kubeconfig,
        meant.kubernetes.context,
        meant.google.project,
        cluster=cluster_name(meant),
        taken=taken,
    )


def _placed(setup: Setup, options: Options, *, may_look: bool) -> tuple[Backend, str | None]:
    """The backend of the context a setup goes to, and that context.

    A kubeconfig may hold a sandbox and real clusters: the context says which Google is asked.
    `may_look`: without a kubeconfig Google may be asked which cluster can be meant.
    """
    from jetscale_tui.engine.locate import choose_context, in_context

    try:
        context = choose_context(setup, connect(options, setup).contexts())
    except ConfigError as error:
        if not may_look:
            raise
        context = _without_kubeconfig(setup, options, error)
        setup = in_context(setup, context)
    kubernetes = setup.kubernetes.model_copy(update={"context": context})
    return connect(options, setup.model_copy(update={"kubernetes": kubernetes})), context


def _without_kubeconfig(setup: Setup, options: Options, error: ConfigError) -> str:
    """The context gcloud would make for the only cluster that can be meant.

    Raises:
        ConfigError: there is a kubeconfig, but a broken one; or that cluster cannot be told.
    """
    from jetscale_tui.cluster.kubeconfig import NoKubeconfig
    from jetscale_tui.engine.places import only_cluster

    if not isinstance(error, NoKubeconfig) or options.kubeconfig is not None:
        raise error
    return only_cluster(connect(options, setup), setup, error).context_name


def given(options: Options, setup: Setup | None = None) -> Given:
    """What the command line says of a setup, as answers of the wizard."""
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.wizard.opening import Given

    named = {
        "kubernetes.context": options.context,
        "google.project": options.project,
        "google.location": options.location,
        "google.cluster": options.cluster,
    }
    fields = frozenset(field for field, value in named.items() if value)
    return Given(with_options(setup or Setup(), options), fields)


def with_options(setup: Setup, options: Options) -> Setup:
    """The setup with what the command line says instead."""
    wanted = {
        "project": options.project,
        "location": options.location,
        "cluster": options.cluster,
    }
    google = setup.google.model_copy(update={key: name for key, name in wanted.items() if name})
    update: dict[str, object] = {"google": google}
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
