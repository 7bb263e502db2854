"""JetStream in pods: the model behind its HTTP sidecar and its metrics port, one per pod."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jetscale_tui.sandbox.controllers.pods import containers
from jetscale_tui.sandbox.exposition import CONTENT_TYPE
from jetscale_tui.sandbox.jetstream import JetStream
from jetscale_tui.sandbox.kube.handlers import Reply

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.blueprint import WorkloadBlueprint
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.jetstream import Generation
    from jetscale_tui.sandbox.programs import Call

_IMAGES = ("maxengine-server", "jetstream-pytorch-server")
_SIDECAR_IMAGE = "jetstream-http"
_HTTP_PORT = 8000
_METRICS_ARGUMENT = re.compile(r"(?:--)?prometheus_port[= ](\d+)")
_DEFAULT_PROMPT = "What are the top 5 programming languages?"
_WORDS = ("every", "slot", "serves", "one", "request", "at", "a", "time")


@dataclass(slots=True)
class _Server:
    """A replica that runs, and the threads that wait for it."""

    model: JetStream
    waiting: dict[Generation, threading.Event] = field(default_factory=dict)
    alive: bool = True


class JetStreamPods:
    """The inference servers of all pods."""

    def __init__(self, clock: SimClock, workload: WorkloadBlueprint) -> None:
        self._clock = clock
        self._workload = workload
        self._lock = threading.Lock()
        self._servers: dict[str, _Server] = {}

    def runs_in(self, container: Json) -> bool:
        """Whether a container is an inference server."""
        return any(name in container["image"] for name in _IMAGES)

    def start_seconds(self, pod: Json) -> float:
        """Image, weights and compilation."""
        del pod
        return self._workload.start_seconds

    def fatal(self, pod: Json) -> str | None:
        """It always comes up."""
        del pod
        return None

    def started(self, pod: Json) -> None:
        """Load an idle model."""
        model = JetStream(self._workload, loaded=self._clock.monotonic())
        with self._lock:
            self._servers[pod["metadata"]["uid"]] = _Server(model)

    def stopped(self, pod: Json) -> None:
        """Drop what the server held; whoever waits for it gets an error."""
        with self._lock:
            server = self._servers.pop(pod["metadata"]["uid"], None)
            if server is not None:
                server.alive = False
                server.model.abandon()
                for event in server.waiting.values():
                    event.set()

    def close(self) -> None:
        """Stop every server, so that no caller waits any longer."""
        for uid in tuple(self._servers):
            self.stopped({"metadata": {"uid": uid}})

    def model(self, pod: Json) -> JetStream | None:
        """The pod's model as of now; None while it does not run."""
        with self._lock:
            server = self._servers.get(pod["metadata"]["uid"])
            if server is None:
                return None
            self._advance(server)
            return server.model

    def submit(self, pod: Json, max_tokens: int) -> None:
        """Send a request whose answer nobody waits for; lost when the pod does not run."""
        with self._lock:
            server = self._servers.get(pod["metadata"]["uid"])
            if server is not None:
                self._advance(server)
                server.model.submit(self._clock.monotonic(), max_tokens=max_tokens)

    def answer(self, pod: Json, port: int, call: Call) -> Reply | None:
        """The sidecar on 8000, and the metrics port if the server was told to open one."""
        server = self._servers.get(pod["metadata"]["uid"])
        if server is None:
            return None
        if port == metrics_port(pod):
            with self._lock:
                self._advance(server)
                page = server.model.exposition(pod["metadata"]["name"])
            return Reply(200, page.encode(), CONTENT_TYPE)
        sidecar = any(_SIDECAR_IMAGE in container["image"] for container in containers(pod))
        if port != _HTTP_PORT or not sidecar:
            return None
        return self._sidecar(server, call)

    def _sidecar(self, server: _Server, call: Call) -> Reply:
        match call.method, call.path:
            case "GET", "/":
                return Reply.of({"message": "JetStream maxengine server frontend"})
            case "GET", "/healthcheck":
                return Reply.of({"is_live": server.alive}, 200 if server.alive else 500)
            case "POST", "/generate":
                return self._generate(server, call.body)
            case _, "/" | "/healthcheck" | "/generate":
                return Reply.of({"detail": "Method Not Allowed"}, 405)
            case _:
                return Reply.of({"detail": "Not Found"}, 404)

    def _generate(self, server: _Server, body: bytes) -> Reply:
        try:
            asked = json.loads(body or b"{}")
        except ValueError as error:
            return _unprocessable(["body"], f"JSON decode error: {error}", "json_invalid")
        if not isinstance(asked, dict):
            return _unprocessable(["body"], "Input should be a valid dictionary", "model_type")
        prompt, tokens = asked.get("prompt", _DEFAULT_PROMPT), asked.get("max_tokens", 100)
        if not isinstance(prompt, str):
            return _unprocessable(
                ["body", "prompt"], "Input should be a valid string", "string_type"
            )
        if not isinstance(tokens, int) or isinstance(tokens, bool):
            return _unprocessable(
                ["body", "max_tokens"], "Input should be a valid integer", "int_type"
            )
        done = threading.Event()
        with self._lock:
            self._advance(server)
            generation = server.model.submit(
                self._clock.monotonic(), max_tokens=tokens, prompt_tokens=len(prompt.split())
            )
            server.waiting[generation] = done
        if not self._finish(server, generation, done):
            return Reply.of({"detail": "Stream removed: the server is shutting down"}, 500)
        return Reply.of({"response": _text(tokens)})

    def _finish(self, server: _Server, generation: Generation, done: threading.Event) -> bool:
        """Wait until a request is served; False when its server went away."""
        while True:
            with self._lock:
                if server.alive:
                    self._advance(server)
                if done.is_set():
                    return generation.finished is not None
                due = server.model.earliest(generation)
            done.wait(max(0.0, self._clock.wall(due - self._clock.monotonic())) + 0.0005)

    def _advance(self, server: _Server) -> None:
        for generation in server.model.advance(self._clock.monotonic()):
            event = server.waiting.pop(generation, None)
            if event is not None:
                event.set()


def metrics_port(pod: Json) -> int | None:
    """The port the server's arguments open for Prometheus; None when they open none."""
    for container in containers(pod):
        words = " ".join([*(container.get("command") or ()), *(container.get("args") or ())])
        found = _METRICS_ARGUMENT.search(words)
        if found and int(found[1]):
            return int(found[1])
    return None


def _text(tokens: int) -> str:
    """As many words as tokens were asked for."""
    return " ".join(_WORDS[index % len(_WORDS)] for index in range(tokens))


def _unprocessable(where: list[str], message: str, kind: str) -> Reply:
    detail: list[dict[str, Any]] = [{"type": kind, "loc": where, "msg": message}]
    return Reply.of({"detail": detail}, 422)
