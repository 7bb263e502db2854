"""Google's own clients on the sandbox, where they ask for what the services refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import grpc
import pytest
from google.api_core import exceptions as api
from google.cloud import (
    monitoring_v3,
    resourcemanager_v3,
    service_usage_v1,
)
from google.iam.v1 import iam_policy_pb2

from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.clock import SimClock
from jetscale_tui.sandbox.google.state import ENABLE_SECONDS, GoogleState
from jetscale_tui.sandbox.monitoring import Monitoring
from tests.sandbox.google.clock import ManualClock
from tests.sandbox.google.running import RunningGoogle, running

if TYPE_CHECKING:
    from collections.abc import Iterator

Client = TypeVar("Client")
PROJECT = "projects/sandbox-project"
CLUSTER = f"{PROJECT}/locations/us-central1/clusters/tpu-cluster"
MONITORING = "monitoring.googleapis.com"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def google(clock: ManualClock) -> Iterator[RunningGoogle]:
    state = GoogleState(Blueprint(services_disabled=(MONITORING,)), clock)
    with running(state, monitoring=Monitoring(SimClock(), 0.0)) as server:
        yield server


@pytest.fixture
def channel(google: RunningGoogle) -> Iterator[grpc.Channel]:
    credentials = grpc.composite_channel_credentials(
        grpc.ssl_channel_credentials(google.ca_pem.encode()),
        grpc.access_token_call_credentials(google.token),
    )
    with grpc.secure_channel(google.address, credentials) as channel:
        yield channel


def client(kind: type[Client], channel: grpc.Channel) -> Client:
    untyped: Any = kind
    made: Client = untyped(transport=untyped.get_transport_class("grpc")(channel=channel))
    return made


class TestServices:
    @pytest.fixture
    def services(self, channel: grpc.Channel) -> service_usage_v1.ServiceUsageClient:
        return client(service_usage_v1.ServiceUsageClient, channel)

    def test_are_read_at_most_thirty_at_a_time(
        self, services: service_usage_v1.ServiceUsageClient
    ) -> None:
        with pytest.raises(api.InvalidArgument):
            services.batch_get_services(request={"parent": PROJECT, "names": ["x"] * 31})

    def test_are_enabled_at_most_twenty_at_a_time(
        self, services: service_usage_v1.ServiceUsageClient
    ) -> None:
        with pytest.raises(api.InvalidArgument):
            services.batch_enable_services(request={"parent": PROJECT, "service_ids": ["x"] * 21})


def test_at_most_a_hundred_permissions_are_tested_at_once(channel: grpc.Channel) -> None:
    projects = client(resourcemanager_v3.ProjectsClient, channel)
    with pytest.raises(api.InvalidArgument):
        projects.test_iam_permissions(resource=PROJECT, permissions=["x"] * 101)


def test_a_policy_that_breaks_a_rule_is_refused(channel: grpc.Channel) -> None:
    projects = client(resourcemanager_v3.ProjectsClient, channel)
    policy = projects.get_iam_policy(resource=PROJECT)
    request = iam_policy_pb2.SetIamPolicyRequest(resource=PROJECT, policy=policy)
    with pytest.raises(api.InvalidArgument, match="version"):
        projects.set_iam_policy(request=request)


def test_nothing_is_said_about_the_permissions_on_other_projects(channel: grpc.Channel) -> None:
    projects = client(resourcemanager_v3.ProjectsClient, channel)
    answer = projects.test_iam_permissions(resource="projects/other", permissions=["x.y.z"])
    assert list(answer.permissions) == []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('metric.type = "a" OR metric.type = "b"', "Could not parse filter"),
        ('resource.type = "k8s_node"', "must specify a single metric type"),
    ],
)
def test_a_filter_the_sandbox_does_not_understand_is_refused(
    channel: grpc.Channel, google: RunningGoogle, clock: ManualClock, text: str, error: str
) -> None:
    google.state.enable([MONITORING])
    clock.sleep(ENABLE_SECONDS)
    metrics = client(monitoring_v3.MetricServiceClient, channel)
    with pytest.raises(api.InvalidArgument, match=error):
        metrics.list_time_series(
            request={"name": PROJECT, "filter": text, "interval": {}},
        )
