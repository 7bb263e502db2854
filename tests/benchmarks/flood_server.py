"""An API server of 10,000 autoscalers that change 1,000 times a second; a process of its own.

    python -m tests.benchmarks.flood_server HPAS CHANGES_PER_SECOND SECONDS

Prints its address. Lists are paged as the client asks. The flood begins with a line on stdin; then
each change is due at its own time, however long the ones before it took to be sent. At the end it
prints, as JSON, when it was first asked for a list, on the clock all processes share, and the last
version of every autoscaler it sent.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]
_CHUNK = 20
"""Changes that are sent together, so that the server itself is not what is measured."""


def hpa(number: int, version: int, value: int) -> Json:
    """One autoscaler as a controller leaves it."""
    metric = {"name": "prometheus.googleapis.com|jetstream_prefill_backlog_size|gauge"}
    target = {"type": "AverageValue", "averageValue": "10"}
    since = {"lastTransitionTime": "2026-01-01T00:00:00Z"}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {
            "name": f"server-{number:05}",
            "namespace": f"team-{number % 100:02}",
            "uid": f"00000000-0000-0000-0000-{number:012}",
            "resourceVersion": str(version),
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"app": f"server-{number:05}"},
            "managedFields": [
                {
                    "manager": "kube-controller-manager",
                    "operation": "Update",
                    "apiVersion": "autoscaling/v2",
                    "time": "2026-01-01T00:00:15Z",
                    "fieldsType": "FieldsV1",
                    "fieldsV1": {"f:status": {"f:conditions": {}, "f:currentMetrics": {}}},
                    "subresource": "status",
                }
            ],
        },
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": f"server-{number:05}",
            },
            "minReplicas": 1,
            "maxReplicas": 8,
            "metrics": [{"type": "Pods", "pods": {"metric": metric, "target": target}}],
        },
        "status": {
            "currentReplicas": 2,
            "desiredReplicas": 2,
            "currentMetrics": [
                {
                    "type": "Pods",
                    "pods": {"metric": metric, "current": {"averageValue": str(value)}},
                }
            ],
            "conditions": [
                {"type": kind, "status": status, "reason": reason, "message": message, **since}
                for kind, status, reason, message in (
                    ("AbleToScale", "True", "ReadyForNewScale", "recommended size matches"),
                    ("ScalingActive", "True", "ValidMetricFound", "the HPA was able to calculate"),
                    ("ScalingLimited", "False", "DesiredWithinRange", "within the range"),
                )
            ],
        },
    }


class Flood:
    """What there is, and what is going to change."""

    def __init__(self, hpas: int, rate: int, seconds: int) -> None:
        self.rate = rate
        items = [json.dumps(hpa(number, 1, 5)).encode() for number in range(hpas)]
        self.items = sorted(items, key=lambda item: json.loads(item)["metadata"]["namespace"])
        self.first_asked = 0.0
        self.watching = threading.Event()
        self.begun = threading.Event()
        self.ended = threading.Event()
        self.last: dict[str, int] = {}
        changes = []
        for index in range(rate * seconds):
            number, version = index * 7919 % hpas, index + 2
            changes.append(json.dumps({"type": "MODIFIED", "object": hpa(number, version, index)}))
            self.last[f"server-{number:05}"] = version
        self.changes = [change.encode() + b"\n" for change in changes]


def handler(flood: Flood) -> type[BaseHTTPRequestHandler]:
    """Answers for one flood."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = dict(parse_qsl(url.query))
            hpas = url.path.endswith("/horizontalpodautoscalers")
            if query.get("watch") == "1":
                self._watch(hpas=hpas)
            else:
                self._list(query, flood.items if hpas else [])

        def _list(self, query: dict[str, str], items: list[bytes]) -> None:
            start = int(query.get("continue") or 0)
            if items:
                flood.first_asked = flood.first_asked or time.perf_counter()
            end = start + int(query.get("limit") or len(items))
            metadata = {"resourceVersion": "1", "continue": str(end) if end < len(items) else ""}
            body = b'{"kind":"List","metadata":%s,"items":[%s]}' % (
                json.dumps(metadata).encode(),
                b",".join(items[start:end]),
            )
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _watch(self, *, hpas: bool) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            if hpas:
                flood.watching.set()
                flood.begun.wait()
                self._pour()
            threading.Event().wait()

        def _pour(self) -> None:
            began = time.perf_counter()
            for index in range(0, len(flood.changes), _CHUNK):
                due = began + index / flood.rate
                time.sleep(max(0.0, due - time.perf_counter()))
                data = b"".join(flood.changes[index : index + _CHUNK])
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            flood.ended.set()

        def log_message(self, *_arguments: object) -> None:
            """Keep quiet."""

    return Handler


def main(arguments: list[str]) -> None:
    """Serve until stdin ends."""
    flood = Flood(*map(int, arguments))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(flood))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)  # noqa: T201
    sys.stdin.readline()
    flood.begun.set()
    flood.ended.wait()
    print(json.dumps({"asked": flood.first_asked, "last": flood.last}), flush=True)  # noqa: T201
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
