"""Credentials, network and manners of the way to the real Google Cloud."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from jetscale_tui import __version__
from jetscale_tui.cloud.access import DefaultAccess, SandboxAccess
from jetscale_tui.cloud.calls import READ_SECONDS
from jetscale_tui.cloud.connect import GoogleEndpoint, connect
from jetscale_tui.cloud.projects import Projects
from jetscale_tui.cloud.session import Session
from jetscale_tui.errors import AuthError, ExitCode, NoCredentials, Unreachable
from tests.cloud.sign_in import (
    EMAIL,
    PERSON,
    ConnectProxy,
    TokenEndpoint,
    log_out,
    person_file,
    serving,
    write_key_file,
    write_user_file,
)
from tests.sandbox.google.running import TOKEN, certificates, running
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jetscale_tui.sandbox.google.state import GoogleState
    from tests.sandbox.google.running import RunningGoogle

LOGIN = "gcloud auth application-default login"


@pytest.fixture(autouse=True)
def _logged_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log_out(monkeypatch, tmp_path)


@pytest.fixture
def sign_in() -> Iterator[TokenEndpoint]:
    endpoint = TokenEndpoint(TOKEN)
    with serving(endpoint):
        yield endpoint


@pytest.fixture
def key_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sign_in: TokenEndpoint) -> Path:
    path = tmp_path / "key.json"
    write_key_file(path, sign_in.uri)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    return path


@pytest.fixture
def behind_a_proxy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, state: GoogleState
) -> Iterator[tuple[RunningGoogle, ConnectProxy]]:
    """Google's host names lead, through a proxy that inspects TLS, to the sandbox's services."""
    with ExitStack() as stack:
        google = stack.enter_context(running(state, "*.googleapis.com"))
        proxy = ConnectProxy(int(google.address.rpartition(":")[2]))
        stack.enter_context(serving(proxy))
        bundle = tmp_path / "ca.pem"
        bundle.write_text(google.ca_pem)
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
        yield google, proxy


def test_importing_the_way_imports_nothing_of_googles() -> None:
    code = (
        "import sys, jetscale_tui.cloud.connect\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('google', 'grpc')])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_without_credentials_the_command_to_run_is_named() -> None:
    with pytest.raises(NoCredentials) as caught:
        connect(None)
    assert caught.value.fix == f"Run: {LOGIN}"


def test_a_key_file_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nowhere.json"))
    with pytest.raises(AuthError) as caught:
        connect(None)
    assert not isinstance(caught.value, NoCredentials)
    assert "nowhere.json" in caught.value.why
    assert "GOOGLE_APPLICATION_CREDENTIALS" in caught.value.fix


def test_a_broken_key_file_is_an_authentication_error(key_file: Path) -> None:
    key_file.write_text(json.dumps({"type": "service_account"}))
    with pytest.raises(AuthError, match="cannot be used"):
        connect(None)


def test_a_broken_login_is_not_taken_for_none(tmp_path: Path) -> None:
    write_user_file(person_file(tmp_path))
    person_file(tmp_path).write_text("{")
    with pytest.raises(AuthError, match="cannot be used") as caught:
        connect(None)
    assert not isinstance(caught.value, NoCredentials)
    assert caught.value.fix == f"Run: {LOGIN}"


def test_a_key_file_one_may_not_read_is_an_authentication_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path))
    with pytest.raises(AuthError) as caught:
        connect(None)
    assert str(tmp_path) in caught.value.why


def test_revoked_credentials_say_how_to_get_new_ones(
    key_file: Path, sign_in: TokenEndpoint
) -> None:
    sign_in.revoked = True
    with pytest.raises(AuthError) as caught:
        connect(None)
    assert caught.value.what == "The Google credentials have expired or were revoked."
    assert LOGIN in caught.value.fix


def test_a_sign_in_service_nobody_answers_at_is_unreachable(key_file: Path) -> None:
    write_key_file(key_file, "http://127.0.0.1:9/token")
    with pytest.raises(Unreachable) as caught:
        connect(None)
    assert caught.value.exit_code is ExitCode.UNREACHABLE


def test_the_whole_way_with_a_key_a_proxy_and_its_ca(
    key_file: Path, behind_a_proxy: tuple[RunningGoogle, ConnectProxy]
) -> None:
    google, proxy = behind_a_proxy
    cloud = connect(None)
    assert cloud.identity() == EMAIL
    assert cloud.access_token() == TOKEN
    assert cloud.project("sandbox-project").number == "123456789012"
    assert [cluster.name for cluster in cloud.clusters("sandbox-project")] == ["tpu-cluster"]
    # The sign-in library asks iamcredentials for the account's region in the background as well.
    services = {"cloudresourcemanager.googleapis.com:443", "container.googleapis.com:443"}
    assert services <= set(proxy.asked)
    assert [call.method for call in google.server.calls] == ["GetProject", "ListClusters"]
    cloud.close()


def test_calls_say_which_program_they_come_from(
    key_file: Path, behind_a_proxy: tuple[RunningGoogle, ConnectProxy]
) -> None:
    google, _ = behind_a_proxy
    cloud = connect(None)
    cloud.projects()
    (call,) = google.server.calls
    assert f"jetscale/{__version__}" in call.metadata["x-goog-api-client"]
    cloud.close()


class TestPerson:
    """Somebody who ran `gcloud auth application-default login`."""

    @pytest.fixture(autouse=True)
    def _logged_in(
        self, tmp_path: Path, behind_a_proxy: tuple[RunningGoogle, ConnectProxy]
    ) -> Iterator[None]:
        write_user_file(person_file(tmp_path))
        _, key, chain = certificates("*.googleapis.com")
        certificate = tmp_path / "server.pem"
        certificate.write_bytes(key + chain)
        endpoint = TokenEndpoint(TOKEN, certificate=certificate)
        _, proxy = behind_a_proxy
        proxy.others["oauth2.googleapis.com"] = endpoint.server_port
        with serving(endpoint):
            yield

    def test_is_known_by_the_email_of_the_token(self) -> None:
        cloud = connect(None)
        assert cloud.identity() == PERSON
        cloud.close()

    def test_is_described_where_nobody_tells_the_email(
        self, behind_a_proxy: tuple[RunningGoogle, ConnectProxy]
    ) -> None:
        cloud = connect(None)
        _, proxy = behind_a_proxy
        del proxy.others["oauth2.googleapis.com"]
        assert cloud.identity() == "user credentials (e-mail not known)"
        cloud.close()

    def test_is_billed_to_the_project_at_hand(
        self, behind_a_proxy: tuple[RunningGoogle, ConnectProxy]
    ) -> None:
        google, _ = behind_a_proxy
        cloud = connect(None, quota_project="sandbox-project")
        cloud.projects()
        (call,) = google.server.calls
        assert call.metadata["x-goog-user-project"] == "sandbox-project"
        cloud.close()


def test_a_service_account_is_billed_to_its_own_project(
    key_file: Path, behind_a_proxy: tuple[RunningGoogle, ConnectProxy]
) -> None:
    google, _ = behind_a_proxy
    cloud = connect(None, quota_project="other-project")
    cloud.projects()
    (call,) = google.server.calls
    assert "x-goog-user-project" not in call.metadata
    cloud.close()


def test_a_run_goes_on_after_logging_in_again(
    key_file: Path,
    sign_in: TokenEndpoint,
    behind_a_proxy: tuple[RunningGoogle, ConnectProxy],
) -> None:
    sign_in.lifetime = 0
    cloud = connect(None)
    cloud.projects()
    sign_in.revoked = True
    with pytest.raises(AuthError, match="expired or were revoked"):
        cloud.projects()
    renewed = TokenEndpoint(TOKEN)
    with serving(renewed):
        write_key_file(key_file, renewed.uri)
        assert [project.project_id for project in cloud.projects()] == ["sandbox-project"]
    cloud.close()


def test_a_connection_that_died_unnoticed_is_replaced(
    key_file: Path, behind_a_proxy: tuple[RunningGoogle, ConnectProxy]
) -> None:
    _, proxy = behind_a_proxy
    session = Session(DefaultAccess(), read_seconds=0.5)
    projects = Projects(session)
    assert len(projects.search()) == 1
    proxy.freeze()
    with pytest.raises(Unreachable):
        projects.search()
    assert len(projects.search()) == 1
    session.close()


def test_neither_token_nor_key_is_logged(
    key_file: Path,
    behind_a_proxy: tuple[RunningGoogle, ConnectProxy],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    cloud = connect(None)
    cloud.identity()
    cloud.access_token()
    cloud.projects()
    cloud.policy("sandbox-project")
    cloud.close()
    assert caplog.records
    assert TOKEN not in caplog.text
    assert "PRIVATE KEY" not in caplog.text


def test_a_network_that_swallows_everything_is_unreachable_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        endpoint = GoogleEndpoint(address, "token", "", "ana@example.com")
        session = Session(SandboxAccess(endpoint), read_seconds=0.3)

        def is_in_time() -> bool:
            begun = time.monotonic()
            with pytest.raises(Unreachable) as caught:
                Projects(session).search()
            assert "cloudresourcemanager.googleapis.com" in caught.value.why
            assert "HTTPS_PROXY" in caught.value.fix
            return time.monotonic() - begun < 3.0

        # A busy machine may hold it up once; with another deadline it is never in time.
        eventually(is_in_time)
        session.close()


def test_the_transport_prints_nothing_over_the_screen(google: RunningGoogle) -> None:
    """A failed handshake, which gRPC would report on stderr by itself."""
    code = (
        "from jetscale_tui.cloud.connect import GoogleEndpoint, connect\n"
        "from jetscale_tui.errors import Unreachable\n"
        "connect(GoogleEndpoint('127.0.0.1:9', 'token', '', 'ana@example.com')).close()\n"
        "from jetscale_tui.cloud.access import SandboxAccess\n"
        "from jetscale_tui.cloud.projects import Projects\n"
        "from jetscale_tui.cloud.session import Session\n"
        f"endpoint = GoogleEndpoint({google.address!r}, 'token', '', 'ana@example.com')\n"
        "try:\n"
        "    Projects(Session(SandboxAccess(endpoint), read_seconds=0.3)).search()\n"
        "except Unreachable:\n"
        "    print('unreachable')\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert (answer.stdout, answer.stderr) == ("unreachable\n", "")


def test_a_read_is_given_up_in_less_than_ten_seconds() -> None:
    assert READ_SECONDS < 10
