"""One API server over HTTP: logins that renew themselves, and what is said when nothing works."""

from __future__ import annotations

import json
import socket
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import trustme
import yaml

from jetscale_tui.clocks import WallClock
from jetscale_tui.cluster import connect
from jetscale_tui.cluster.client import KubeCluster
from jetscale_tui.cluster.helm import HelmProcess
from jetscale_tui.cluster.kubeconfig import load
from jetscale_tui.cluster.transport import Transport
from jetscale_tui.domain.kinds import HPA, POD, Ref
from jetscale_tui.domain.rights import KubernetesRight
from jetscale_tui.errors import (
    AuthError,
    ConfigError,
    Conflict,
    ExitCode,
    JetScaleError,
    Rejected,
    Unreachable,
)
from tests.cluster.scripted import (
    Answer,
    Request,
    Stream,
    hpa,
    kubeconfig,
    listing,
    scripted,
    status,
)

if TYPE_CHECKING:
    from pathlib import Path

VERSION = Answer(body={"gitVersion": "v1.36.2"})


def test_every_request_carries_the_token_and_our_name(tmp_path: Path) -> None:
    with scripted(lambda request: VERSION) as server:
        assert connect.connect(kubeconfig(tmp_path, server.url)).version() == "v1.36.2"
    headers = server.requests[0].headers
    assert headers["Authorization"] == "Bearer t0k3n"
    assert headers["User-Agent"].startswith("jetscale/")


def plugin_user(tmp_path: Path, expires: str = "2099-01-01T00:00:00Z") -> dict[str, object]:
    """A plugin that gives another token each time."""
    script = tmp_path / "login"
    script.write_text(
        f"#!{sys.executable}\n"
        "import json, pathlib\n"
        f"count = pathlib.Path({str(tmp_path / 'count')!r})\n"
        "number = int(count.read_text()) + 1 if count.exists() else 1\n"
        "count.write_text(str(number))\n"
        f"status = {{'token': f'token-{{number}}', 'expirationTimestamp': {expires!r}}}\n"
        "print(json.dumps({'status': status}))\n"
    )
    script.chmod(0o755)
    return {"exec": {"command": str(script), "apiVersion": "client.authentication.k8s.io/v1"}}


def tokens(requests: list[Request]) -> list[str]:
    return [request.headers["Authorization"].removeprefix("Bearer ") for request in requests]


def test_a_plugins_token_is_kept_while_it_lasts(tmp_path: Path) -> None:
    with scripted(lambda request: VERSION) as server:
        cluster = connect.connect(kubeconfig(tmp_path, server.url, plugin_user(tmp_path)))
        cluster.version()
        cluster.version()
    assert tokens(server.requests) == ["token-1", "token-1"]


def test_a_token_that_is_about_to_expire_is_renewed_before_the_request(tmp_path: Path) -> None:
    user = plugin_user(tmp_path, expires="2020-01-01T00:00:00Z")
    with scripted(lambda request: VERSION) as server:
        cluster = connect.connect(kubeconfig(tmp_path, server.url, user))
        cluster.version()
        cluster.version()
    assert tokens(server.requests) == ["token-1", "token-2"]


def test_credentials_refused_at_once_are_an_error_that_names_them(tmp_path: Path) -> None:
    with scripted(lambda request: status(401, "Unauthorized", "Unauthorized")) as server:
        cluster = connect.connect(kubeconfig(tmp_path, server.url, plugin_user(tmp_path)))
        with pytest.raises(AuthError, match=r"user ana \(from login\)") as raised:
            cluster.version()
    assert "Log in again" in raised.value.fix
    assert len(server.requests) == 1, "fresh credentials are not renewed over and over"


def renewing(path: Path, server: str) -> KubeCluster:
    """A cluster whose credentials may be renewed at any age."""
    info = load(path).choose(None)
    transport = Transport(
        server, lambda: connect.open_session(load(path), "test"), least_renewal=timedelta(0)
    )
    return KubeCluster(info, transport, WallClock(), HelmProcess(None, info.name))


