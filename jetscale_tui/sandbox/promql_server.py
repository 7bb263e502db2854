"""Managed Prometheus' query API on loopback, as the Monitoring API has it: HTTPS, a token."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from jetscale_tui.sandbox.frontend import permission_denied
from jetscale_tui.sandbox.kube.handlers import Reply
from jetscale_tui.sandbox.programs import Call

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from jetscale_tui.sandbox.managed_prometheus import ManagedPrometheus

_TIMEOUT = 10.0
_POLL_SECONDS = 0.05


class PromqlServer:
    """Answers `https://127.0.0.1:PORT/v1/projects/PROJECT/location/global/prometheus/api/v1/…`."""

    def __init__(
        self,
        prometheus: ManagedPrometheus,
        project_id: str,
        *,
        readers: Mapping[str, Callable[[], bool]],
        tls: ssl.SSLContext,
    ) -> None:
        """Prepare a server; `readers` says by token whether its owner may read series now."""
        self._prometheus = prometheus
        self._root = f"/v1/projects/{project_id}/location/global/prometheus"
        self._readers = readers
        self._tls = tls
        self._server: _Listener | None = None
        self._thread: threading.Thread | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """What a client that speaks Prometheus' API is to be given; the port is 0 before start."""
        return f"https://127.0.0.1:{self._port}{self._root}"

    def start(self) -> None:
        """Listen and answer."""
        server = _Listener(("127.0.0.1", self._port), self)
        # The handshake is left to the connection's own thread.
        server.socket = self._tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._port = server.server_address[1]
        self._thread = threading.Thread(
            target=server.serve_forever, args=(_POLL_SECONDS,), name="sandbox-promql", daemon=True
        )
        self._thread.start()
        self._server = server

    def stop(self) -> None:
        """Stop listening. Harmless when stopped."""
        server, self._server = self._server, None
        if server is not None and self._thread is not None:
            server.shutdown()
            server.server_close()
            self._thread.join()

    def answer(self, method: str, target: str, authorization: str, body: bytes) -> Reply:
        """The answer to one request."""
        may_read = self._readers.get(authorization.removeprefix("Bearer "))
        if may_read is None:
            error = {"code": 401, "message": "Unauthorized", "status": "UNAUTHENTICATED"}
            return Reply.of({"error": error}, 401)
        address = urlsplit(target)
        if not address.path.startswith(f"{self._root}/"):
            error = {"code": 404, "message": "Not found.", "status": "NOT_FOUND"}
            return Reply.of({"error": error}, 404)
        if not may_read():
            return permission_denied()
        path = address.path.removeprefix(self._root)
        return self._prometheus.answer(Call(method, path, dict(parse_qsl(address.query)), body))


class _Listener(ThreadingHTTPServer):
    """The listening socket."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], owner: PromqlServer) -> None:
        super().__init__(address, _Connection)
        self.owner = owner

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away in the middle are everyday life."""


class _Connection(BaseHTTPRequestHandler):
    """One request a connection."""

    timeout = _TIMEOUT

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        authorization = self.headers.get("Authorization") or ""
        owner = cast("_Listener", self.server).owner
        reply = owner.answer(self.command, self.path, authorization, body)
        self.send_response_only(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST = _respond  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet; what matters is in the answers."""
