"""`ports.Cloud` on Google's own client libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.cloud import policy as editing
from jetscale_tui.cloud.accounts import ServiceAccounts
from jetscale_tui.cloud.clusters import Clusters
from jetscale_tui.cloud.metrics import Metrics
from jetscale_tui.cloud.projects import Projects
from jetscale_tui.cloud.promql import PromQl
from jetscale_tui.cloud.services import Services

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from jetscale_tui.cloud.session import Session
    from jetscale_tui.domain.google import (
        Binding,
        GkeCluster,
        Policy,
        Project,
        ServiceAccount,
        ServiceState,
    )
    from jetscale_tui.domain.monitoring import MetricHistory, QueryAnswer


class GoogleCloud:
    """Google Cloud as one identity sees it. Safe to use from several threads; calls block."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._projects = Projects(session)
        self._clusters = Clusters(session)
        self._services = Services(session)
        self._metrics = Metrics(session)
        self._promql = PromQl(session, self._metrics.without_values)
        self._accounts = ServiceAccounts(session)

    def identity(self) -> str:
        """E-mail of the credentials in use, or a description of them."""
        return self._session.identity()

    def access_token(self, refused: str = "") -> str:
        """A token that is good now, to reach a cluster without a kubeconfig; never shown.

        With one that a cluster refused, another one where there are new credentials by now.
        """
        return self._session.token(refused)

    def projects(self) -> list[Project]:
        """Active projects the identity can see, by id."""
        return self._projects.search()

    def project(self, project_id: str) -> Project:
        """One project, with its number."""
        return self._projects.get(project_id)

    def clusters(self, project_id: str) -> list[GkeCluster]:
        """Clusters of a project, all locations."""
        return self._clusters.all(project_id)

    def cluster(self, project_id: str, location: str, name: str) -> GkeCluster:
        """One cluster with its node pools."""
        return self._clusters.get(project_id, location, name)

    def services(self, project_id: str, names: Sequence[str]) -> dict[str, ServiceState]:
        """State of the named services."""
        return self._services.states(project_id, names)

    def enable_services(self, project_id: str, names: Sequence[str]) -> None:
        """Enable services and wait for the operation."""
        self._services.enable(project_id, names)

    def allowed(self, project_id: str, permissions: Iterable[str]) -> frozenset[str]:
        """Those of the permissions the identity holds on the project."""
        return self._projects.allowed(project_id, permissions)

    def policy(self, project_id: str) -> Policy:
        """The project's IAM policy."""
        return self._projects.policy(project_id)

    def add_bindings(self, project_id: str, bindings: Sequence[Binding]) -> tuple[Binding, ...]:
        """Grant in one write; returns only those that were not there before."""
        changer = self._projects.changer(project_id, young=self._accounts.young)
        return changer.change(editing.add, bindings)

    def remove_bindings(self, project_id: str, bindings: Sequence[Binding]) -> tuple[Binding, ...]:
        """Take back in one write; returns those that were there."""
        return self._projects.changer(project_id).change(editing.remove, bindings)

    def service_account(self, project_id: str, email: str) -> ServiceAccount | None:
        """A Google service account, None where there is none."""
        return self._accounts.get(project_id, email)

    def create_service_account(
        self, project_id: str, account_id: str, *, display_name: str = ""
    ) -> ServiceAccount:
        """Make a Google service account and wait until it can be seen."""
        return self._accounts.create(project_id, account_id, display_name)

    def undelete_service_account(self, project_id: str, unique_id: str) -> ServiceAccount:
        """Bring back a recently deleted account with its memberships."""
        return self._accounts.undelete(project_id, unique_id)

    def delete_service_account(self, project_id: str, email: str) -> bool:
        """Delete a Google service account; False if it was not there."""
        return self._accounts.delete(project_id, email)

    def account_policy(self, project_id: str, email: str) -> Policy:
        """Who may act as a Google service account."""
        return self._accounts.policy(project_id, email)

    def add_account_bindings(
        self, project_id: str, email: str, bindings: Sequence[Binding]
    ) -> tuple[Binding, ...]:
        """Let members act as a service account, in one write; returns only those newly let."""
        return self._accounts.changer(project_id, email).change(editing.add, bindings)

    def remove_account_bindings(
        self, project_id: str, email: str, bindings: Sequence[Binding]
    ) -> tuple[Binding, ...]:
        """Take that back, in one write; returns those that were there."""
        return self._accounts.changer(project_id, email).change(editing.remove, bindings)

    def metric_types(self, project_id: str, prefix: str) -> tuple[str, ...]:
        """Types of the metrics that were ever ingested and begin like this, sorted."""
        return self._metrics.types(project_id, prefix)

    def metric_history(
        self,
        project_id: str,
        metric_type: str,
        *,
        start: datetime,
        end: datetime,
        where: Mapping[str, str] | None = None,
    ) -> MetricHistory:
        """Values of a metric in a span of time of the cluster's clock, or why there are none.

        `where` narrows by fields: `{"resource.labels.cluster": "tpu-cluster"}`.
        """
        return self._metrics.history(
            project_id, metric_type, start=start, end=end, where=where or {}
        )

    def promql(
        self, project_id: str, query: str, *, about: str, at: datetime | None = None
    ) -> QueryAnswer:
        """What a PromQL expression comes to now, or at a moment of the cluster's time, or why not.

        `about` is how the type of its metric begins, to tell one without values from none:
        `prometheus.googleapis.com/jetstream_prefill_backlog_size/`.
        """
        return self._promql.query(project_id, query, about=about, at=at)

    def close(self) -> None:
        """Close the connections; the object is of no use afterwards."""
        self._session.close()
