"""How the HPA controller reads metrics: through the aggregated APIs, by their APIServices."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jetscale_tui.domain.hpa.readings import ReadFailure
from jetscale_tui.domain.kinds import API_SERVICE
from jetscale_tui.domain.quantity import parse
from jetscale_tui.sandbox.controllers.conditions import is_true
from jetscale_tui.sandbox.kube.handlers import AggregatedRequest
from jetscale_tui.sandbox.kube.labels import selector_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.hpa.readings import ExternalReading, ObjectReading, PodsReading
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.handlers import AggregatedHandler
    from jetscale_tui.sandbox.kube.store import Store

EXTERNAL = "external.metrics.k8s.io"
CUSTOM = "custom.metrics.k8s.io"
_UNAVAILABLE = "the server is currently unable to handle the request"
_UNKNOWN = "the server could not find the requested resource"


class _Failed(Exception):
    """The API's words, as client-go puts them."""


class MetricsClient:
    """Reads External, Pods and Object metrics."""

    def __init__(
        self, store: Store, aggregated: Mapping[tuple[str, str], AggregatedHandler]
    ) -> None:
        self._store = store
        self._aggregated = aggregated

    def external(self, namespace: str, name: str, selector: Json | None) -> ExternalReading:
        """All values of an External metric."""
        query = {"labelSelector": selector_text(selector or {})}
        try:
            answer = self._get(
                EXTERNAL, "v1beta1", ("namespaces", namespace, name), query, f"{name}.{EXTERNAL}"
            )
        except _Failed as failure:
            return ReadFailure(str(failure))
        return tuple(parse(item["value"]).milli for item in answer["items"])

    def pods(
        self, namespace: str, name: str, pod_selector: str, selector: Json | None
    ) -> PodsReading:
        """A metric of every pod under a selector."""
        path = ("namespaces", namespace, "pods", "*", name)
        try:
            answer = self._custom(path, {"labelSelector": pod_selector}, selector, "pods", "*")
        except _Failed as failure:
            return ReadFailure(str(failure))
        return {
            item["describedObject"]["name"]: parse(item["value"]).milli for item in answer["items"]
        }

    def object(
        self, namespace: str, name: str, described: Json, selector: Json | None
    ) -> ObjectReading:
        """A metric that describes one object."""
        resource = f"{described['kind'].lower()}s"
        path = ("namespaces", namespace, resource, described["name"], name)
        try:
            answer = self._custom(path, {}, selector, resource, described["name"])
        except _Failed as failure:
            return ReadFailure(str(failure))
        items = answer["items"]
        return parse(items[0]["value"]).milli if items else ReadFailure("no metrics returned")

    def _custom(
        self,
        path: tuple[str, ...],
        query: Mapping[str, str],
        selector: Json | None,
        resource: str,
        name: str,
    ) -> Json:
        version = self._preferred(CUSTOM)
        if not version:
            raise _Failed(f"no custom metrics API ({CUSTOM}) registered")
        if selector:
            query = {**query, "metricLabelSelector": selector_text(selector)}
        return self._get(CUSTOM, version, path, query, f"{resource}.{CUSTOM}", name)

    def _preferred(self, group: str) -> str:
        """The version of a group with the highest priority; empty when none is registered."""
        registered = [
            each["spec"]
            for each in self._store.list(API_SERVICE)
            if each["spec"].get("group") == group
        ]
        best = max(registered, key=lambda spec: spec.get("versionPriority", 0), default=None)
        return str(best["version"]) if best else ""

    def _get(
        self,
        group: str,
        version: str,
        path: tuple[str, ...],
        query: Mapping[str, str],
        resource: str,
        name: str = "",
    ) -> Json:
        asked = f"(get {resource} {name})" if name else f"(get {resource})"
        api_service = self._store.peek(API_SERVICE, None, f"{version}.{group}")
        if api_service is None:
            raise _Failed(f"{_UNKNOWN} {asked}")
        handler = self._aggregated.get((group, version))
        if handler is None or not is_true(api_service, "Available"):
            raise _Failed(f"{_UNAVAILABLE} {asked}")
        reply = handler(AggregatedRequest(group, version, "GET", path, query))
        answer: Json = json.loads(reply.body)
        if reply.status != 200:
            raise _Failed(answer.get("message") or f"{_UNKNOWN} {asked}")
        return answer
