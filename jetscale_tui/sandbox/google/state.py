"""The Google Cloud project of the sandbox: what its services answer from. Thread-safe; no gRPC.

The API servicers write here on behalf of the account, the controllers read here what the pods of
the cluster may do and tell how large the node pools are.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from google.iam.v1 import policy_pb2
from google.type import expr_pb2

from jetscale_tui.domain.google import (
    GkeCluster,
    NodePool,
    Project,
    ServiceState,
    adapter_principal,
)
from jetscale_tui.sandbox.google import callers
from jetscale_tui.sandbox.google.accounts import ServiceAccounts
from jetscale_tui.sandbox.google.faults import Faults
from jetscale_tui.sandbox.google.ledger import PolicyLedger
from jetscale_tui.sandbox.nodes import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.sandbox.blueprint import Blueprint, PoolBlueprint
    from jetscale_tui.sandbox.google.ledger import Timer

ENABLE_SECONDS = 12.0
"""Sandbox seconds that enabling a service takes."""

KNOWN_SERVICES = (
    "cloudresourcemanager.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "serviceusage.googleapis.com",
)

MONITORING_READERS = frozenset(
    {
        "roles/monitoring.viewer",
        "roles/monitoring.editor",
        "roles/monitoring.admin",
        "roles/viewer",
        "roles/editor",
        "roles/owner",
    }
)
"""Predefined roles that include monitoring.timeSeries.list."""

NODE_SCOPES = (
    "https://www.googleapis.com/auth/devstorage.read_only",
    "https://www.googleapis.com/auth/logging.write",
    "https://www.googleapis.com/auth/monitoring",
    "https://www.googleapis.com/auth/servicecontrol",
    "https://www.googleapis.com/auth/service.management.readonly",
    "https://www.googleapis.com/auth/trace.append",
)
"""What GKE gives a node pool created without scopes."""


class GoogleState:
    """Project, IAM policy, services and cluster of one sandbox."""

    def __init__(self, blueprint: Blueprint, clock: Timer) -> None:
        self.clock = clock
        self.project = Project(blueprint.project_id, blueprint.project_number, "Sandbox")
        self.account = blueprint.account
        self.policy = PolicyLedger(clock, blueprint.iam_propagation, _first_policy(blueprint))
        self.accounts = ServiceAccounts(blueprint.project_id, clock, blueprint.iam_propagation)
        self.faults = Faults()
        self.refused_members: dict[str, str] = {}
        """Members an organisation policy keeps out, with its constraint's name."""
        self._lock = threading.RLock()
        self._denied = set(blueprint.google_permissions_denied)
        disabled = set(blueprint.services_disabled)
        # The sandbox second from which a service is enabled.
        self._enabled_from = {name: 0.0 for name in KNOWN_SERVICES if name not in disabled}
        self._known_services = disabled.union(KNOWN_SERVICES)
        self._cluster = _first_cluster(blueprint)
        self._pool_sizes = {pool.name: pool.nodes for pool in blueprint.pools}

    def allowed(self, permission: str) -> bool:
        """Whether whose call is being answered holds an IAM permission; else, the account."""
        caller = callers.current()
        if caller is not None:
            return caller.holds(permission)
        with self._lock:
            return permission not in self._denied

    def deny(self, *permissions: str) -> None:
        """Take permissions from the account, at once."""
        with self._lock:
            self._denied.update(permissions)

    def permit(self, *permissions: str) -> None:
        """Give permissions back to the account, at once."""
        with self._lock:
            self._denied.difference_update(permissions)

    def has_role(self, member: str, role: str) -> bool:
        """Whether a grant on the project is in effect by now, for the member or a set it is in."""
        return self.policy.holds(covering(member), (role,))

    def monitoring_readable_by(self, principal_member: str) -> bool:
        """Whether this member's reads of Cloud Monitoring succeed now."""
        if self.service_state("monitoring.googleapis.com") is not ServiceState.ENABLED:
            return False
        return self.policy.holds(covering(principal_member), MONITORING_READERS)

    def may_act_as(self, namespace: str, name: str, email: str) -> bool:
        """Whether a Kubernetes service account may act as a Google service account by now."""
        ledger = self.accounts.policy(email)
        if ledger is None:
            return False
        pool = f"{self.project.project_id}.svc.id.goog"
        members = (
            f"serviceAccount:{pool}[{namespace}/{name}]",
            *covering(adapter_principal(self.project, namespace, name)),
        )
        return ledger.holds(members, ("roles/iam.workloadIdentityUser",))

    def service_state(self, name: str) -> ServiceState:
        """State of a service; UNKNOWN when there is no service of that name."""
        with self._lock:
            if name not in self._known_services:
                return ServiceState.UNKNOWN
            since = self._enabled_from.get(name)
        if since is not None and since <= self.clock.monotonic():
            return ServiceState.ENABLED
        return ServiceState.DISABLED

    def enable(self, names: Iterable[str]) -> float:
        """Begin enabling services; the sandbox second at which the last of them is enabled."""
        ready = self.clock.monotonic()
        with self._lock:
            for name in names:
                due = self._enabled_from.setdefault(name, self.clock.monotonic() + ENABLE_SECONDS)
                ready = max(ready, due)
        return ready

    def disable(self, name: str) -> None:
        """Disable a service, at once."""
        with self._lock:
            self._known_services.add(name)
            self._enabled_from.pop(name, None)

    @property
    def cluster(self) -> GkeCluster:
        """The cluster and its node pools, as configured."""
        with self._lock:
            return self._cluster

    def change_cluster(self, cluster: GkeCluster) -> None:
        """Replace what the GKE API says of the cluster."""
        with self._lock:
            self._cluster = cluster

    def publish_endpoint(self, endpoint: str, ca_pem: str) -> None:
        """Make the API server's address (host or host:port) and CA known to the GKE API."""
        with self._lock:
            self._cluster = replace(self._cluster, endpoint=endpoint, ca_certificate=ca_pem)

    def resize_pool(self, name: str, node_count: int) -> None:
        """Record how many nodes a pool has now; its configuration stays as it is."""
        with self._lock:
            self._pool_sizes[name] = node_count

    @property
    def node_count(self) -> int:
        """Nodes of all pools together, as of now."""
        with self._lock:
            return sum(self._pool_sizes.values())


