"""An API server of one busy autoscaler, whose hours pass in seconds; a process of its own.

    python -m tests.benchmarks.day_server HOURS SECONDS_AN_HOUR STARTED

Prints its address. Each 15 seconds of its time the controller writes a status with another value;
every few minutes it scales, pods come and go, and events tell of it, which the server forgets after
an hour. STARTED is when its time and the wall's were the same, in ISO 8601.
"""

from __future__ import annotations

import json
import math
import sys
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tests.benchmarks.flood_server import hpa

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
PERIOD = 15
"""Seconds between two looks of the controller."""
_HOUR = 3600
LOOKS_AN_HOUR = _HOUR // PERIOD
_RESCALES_EVERY = 16
"""Looks of the controller."""
_KINDS = ("horizontalpodautoscalers", "pods", "events", "nodes")


@dataclass(frozen=True, slots=True)
class Day:
    """What happens, and when."""

    hours: int
    seconds_an_hour: float
    started: datetime

    def lines(self, kind: str) -> Iterator[bytes]:
        """Changes of a kind, each when it is due."""
        for look, of_kind, what, item in self._happens():
            if of_kind == kind:
                due = self.started.timestamp() + look * PERIOD / _HOUR * self.seconds_an_hour
                time.sleep(max(0.0, due - time.time()))
                yield json.dumps({"type": what, "object": item}).encode() + b"\n"

    def _happens(self) -> Iterator[tuple[int, str, str, Json]]:
        """Look of the controller, kind, what happened, object."""
        pods: list[Json] = []
        told: list[Json] = []
        for look in range(self.hours * LOOKS_AN_HOUR):
            if look % _RESCALES_EVERY == 0:
                number = look // _RESCALES_EVERY
                if len(pods) < 3:
                    pods.append(self._pod(number, look))
                    yield look, "pods", "ADDED", pods[-1]
                else:
                    yield look, "pods", "DELETED", pods.pop(0)
                words = f"New size: {len(pods)}; reason: metric moved by {number}"
                told.append(self._event(number, look, words))
                yield look, "events", "ADDED", told[-1]
                if len(told) > LOOKS_AN_HOUR // _RESCALES_EVERY:
                    yield look, "events", "DELETED", told.pop(0)
            yield look, "horizontalpodautoscalers", "MODIFIED", self._autoscaler(look, len(pods))

    def _stamp(self, look: int) -> str:
        return (self.started + timedelta(seconds=look * PERIOD)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _autoscaler(self, look: int, replicas: int) -> Json:
        """After a look of its controller."""
        item = hpa(0, look + 1, int(10 + 8 * math.sin(look / 9) + look * 7919 % 13))
        item["metadata"].update(namespace="default", name="busy", creationTimestamp=self._stamp(-4))
        item["spec"]["scaleTargetRef"]["name"] = "server"
        item["status"].update(currentReplicas=replicas, desiredReplicas=replicas)
        return item

    def _pod(self, number: int, look: int) -> Json:
        """A pod of its target that serves."""
        since = self._stamp(look)
        return {
            "metadata": {
                "namespace": "default",
                "name": f"server-5c8d-{number:05}",
                "uid": f"pod-{number}",
                "resourceVersion": str(look + 1),
                "creationTimestamp": since,
                "labels": {"app": "server", "pod-template-hash": "5c8d"},
                "ownerReferences": [
                    {"kind": "ReplicaSet", "name": "server-5c8d", "controller": True}
                ],
            },
            "spec": {"nodeName": f"node-{number % 4}", "containers": [{"name": "server"}]},
            "status": {
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": since}],
                "containerStatuses": [{"name": "server", "ready": True, "restartCount": 0}],
            },
        }

    def _event(self, number: int, look: int, message: str) -> Json:
        """What the controller tells of a change."""
        when = self._stamp(look)
        return {
            "metadata": {
                "namespace": "default",
                "name": f"busy.{number}",
                "uid": f"event-{number}",
                "resourceVersion": str(look + 1),
            },
            "involvedObject": {
                "kind": "HorizontalPodAutoscaler",
                "namespace": "default",
                "name": "busy",
            },
            "type": "Normal",
            "reason": "SuccessfulRescale",
            "message": message,
            "count": 1,
            "firstTimestamp": when,
            "lastTimestamp": when,
            "source": {"component": "horizontal-pod-autoscaler"},
        }


def handler(told: Day) -> type[BaseHTTPRequestHandler]:
    """Answers of one day."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            kind = url.path.rpartition("/")[2]
            self.send_response(200)
            if dict(parse_qsl(url.query)).get("watch") != "1":
                body = json.dumps({"metadata": {"resourceVersion": "1"}, "items": []}).encode()
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                return
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for line in told.lines(kind) if kind in _KINDS else ():
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            threading.Event().wait()

        def log_message(self, *_arguments: object) -> None:
            """Keep quiet."""

    return Handler


def main(arguments: list[str]) -> None:
    """Serve until stdin ends."""
    told = Day(int(arguments[0]), float(arguments[1]), datetime.fromisoformat(arguments[2]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(told))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)  # noqa: T201
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
