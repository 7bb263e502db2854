"""PromQL through the Monitoring API: values, and the different reasons for having none."""

from __future__ import annotations

import json
import logging
import ssl
import threading
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui import __version__
from jetscale_tui.cloud.access import SandboxAccess
from jetscale_tui.cloud.client import GoogleCloud
from jetscale_tui.cloud.connect import GoogleEndpoint, connect
from jetscale_tui.cloud.session import Session
from jetscale_tui.domain.monitoring import Availability
from jetscale_tui.errors import AuthError, JetScaleError, Rejected, Unreachable
from jetscale_tui.sandbox.managed_prometheus import ManagedPrometheus
from jetscale_tui.sandbox.monitoring import Monitoring, Series, labels
from jetscale_tui.sandbox.promql_server import PromqlServer
from tests.cloud.sign_in import (
    ConnectProxy,
    TokenEndpoint,
    log_out,
    person_file,
    serving,
    write_user_file,
)
from tests.sandbox.google.running import TOKEN, certificates, running
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jetscale_tui.domain.monitoring import QueryAnswer
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.google.state import GoogleState
    from tests.sandbox.google.running import RunningGoogle

PROJECT = "sandbox-project"
NAME = "jetstream_prefill_backlog_size"
ABOUT = f"prometheus.googleapis.com/{NAME}/"


@pytest.fixture
def monitoring(clock: SimClock) -> Monitoring:
    return Monitoring(clock, ingestion_delay=0.0)


@pytest.fixture
def google(state: GoogleState, monitoring: Monitoring) -> Iterator[RunningGoogle]:
    with running(state, monitoring=monitoring) as server:
        yield server


