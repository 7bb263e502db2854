"""google.container.v1.ClusterManager: the cluster and its node pools."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import grpc
from google.cloud import container_v1

from jetscale_tui.sandbox.google.status import Refusal

if TYPE_CHECKING:
    from jetscale_tui.domain.google import GkeCluster, NodePool
    from jetscale_tui.sandbox.google.state import GoogleState
    from jetscale_tui.sandbox.google.wire import Method

API = "container.googleapis.com"


def methods(state: GoogleState) -> list[Method]:
    """What the gRPC service is called with."""
    clusters = Clusters(state)
    return [
        clusters.list_clusters,
        clusters.get_cluster,
    ]


class Clusters:
    """The methods, one cluster known."""

    def __init__(self, state: GoogleState) -> None:
        self._state = state

    def list_clusters(
        self, request: container_v1.ListClustersRequest
    ) -> container_v1.ListClustersResponse:
        """Clusters of a location, or of all with `-`."""
        project = f"projects/{self._state.project.project_id}"
        asked = "/".join(request.parent.split("/")[:2])
        # A project that does not exist is refused like one that belongs to somebody else.
        self._check("container.clusters.list", asked, known=asked == project)
        cluster = self._state.cluster
        here = request.parent in (
            f"{project}/locations/-",
            f"{project}/locations/{cluster.location}",
        )
        return container_v1.ListClustersResponse(clusters=[self._message()] if here else [])

    def get_cluster(self, request: container_v1.GetClusterRequest) -> container_v1.Cluster:
        """One cluster with its node pools."""
        self._find(request.name)
        return self._message()

    def _find(self, name: str) -> None:
        self._check("container.clusters.get", name)
        cluster = self._state.cluster
        path = f"projects/{cluster.project}/locations/{cluster.location}/clusters/{cluster.name}"
        if name != path:
            raise Refusal(
                grpc.StatusCode.NOT_FOUND,
                f"Not found: {name}.\nNo cluster named '{name.rpartition('/')[2]}' "
                f"in {cluster.project}.",
            )

    def _check(self, permission: str, resource: str, *, known: bool = True) -> None:
        if not known or not self._state.allowed(permission):
            raise Refusal(
                grpc.StatusCode.PERMISSION_DENIED,
                f'Required "{permission}" permission(s) for "{resource}".',
            )

    def _message(self) -> container_v1.Cluster:
        return cluster_message(self._state.cluster, self._state.node_count)


def cluster_message(cluster: GkeCluster, node_count: int) -> container_v1.Cluster:
    """The cluster as the GKE API writes it."""
    message = container_v1.Cluster(
        name=cluster.name,
        location=cluster.location,
        endpoint=cluster.endpoint,
        current_master_version=cluster.version,
        current_node_count=node_count,
        status=cluster.status,
        autopilot=container_v1.Autopilot(enabled=cluster.autopilot),
        master_auth=container_v1.MasterAuth(
            cluster_ca_certificate=base64.b64encode(cluster.ca_certificate.encode()).decode()
        ),
        monitoring_config=container_v1.MonitoringConfig(
            managed_prometheus_config=container_v1.ManagedPrometheusConfig(
                enabled=cluster.managed_prometheus
            )
        ),
        master_authorized_networks_config=container_v1.MasterAuthorizedNetworksConfig(
            enabled=bool(cluster.authorized_networks),
            cidr_blocks=[
                container_v1.MasterAuthorizedNetworksConfig.CidrBlock(cidr_block=block)
                for block in cluster.authorized_networks
            ],
        ),
        private_cluster_config=container_v1.PrivateClusterConfig(
            enable_private_endpoint=cluster.private_endpoint
        ),
        node_pools=[pool_message(pool, cluster) for pool in cluster.pools],
    )
    if cluster.workload_pool:
        message.workload_identity_config.workload_pool = cluster.workload_pool
    if cluster.dns_endpoint:
        message.control_plane_endpoints_config.dns_endpoint_config.endpoint = cluster.dns_endpoint
        message.control_plane_endpoints_config.dns_endpoint_config.allow_external_traffic = True
    return message


def pool_message(pool: NodePool, cluster: GkeCluster) -> container_v1.NodePool:
    """A node pool of one zone; the API counts nodes a zone."""
    message = container_v1.NodePool(
        name=pool.name,
        initial_node_count=pool.node_count,
        locations=[
            f"{cluster.location}-a" if cluster.location.count("-") == 1 else cluster.location
        ],
        version=cluster.version,
        status=container_v1.NodePool.Status.RUNNING,
        config=container_v1.NodeConfig(
            machine_type=pool.machine_type,
            service_account=pool.service_account,
            oauth_scopes=pool.scopes,
            spot=pool.spot,
            workload_metadata_config=container_v1.WorkloadMetadataConfig(mode=pool.metadata_mode),
        ),
    )
    if pool.topology:
        message.placement_policy = container_v1.NodePool.PlacementPolicy(
            type_="COMPACT", tpu_topology=pool.topology
        )
    if pool.accelerator:
        message.config.labels = {
            "cloud.google.com/gke-tpu-accelerator": pool.accelerator,
            "cloud.google.com/gke-accelerator-count": str(pool.chips_per_node),
        }
    if pool.autoscaling:
        message.autoscaling = container_v1.NodePoolAutoscaling(
            enabled=True, min_node_count=pool.min_nodes, max_node_count=pool.max_nodes
        )
    return message
