"""What the engine and the screens need of the outside world.

`cluster/` and `cloud/` implement these; the sandbox is reached through the same implementations.
Every method may raise the errors of `jetscale_tui.errors` and nothing else. Calls block; none of
them may be made on the UI thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from jetscale_tui.domain.google import (
        Binding,
        GkeCluster,
        Policy,
        Project,
        ServiceAccount,
        ServiceState,
    )
    from jetscale_tui.domain.kinds import Json, Kind, Ref
    from jetscale_tui.domain.live import LiveSnapshot, WatchEvent
    from jetscale_tui.domain.monitoring import MetricHistory, QueryAnswer
    from jetscale_tui.domain.release import Revision
    from jetscale_tui.domain.rights import KubernetesRight
    from jetscale_tui.manifests.prometheus_adapter import HelmRelease


class Clock(Protocol):
    """Time as the cluster lives it; the sandbox's may run faster than the wall's."""

    def now(self) -> datetime:
        """Current time, timezone-aware UTC."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    def sleep(self, seconds: float) -> None:
        """Wait that many of this clock's seconds."""


class Watch(Protocol):
    """An endless list-then-watch of one kind: iterating blocks until something happens."""

    def __iter__(self) -> Iterator[WatchEvent]:
        """What happens, in order; ends only after `stop`, and raises nothing."""

    def stop(self) -> None:
        """End the iteration at once, from any thread."""

    def reconnect(self) -> None:
        """Make a new connection now, from any thread: the present one may be dead unnoticed."""


class Helm(Protocol):
    """The person's own Helm, aimed at one cluster. Calls may take minutes.

    Every method may raise NotFound when there is no helm to run.
    """

    def history(self, name: str, namespace: str) -> tuple[Revision, ...]:
        """Revisions of a release, oldest first; empty where there is no such release."""

    def values(self, name: str, namespace: str, revision: int) -> Json:
        """The values a revision was installed with."""

    def render(self, release: HelmRelease) -> tuple[Json, ...]:
        """The objects the chart makes of the values; nothing is written."""

    def upgrade(self, release: HelmRelease, stop: Callable[[], bool]) -> Iterator[float]:
        """Install or upgrade, and wait until everything is ready.

        Yields, now and then, the seconds gone; it is done when the iteration ends. `stop` is asked
        in between and interrupts Helm, and so does closing the iteration.

        Raises:
            Interrupted: it was stopped; the release's history says how far it came.
            StepFailed: Helm failed; its own words are in `why`.
        """

    def roll_back(
        self, name: str, namespace: str, target: int, stop: Callable[[], bool]
    ) -> Iterator[float]:
        """Bring an earlier revision back, as `upgrade` does."""

    def uninstall(self, name: str, namespace: str, stop: Callable[[], bool]) -> Iterator[float]:
        """Take a release away, as `upgrade` does, and wait until its objects are gone."""