def test_credentials_refused_after_a_while_are_renewed_and_the_request_repeated(
    tmp_path: Path,
) -> None:
    def script(request: Request) -> Answer:
        old = request.headers["Authorization"] == "Bearer token-1"
        return status(401, "Unauthorized") if old else VERSION

    with scripted(script) as server:
        path = kubeconfig(tmp_path, server.url, plugin_user(tmp_path))
        assert renewing(path, server.url).version() == "v1.36.2"
    assert tokens(server.requests) == ["token-1", "token-2"]


def test_credentials_refused_and_renewed_and_refused_are_given_up(tmp_path: Path) -> None:
    with scripted(lambda request: status(401, "Unauthorized")) as server:
        path = kubeconfig(tmp_path, server.url, plugin_user(tmp_path))
        with pytest.raises(AuthError):
            renewing(path, server.url).version()
    assert tokens(server.requests) == ["token-1", "token-2"]


def test_a_login_written_anew_in_another_terminal_is_used(tmp_path: Path) -> None:
    def script(request: Request) -> Answer:
        if request.headers["Authorization"] == "Bearer t0k3n":
            kubeconfig(tmp_path, server.url, {"token": "fresh"})
            return status(401, "Unauthorized")
        return VERSION

    with scripted(script) as server:
        assert renewing(kubeconfig(tmp_path, server.url), server.url).version() == "v1.36.2"
    assert tokens(server.requests) == ["t0k3n", "fresh"]


def test_after_a_refusal_the_next_request_uses_a_login_made_meanwhile(tmp_path: Path) -> None:
    def script(request: Request) -> Answer:
        fresh = request.headers["Authorization"] == "Bearer fresh"
        return VERSION if fresh else status(401, "Unauthorized")

    with scripted(script) as server:
        cluster = connect.connect(kubeconfig(tmp_path, server.url))
        with pytest.raises(AuthError):
            cluster.version()
        kubeconfig(tmp_path, server.url, {"token": "fresh"})
        assert cluster.version() == "v1.36.2"


def test_a_connection_that_breaks_within_an_answer_is_said(tmp_path: Path) -> None:
    cut = Stream("{")
    cut.cut()
    with scripted(lambda request: cut) as server, pytest.raises(Unreachable, match="broke"):
        connect.connect(kubeconfig(tmp_path, server.url)).version()


def test_a_client_certificate_from_a_plugin_is_used(tmp_path: Path) -> None:
    certificate = trustme.CA().issue_cert("ana@example.com")
    pems = {
        "clientCertificateData": certificate.cert_chain_pems[0].bytes().decode(),
        "clientKeyData": certificate.private_key_pem.bytes().decode(),
    }
    script = tmp_path / "login"
    script.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps({'status': pems})}\nEND\n")
    script.chmod(0o755)
    with scripted(lambda request: VERSION) as server:
        user = {"exec": {"command": str(script)}}
        assert connect.connect(kubeconfig(tmp_path, server.url, user)).version() == "v1.36.2"
    assert "Authorization" not in server.requests[0].headers


def test_a_name_and_password_and_another_identity_are_honoured(tmp_path: Path) -> None:
    user = {"username": "ana", "password": "pw", "as": "viewer"}
    with scripted(lambda request: VERSION) as server:
        connect.connect(kubeconfig(tmp_path, server.url, user)).version()
    headers = server.requests[0].headers
    assert headers["Authorization"] == "Basic YW5hOnB3"
    assert headers["Impersonate-User"] == "viewer"


