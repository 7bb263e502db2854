"""Reading the GKE API's own messages: zones, endpoints, TPUs."""

from __future__ import annotations

import base64

import pytest
from google.cloud import container_v1

from jetscale_tui.cloud.clusters import cluster_of, pool_of

REGIONAL = container_v1.Cluster(name="c", location="us-central1", locations=["a", "b", "c"])


def tpu_pool(**fields: object) -> container_v1.NodePool:
    pool = container_v1.NodePool(
        name="tpu",
        initial_node_count=2,
        config=container_v1.NodeConfig(machine_type="ct5lp-hightpu-8t"),
        placement_policy=container_v1.NodePool.PlacementPolicy(tpu_topology="2x4"),
    )
    for name, value in fields.items():
        setattr(pool, name, value)
    return pool


def test_nodes_are_counted_over_all_zones_of_the_pool() -> None:
    assert pool_of(tpu_pool(locations=["a"]), REGIONAL).node_count == 2
    assert pool_of(tpu_pool(locations=["a", "b"]), REGIONAL).node_count == 4


def test_a_pool_without_zones_of_its_own_has_the_clusters() -> None:
    assert pool_of(tpu_pool(), REGIONAL).node_count == 6


def test_limits_a_zone_are_multiplied_and_total_limits_are_not() -> None:
    scaling = container_v1.NodePoolAutoscaling(enabled=True, min_node_count=1, max_node_count=4)
    zonal = pool_of(tpu_pool(locations=["a", "b"], autoscaling=scaling), REGIONAL)
    assert (zonal.min_nodes, zonal.max_nodes) == (2, 8)
    scaling = container_v1.NodePoolAutoscaling(
        enabled=True, total_min_node_count=1, total_max_node_count=5
    )
    total = pool_of(tpu_pool(locations=["a", "b"], autoscaling=scaling), REGIONAL)
    assert (total.autoscaling, total.min_nodes, total.max_nodes) == (True, 1, 5)


def test_without_autoscaling_the_size_is_the_limit() -> None:
    pool = pool_of(tpu_pool(locations=["a"]), REGIONAL)
    assert (pool.autoscaling, pool.min_nodes, pool.max_nodes) == (False, 0, 2)


def test_generation_and_chips_follow_from_the_machine() -> None:
    pool = pool_of(tpu_pool(), REGIONAL)
    assert (pool.accelerator, pool.chips_per_node, pool.topology) == (
        "tpu-v5-lite-podslice",
        8,
        "2x4",
    )


def test_a_label_says_the_generation_better_than_the_machine() -> None:
    pool = tpu_pool()
    pool.config.labels = {"cloud.google.com/gke-tpu-accelerator": "tpu-v9-slice"}
    assert pool_of(pool, REGIONAL).accelerator == "tpu-v9-slice"


@pytest.mark.parametrize("field", ["spot", "preemptible"])
def test_nodes_that_may_vanish_are_spot(field: str) -> None:
    pool = tpu_pool()
    setattr(pool.config, field, True)
    assert pool_of(pool, REGIONAL).spot


def test_a_metadata_mode_that_is_not_set_is_not_workload_identity() -> None:
    assert pool_of(tpu_pool(), REGIONAL).metadata_mode == "MODE_UNSPECIFIED"


def test_the_service_account_nobody_chose_is_the_default_one() -> None:
    assert pool_of(tpu_pool(), REGIONAL).service_account == "default"


class TestEndpoints:
    def test_the_newer_fields_win_over_the_older(self) -> None:
        message = container_v1.Cluster(
            private_cluster_config={"enable_private_endpoint": False},
            control_plane_endpoints_config={
                "ip_endpoints_config": {
                    "enabled": True,
                    "enable_public_endpoint": False,
                    "authorized_networks_config": {
                        "enabled": True,
                        "cidr_blocks": [{"cidr_block": "203.0.113.0/24"}],
                    },
                }
            },
        )
        cluster = cluster_of(message, "p")
        assert cluster.private_endpoint
        assert cluster.authorized_networks == ("203.0.113.0/24",)

    def test_a_dns_endpoint_closed_to_the_outside_is_none(self) -> None:
        dns = {"endpoint": "gke-1.gke.goog", "allow_external_traffic": False}
        message = container_v1.Cluster(control_plane_endpoints_config={"dns_endpoint_config": dns})
        assert cluster_of(message, "p").dns_endpoint is None

    def test_a_certificate_that_is_no_base64_is_left_out(self) -> None:
        message = container_v1.Cluster(master_auth={"cluster_ca_certificate": "%%%"})
        assert cluster_of(message, "p").ca_certificate == ""

    def test_a_certificate_is_decoded(self) -> None:
        encoded = base64.b64encode(b"PEM").decode()
        message = container_v1.Cluster(master_auth={"cluster_ca_certificate": encoded})
        assert cluster_of(message, "p").ca_certificate == "PEM"