class Cluster(Protocol):
    """A Kubernetes API server, objects as plain dictionaries."""

    @property
    def context(self) -> str:
        """Name of the kubeconfig context in use."""

    @property
    def server(self) -> str:
        """Address of the API server."""

    def version(self) -> str:
        """Git version of the server, such as `v1.36.2`."""

    def get(self, ref: Ref) -> Json | None:
        """The object, or None where it (or its whole kind) does not exist."""

    def list(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> list[Json]:
        """Objects of a kind; all namespaces when none is given. Empty where the kind is unknown."""

    def apply(self, manifest: Json, *, dry_run: bool = False, force: bool = False) -> Json:
        """Server-side apply with field manager `jetscale`; the object as the server has it then.

        Raises:
            Conflict: another field manager owns a field and `force` is off.
            Rejected: the server found the object invalid.
        """

    def delete(self, ref: Ref, *, uid: str | None = None) -> bool:
        """Delete, only if the uid still matches when one is given; False if it was not there."""

    def allowed(self, right: KubernetesRight) -> bool:
        """Answer of a SelfSubjectAccessReview."""

    def raw(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """GET any path of the API server (metrics APIs, proxies); the body as text."""

    def post(self, path: str, body: Json, *, timeout: float) -> str:
        """POST JSON to a proxy path; the body as text. Timeout in seconds."""

    def watch(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> Watch:
        """Follow the objects of a kind; nothing is asked before the iteration begins."""

    @property
    def helm(self) -> Helm:
        """Helm, aimed at this same cluster; nothing is run before its first call."""


@dataclass(frozen=True, slots=True)
class ContextInfo:
    """One context of the kubeconfig."""

    name: str
    cluster: str
    user: str
    namespace: str
    server: str
    current: bool


class Cloud(Protocol):
    """Google Cloud, as far as the job touches it."""

    def identity(self) -> str:
        """E-mail of the credentials in use, or a description of them."""

    def projects(self) -> list[Project]:
        """Active projects the identity can see."""

    def project(self, project_id: str) -> Project:
        """One project, with its number."""

    def clusters(self, project_id: str) -> list[GkeCluster]:
        """Clusters of a project, all locations."""

    def cluster(self, project_id: str, location: str, name: str) -> GkeCluster:
        """One cluster with its node pools."""

    def services(self, project_id: str, names: Sequence[str]) -> dict[str, ServiceState]:
        """State of the named services, such as `monitoring.googleapis.com`."""

    def enable_services(self, project_id: str, names: Sequence[str]) -> None:
        """Enable services and wait for the operation."""

    def allowed(self, project_id: str, permissions: Iterable[str]) -> frozenset[str]:
        """Those of the permissions the identity holds on the project (`testIamPermissions`)."""

    def policy(self, project_id: str) -> Policy:
        """The project's IAM policy."""

    def add_bindings(self, project_id: str, bindings: Sequence[Binding]) -> tuple[Binding, ...]:
        """Grant in one write; returns only those that were not there before."""

    def remove_bindings(self, project_id: str, bindings: Sequence[Binding]) -> tuple[Binding, ...]:
        """Take back in one write; returns those that were there."""

    def service_account(self, project_id: str, email: str) -> ServiceAccount | None:
        """A Google service account, None where there is none."""

    def create_service_account(
        self, project_id: str, account_id: str, *, display_name: str = ""
    ) -> ServiceAccount:
        """Make a Google service account and wait until it can be seen.

        Raises:
            Conflict: there is one of that name.
        """

    def undelete_service_account(self, project_id: str, unique_id: str) -> ServiceAccount:
        """Bring back an account deleted in the last 30 days, with its memberships.

        Raises:
            NotFound, PermissionDenied, Rejected: Google cannot any more, or may not say.
            Conflict: another one has its e-mail by now.
        """

    def delete_service_account(self, project_id: str, email: str) -> bool:
        """Delete a Google service account; False if it was not there."""

    def account_policy(self, project_id: str, email: str) -> Policy:
        """Who may act as a Google service account.

        Raises:
            NotFound: there is no such account.
        """

    def add_account_bindings(
        self, project_id: str, email: str, bindings: Sequence[Binding]
    ) -> tuple[Binding, ...]:
        """Let members act as a service account, in one write; returns only those newly let."""

    def remove_account_bindings(
        self, project_id: str, email: str, bindings: Sequence[Binding]
    ) -> tuple[Binding, ...]:
        """Take that back, in one write; returns those that were there."""

    def metric_types(self, project_id: str, prefix: str) -> tuple[str, ...]:
        """Types of the metrics that were ever collected and begin like this, sorted."""

    def metric_history(
        self,
        project_id: str,
        metric_type: str,
        *,
        start: datetime,
        end: datetime,
        where: Mapping[str, str] | None = None,
    ) -> MetricHistory:
        """Values of a metric in a span of the cluster's time, or why there are none.

        `where` narrows by fields: `{"resource.labels.cluster": "tpu-cluster"}`.
        """

    def promql(
        self, project_id: str, query: str, *, about: str, at: datetime | None = None
    ) -> QueryAnswer:
        """What a PromQL expression comes to now, or at a moment of the cluster's time, or why not.

        `about` is how the type of its metric begins, to tell one without values from none:
        `prometheus.googleapis.com/jetstream_prefill_backlog_size/`.
        """


class LiveFeed(Protocol):
    """A stream of snapshots for the dashboard. `start` and `stop` are idempotent."""

    def start(self, sink: Callable[[LiveSnapshot], None]) -> None:
        """Begin watching; a background thread calls the sink, at a pace a screen can follow."""

    def stop(self) -> None:
        """Stop at once, leaving no thread behind."""

    def reconnect(self) -> None:
        """Try everything again now, from any thread: as after a new login, or a new right.

        Waits for nothing; what comes of it is in the next snapshots. Does nothing while stopped.
        """


class Backend(Protocol):
    """Everything outside, for one kubeconfig and one Google identity."""

    @property
    def label(self) -> str:
        """Shown in the header: empty for the real thing, `sandbox ×10` for the sandbox."""

    @property
    def clock(self) -> Clock:
        """The cluster's clock."""

    def contexts(self) -> list[ContextInfo]:
        """Contexts of the kubeconfig; no network."""

    def cluster(self, context: str | None = None) -> Cluster:
        """Connect to a context, the current one when None. Connections are kept.

        The name gcloud would give a cluster that no kubeconfig has leads there as well, by way of
        the GKE API and the Google credentials.
        """

    def cloud(self) -> Cloud | None:
        """Google Cloud, or None when there are no credentials at all.

        Raises:
            AuthError: there are some, and they are broken, expired or revoked.
            Unreachable: Google's sign-in service does not answer.
        """

    def feed(self, context: str | None, namespace: str | None) -> LiveFeed:
        """A feed of one namespace, or of all when None."""