def covering(member: str) -> tuple[str, ...]:
    """The member and every set of principals it belongs to."""
    pool, found, subject = member.removeprefix("principal://").partition("/subject/ns/")
    if not member.startswith("principal://") or not found:
        return (member,)
    namespace = subject.partition("/sa/")[0]
    return (
        member,
        f"principalSet://{pool}/namespace/{namespace}",
        f"principalSet://{pool}/*",
    )


def _first_policy(blueprint: Blueprint) -> list[policy_pb2.Binding]:
    """Bindings a project like this one has before anybody autoscales anything."""
    number = blueprint.project_number
    owner = "roles/editor" if blueprint.google_permissions_denied else "roles/owner"
    return [
        policy_pb2.Binding(
            role="roles/container.defaultNodeServiceAccount",
            members=[f"serviceAccount:{number}-compute@developer.gserviceaccount.com"],
        ),
        policy_pb2.Binding(
            role="roles/container.serviceAgent",
            members=[
                f"serviceAccount:service-{number}@container-engine-robot.iam.gserviceaccount.com"
            ],
        ),
        policy_pb2.Binding(role=owner, members=[f"user:{blueprint.account}"]),
        policy_pb2.Binding(
            role="roles/storage.objectViewer",
            members=["user:contractor@example.com"],
            condition=expr_pb2.Expr(
                title="until-2030",
                description="Access to model weights for the length of the contract",
                expression='request.time < timestamp("2030-01-01T00:00:00Z")',
            ),
        ),
    ]


def _first_cluster(blueprint: Blueprint) -> GkeCluster:
    return GkeCluster(
        project=blueprint.project_id,
        location=blueprint.location,
        name=blueprint.cluster,
        version=VERSION.removeprefix("v"),
        endpoint="",
        workload_pool=(
            f"{blueprint.project_id}.svc.id.goog" if blueprint.workload_identity else None
        ),
        pools=tuple(_first_pool(pool, blueprint) for pool in blueprint.pools),
    )


def _first_pool(pool: PoolBlueprint, blueprint: Blueprint) -> NodePool:
    growing = pool.max_nodes > pool.nodes
    return NodePool(
        name=pool.name,
        machine_type=pool.machine_type,
        node_count=pool.nodes,
        accelerator=pool.accelerator,
        topology=pool.topology,
        chips_per_node=pool.chips_per_node,
        autoscaling=growing,
        min_nodes=pool.nodes if growing else 0,
        max_nodes=pool.max_nodes if growing else pool.nodes,
        metadata_mode="GKE_METADATA" if blueprint.workload_identity else "GCE_METADATA",
        scopes=NODE_SCOPES,
    )
