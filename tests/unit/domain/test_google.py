"""Values of the Google Cloud side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jetscale_tui.domain.google import Binding, GkeCluster, Policy, Project, adapter_principal
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
