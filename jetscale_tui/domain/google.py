"""Values of the Google Cloud side: projects, clusters, node pools, bindings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

_CONTEXT = re.compile(r"gke_([^_]+)_([^_]+)_([^_]+)")


@dataclass(frozen=True, slots=True)
class Project:
    """A Google Cloud project."""

    project_id: str
    number: str
    """Digits; goes into principal identifiers."""
    name: str = ""


class ServiceState(StrEnum):
    """State of a Google service in a project."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class NodePool:
    """A GKE node pool, as far as TPU serving cares."""

    name: str
    machine_type: str
    node_count: int
    accelerator: str = ""
    """Value of `cloud.google.com/gke-tpu-accelerator`, empty without TPUs."""
    topology: str = ""
    """`2x4`."""
    chips_per_node: int = 0
    autoscaling: bool = False
    min_nodes: int = 0
    max_nodes: int = 0
    """With autoscaling off, equal to `node_count`."""
    metadata_mode: str = "GKE_METADATA"
    """`GKE_METADATA` means Workload Identity is used on its nodes."""
    service_account: str = "default"
    scopes: tuple[str, ...] = ()
    spot: bool = False


@dataclass(frozen=True, slots=True)
class ClusterName:
    """What names a GKE cluster."""

    project: str
    location: str
    cluster: str

    @classmethod
    def of_context(cls, context: str) -> ClusterName | None:
        """The cluster whose kubeconfig context gcloud would give this name, None for others."""
        named = _CONTEXT.fullmatch(context)
        return cls(*named.groups()) if named else None

    @property
    def context(self) -> str:
        """The name gcloud gives its kubeconfig context."""
        return f"gke_{self.project}_{self.location}_{self.cluster}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of the addresses of a control plane."""

    host: str
    """Host name or address, possibly with a port."""
    ca_certificate: str = ""
    """PEM; empty where certificates everybody trusts are used."""


@dataclass(frozen=True, slots=True)
class GkeCluster:
    """A GKE cluster."""

    project: str
    location: str
    name: str
    version: str
    endpoint: str
    """Host or address of the control plane, without scheme."""
    ca_certificate: str = ""
    """PEM, decoded."""
    autopilot: bool = False
    workload_pool: str | None = None
    """`PROJECT_ID.svc.id.goog`, or None without Workload Identity."""
    managed_prometheus: bool = True
    private_endpoint: bool = False
    authorized_networks: tuple[str, ...] = ()
    dns_endpoint: str | None = None
    status: str = "RUNNING"
    pools: tuple[NodePool, ...] = ()

    @property
    def context_name(self) -> str:
        """The name gcloud gives this cluster's kubeconfig context."""
        return ClusterName(self.project, self.location, self.name).context

    @property
    def way_in(self) -> Endpoint | None:
        """The endpoint that is likeliest to answer this machine; None while there is none.

        The DNS endpoint checks who asks, not from where, so it goes before an address that is
        private or answers some networks only.
        """
        by_name = Endpoint(self.dns_endpoint) if self.dns_endpoint else None
        closed = self.private_endpoint or bool(self.authorized_networks)
        if not self.endpoint or (by_name is not None and closed):
            return by_name
        return Endpoint(self.endpoint, self.ca_certificate)


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A Google service account."""

    email: str
    unique_id: str
    """Digits; stays with this account when another is made under the same e-mail."""
    display_name: str = ""
    disabled: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Binding:
    """One member holding one role, without condition."""

    role: str
    member: str


POLICY_MEMBERS = 1500
"""Members one policy may name, as Google documents it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The unconditional part of an IAM policy, as read. Writes go through `Cloud.add_bindings`."""

    bindings: frozenset[Binding] = field(default_factory=frozenset)
    conditional: int = 0
    """How many conditional bindings there are besides; they are never touched."""
    members: int = 0
    """Members of all bindings, those with a condition included, each time one is named."""
    etag: str = ""

    def deleted_accounts(self, email: str) -> tuple[str, ...]:
        """Unique ids of deleted service accounts of that e-mail that it still names, sorted."""
        prefix = f"deleted:serviceAccount:{email}?uid="
        members = {binding.member for binding in self.bindings}
        return tuple(
            sorted(member.removeprefix(prefix) for member in members if member.startswith(prefix))
        )


def adapter_principal(project: Project, namespace: str, service_account: str) -> str:
    """Workload Identity principal of a Kubernetes service account.

    The project number goes into the path, the project id into the pool name.
    Source: the Workload Identity Federation for GKE documentation.
    """
    return (
        f"principal://iam.googleapis.com/projects/{project.number}/locations/global/"
        f"workloadIdentityPools/{project.project_id}.svc.id.goog/subject/"
        f"ns/{namespace}/sa/{service_account}"
    )


def member_of(email: str) -> str:
    """The IAM member somebody with this e-mail is."""
    kind = "serviceAccount" if email.endswith("gserviceaccount.com") else "user"
    return f"{kind}:{email}"