@pytest.mark.parametrize(
    "user",
    [
        {"client-certificate-data": "bm90IGEgY2VydA==", "client-key-data": "bm90IGEga2V5"},
        {"client-certificate": "/no/such/cert.pem", "client-key": "/no/such/key.pem"},
        {"tokenFile": "/no/such/token"},
        {"auth-provider": {"name": "oidc", "config": {"id-token": "x.y"}}},
    ],
)
def test_credentials_that_cannot_be_read_are_a_configuration_error(
    tmp_path: Path, user: dict[str, object]
) -> None:
    path = kubeconfig(tmp_path, "https://127.0.0.1:1", user)
    with pytest.raises((ConfigError, AuthError, Unreachable)) as raised:
        connect.connect(path).version()
    assert "bm90" not in str(raised.value)
    assert raised.value.fix


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://127.0.0.1:{port}", "refuses connections"),
        ("https://no-such-host.invalid", "does not resolve"),
    ],
)
def test_a_server_out_of_reach_is_named_with_what_to_try(
    tmp_path: Path, address: str, words: str
) -> None:
    server = address.format(port=free_port())
    with pytest.raises(Unreachable, match=words) as raised:
        connect.connect(kubeconfig(tmp_path, server)).version()
    assert server in raised.value.what
    assert raised.value.fix
    assert raised.value.exit_code is ExitCode.UNREACHABLE


def test_a_proxy_out_of_reach_is_told_from_the_server(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, "https://gke.example")
    document = yaml.safe_load(path.read_text())
    document["clusters"][0]["cluster"]["proxy-url"] = f"http://127.0.0.1:{free_port()}"
    path.write_text(yaml.safe_dump(document))
    with pytest.raises(Unreachable, match="proxy on the way"):
        connect.connect(path).version()


def test_https_where_the_server_speaks_http_is_explained(tmp_path: Path) -> None:
    with scripted(lambda request: VERSION) as server:
        address = server.url.replace("http:", "https:")
        with pytest.raises(Unreachable, match="No secure connection"):
            connect.connect(kubeconfig(tmp_path, address)).version()


def test_a_login_page_is_not_taken_for_an_api_server(tmp_path: Path) -> None:
    with (
        scripted(lambda request: Answer(body="<html>Please log in</html>")) as server,
        pytest.raises(JetScaleError, match="is not a Kubernetes API server") as raised,
    ):
        connect.connect(kubeconfig(tmp_path, server.url)).version()
    assert "<html>" in raised.value.why


def test_a_busy_server_is_given_the_time_it_asks_for(tmp_path: Path) -> None:
    answers = [Answer(429, "later", {"Retry-After": "0"}), VERSION]
    with scripted(lambda request: answers.pop(0)) as server:
        assert connect.connect(kubeconfig(tmp_path, server.url)).version() == "v1.36.2"


def test_a_server_that_stays_busy_is_an_error(tmp_path: Path) -> None:
    with (
        scripted(lambda request: Answer(429, "later", {"Retry-After": "0"})) as server,
        pytest.raises(Unreachable, match="busy"),
    ):
        connect.connect(kubeconfig(tmp_path, server.url)).version()
    assert len(server.requests) == 4


def test_a_pods_wish_to_wait_is_the_callers_business(tmp_path: Path) -> None:
    path = "/api/v1/namespaces/default/pods/web:8000/proxy/generate"
    with (
        scripted(lambda request: Answer(429, "full", {"Retry-After": "0"})) as server,
        pytest.raises(JetScaleError, match="HTTP 429 Too Many Requests"),
    ):
        connect.connect(kubeconfig(tmp_path, server.url)).post(path, {}, timeout=5)
    assert len(server.requests) == 1


def test_a_write_is_never_sent_twice(tmp_path: Path) -> None:
    def refuse(request: Request) -> Answer:
        return status(503, "ServiceUnavailable")

    with scripted(refuse) as server, pytest.raises(Unreachable):
        connect.connect(kubeconfig(tmp_path, server.url)).apply(hpa("web", 1))
    assert len(server.requests) == 1


def test_apply_names_our_manager_and_refuses_unknown_fields(tmp_path: Path) -> None:
    with scripted(lambda request: Answer(body=hpa("web", 2))) as server:
        cluster = connect.connect(kubeconfig(tmp_path, server.url))
        cluster.apply(hpa("web", 1))
        cluster.apply(hpa("web", 1), dry_run=True, force=True)
    plain, forced = server.requests
    assert plain.query == {"fieldManager": "jetscale", "fieldValidation": "Strict"}
    assert forced.query == {**plain.query, "dryRun": "All", "force": "true"}
    assert plain.headers["Content-Type"] == "application/apply-patch+yaml"
    assert json.loads(plain.body) == hpa("web", 1)
    assert plain.path == "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/web"