def tls(folder: Path, *names: str) -> ssl.SSLContext:
    """A server's context, under the same certificate as the gRPC services."""
    _, key, chain = certificates(*names)
    path = folder / "rest.pem"
    path.write_bytes(key + chain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def promql_server(
    state: GoogleState, clock: SimClock, monitoring: Monitoring, context: ssl.SSLContext
) -> PromqlServer:
    return PromqlServer(
        ManagedPrometheus(clock, monitoring),
        PROJECT,
        readers={TOKEN: lambda: state.allowed("monitoring.timeSeries.list")},
        tls=context,
    )


@contextmanager
def started(server: PromqlServer) -> Iterator[str]:
    """`127.0.0.1:PORT`, while it is."""
    server.start()
    try:
        yield server.url.removeprefix("https://").partition("/")[0]
    finally:
        server.stop()


@pytest.fixture
def endpoint(
    google: RunningGoogle, clock: SimClock, monitoring: Monitoring, tmp_path: Path
) -> Iterator[GoogleEndpoint]:
    with started(promql_server(google.state, clock, monitoring, tls(tmp_path))) as address:
        yield GoogleEndpoint(
            google.address, google.token, google.ca_pem, google.state.account, address
        )


def write(
    monitoring: Monitoring, clock: SimClock, pod: str, value: float, ago: float = 0.0
) -> None:
    series = Series(
        f"{ABOUT}gauge",
        "GAUGE",
        labels({"pod": pod}),
        "prometheus_target",
        labels({"cluster": "tpu-cluster", "namespace": "default"}),
    )
    monitoring.write(series, value, clock.monotonic() - ago)


def ask(cloud: GoogleCloud, query: str = NAME) -> QueryAnswer:
    return cloud.promql(PROJECT, query, about=ABOUT)


def test_every_series_is_a_row_with_its_labels(
    cloud: GoogleCloud, clock: SimClock, monitoring: Monitoring
) -> None:
    write(monitoring, clock, "pod-1", 3.0)
    write(monitoring, clock, "pod-2", 4.5)
    answer = ask(cloud)
    assert answer.availability is Availability.DATA
    assert [(row.labels["pod"], row.value) for row in answer.rows] == [
        ("pod-1", 3.0),
        ("pod-2", 4.5),
    ]


def test_an_expression_is_calculated_by_google(
    cloud: GoogleCloud, clock: SimClock, monitoring: Monitoring
) -> None:
    write(monitoring, clock, "pod-1", 3.0)
    write(monitoring, clock, "pod-2", 5.0)
    (row,) = ask(cloud, f'avg({NAME}{{namespace="default"}})').rows
    assert (row.labels, row.value) == ({}, 4.0)
    (scalar,) = ask(cloud, "1 + 1").rows
    assert scalar.value == 2.0


def test_the_past_can_be_asked(cloud: GoogleCloud, clock: SimClock, monitoring: Monitoring) -> None:
    write(monitoring, clock, "pod-1", 1.0, ago=600)
    write(monitoring, clock, "pod-1", 9.0)
    before = clock.now() - timedelta(seconds=500)
    (row,) = cloud.promql(PROJECT, NAME, about=ABOUT, at=before).rows
    assert row.value == 1.0


def test_a_metric_nobody_ever_wrote_is_told_from_one_without_values(
    cloud: GoogleCloud, clock: SimClock, monitoring: Monitoring
) -> None:
    assert ask(cloud).availability is Availability.UNKNOWN
    write(monitoring, clock, "pod-1", 1.0, ago=1200)
    assert ask(cloud).availability is Availability.SILENT


def test_not_being_allowed_is_neither(
    cloud: GoogleCloud, clock: SimClock, monitoring: Monitoring, state: GoogleState
) -> None:
    write(monitoring, clock, "pod-1", 1.0)
    state.deny("monitoring.timeSeries.list")
    answer = ask(cloud)
    assert answer.availability is Availability.FORBIDDEN
    assert "monitoring.timeSeries.list" in answer.why
    assert "roles/monitoring.viewer" in answer.fix


def test_a_query_that_is_wrong_is_said_in_googles_words(
    cloud: GoogleCloud, clock: SimClock
) -> None:
    with pytest.raises(Rejected) as caught:
        ask(cloud, "sum(")
    assert caught.value.why


def test_the_way_to_the_real_one_honours_proxy_ca_and_quota_project(
    state: GoogleState,
    clock: SimClock,
    monitoring: Monitoring,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Google's own host names, through a proxy that inspects TLS; only SSL_CERT_FILE is set."""
    log_out(monkeypatch, tmp_path)
    write_user_file(person_file(tmp_path))
    write(monitoring, clock, "pod-1", 3.0)
    any_google = "*.googleapis.com"
    ca_pem, key, chain = certificates(any_google)
    (tmp_path / "ca.pem").write_text(ca_pem)
    (tmp_path / "server.pem").write_bytes(key + chain)
    sign_in = TokenEndpoint(TOKEN, certificate=tmp_path / "server.pem")
    with ExitStack() as stack:
        stack.enter_context(serving(sign_in))
        server = promql_server(state, clock, monitoring, tls(tmp_path, any_google))
        address = stack.enter_context(started(server))
        proxy = ConnectProxy(int(address.rpartition(":")[2]))
        proxy.others["oauth2.googleapis.com"] = sign_in.server_port
        stack.enter_context(serving(proxy))
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        cloud = connect(None, quota_project=PROJECT)
        (row,) = ask(cloud).rows
        cloud.close()
    assert row.value == 3.0
    assert "monitoring.googleapis.com:443" in proxy.asked


class Scripted(ThreadingHTTPServer):
    """Says what a test wants, over TLS, and notes what it was sent."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.answers: list[tuple[int, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody who did not wait is no error."""


class _Answer(BaseHTTPRequestHandler):
    server: Scripted

    def do_POST(self) -> None:
        self.server.go_on.wait(PATIENCE)
        self.rfile.read(int(self.headers["content-length"]))
        self.server.headers.append({k.lower(): v for k, v in self.headers.items()})
        status, answer = self.server.answers.pop(0)
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("location", "https://127.0.0.1:9/elsewhere")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Stay quiet."""


class TestAnswers:
    """What the API may say besides values."""

    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[Scripted]:
        server = Scripted(tls(tmp_path))
        with serving(server):
            yield server
            server.go_on.set()

    @pytest.fixture
    def cloud(self, google: RunningGoogle, server: Scripted) -> Iterator[GoogleCloud]:
        endpoint = GoogleEndpoint(
            google.address,
            google.token,
            google.ca_pem,
            google.state.account,
            f"127.0.0.1:{server.server_port}",
        )
        cloud = GoogleCloud(Session(SandboxAccess(endpoint), read_seconds=1.0))
        yield cloud
        cloud.close()

    def test_it_is_asked_by_name_with_the_token_which_nobody_logs(
        self, cloud: GoogleCloud, server: Scripted, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        server.answers = [(200, {"data": {"resultType": "vector", "result": []}})]
        ask(cloud)
        (headers,) = server.headers
        assert headers["authorization"] == f"Bearer {TOKEN}"
        assert f"jetscale/{__version__}" in headers["x-goog-api-client"]
        assert TOKEN not in caplog.text

    def test_a_service_that_is_busy_is_asked_again(
        self, cloud: GoogleCloud, clock: SimClock, server: Scripted
    ) -> None:
        good = {"data": {"resultType": "scalar", "result": [0, "7"]}}
        server.answers = [(503, {}), (200, good)]
        assert ask(cloud).rows[0].value == 7.0

    @pytest.mark.parametrize(
        ("status", "answer", "expected", "words"),
        [
            (401, {"error": {"message": "no"}}, AuthError, "does not accept"),
            (302, b"", JetScaleError, "HTTP status 302"),
            (400, {"status": "error", "error": "parse error"}, Rejected, "parse error"),
            (500, b"<html>", Unreachable, "internal error"),
            (
                403,
                {
                    "error": {
                        "message": "It is off.",
                        "details": [
                            {
                                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                                "reason": "SERVICE_DISABLED",
                                "metadata": {
                                    "service": "monitoring.googleapis.com",
                                    "consumer": "projects/1",
                                },
                            }
                        ],
                    }
                },
                Rejected,
                "gcloud services enable monitoring.googleapis.com",
            ),
        ],
    )
    def test_a_refusal_is_translated_like_any_other(
        self,
        cloud: GoogleCloud,
        clock: SimClock,
        server: Scripted,
        status: int,
        answer: Any,
        expected: type[JetScaleError],
        words: str,
    ) -> None:
        server.answers = [(status, answer)]
        with pytest.raises(expected, match=words):
            ask(cloud)

    @pytest.mark.parametrize(
        "answer",
        [
            b"not json",
            {"data": []},
            {"data": {"resultType": "vector", "result": [{"metric": [], "value": "x"}]}},
            {"data": {"resultType": "vector", "result": [{"value": [0, "NaN"]}]}},
            {"data": {"resultType": "vector", "result": [{"value": [0, "many"]}]}},
        ],
    )
    def test_what_is_no_value_is_not_taken_for_one(
        self, cloud: GoogleCloud, clock: SimClock, server: Scripted, answer: Any
    ) -> None:
        server.answers = [(200, answer)]
        assert ask(cloud).availability is Availability.UNKNOWN

    def test_silence_is_given_up_in_time(
        self, cloud: GoogleCloud, clock: SimClock, server: Scripted
    ) -> None:
        server.go_on.clear()
        with pytest.raises(Unreachable):
            ask(cloud)

    def test_a_port_nobody_listens_on_is_unreachable(
        self, google: RunningGoogle, clock: SimClock
    ) -> None:
        endpoint = GoogleEndpoint(
            google.address, google.token, google.ca_pem, google.state.account, "127.0.0.1:9"
        )
        cloud = GoogleCloud(Session(SandboxAccess(endpoint), read_seconds=1.0))
        with pytest.raises(Unreachable, match="monitoring"):
            ask(cloud)
        cloud.close()
