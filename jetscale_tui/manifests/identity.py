"""How the adapter may read Cloud Monitoring: what is granted to whom, as values.

Nothing here writes; the engine adds the bindings, the export prints the commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.google import Binding, adapter_principal
from jetscale_tui.domain.spec import AdapterKind, Identity
from jetscale_tui.manifests import frontend, scope, stackdriver
from jetscale_tui.manifests.metadata import is_literal

if TYPE_CHECKING:
    from jetscale_tui.domain.google import Project
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.manifests.rbac import ServiceAccountName

MONITORING_VIEWER = "roles/monitoring.viewer"
WORKLOAD_IDENTITY_USER = "roles/iam.workloadIdentityUser"
ANNOTATION = "iam.gke.io/gcp-service-account"
"""On a Kubernetes service account: the Google service account it acts as."""

STACKDRIVER_GOOGLE_ACCOUNT = "custom-metrics-adapter"
"""Google service account of the Stackdriver adapter; its own name is longer than Google allows."""
GUIDE_BOUND_ACCOUNT = "jetstream-iam-sa"
"""The account the guide binds, after creating another one."""


@dataclass(frozen=True, slots=True)
class GoogleAccount:
    """A Google service account the adapter acts as, and what its own policy needs."""

    project: str
    account_id: str
    """The account to create, before the `@`."""
    email: str
    """The account that is bound, annotated and granted. In literal mode not the one created."""
    binding: Binding
    """To add to the policy of `email`: lets the Kubernetes service account act as it."""


def kubernetes_account(setup: Setup) -> ServiceAccountName:
    """The Kubernetes service account that reads Cloud Monitoring."""
    if setup.adapter.kind is AdapterKind.PROMETHEUS:
        return frontend.account(setup)
    return stackdriver.ACCOUNT


def google_account(setup: Setup, project: Project | None) -> GoogleAccount | None:
    """The Google service account of identity `service-account`; None for the others.

    Raises:
        ConfigError: the project is not known.
    """
    if setup.adapter.identity is not Identity.SERVICE_ACCOUNT:
        return None
    return _google_account(setup, scope.project_id(setup, project))


def bindings(setup: Setup, project: Project | None) -> tuple[Binding, ...]:
    """Bindings to add to the project's policy.

    Empty for identity `node`, whose rights are the node pool's; also for `principal` while the
    project is not known, since its number is part of the member.
    """
    identity = setup.adapter.identity
    if identity is Identity.SERVICE_ACCOUNT:
        account = _google_account(setup, scope.project_id(setup, project))
        return (Binding(MONITORING_VIEWER, f"serviceAccount:{account.email}"),)
    if identity is Identity.NODE or project is None:
        return ()
    reader = kubernetes_account(setup)
    principal = adapter_principal(project, reader.namespace, reader.name)
    return (Binding(MONITORING_VIEWER, principal),)


def account_annotations(setup: Setup, project: Project | None) -> dict[str, str]:
    """Annotations of the Kubernetes service account."""
    account = google_account(setup, project)
    return {ANNOTATION: account.email} if account else {}


def _google_account(setup: Setup, project_id: str) -> GoogleAccount:
    created = bound = STACKDRIVER_GOOGLE_ACCOUNT
    if setup.adapter.kind is AdapterKind.PROMETHEUS:
        created = bound = setup.adapter.prometheus.google_service_account
        if is_literal(setup):
            bound = GUIDE_BOUND_ACCOUNT
    reader = kubernetes_account(setup)
    member = f"serviceAccount:{project_id}.svc.id.goog[{reader.namespace}/{reader.name}]"
    return GoogleAccount(
        project_id,
        created,
        f"{bound}@{project_id}.iam.gserviceaccount.com",
        Binding(WORKLOAD_IDENTITY_USER, member),
    )
