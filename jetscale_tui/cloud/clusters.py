"""GKE clusters and their node pools, through the GKE API."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from google.cloud import container_v1

from jetscale_tui.cloud.calls import CONTAINER, Call, in_project
from jetscale_tui.domain.google import GkeCluster, NodePool
from jetscale_tui.domain.tpu import chips_of_machine, generation_of_machine

if TYPE_CHECKING:
    from jetscale_tui.cloud.session import Session

_ACCELERATOR = "cloud.google.com/gke-tpu-accelerator"


class Clusters:
    """Reading clusters."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self, project_id: str) -> list[GkeCluster]:
        """Clusters of every location, by name."""
        call = in_project(project_id, "list the clusters", CONTAINER, "container.clusters.list")
        request = container_v1.ListClustersRequest(parent=f"projects/{project_id}/locations/-")
        answer = self._session.read(call, self._client.list_clusters, request)
        clusters = [cluster_of(message, project_id) for message in answer.clusters]
        return sorted(clusters, key=lambda cluster: (cluster.name, cluster.location))

    def get(self, project_id: str, location: str, name: str) -> GkeCluster:
        """One cluster."""
        call = Call(
            f"read cluster {name} in {location} of project {project_id}",
            CONTAINER,
            "container.clusters.get",
            project_id,
        )
        request = container_v1.GetClusterRequest(
            name=f"projects/{project_id}/locations/{location}/clusters/{name}"
        )
        return cluster_of(self._session.read(call, self._client.get_cluster, request), project_id)

    @property
    def _client(self) -> container_v1.ClusterManagerClient:
        return self._session.client(container_v1.ClusterManagerClient)


def cluster_of(message: container_v1.Cluster, project_id: str) -> GkeCluster:
    """The domain's value of a cluster message."""
    endpoints = message.control_plane_endpoints_config
    dns = endpoints.dns_endpoint_config
    return GkeCluster(
        project=project_id,
        location=message.location,
        name=message.name,
        version=message.current_master_version,
        endpoint=message.endpoint,
        ca_certificate=_pem(message.master_auth.cluster_ca_certificate),
        autopilot=message.autopilot.enabled,
        workload_pool=message.workload_identity_config.workload_pool or None,
        managed_prometheus=message.monitoring_config.managed_prometheus_config.enabled,
        private_endpoint=_is_private(message),
        authorized_networks=_authorized_networks(message),
        dns_endpoint=dns.endpoint if dns.endpoint and dns.allow_external_traffic else None,
        status=message.status.name,
        pools=tuple(pool_of(pool, message) for pool in message.node_pools),
    )


def pool_of(pool: container_v1.NodePool, cluster: container_v1.Cluster) -> NodePool:
    """The domain's value of a node pool message.

    The API counts nodes a zone; the domain counts all of them.
    """
    zones = len(pool.locations or cluster.locations) or 1
    config = pool.config
    nodes = pool.initial_node_count * zones
    scaling = pool.autoscaling
    machine = config.machine_type
    return NodePool(
        name=pool.name,
        machine_type=machine,
        node_count=nodes,
        accelerator=config.labels.get(_ACCELERATOR, "") or generation_of_machine(machine),
        topology=pool.placement_policy.tpu_topology,
        chips_per_node=chips_of_machine(machine),
        autoscaling=scaling.enabled,
        min_nodes=(
            scaling.total_min_node_count or scaling.min_node_count * zones if scaling.enabled else 0
        ),
        max_nodes=(
            scaling.total_max_node_count or scaling.max_node_count * zones
            if scaling.enabled
            else nodes
        ),
        metadata_mode=config.workload_metadata_config.mode.name,
        service_account=config.service_account or "default",
        scopes=tuple(config.oauth_scopes),
        spot=config.spot or config.preemptible,
    )


def _is_private(message: container_v1.Cluster) -> bool:
    by_address = message.control_plane_endpoints_config.ip_endpoints_config
    if "ip_endpoints_config" in message.control_plane_endpoints_config and by_address.enabled:
        return not by_address.enable_public_endpoint
    return message.private_cluster_config.enable_private_endpoint


def _authorized_networks(message: container_v1.Cluster) -> tuple[str, ...]:
    for config in (
        message.control_plane_endpoints_config.ip_endpoints_config.authorized_networks_config,
        message.master_authorized_networks_config,
    ):
        if config.enabled:
            return tuple(block.cidr_block for block in config.cidr_blocks)
    return ()


def _pem(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
