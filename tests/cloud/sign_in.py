"""Stand-ins for what surrounds the Google APIs: a token endpoint, a key file, a proxy."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from socketserver import BaseServer

EMAIL = "robot@sandbox-project.iam.gserviceaccount.com"


class TokenEndpoint(ThreadingHTTPServer):
    """Hands out one access token, or refuses with `invalid_grant` once it is revoked."""

    daemon_threads = True

    def __init__(self, token: str, lifetime: int = 3600) -> None:
        super().__init__(("127.0.0.1", 0), _TokenHandler)
        self.token = token
        self.lifetime = lifetime
        self.revoked = False

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/token"


class _TokenHandler(BaseHTTPRequestHandler):
    server: TokenEndpoint

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        if self.server.revoked:
            self._answer(400, {"error": "invalid_grant", "error_description": "Token revoked."})
        else:
            lifetime = self.server.lifetime
            self._answer(200, {"access_token": self.server.token, "expires_in": lifetime})

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
    """An HTTP proxy that tunnels every CONNECT to one address and remembers what was asked."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _TunnelHandler)
        host, _, port = target.rpartition(":")
        self.target = (host, int(port))
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _TunnelHandler(StreamRequestHandler):
    server: ConnectProxy

    def handle(self) -> None:
        request = self.rfile.readline().decode()
        while self.rfile.readline().strip():
            pass
        self.server.asked.append(request.split()[1])
        with socket.create_connection(self.server.target) as upstream:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(upstream, self.connection), daemon=True)
            back.start()
            _pump(self.connection, upstream)
            back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
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
