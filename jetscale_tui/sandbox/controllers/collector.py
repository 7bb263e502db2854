"""Managed Prometheus: scrapes what a PodMonitoring selects and writes it to Cloud Monitoring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import DAEMON_SET, POD, POD_MONITORING
from jetscale_tui.sandbox.controllers import pods as facts
from jetscale_tui.sandbox.controllers.conditions import set_condition
from jetscale_tui.sandbox.controllers.ownership import controller_of
from jetscale_tui.sandbox.controllers.selectors import selects
from jetscale_tui.sandbox.durations import seconds
from jetscale_tui.sandbox.exposition import Sample, parse
from jetscale_tui.sandbox.kube.objects import rfc3339
from jetscale_tui.sandbox.monitoring import Series, labels
from jetscale_tui.sandbox.network import Refused, port_of
from jetscale_tui.sandbox.programs import Call

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.blueprint import Blueprint
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store
    from jetscale_tui.sandbox.monitoring import Monitoring
    from jetscale_tui.sandbox.network import Network

_KINDS = {"gauge": "GAUGE", "counter": "CUMULATIVE", "unknown": "GAUGE"}
"""Histograms become distributions, which no autoscaler reads."""
_DEFAULT_INTERVAL = 60.0
_DEFAULT_TARGET_LABELS = (
    "container",
    "pod",
    "top_level_controller_name",
    "top_level_controller_type",
)
_PROTECTED = ("project_id", "location", "cluster", "namespace", "job", "instance")


class Collector:
    """The collectors of all nodes and the operator that configures them."""

    kinds = (POD_MONITORING,)
    delay = 0.0

    def __init__(
        self,
        store: Store,
        clock: SimClock,
        blueprint: Blueprint,
        network: Network,
        monitoring: Monitoring,
    ) -> None:
        self._store = store
        self._clock = clock
        self._blueprint = blueprint
        self._network = network
        self._monitoring = monitoring
        self._due: dict[tuple[Key, int], float] = {}

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """The PodMonitoring itself."""
        yield observed.key

    def reconcile(self, key: Key) -> float | None:
        """Accept the configuration, and scrape the endpoints whose interval is over."""
        monitoring = self._store.peek(POD_MONITORING, *key)
        if monitoring is None:
            self._due = {known: due for known, due in self._due.items() if known[0] != key}
            return None
        self._accept(key, monitoring)
        now = self._clock.monotonic()
        waits = []
        for index, endpoint in enumerate(monitoring["spec"].get("endpoints") or ()):
            interval = max(1.0, seconds(str(endpoint.get("interval"))) or _DEFAULT_INTERVAL)
            due = self._due.get((key, index), now + min(interval, 5.0))
            if due <= now:
                self._scrape(monitoring, endpoint)
                due = max(due + interval, now + interval / 2)
            self._due[key, index] = due
            waits.append(due - now)
        return min(waits, default=None)

    def _accept(self, key: Key, monitoring: Json) -> None:
        generation = monitoring["metadata"].get("generation", 1)
        if (monitoring.get("status") or {}).get("observedGeneration") == generation:
            return
        now = rfc3339(self._clock.now())

        def accept(obj: Json) -> None:
            status = obj.setdefault("status", {})
            status["observedGeneration"] = generation
            set_condition(
                status,
                "ConfigurationCreateSuccess",
                True,
                now,
                extra={"lastUpdateTime": now},
            )

        self._store.mutate(POD_MONITORING, *key, accept, status=True, manager="operator")

    def _scrape(self, monitoring: Json, endpoint: Json) -> None:
        for pod in self._targets(monitoring):
            port = port_of(pod, endpoint["port"])
            if port is None:
                continue
            call = Call("GET", endpoint.get("path") or "/metrics", endpoint.get("params") or {})
            try:
                reply = self._network.call(pod, port, call)
            except Refused:
                continue
            if reply.status == 200:
                self._ingest(monitoring, endpoint, pod, parse(reply.body.decode()))

    def _targets(self, monitoring: Json) -> Iterator[Json]:
        selector = monitoring["spec"].get("selector") or {}
        for pod in self._store.list(POD, monitoring["metadata"]["namespace"]):
            if facts.phase(pod) == "Running" and selects(selector, pod["metadata"].get("labels")):
                yield pod

    def _ingest(
        self, monitoring: Json, endpoint: Json, pod: Json, samples: Iterable[Sample]
    ) -> None:
        now = self._clock.monotonic()
        resource = self._resource(monitoring, endpoint, pod)
        target = self._target_labels(monitoring, endpoint, pod)
        for sample in samples:
            kind = _KINDS.get(sample.kind)
            if kind is None:
                continue
            taken = {*resource, *target}
            own = {
                f"exported_{name}" if name in taken else name: value
                for name, value in sample.labels
            }
            series = Series(
                f"prometheus.googleapis.com/{sample.name}/{sample.kind}",
                kind,
                labels({**own, **target}),
                "prometheus_target",
                labels(resource),
            )
            self._monitoring.write(series, sample.value, now)

    def _resource(self, monitoring: Json, endpoint: Json, pod: Json) -> dict[str, str]:
        metadata = monitoring["metadata"]
        host = (
            pod["spec"]["nodeName"] if pod["spec"].get("hostNetwork") else pod["metadata"]["name"]
        )
        return {
            "project_id": self._blueprint.project_id,
            "location": self._blueprint.location,
            "cluster": self._blueprint.cluster,
            "namespace": metadata["namespace"],
            "job": metadata["name"],
            "instance": f"{host}:{endpoint['port']}",
        }

    def _target_labels(self, monitoring: Json, endpoint: Json, pod: Json) -> dict[str, str]:
        stated = monitoring["spec"].get("targetLabels") or {}
        wanted = stated.get("metadata", _DEFAULT_TARGET_LABELS)
        found: dict[str, str] = {}
        if "pod" in wanted:
            found["pod"] = pod["metadata"]["name"]
        if "node" in wanted:
            found["node"] = pod["spec"].get("nodeName", "")
        # With a numeric port nothing says which container it belongs to.
        if "container" in wanted and isinstance(endpoint["port"], str):
            found["container"] = _container_of(pod, endpoint["port"])
        name, kind = self._top_level_controller(pod)
        if "top_level_controller_name" in wanted and name:
            found["top_level_controller_name"] = name
        if "top_level_controller_type" in wanted and kind:
            found["top_level_controller_type"] = kind
        for rule in stated.get("fromPod") or ():
            value = (pod["metadata"].get("labels") or {}).get(rule["from"])
            name = rule.get("to") or re.sub(r"[^a-zA-Z0-9_]", "_", rule["from"])
            if value is not None and name not in _PROTECTED:
                found[name] = value
        return found

    def _top_level_controller(self, pod: Json) -> tuple[str, str]:
        owner = controller_of(pod)
        if owner is None:
            return "", ""
        if owner["kind"] == DAEMON_SET.name:
            return owner["name"], owner["kind"]
        return owner["name"].rpartition("-")[0], "Deployment"


def _container_of(pod: Json, port_name: str) -> str:
    for container in facts.containers(pod):
        if any(port.get("name") == port_name for port in container.get("ports") or ()):
            name: str = container["name"]
            return name
    return ""