def test_lists_are_read_page_by_page(tmp_path: Path) -> None:
    pages = [listing(5, hpa("a", 1), more="next"), listing(5, {"metadata": {"name": "b"}})]
    with scripted(lambda request: pages.pop(0)) as server:
        found = connect.connect(kubeconfig(tmp_path, server.url)).list(HPA, labels="app=web")
    assert [item["metadata"]["name"] for item in found] == ["a", "b"]
    assert found[1]["kind"] == "HorizontalPodAutoscaler"
    first, second = server.requests
    assert first.query == {"labelSelector": "app=web", "limit": "500"}
    assert second.query["continue"] == "next"


def test_a_list_whose_place_the_server_forgot_begins_anew(tmp_path: Path) -> None:
    answers = [
        listing(5, hpa("a", 1), more="next"),
        status(410, "Expired"),
        listing(9, hpa("a", 1), hpa("b", 1)),
    ]
    with scripted(lambda request: answers.pop(0)) as server:
        found = connect.connect(kubeconfig(tmp_path, server.url)).list(HPA, "default")
    assert [item["metadata"]["name"] for item in found] == ["a", "b"]
    assert "limit" not in server.requests[2].query


def test_what_does_not_exist_is_none_or_empty(tmp_path: Path) -> None:
    with scripted(lambda request: status(404, "NotFound")) as server:
        cluster = connect.connect(kubeconfig(tmp_path, server.url))
        assert cluster.get(Ref.to(HPA, "web", "default")) is None
        assert cluster.list(POD, "default") == []
        assert cluster.delete(Ref.to(HPA, "web", "default")) is False


def test_an_object_that_was_replaced_is_not_deleted(tmp_path: Path) -> None:
    def script(request: Request) -> Answer:
        if request.method == "DELETE":
            assert json.loads(request.body)["preconditions"] == {"uid": "old"}
            return status(409, "Conflict", "Precondition failed: UID in precondition")
        return Answer(body={"metadata": {"uid": uid}})

    ref = Ref.to(HPA, "web", "default")
    with scripted(script) as server:
        cluster = connect.connect(kubeconfig(tmp_path, server.url))
        uid = "new"
        assert cluster.delete(ref, uid="old") is False
        uid = "old"
        with pytest.raises(Conflict):
            cluster.delete(ref, uid="old")


@pytest.mark.parametrize(("answer", "allowed"), [({"allowed": True}, True), ({}, False)])
def test_rights_are_asked_for_in_the_clusters_words(
    tmp_path: Path, answer: dict[str, bool], allowed: bool
) -> None:
    right = KubernetesRight("create", "", "pods", "default", subresource="proxy")
    with scripted(lambda request: Answer(201, {"status": answer})) as server:
        assert connect.connect(kubeconfig(tmp_path, server.url)).allowed(right) is allowed
    asked = json.loads(server.requests[0].body)["spec"]["resourceAttributes"]
    assert asked == {
        "verb": "create",
        "resource": "pods",
        "namespace": "default",
        "subresource": "proxy",
    }


def test_an_invalid_object_is_refused_with_its_fields(tmp_path: Path) -> None:
    body = {
        "kind": "Status",
        "reason": "Invalid",
        "details": {"causes": [{"field": "spec.maxReplicas", "message": "Required value"}]},
    }
    with scripted(lambda request: Answer(422, body)) as server, pytest.raises(Rejected) as raised:
        connect.connect(kubeconfig(tmp_path, server.url)).apply(hpa("web", 1))
    assert raised.value.why == "spec.maxReplicas: Required value"


def test_secrets_stay_out_of_reprs(tmp_path: Path) -> None:
    with scripted(lambda request: VERSION) as server:
        path = kubeconfig(tmp_path, server.url)
        session = connect.open_session(load(path), "test")
        assert "t0k3n" not in repr(session)
