"""RBAC objects and APIServices, which both adapters need in the same shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import (
    API_SERVICE,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    ROLE_BINDING,
)
from jetscale_tui.manifests.metadata import header

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.spec import Setup

CUSTOM_METRICS_GROUP = "custom.metrics.k8s.io"
EXTERNAL_METRICS_GROUP = "external.metrics.k8s.io"


@dataclass(frozen=True, slots=True)
class ServiceAccountName:
    """A Kubernetes service account, as a subject of bindings."""

    namespace: str
    name: str

    @property
    def subject(self) -> Json:
        """The account as an RBAC subject."""
        return {"kind": "ServiceAccount", "name": self.name, "namespace": self.namespace}


HPA_CONTROLLER = ServiceAccountName("kube-system", "horizontal-pod-autoscaler")
"""Who asks the metrics APIs."""


def cluster_role(
    setup: Setup, name: str, group: str, resources: Sequence[str], verbs: Sequence[str]
) -> Json:
    """A ClusterRole with one rule."""
    rule = {"apiGroups": [group], "resources": [*resources], "verbs": [*verbs]}
    return {**header(setup, CLUSTER_ROLE, name), "rules": [rule]}


def cluster_role_binding(setup: Setup, name: str, role: str, subject: ServiceAccountName) -> Json:
    """A ClusterRole for one service account, everywhere."""
    return {
        **header(setup, CLUSTER_ROLE_BINDING, name),
        "roleRef": _role_ref("ClusterRole", role),
        "subjects": [subject.subject],
    }


def auth_reader_binding(setup: Setup, name: str, subject: ServiceAccountName) -> Json:
    """Lets an aggregated API server read how clients are authenticated."""
    return {
        **header(setup, ROLE_BINDING, name, "kube-system"),
        "roleRef": _role_ref("Role", "extension-apiserver-authentication-reader"),
        "subjects": [subject.subject],
    }


def api_service(
    setup: Setup, group: str, version: str, *, namespace: str, service: str, priority: int = 100
) -> Json:
    """Makes a Service answer for one version of an API group.

    The adapters serve a certificate they sign themselves, so it is not verified, as upstream.
    """
    return {
        **header(setup, API_SERVICE, f"{version}.{group}"),
        "spec": {
            "group": group,
            "groupPriorityMinimum": 100,
            "insecureSkipTLSVerify": True,
            "service": {"name": service, "namespace": namespace},
            "version": version,
            "versionPriority": priority,
        },
    }


def _role_ref(kind: str, name: str) -> Json:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}
