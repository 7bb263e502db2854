"""Kubernetes kinds JetScale reads or writes, and references to their objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]
"""A Kubernetes object as plain data, as the API server sends it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind at one API version."""

    api_version: str
    """`v1` or `group/version`."""
    name: str
    """`Deployment`."""
    plural: str
    """`deployments`."""
    namespaced: bool = True

    @property
    def group(self) -> str:
        """API group; the core group is empty."""
        return self.api_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        """API version without the group."""
        return self.api_version.rpartition("/")[2]

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        """URL path of the collection or object; every part is percent-encoded."""
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"
        parts = [root]
        if self.namespaced and namespace is not None:
            parts += ["namespaces", quote(namespace, safe="")]
        parts.append(self.plural)
        if name is not None:
            parts.append(quote(name, safe=""))
        return "/".join(parts)


NAMESPACE = Kind("v1", "Namespace", "namespaces", namespaced=False)
NODE = Kind("v1", "Node", "nodes", namespaced=False)
POD = Kind("v1", "Pod", "pods")
SERVICE = Kind("v1", "Service", "services")
SERVICE_ACCOUNT = Kind("v1", "ServiceAccount", "serviceaccounts")
CONFIG_MAP = Kind("v1", "ConfigMap", "configmaps")
SECRET = Kind("v1", "Secret", "secrets")
EVENT = Kind("v1", "Event", "events")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
REPLICA_SET = Kind("apps/v1", "ReplicaSet", "replicasets")
DAEMON_SET = Kind("apps/v1", "DaemonSet", "daemonsets")
HPA = Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
ROLE_BINDING = Kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings")
CLUSTER_ROLE = Kind("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", namespaced=False)
CLUSTER_ROLE_BINDING = Kind(
    "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", namespaced=False
)
API_SERVICE = Kind("apiregistration.k8s.io/v1", "APIService", "apiservices", namespaced=False)
POD_MONITORING = Kind("monitoring.googleapis.com/v1", "PodMonitoring", "podmonitorings")
CRD = Kind(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    namespaced=False,
)
NETWORK_POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies")

KINDS: tuple[Kind, ...] = (
    NAMESPACE,
    NODE,
    POD,
    SERVICE,
    SERVICE_ACCOUNT,
    CONFIG_MAP,
    SECRET,
    EVENT,
    DEPLOYMENT,
    REPLICA_SET,
    DAEMON_SET,
    HPA,
    ROLE_BINDING,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    API_SERVICE,
    POD_MONITORING,
    CRD,
    NETWORK_POLICY,
)

_BY_NAME = {(kind.api_version, kind.name): kind for kind in KINDS}


def kind_of(manifest: Json) -> Kind:
    """The kind of an object.

    Raises:
        KeyError: a kind JetScale does not know.
    """
    return _BY_NAME[(manifest["apiVersion"], manifest["kind"])]


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """Names one object: kind, namespace (None when cluster-scoped), name."""

    api_version: str
    kind_name: str
    namespace: str | None
    name: str

    @classmethod
    def to(cls, kind: Kind, name: str, namespace: str | None = None) -> Ref:
        """Reference to an object of a kind."""
        return cls(kind.api_version, kind.name, namespace if kind.namespaced else None, name)

    @classmethod
    def of(cls, manifest: Json) -> Ref:
        """Reference to a manifest's object; a missing namespace means `default`."""
        kind = kind_of(manifest)
        metadata = manifest["metadata"]
        return cls.to(kind, metadata["name"], metadata.get("namespace") or "default")

    @property
    def kind(self) -> Kind:
        """The kind of the object referred to."""
        return _BY_NAME[(self.api_version, self.kind_name)]

    @property
    def path(self) -> str:
        """URL path of the object."""
        return self.kind.path(self.namespace, self.name)

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind_name} {place}{self.name}"
