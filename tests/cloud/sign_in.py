"""Stand-ins for what surrounds the Google APIs: a token endpoint, a key file, a proxy."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from socketserver import BaseServer

    import pytest

PERSON = "ana@example.com"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
EMAIL = "robot@sandbox-project.iam.gserviceaccount.com"


class TokenEndpoint(ThreadingHTTPServer):
    """Hands out one access token, or refuses with `invalid_grant` once it is revoked.

    It also stands for the services that exchange other tokens and impersonate. At `/tokeninfo` it
    says whose token that is. With a certificate it speaks TLS.
    """

    daemon_threads = True

    def __init__(self, token: str, lifetime: int = 3600, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _TokenHandler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.token = token
        self.lifetime = lifetime
        self.revoked = False
        self.asked: list[dict[str, str]] = []
        """Fields of the requests for a token."""

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/token"


class _TokenHandler(BaseHTTPRequestHandler):
    server: TokenEndpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        if self.path == "/tokeninfo":
            known = body == f"access_token={self.server.token}"
            self._answer(200, {"email": PERSON} if known else {})
            return
        self.server.asked.append(dict(parse_qsl(body)))
        if self.path.endswith(":generateAccessToken"):
            far_off = "2099-01-01T00:00:00Z"
            self._answer(200, {"accessToken": self.server.token, "expireTime": far_off})
        elif self.server.revoked:
            self._answer(400, {"error": "invalid_grant", "error_description": "Token revoked."})
        else:
            lifetime = self.server.lifetime
            kind = {"token_type": "Bearer", "issued_token_type": _ACCESS_TOKEN}
            answer = {"access_token": self.server.token, "expires_in": lifetime, **kind}
            self._answer(200, answer)

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Stay quiet."""


class ConnectProxy(ThreadingTCPServer):
    """An HTTP proxy that tunnels every CONNECT to one port of this machine, some to others."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _TunnelHandler)
        self.port = port
        self.others: dict[str, int] = {}
        """Ports for certain hosts."""
        self.asked: list[str] = []
        self._frozen = threading.Event()

    def freeze(self) -> None:
        """Let everything sent through the tunnels of now disappear; new tunnels work."""
        self._frozen.set()
        self._frozen = threading.Event()

    def frozen(self) -> threading.Event:
        """Set once a tunnel opened now is frozen."""
        return self._frozen

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _TunnelHandler(StreamRequestHandler):
    server: ConnectProxy

    def handle(self) -> None:
        request = self.rfile.readline().decode()
        while self.rfile.readline().strip():
            pass
        asked = request.split()[1]
        self.server.asked.append(asked)
        port = self.server.others.get(asked.partition(":")[0], self.server.port)
        with socket.create_connection(("127.0.0.1", port)) as upstream:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            frozen = self.server.frozen()
            back = threading.Thread(
                target=_pump, args=(upstream, self.connection, frozen), daemon=True
            )
            back.start()
            _pump(self.connection, upstream, frozen)
            back.join()


def _pump(source: socket.socket, sink: socket.socket, frozen: threading.Event) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            if not frozen.is_set():
                sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


@contextmanager
def serving(server: BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def log_out(environment: pytest.MonkeyPatch, folder: Path) -> None:
    """Make this a machine on which nobody logged in, off Google Cloud, without any proxy."""
    environment.setenv("CLOUDSDK_CONFIG", str(folder / "gcloud"))
    environment.setenv("GOOGLE_CLOUD_PROJECT", "sandbox-project")
    environment.setenv("GCE_METADATA_IP", "127.0.0.1:9")
    environment.setenv("PATH", str(folder))
    for name in (
        "CURL_CA_BUNDLE",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
        "HTTPS_PROXY",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "http_proxy",
        "https_proxy",
        "no_proxy",
    ):
        environment.delenv(name, raising=False)


def person_file(folder: Path) -> Path:
    """Where `log_out`'s machine keeps what a person's login leaves behind."""
    return folder / "gcloud" / "application_default_credentials.json"


@cache
def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def write_key_file(path: Path, token_uri: str) -> None:
    """A service account's key file whose tokens come from that endpoint."""
    path.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "sandbox-project",
                "private_key_id": "0123",
                "private_key": _private_key(),
                "client_email": EMAIL,
                "client_id": "1234567890",
                "token_uri": token_uri,
            }
        )
    )


def write_user_file(path: Path) -> None:
    """What `gcloud auth application-default login` leaves behind."""
    _write(
        path,
        {
            "type": "authorized_user",
            "client_id": "client",
            "client_secret": "not-so-secret",
            "refresh_token": "refresh",
        },
    )


def write_impersonation_file(path: Path, person: Path) -> None:
    """What `gcloud auth application-default login --impersonate-service-account` leaves behind."""
    _write(
        path,
        {
            "type": "impersonated_service_account",
            "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/"
            f"projects/-/serviceAccounts/{EMAIL}:generateAccessToken",
            "delegates": [],
            "source_credentials": json.loads(person.read_text()),
        },
    )


def write_external_file(path: Path, subject: Path) -> None:
    """Workload identity federation: somebody else's token, in a file, is exchanged for Google's."""
    subject.write_text("a-token-of-another-cloud")
    _write(
        path,
        {
            "type": "external_account",
            "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/"
            "pool/providers/provider",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": "https://sts.googleapis.com/v1/token",
            "credential_source": {"file": str(subject)},
        },
    )


def write_workforce_file(path: Path) -> None:
    """What `gcloud auth application-default login` leaves behind for a person of another company's
    directory: workforce identity federation.
    """
    _write(
        path,
        {
            "type": "external_account_authorized_user",
            "audience": "//iam.googleapis.com/locations/global/workforcePools/pool/providers/own",
            "client_id": "client",
            "client_secret": "not-so-secret",
            "refresh_token": "refresh",
            "token_url": "https://sts.googleapis.com/v1/oauthtoken",
            "token_info_url": "https://sts.googleapis.com/v1/introspect",
        },
    )


def _write(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
