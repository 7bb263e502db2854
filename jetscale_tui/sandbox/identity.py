"""Which Google identity a pod acts with, and what that may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from jetscale_tui.domain.google import Project, adapter_principal
from jetscale_tui.domain.kinds import SERVICE_ACCOUNT

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.blueprint import Blueprint
    from jetscale_tui.sandbox.kube.store import Store

_ANNOTATION = "iam.gke.io/gcp-service-account"


class Policies(Protocol):
    """What IAM says; the Google side of the sandbox."""

    def monitoring_readable_by(self, principal_member: str) -> bool:
        """Whether this member's reads of Cloud Monitoring succeed now."""

    def may_act_as(self, namespace: str, name: str, email: str) -> bool:
        """Whether a Kubernetes service account may act as a Google service account by now."""


class PodIdentity:
    """Workload Identity as the metadata server on the nodes does it."""

    def __init__(self, store: Store, blueprint: Blueprint, policies: Policies) -> None:
        self._store = store
        self._project = Project(blueprint.project_id, blueprint.project_number)
        self._federated = blueprint.workload_identity
        self._policies = policies

    def member(self, pod: Json) -> str:
        """The IAM member a pod's requests to Google carry."""
        if not self._federated:
            number = self._project.number
            return f"serviceAccount:{number}-compute@developer.gserviceaccount.com"
        namespace, name, email = self._accounts(pod)
        if email:
            return f"serviceAccount:{email}"
        return adapter_principal(self._project, namespace, name)

    def signs_in(self, pod: Json) -> bool:
        """Whether the metadata server gives the pod a token at all."""
        namespace, name, email = self._accounts(pod)
        if not self._federated or not email:
            return True
        return self._policies.may_act_as(namespace, name, email)

    def reads_monitoring(self, pod: Json) -> bool:
        """Whether the pod may list time series now."""
        return self.signs_in(pod) and self._policies.monitoring_readable_by(self.member(pod))

    def _accounts(self, pod: Json) -> tuple[str, str, str]:
        """Namespace and name of the pod's service account, and the Google account it names."""
        namespace = pod["metadata"]["namespace"]
        name = pod["spec"].get("serviceAccountName") or "default"
        account = self._store.peek(SERVICE_ACCOUNT, namespace, name) or {"metadata": {}}
        email = (account["metadata"].get("annotations") or {}).get(_ANNOTATION) or ""
        return namespace, name, email
