"""Whom a sandbox lets in, and what it leaves on the machine."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox

DOORS = ("kubernetes", "google", "promql")
ELSEWHERE = "127.0.0.2"
"""Another address of this machine: whoever listens on all of them listens here too."""


def port(sandbox: Sandbox, door: str) -> int:
    address = sandbox.addresses[door]
    found = urlsplit(address if "//" in address else f"//{address}").port
    assert found
    return found


@pytest.mark.parametrize("door", DOORS)
def test_it_listens_on_loopback_only(sandbox: Sandbox, door: str) -> None:
    socket.create_connection(("127.0.0.1", port(sandbox, door)), timeout=PATIENCE).close()
    with pytest.raises(OSError):  # noqa: PT011  # how an address refuses depends on the system
        socket.create_connection((ELSEWHERE, port(sandbox, door)), timeout=PATIENCE)


@pytest.mark.parametrize(
    "path",
    [
        *["/", "/version", "/readyz", "/api", "/apis", "/openapi/v3", "/metrics", "/nowhere"],
        *["/api/v1/pods", "/api/v1/pods?watch=1", "/apis/external.metrics.k8s.io/v1beta1"],
        "/api/v1/namespaces/default/services/jetstream-svc:8000/proxy/generate",
    ],
)
@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic YWRtaW46YWRtaW4="])
def test_every_request_needs_a_token(sandbox: Sandbox, path: str, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    request = Request(sandbox.kube_url + path, headers=headers)
    trust = ssl.create_default_context(cadata=sandbox.ca_pem)
    with pytest.raises(HTTPError) as refused:
        urlopen(request, context=trust, timeout=PATIENCE)
    with refused.value:
        assert refused.value.code == 401


def test_it_writes_into_its_own_directory_only_and_leaves_nothing(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    places = {name: tmp_path / name for name in ("home", "tmp", "cwd")}
    for place in places.values():
        place.mkdir()
    environment = {
        **{key: os.environ[key] for key in ("PATH", "PYTHONPATH") if key in os.environ},
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(places["home"]),
        "TMPDIR": str(places["tmp"]),
        # Where every command keeps its log.
        "JETSCALE_HOME": str(tmp_path_factory.mktemp("jetscale-home")),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "jetscale_tui", "sandbox"],
        cwd=places["cwd"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("kubernetes: ")
        written = [file for file in tmp_path.rglob("*") if file.is_file()]
        assert [file.name for file in written] == ["kubeconfig"]
        assert written[0].parent.parent == places["tmp"]
        assert written[0].parent.stat().st_mode & 0o077 == 0
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(places["tmp"].iterdir())
