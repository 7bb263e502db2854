"""The exchanges recorded from a real API server, sent again to the sandbox's."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.kinds import API_SERVICE
from jetscale_tui.sandbox.clock import SimClock
from jetscale_tui.sandbox.controllers.apiservices import ApiServiceController
from jetscale_tui.sandbox.kube.access import Identity
from jetscale_tui.sandbox.kube.handlers import AggregatedRequest, Reply
from tests.sandbox.kube.serving import APPLY, MERGE, Client, Served, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.kinds import Json

EXCHANGES: list[Json] = json.loads(
    (Path(__file__).parents[2] / "data" / "kube" / "exchanges.json").read_text()
)
AGENT = "Python/3.11"
"""The recorder's; a write without a field manager is its first part's."""

_HPAS = "/apis/autoscaling/v2/namespaces/rec/horizontalpodautoscalers"
_METRICS = {
    "external.metrics.k8s.io": "jetstream_prefill_backlog_size",
    "custom.metrics.k8s.io": "prometheus.googleapis.com|jetstream_prefill_backlog_size|gauge",
}
_READING = "3"
_CHANGES_EVERY_TIME = ("uid", "resourceVersion", "continue", "serverAddress", "timestamp")
_AGE = re.compile(r"\d+[smhd](\d+[smh])?")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was recorded and what came now, comparable with `==`."""

    recorded: Json
    now: Json


