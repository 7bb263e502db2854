"""How every call is made: with a deadline and a name, for one scope."""

from __future__ import annotations

import base64
import inspect
import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from jetscale_tui import __version__
from jetscale_tui.cloud.access import SCOPE, SandboxAccess
from jetscale_tui.cloud.calls import READ_SECONDS, WRITE_SECONDS
from jetscale_tui.cloud.client import GoogleCloud
from jetscale_tui.cloud.connect import connect
from jetscale_tui.cloud.session import Session
from jetscale_tui.domain.google import Binding
from jetscale_tui.errors import JetScaleError
from tests.cloud.sign_in import TokenEndpoint, log_out, serving, write_key_file
from tests.sandbox.google.running import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jetscale_tui.cloud.connect import GoogleEndpoint

PROJECT = "sandbox-project"
ROBOT = f"robot@{PROJECT}.iam.gserviceaccount.com"
BINDING = Binding("roles/monitoring.viewer", "user:ana@example.com")
NOW = datetime.now(UTC)
CALLS: dict[str, Callable[[GoogleCloud], object]] = {
    "identity": lambda cloud: cloud.identity(),
    "access_token": lambda cloud: cloud.access_token(),
    "projects": lambda cloud: cloud.projects(),
    "project": lambda cloud: cloud.project(PROJECT),
    "clusters": lambda cloud: cloud.clusters(PROJECT),
    "cluster": lambda cloud: cloud.cluster(PROJECT, "us-central1", "tpu-cluster"),
    "services": lambda cloud: cloud.services(PROJECT, ["iam.googleapis.com"]),
    "enable_services": lambda cloud: cloud.enable_services(PROJECT, ["iam.googleapis.com"]),
    "allowed": lambda cloud: cloud.allowed(PROJECT, ["container.clusters.get"]),
    "policy": lambda cloud: cloud.policy(PROJECT),
    "add_bindings": lambda cloud: cloud.add_bindings(PROJECT, [BINDING]),
    "remove_bindings": lambda cloud: cloud.remove_bindings(PROJECT, [BINDING]),
    "create_service_account": lambda cloud: cloud.create_service_account(PROJECT, "robot"),
    "service_account": lambda cloud: cloud.service_account(PROJECT, ROBOT),
    "account_policy": lambda cloud: cloud.account_policy(PROJECT, ROBOT),
    "add_account_bindings": lambda cloud: cloud.add_account_bindings(PROJECT, ROBOT, [BINDING]),
    "remove_account_bindings": lambda cloud: cloud.remove_account_bindings(
        PROJECT, ROBOT, [BINDING]
    ),
    "delete_service_account": lambda cloud: cloud.delete_service_account(PROJECT, ROBOT),
    "undelete_service_account": lambda cloud: cloud.undelete_service_account(PROJECT, "1"),
    "metric_types": lambda cloud: cloud.metric_types(PROJECT, "prometheus.googleapis.com/"),
    "metric_history": lambda cloud: cloud.metric_history(
        PROJECT, "prometheus.googleapis.com/x/gauge", start=NOW - timedelta(hours=1), end=NOW
    ),
    "promql": lambda cloud: cloud.promql(
        PROJECT, "x", about="prometheus.googleapis.com/x/", at=NOW
    ),
    "close": lambda cloud: cloud.close(),
}
"""One way to call every method there is."""


@dataclass
class Recorder(grpc.UnaryUnaryClientInterceptor):  # type: ignore[type-arg]  # generic in stubs
    """Notes with what deadline and name each call leaves."""

    seen: list[tuple[str, float | None, str]] = field(default_factory=list)

    def intercept_unary_unary(
        self, continuation: Callable[[Any, Any], Any], client_call_details: Any, request: Any
    ) -> Any:
        name = dict(client_call_details.metadata or ()).get("x-goog-api-client", "")
        method = client_call_details.method.rpartition("/")[2]
        self.seen.append((method, client_call_details.timeout, name))
        return continuation(client_call_details, request)


class RecordedAccess(SandboxAccess):
    """The sandbox's services, every call of theirs noted."""

    def __init__(self, endpoint: GoogleEndpoint, recorder: Recorder) -> None:
        super().__init__(endpoint)
        self._channel = grpc.intercept_channel(self._channel, recorder)


@pytest.fixture
def recorded(endpoint: GoogleEndpoint) -> Recorder:
    """What was noted while every method was called."""
    recorder = Recorder()
    cloud = GoogleCloud(Session(RecordedAccess(endpoint, recorder)))
    for call in CALLS.values():
        with suppress(JetScaleError):
            call(cloud)
    return recorder


def test_every_method_there_is_was_called() -> None:
    methods = inspect.getmembers(GoogleCloud, inspect.isfunction)
    assert {name for name, _ in methods if not name.startswith("_")} == set(CALLS)


def test_every_call_has_a_deadline(recorded: Recorder) -> None:
    assert {method for method, _, _ in recorded.seen} >= {
        "SearchProjects",
        "GetProject",
        "ListClusters",
        "GetCluster",
        "SetIamPolicy",
        "TestIamPermissions",
        "CreateServiceAccount",
        "ListMetricDescriptors",
        "ListTimeSeries",
    }
    longest = max(READ_SECONDS, WRITE_SECONDS)
    without = [seen for seen in recorded.seen if seen[1] is None or not 0 < seen[1] <= longest]
    assert without == []


def test_every_call_says_which_program_it_comes_from(recorded: Recorder) -> None:
    unnamed = [method for method, _, name in recorded.seen if f"jetscale/{__version__}" not in name]
    assert unnamed == []


def test_one_scope_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log_out(monkeypatch, tmp_path)
    endpoint = TokenEndpoint(TOKEN)
    with serving(endpoint):
        write_key_file(tmp_path / "key.json", endpoint.uri)
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
        connect(None).close()
    (asked,) = endpoint.asked
    claims = json.loads(base64.urlsafe_b64decode(asked["assertion"].split(".")[1] + "=="))
    assert claims["scope"] == SCOPE == "https://www.googleapis.com/auth/cloud-platform"
