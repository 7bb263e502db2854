"""Values of the Google Cloud side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jetscale_tui.domain.google import (
    Binding,
    ClusterName,
    Endpoint,
    GkeCluster,
    Policy,
    Project,
    adapter_principal,
)
from jetscale_tui.domain.monitoring import MetricSeries, Sample
from jetscale_tui.domain.roles import smallest_role
from jetscale_tui.domain.tpu import chips_of_machine, generation_of_machine

ROBOT = "robot@p.iam.gserviceaccount.com"


@pytest.mark.parametrize(
    ("machine", "generation", "chips"),
    [
        ("ct5lp-hightpu-8t", "tpu-v5-lite-podslice", 8),
        ("ct5lp-hightpu-1t", "tpu-v5-lite-podslice", 1),
        ("ct4p-hightpu-4t", "tpu-v4-podslice", 4),
        ("ct5p-hightpu-2t", "tpu-v5p-slice", 2),
        ("ct6e-standard-8t", "tpu-v6e-slice", 8),
        ("tpu7x-standard-4t", "tpu7x", 4),
        ("ct99z-hightpu-16t", "", 16),
        ("e2-standard-4", "", 0),
        ("", "", 0),
    ],
)
def test_a_machine_type_tells_generation_and_chips(
    machine: str, generation: str, chips: int
) -> None:
    assert generation_of_machine(machine) == generation
    assert chips_of_machine(machine) == chips


def test_the_principal_has_the_number_in_its_path_and_the_id_in_its_pool() -> None:
    assert adapter_principal(Project("my-project", "42"), "ns", "ksa") == (
        "principal://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/"
        "my-project.svc.id.goog/subject/ns/ns/sa/ksa"
    )


def test_a_cluster_names_its_context_as_gcloud_does() -> None:
    cluster = GkeCluster("p", "us-central1", "c", "1.36", "192.0.2.1")
    assert cluster.context_name == "gke_p_us-central1_c"


@pytest.mark.parametrize("context", ["mine", "gke_p_us-central1", "gke_p_us-central1_c_d", ""])
def test_other_names_of_contexts_name_no_cluster(context: str) -> None:
    assert ClusterName.of_context(context) is None


def test_the_name_of_a_context_leads_back_to_its_cluster() -> None:
    named = ClusterName("p", "us-central1", "c")
    assert ClusterName.of_context(named.context) == named


class TestWayIn:
    """Which of a control plane's addresses to use."""

    PUBLIC = GkeCluster("p", "us-central1", "c", "1.36", "192.0.2.1", ca_certificate="CA")
    NAMED = replace(PUBLIC, dns_endpoint="gke-1.us-central1.gke.goog")

    def test_a_public_address_is_trusted_by_the_clusters_own_ca(self) -> None:
        assert self.PUBLIC.way_in == self.NAMED.way_in == Endpoint("192.0.2.1", "CA")

    @pytest.mark.parametrize(
        "closed", [{"private_endpoint": True}, {"authorized_networks": ("198.51.100.0/24",)}]
    )
    def test_the_dns_endpoint_goes_before_an_address_that_is_closed_to_some(
        self, closed: dict[str, Any]
    ) -> None:
        assert replace(self.NAMED, **closed).way_in == Endpoint("gke-1.us-central1.gke.goog")
        assert replace(self.PUBLIC, **closed).way_in == Endpoint("192.0.2.1", "CA")

    def test_a_cluster_that_is_being_made_has_none(self) -> None:
        assert replace(self.PUBLIC, endpoint="").way_in is None
        assert replace(self.NAMED, endpoint="").way_in == Endpoint("gke-1.us-central1.gke.goog")


def test_deleted_accounts_are_found_by_their_email() -> None:
    roles = ("roles/viewer", "roles/editor")
    policy = Policy(
        frozenset(
            {
                *(Binding(role, f"deleted:serviceAccount:{ROBOT}?uid=7") for role in roles),
                Binding("roles/viewer", f"deleted:serviceAccount:{ROBOT}?uid=5"),
                Binding("roles/viewer", f"serviceAccount:{ROBOT}"),
                Binding("roles/viewer", "deleted:serviceAccount:other@p.example?uid=9"),
            }
        )
    )
    assert policy.deleted_accounts(ROBOT) == ("5", "7")


def test_only_roles_on_record_are_proposed() -> None:
    assert smallest_role("container.clusters.get") == "roles/container.clusterViewer"
    assert smallest_role("compute.instances.delete") is None


def test_the_latest_value_of_a_series_is_its_last() -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    samples = tuple(Sample(begun + timedelta(minutes=n), float(n)) for n in range(3))
    assert MetricSeries("k8s_node", {}, {}, samples).latest.value == 2.0
