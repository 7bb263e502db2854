"""HTTPS around the API: one thread a connection, keep-alive, streams, and a stop at once."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any, cast

from jetscale_tui.sandbox.kube.api import Api
from jetscale_tui.sandbox.kube.handlers import Reply, Stream
from jetscale_tui.sandbox.kube.routes import Request
from jetscale_tui.sandbox.kube.status import broken, too_large

if TYPE_CHECKING:
    from jetscale_tui.sandbox.kube.access import Identity
    from jetscale_tui.sandbox.kube.handlers import AggregatedHandler, LogReader, ProxyHandler
    from jetscale_tui.sandbox.kube.store import Clock, Store

_log = logging.getLogger(__name__)
_HANDSHAKE_TIMEOUT = 10.0
_LARGEST_BODY = 3 * 1024 * 1024
"""Bytes a real server takes in one request."""

Interceptor = Callable[[Request], Reply | Stream | None]
"""Sees every request first. May wait, answer itself, or raise `CutConnection`."""


class CutConnection(Exception):
    """Raised by an interceptor: end the connection; of a reply, if given, half is sent before."""

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__("the connection is cut")
        self.reply = reply


class KubeServer:
    """The API server of a sandbox. Fill its registries, then start it."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        identities: Mapping[str, Identity],
        tls: ssl.SSLContext,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self._stopping = threading.Event()
        self._store = store
        self._api = Api(store, clock, identities, self._stopping.is_set)
        self._clock = clock
        self._tls = tls
        self._host, self._port = host, port
        self._listener: _Listener | None = None
        self._thread: threading.Thread | None = None
        self.interceptor: Interceptor | None = None
        """Where faults are staged."""

    @property
    def aggregated(self) -> dict[tuple[str, str], AggregatedHandler]:
        """By group and version: who answers for an Available APIService."""
        return self._api.directory.aggregated

    @property
    def identities(self) -> dict[str, Identity]:
        """By token: whom the server knows."""
        return self._api.identities

    @property
    def proxies(self) -> ProxyHandler | None:
        """Who answers for pods and Services."""
        return self._api.proxies

    @proxies.setter
    def proxies(self, handler: ProxyHandler) -> None:
        self._api.proxies = handler

    @property
    def logs(self) -> LogReader | None:
        """Who knows what containers have logged."""
        return self._api.logs

    @logs.setter
    def logs(self, reader: LogReader) -> None:
        self._api.logs = reader

    @property
    def address(self) -> str:
        """Host and port; the port is 0 before the first start."""
        return f"{self._host}:{self._port}"

    @property
    def url(self) -> str:
        """Address as a kubeconfig has it."""
        return f"https://{self.address}"

    def start(self) -> None:
        """Listen and answer. After a stop, on the same port again."""
        self._stopping.clear()
        self._listener = _Listener((self._host, self._port), self)
        self._port = self._listener.server_address[1]
        self._api.directory.address = self.address
        self._thread = threading.Thread(target=self._accept, name="kube-apiserver", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and stop listening, at once. Harmless when stopped."""
        if self._listener is None or self._thread is None:
            return
        self._stopping.set()
        with suppress(OSError):
            socket.create_connection((self._host, self._port), timeout=1).close()
        self._thread.join()
        self._listener.server_close()
        self._listener.disconnect(for_good=True)
        self._store.wake()
        self._listener.join()
        self._listener = self._thread = None

    def disconnect(self) -> None:
        """Cut every connection, as a restart or a network does; clients may come back."""
        if self._listener is not None:
            self._listener.disconnect()
        self._store.wake()

    def answer(self, request: Request) -> Reply | Stream:
        """The answer to one request.

        Raises:
            CutConnection: there is to be none.
        """
        if self.interceptor is not None:
            reply = self.interceptor(request)
            if reply is not None:
                return reply
        return self.perform(request)

    def perform(self, request: Request) -> Reply | Stream:
        """The API's own answer, whatever the interceptor would do."""
        return self._api.answer(request)

    def date(self) -> str:
        """Value of the Date header: the sandbox's time."""
        return self._clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT")

    def wrap(self, connection: socket.socket) -> ssl.SSLSocket:
        """Do the TLS handshake; in the connection's own thread, for it may take long."""
        connection.settimeout(_HANDSHAKE_TIMEOUT)
        wrapped = self._tls.wrap_socket(connection, server_side=True)
        wrapped.settimeout(None)
        return wrapped

    def _accept(self) -> None:
        assert self._listener is not None
        while not self._stopping.is_set():
            self._listener.handle_request()


class _Listener(ThreadingMixIn, HTTPServer):
    """The listening socket and the connections it accepted."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], kube: KubeServer) -> None:
        super().__init__(address, _Connection)
        self.kube = kube
        self._open: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        self._stopped = False

    def server_bind(self) -> None:
        """Bind without asking any name server for the host's name."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def enter(self, connection: socket.socket) -> None:
        """A connection's thread begins.

        Raises:
            ConnectionAbortedError: the listener has stopped meanwhile.
        """
        with self._lock:
            if self._stopped:
                raise ConnectionAbortedError
            self._open[connection] = threading.current_thread()

    def leave(self, connection: socket.socket) -> None:
        """A connection's thread ends."""
        with self._lock:
            self._open.pop(connection, None)

    def disconnect(self, *, for_good: bool = False) -> None:
        """End all connections; their threads notice on their next read or write."""
        with self._lock:
            self._stopped = for_good
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def join(self) -> None:
        """Wait until the connections' threads are gone, but not for one that hangs."""
        with self._lock:
            threads = list(self._open.values())
        for thread in threads:
            thread.join(timeout=2)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away in the middle are everyday life."""


class _Connection(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 on one connection."""

    protocol_version = "HTTP/1.1"
    server_version = "kube-apiserver"
    disable_nagle_algorithm = True
    wbufsize = -1

    @property
    def _listener(self) -> _Listener:
        return cast("_Listener", self.server)

    def setup(self) -> None:
        accepted = self.request
        self._listener.enter(accepted)
        try:
            self.request = self._listener.kube.wrap(accepted)
        finally:
            self._listener.leave(accepted)
        try:
            self._listener.enter(self.request)
        except ConnectionAbortedError:
            self.request.close()
            raise
        super().setup()

    def handle(self) -> None:
        with suppress(ConnectionError, ssl.SSLError, TimeoutError, ValueError):
            super().handle()
        self.close_connection = True

    def finish(self) -> None:
        self._listener.leave(self.request)
        with suppress(OSError, ValueError):
            super().finish()
        # The server only closes the socket it accepted, which TLS has taken over.
        with suppress(OSError):
            self.request.close()

    def _respond(self) -> None:
        body = self._body()
        if body is None:
            self.close_connection = True
            self._send(Reply.of(too_large(_LARGEST_BODY).status, 413))
            return
        request = Request.of(self.command, self.path, body, self.headers)
        try:
            answer = self._listener.kube.answer(request)
        except CutConnection as cut:
            if cut.reply is not None:
                self._send(cut.reply, body=cut.reply.body[: len(cut.reply.body) // 2])
            self.close_connection = True
            return
        except Exception:
            _log.exception("the answer to %s %s failed", self.command, self.path)
            answer = Reply.of(broken().status, 500)
        if isinstance(answer, Stream):
            self._send_stream(answer)
        else:
            self._send(answer)

    def _body(self) -> bytes | None:
        """The request's body; None when it is larger than a real server takes."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            left = int(self.headers.get("Content-Length") or 0)
            if left <= _LARGEST_BODY:
                return self.rfile.read(left)
            while left > 0 and (skipped := len(self.rfile.read(min(left, _LARGEST_BODY)))):
                left -= skipped
            return None
        chunks = []
        while length := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(length))
            self.rfile.readline()
            if sum(map(len, chunks)) > _LARGEST_BODY:
                return None
        self.rfile.readline()
        return b"".join(chunks)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _respond  # noqa: N815

    def _send(self, reply: Reply, *, body: bytes | None = None) -> None:
        self._head(reply.status, reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body if body is None else body)
        self.wfile.flush()

    def _send_stream(self, stream: Stream) -> None:
        self._head(200, stream.content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        for piece in stream.pieces:
            if piece:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()
            elif self._gone():
                self.close_connection = True
                return
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _gone(self) -> bool:
        """Whether the client has hung up; it has nothing to say during a watch."""
        connection: ssl.SSLSocket = self.request
        connection.settimeout(0)
        try:
            return connection.recv(1) == b""
        except ssl.SSLWantReadError:
            return False
        except OSError:
            return True
        finally:
            with suppress(OSError):
                connection.settimeout(None)

    def _head(self, status: int, content_type: str) -> None:
        self.send_response_only(status)
        self.send_header("Cache-Control", "no-cache, private")
        self.send_header("Content-Type", content_type)
        self.send_header("Date", self._listener.kube.date())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet; what matters is in the answers."""