def comparable(value: Any, key: str = "") -> Any:
    """Data without what is different every time: times, ages, uids, versions, addresses."""
    if isinstance(value, dict):
        return {name: comparable(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [comparable(one, key) for one in value]
    if key in _CHANGES_EVERY_TIME and value:
        return f"<{key}>"
    if isinstance(value, str) and _STAMP.fullmatch(value):
        return "<time>"
    if key == "cells" and isinstance(value, str) and _AGE.fullmatch(value):
        return "<age>"
    if isinstance(value, str) and value.startswith("too old resource version"):
        return "too old resource version"
    return value


def replay() -> dict[str, Replayed]:
    """Every exchange, in order and from the same starting objects, by name."""
    by_name = {exchange["name"]: exchange for exchange in EXCHANGES}
    clock = SimClock()
    # In one second, as it was recorded: the order of managers goes by their times.
    with clock.stopped(), serving(Identity("viewer"), clock=clock) as served:
        session = _Session(served)
        session.prepare(by_name)
        for exchange in EXCHANGES:
            if exchange["name"] == "delete-200":
                # Recorded while the watch that follows it in the file was open.
                session.run(by_name["watch-modified-added-deleted"])
            elif exchange["name"] not in session.outcomes:
                session.run(exchange)
        return session.outcomes


class _Session:
    def __init__(self, served: Served) -> None:
        self._served = served
        self._versions: dict[str, str] = {}
        self._uids: dict[str, str] = {}
        self.outcomes: dict[str, Replayed] = {}
        self._before: dict[str, Callable[[], None]] = {
            "get-hpa": self._give_up_minimum,
            "apiservice-broken-status": self._report_availability,
        }

    def prepare(self, recorded: dict[str, Json]) -> None:
        """Store what the recording found in its cluster."""
        store = self._served.store
        found = [recorded["apiservice-external-available"]["response"]["body"]]
        for name in ("list-hpa-all-namespaces-limit-1", "nodes-tpu", "pods-by-selector"):
            body = recorded[name]["response"]["body"]
            kind = body["kind"].removesuffix("List")
            head = {"apiVersion": body["apiVersion"], "kind": kind}
            found += [{**head, **item} for item in body["items"]]
        for obj in found:
            store.create(obj, manager=None)
        custom = json.loads(json.dumps(found[0]).replace("external.metrics", "custom.metrics"))
        store.create(custom, manager=None)
        for group in _METRICS:
            self._served.server.aggregated[group, "v1beta1"] = _lab_adapter
        self._served.server.proxies = lambda request: Reply.of(request.path)

    def run(self, exchange: Json) -> None:
        """Send one request and keep both answers."""
        name, request = exchange["name"], exchange["request"]
        self._before.get(name, lambda: None)()
        client = self._served.client(request["as"])
        try:
            path = self._translated_path(request["path"])
            if "stream" in exchange["response"]:
                now = self._watch(name, client, path)
            else:
                now = self._request(client, request, path)
        finally:
            client.close()
        then = {k: v for k, v in exchange["response"].items() if k in now}
        self._learn(then, now)
        self.outcomes[name] = Replayed(comparable(then), comparable(now))

    def _request(self, client: Client, request: Json, path: str) -> Json:
        body = request["body"]
        if isinstance(body, dict):
            body = self._translated(body)
        answer = client.request(
            request["method"], path, body, request["contentType"], request["accept"], AGENT
        )
        return {"status": answer.status, "contentType": answer.content_type, "body": answer.body}

    def _watch(self, name: str, client: Client, path: str) -> Json:
        watching = client.watch(path.replace("timeoutSeconds=5", "timeoutSeconds=3"))
        try:
            if name == "watch-modified-added-deleted":
                self._change_while_watched()
            return {"status": watching.status, "stream": watching.rest()}
        finally:
            watching.close()

    def _change_while_watched(self) -> None:
        admin = self._served.admin
        note = {"metadata": {"annotations": {"note": "y"}}}
        admin.request("PATCH", f"{_HPAS}/rec-hpa", note, MERGE, agent=AGENT)
        recorded = next(e for e in EXCHANGES if e["name"] == "ssa-create-201")["request"]["body"]
        body = json.loads(json.dumps(recorded).replace('"name": "rec"', '"name": "nosuch"'))
        body["metadata"]["name"] = "w-hpa"
        admin.apply(f"{_HPAS}/w-hpa", body, "jetscale")
        self.run(next(e for e in EXCHANGES if e["name"] == "delete-200"))

    def _give_up_minimum(self) -> None:
        """The step the recorder did not keep: jetscale applies without minReplicas."""
        recorded = next(e for e in EXCHANGES if e["name"] == "ssa-force-200")["request"]["body"]
        spec = {key: value for key, value in recorded["spec"].items() if key != "minReplicas"}
        path = f"{_HPAS}/rec-hpa?fieldManager=jetscale"
        answer = self._served.admin.request("PATCH", path, {**recorded, "spec": spec}, APPLY)
        assert answer.status == 200, answer.body

    def _report_availability(self) -> None:
        store = self._served.store
        controller = ApiServiceController(store, SimClock(), lambda *_: "")
        controller.reconcile(("", "v1beta2.custom.metrics.k8s.io"))
        assert store.peek(API_SERVICE, None, "v1beta2.custom.metrics.k8s.io") is not None

    def _translated(self, body: Json) -> Json:
        """A recorded body with the versions and uids that count here."""
        metadata = dict(body.get("metadata", {}))
        for field, known in (("resourceVersion", self._versions), ("uid", self._uids)):
            if field in metadata:
                metadata[field] = known[metadata[field]]
        return {**body, "metadata": metadata} if metadata else body

    def _translated_path(self, path: str) -> str:
        def here(match: re.Match[str]) -> str:
            return "resourceVersion=" + self._versions.get(match[1], match[1])

        return re.sub(r"resourceVersion=(\d+)", here, path)

    def _learn(self, then: Any, now: Any) -> None:
        """Remember which version and uid of the recording is which of ours."""
        if isinstance(then, dict) and isinstance(now, dict):
            for field, known in (("resourceVersion", self._versions), ("uid", self._uids)):
                if isinstance(then.get(field), str) and field in now:
                    known[then[field]] = now[field]
            for key in then.keys() & now.keys():
                self._learn(then[key], now[key])
        elif isinstance(then, list) and isinstance(now, list):
            for one, other in zip(then, now, strict=False):
                self._learn(one, other)


def _lab_adapter(request: AggregatedRequest) -> Reply:
    """The recorder's metrics server: one metric a group, always three."""
    group_version, metric = f"{request.group}/{request.version}", _METRICS[request.group]
    content_type = "application/json; charset=utf-8"
    external = request.group.startswith("external")
    kind = "ExternalMetricValueList" if external else "MetricValueList"
    if not request.path:
        name = metric if external else f"pods/{metric}"
        entry = {"name": name, "singularName": "", "namespaced": True, "kind": kind}
        return Reply.of(
            {
                "kind": "APIResourceList",
                "apiVersion": "v1",
                "groupVersion": group_version,
                "resources": [{**entry, "verbs": ["get"]}],
            },
            content_type=content_type,
        )
    assert request.path[-1] == metric
    stamp = "2026-01-01T00:00:00Z"
    item: Json = {"metricName": metric, "timestamp": stamp, "value": _READING}
    if external:
        item["metricLabels"] = {}
    else:
        assert request.query == {"labelSelector": "app=maxengine-server"}
        item["metric"] = {"name": metric, "selector": None}
        item["describedObject"] = {
            "kind": "Pod",
            "namespace": request.path[1],
            "name": "maxengine-server-f559bf7c9-lcqnn",
            "apiVersion": "/v1",
        }
    answer = {"kind": kind, "apiVersion": group_version, "metadata": {}, "items": [item]}
    return Reply.of(answer, content_type=content_type)
