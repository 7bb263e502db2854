"""What the job asks of Google Cloud, over real gRPC."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.cloud.connect import GoogleEndpoint, connect
from jetscale_tui.domain.google import Project, ServiceState
from jetscale_tui.errors import AuthError, NotFound, PermissionDenied, Rejected
from jetscale_tui.sandbox.blueprint import Blueprint

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.cloud.client import GoogleCloud
    from jetscale_tui.engine.ports import Cloud
    from jetscale_tui.sandbox.google.state import GoogleState

PROJECT = "sandbox-project"
MONITORING = "monitoring.googleapis.com"


def test_it_is_what_the_engine_asks_for(cloud: GoogleCloud) -> None:
    port: Cloud = cloud
    assert port.identity() == "ana@example.com"


def test_a_project_comes_with_its_number(cloud: GoogleCloud) -> None:
    expected = Project(PROJECT, "123456789012", "Sandbox")
    assert cloud.projects() == [expected]
    assert cloud.project(PROJECT) == expected


def test_projects_one_may_not_read_are_not_listed(cloud: GoogleCloud, state: GoogleState) -> None:
    state.deny("resourcemanager.projects.get")
    assert cloud.projects() == []


def test_a_project_that_does_not_exist_is_told_like_a_forbidden_one(cloud: GoogleCloud) -> None:
    with pytest.raises(PermissionDenied) as caught:
        cloud.project("no-such-project")
    assert "resourcemanager.projects.get" in caught.value.why
    assert "may not exist" in caught.value.why
    assert "roles/browser" in caught.value.fix


def test_the_cluster_is_read_back_as_it_is(cloud: GoogleCloud, state: GoogleState) -> None:
    state.publish_endpoint("127.0.0.1:6443", "-----BEGIN CERTIFICATE-----\n")
    assert cloud.clusters(PROJECT) == [state.cluster]
    assert cloud.cluster(PROJECT, "us-central1", "tpu-cluster") == state.cluster


def test_every_detail_of_a_cluster_is_read_back(cloud: GoogleCloud, state: GoogleState) -> None:
    default, tpu = state.cluster.pools
    state.change_cluster(
        replace(
            state.cluster,
            autopilot=True,
            workload_pool=None,
            managed_prometheus=False,
            private_endpoint=True,
            authorized_networks=("203.0.113.0/24", "198.51.100.7/32"),
            dns_endpoint="gke-0123.us-central1.gke.goog",
            status="RECONCILING",
            pools=(
                replace(default, metadata_mode="GCE_METADATA", service_account="x@y.example"),
                replace(tpu, spot=True, autoscaling=True, min_nodes=1, max_nodes=8),
            ),
        )
    )
    assert cloud.cluster(PROJECT, "us-central1", "tpu-cluster") == state.cluster


def test_a_cluster_that_does_not_exist_is_not_found(cloud: GoogleCloud) -> None:
    with pytest.raises(NotFound) as caught:
        cloud.cluster(PROJECT, "us-central1", "other")
    assert "other" in caught.value.what


def test_a_disabled_api_names_its_enable_command(cloud: GoogleCloud, state: GoogleState) -> None:
    state.disable("container.googleapis.com")
    with pytest.raises(Rejected) as caught:
        cloud.clusters(PROJECT)
    assert caught.value.what == f"Cannot list the clusters of project {PROJECT}."
    assert caught.value.fix == (
        f"Run: gcloud services enable container.googleapis.com --project={PROJECT}"
    )


class TestServices:
    @pytest.fixture
    def blueprint(self) -> Blueprint:
        return Blueprint(services_disabled=(MONITORING,))

    def test_states_are_told_apart(self, cloud: GoogleCloud) -> None:
        names = [MONITORING, "container.googleapis.com", "nosuch.googleapis.com"]
        assert cloud.services(PROJECT, names) == {
            MONITORING: ServiceState.DISABLED,
            "container.googleapis.com": ServiceState.ENABLED,
            "nosuch.googleapis.com": ServiceState.UNKNOWN,
        }

    def test_enabling_returns_when_the_service_is_enabled(self, cloud: GoogleCloud) -> None:
        cloud.enable_services(PROJECT, [MONITORING])
        assert cloud.services(PROJECT, [MONITORING]) == {MONITORING: ServiceState.ENABLED}

    def test_enabling_what_does_not_exist_names_it(self, cloud: GoogleCloud) -> None:
        with pytest.raises(NotFound, match=r"nosuch\.googleapis\.com"):
            cloud.enable_services(PROJECT, ["nosuch.googleapis.com"])


def test_only_the_permissions_held_are_returned(cloud: GoogleCloud, state: GoogleState) -> None:
    state.deny("resourcemanager.projects.setIamPolicy")
    asked = ["resourcemanager.projects.getIamPolicy", "resourcemanager.projects.setIamPolicy"]
    assert cloud.allowed(PROJECT, asked) == {"resourcemanager.projects.getIamPolicy"}


def test_any_number_of_permissions_may_be_asked_for(cloud: GoogleCloud) -> None:
    asked = [f"container.thing{number}.get" for number in range(250)]
    assert cloud.allowed(PROJECT, asked) == set(asked)


@pytest.mark.parametrize(
    ("permission", "role"),
    [
        ("resourcemanager.projects.get", "roles/browser"),
        ("resourcemanager.projects.getIamPolicy", "roles/iam.securityReviewer"),
        ("container.clusters.list", "roles/container.clusterViewer"),
        ("container.clusters.get", "roles/container.clusterViewer"),
        ("serviceusage.services.get", "roles/serviceusage.serviceUsageViewer"),
        ("serviceusage.services.enable", "roles/serviceusage.serviceUsageAdmin"),
    ],
)
def test_a_refused_call_names_the_permission_and_who_to_ask(
    cloud: GoogleCloud, state: GoogleState, permission: str, role: str
) -> None:
    state.deny(permission)
    calls: dict[str, Callable[[], object]] = {
        "resourcemanager.projects.get": lambda: cloud.project(PROJECT),
        "resourcemanager.projects.getIamPolicy": lambda: cloud.policy(PROJECT),
        "container.clusters.list": lambda: cloud.clusters(PROJECT),
        "container.clusters.get": lambda: cloud.cluster(PROJECT, "us-central1", "tpu-cluster"),
        "serviceusage.services.get": lambda: cloud.services(PROJECT, [MONITORING]),
        "serviceusage.services.enable": lambda: cloud.enable_services(PROJECT, [MONITORING]),
    }
    with pytest.raises(PermissionDenied) as caught:
        calls[permission]()
    assert caught.value.why.startswith(f"ana@example.com lacks {permission}.")
    assert caught.value.fix == (
        f"Ask an administrator of project {PROJECT} for {role}: "
        f"gcloud projects add-iam-policy-binding {PROJECT} "
        f"--member=user:ana@example.com --role={role} --condition=None"
    )


def test_a_wrong_token_is_an_authentication_error(endpoint: GoogleEndpoint) -> None:
    cloud = connect(replace(endpoint, token="not-the-token"))
    with pytest.raises(AuthError) as caught:
        cloud.projects()
    assert "gcloud auth application-default login" in caught.value.fix
    cloud.close()


def test_the_token_is_in_no_representation_and_no_error(endpoint: GoogleEndpoint) -> None:
    wrong = replace(endpoint, token="secret-token")
    assert "secret-token" not in repr(wrong)
    cloud = connect(wrong)
    with pytest.raises(AuthError) as caught:
        cloud.projects()
    assert "secret-token" not in str(caught.value)
    cloud.close()
