"""A small HTTP server that does what a test says, for everything a healthy server never does."""

from __future__ import annotations

import json
import queue
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str

    @property
    def watches(self) -> bool:
        return self.query.get("watch") == "1"


@dataclass(frozen=True)
class Answer:
    """A complete answer."""

    status: int = 200
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode()


class Stream:
    """An answer that goes on until it is ended: lines are sent as they are put in."""

    def __init__(self, *lines: Any, ends: bool = False) -> None:
        self.lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        for line in lines:
            self.send(line)
        if ends:
            self.end()

    def send(self, line: Any) -> None:
        self.lines.put(line if isinstance(line, str) else json.dumps(line) + "\n")

    def take(self) -> str | None:
        """The next line; an ended stream stays ended for whoever asks again."""
        line = self.lines.get()
        if line is None:
            self.lines.put(None)
        return line

    def end(self) -> None:
        """In good order."""
        self.lines.put(None)

    def cut(self) -> None:
        """In the middle of it all."""
        self.lines.put("CUT")


class ScriptedServer:
    """Answers every request by a script, and remembers what it was asked."""

    def __init__(self, script: Callable[[Request], Answer | Stream]) -> None:
        self.script = script
        self.requests: list[Request] = []
        self.open: list[Stream] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        for stream in self.open:
            stream.cut()
        self._server.shutdown()
        self._server.server_close()

    def asked(self, *, watches: bool) -> list[Request]:
        """Requests so far that were watches, or that were not."""
        return [request for request in self.requests if request.watches == watches]

    def _handler(server) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                url = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                request = Request(
                    self.command,
                    url.path,
                    dict(parse_qsl(url.query)),
                    dict(self.headers),
                    self.rfile.read(length).decode(),
                )
                server.requests.append(request)
                answer = server.script(request)
                if isinstance(answer, Stream):
                    server.open.append(answer)
                    self._stream(answer)
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.data)))
                self.end_headers()
                self.wfile.write(answer.data)

            def _stream(self, stream: Stream) -> None:
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                while (line := stream.take()) is not None:
                    if line == "CUT":
                        self.close_connection = True
                        return
                    data = line.encode()
                    try:
                        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
                    except OSError:
                        self.close_connection = True
                        return
                self.wfile.write(b"0\r\n\r\n")

            do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815

            def log_message(self, *_arguments: object) -> None:
                """Keep quiet."""

        return Handler


@contextmanager
def scripted(script: Callable[[Request], Answer | Stream]) -> Iterator[ScriptedServer]:
    """A server for as long as a test needs it."""
    server = ScriptedServer(script)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def kubeconfig(directory: Path, server: str, user: dict[str, Any] | None = None) -> Path:
    """A kubeconfig that leads to a server."""
    path = directory / "kubeconfig"
    document = {
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "ana"}}],
        "clusters": [{"name": "test", "cluster": {"server": server}}],
        "users": [{"name": "ana", "user": user or {"token": "t0k3n"}}],
    }
    path.write_text(yaml.safe_dump(document))
    return path


def status(code: int, reason: str, message: str = "because") -> Answer:
    """A refusal as an API server writes it."""
    body = {"kind": "Status", "code": code, "reason": reason, "message": message}
    return Answer(code, body)


def hpa(name: str, version: int, replicas: int = 1) -> dict[str, Any]:
    """An autoscaler, as short as can be."""
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"namespace": "default", "name": name, "resourceVersion": str(version)},
        "spec": {"maxReplicas": 3},
        "status": {"currentReplicas": replicas},
    }


def listing(version: int, *items: dict[str, Any], more: str = "") -> Answer:
    """A list, or a page of one."""
    metadata = {"resourceVersion": str(version), **({"continue": more} if more else {})}
    return Answer(body={"kind": "List", "metadata": metadata, "items": list(items)})


def change(kind: str, item: dict[str, Any]) -> dict[str, Any]:
    """An event of a watch."""
    return {"type": kind, "object": item}
