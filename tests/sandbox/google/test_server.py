"""The gRPC door: TLS with the sandbox's CA, a token on every call, official method names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest
from google.cloud import resourcemanager_v3
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.google.state import GoogleState
from tests.sandbox.google.clock import ManualClock
from tests.sandbox.google.running import RunningGoogle, running
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

GET_PROJECT = "/google.cloud.resourcemanager.v3.Projects/GetProject"


@pytest.fixture
def google() -> Iterator[RunningGoogle]:
    with running(GoogleState(Blueprint(), ManualClock())) as server:
        yield server


def get_project(google: RunningGoogle, token: str | None) -> resourcemanager_v3.Project:
    credentials = grpc.ssl_channel_credentials(google.ca_pem.encode())
    metadata = (("authorization", f"Bearer {token}"),) if token is not None else ()
    with grpc.secure_channel(google.address, credentials) as channel:
        call = channel.unary_unary(
            GET_PROJECT,
            request_serializer=resourcemanager_v3.GetProjectRequest.serialize,
            response_deserializer=resourcemanager_v3.Project.deserialize,
        )
        request = resourcemanager_v3.GetProjectRequest(name="projects/sandbox-project")
        answer: resourcemanager_v3.Project = call(request, timeout=PATIENCE, metadata=metadata)
        return answer


def unary(channel: grpc.Channel, method: str) -> grpc.UnaryUnaryMultiCallable[bytes, bytes]:
    return channel.unary_unary(method, request_serializer=None, response_deserializer=None)


def reason_of(error: grpc.RpcError) -> str:
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    assert status is not None
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    return info.reason


def test_the_token_opens_the_door(google: RunningGoogle) -> None:
    project = get_project(google, google.token)
    assert project.name == "projects/123456789012"
    assert project.project_id == "sandbox-project"


@pytest.mark.parametrize(
    ("token", "reason"),
    [(None, "CREDENTIALS_MISSING"), ("wrong", "ACCESS_TOKEN_EXPIRED")],
)
def test_without_the_token_a_call_is_unauthenticated(
    google: RunningGoogle, token: str | None, reason: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        get_project(google, token)
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert reason_of(caught.value) == reason


def test_a_client_without_the_ca_does_not_connect(google: RunningGoogle) -> None:
    with (
        grpc.secure_channel(google.address, grpc.ssl_channel_credentials()) as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        unary(channel, GET_PROJECT)(b"", timeout=PATIENCE)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def test_a_method_nobody_serves_is_unimplemented(google: RunningGoogle) -> None:
    credentials = grpc.ssl_channel_credentials(google.ca_pem.encode())
    with (
        grpc.secure_channel(google.address, credentials) as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        unary(channel, "/google.container.v1.ClusterManager/DeleteCluster")(
            b"", timeout=PATIENCE, metadata=(("authorization", f"Bearer {google.token}"),)
        )
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_stopping_ends_the_service_at_once(google: RunningGoogle) -> None:
    with running(GoogleState(Blueprint(), ManualClock())) as other:
        get_project(other, other.token)
    with pytest.raises(grpc.RpcError) as caught:
        get_project(other, other.token)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
