"""prometheus-adapter as a program: lists external metrics now and then, queries when asked."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from jetscale_tui.domain.kinds import CONFIG_MAP, POD
from jetscale_tui.domain.quantity import format_milli
from jetscale_tui.sandbox.controllers.pods import containers
from jetscale_tui.sandbox.durations import seconds
from jetscale_tui.sandbox.kube.handlers import Reply
from jetscale_tui.sandbox.kube.objects import rfc3339
from jetscale_tui.sandbox.kube.status import ApiError
from jetscale_tui.sandbox.managed_prometheus import QUERY, SERIES
from jetscale_tui.sandbox.network import Refused
from jetscale_tui.sandbox.programs import Call, Plain, options
from jetscale_tui.sandbox.prometheus_rules import BadRules, BadSelector, read_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store
    from jetscale_tui.sandbox.network import Network
    from jetscale_tui.sandbox.prometheus_rules import ExternalRule

IMAGE = "prometheus-adapter"
GROUP = "external.metrics.k8s.io"
_RELIST_SECONDS = 600.0
_DEFAULT_PORT = 6443
_TEXT = "text/plain; charset=utf-8"
_JSON_ERRORS = (400, 422, 503)
"""Besides 200, the statuses whose bodies the adapter's client reads."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Process:
    """One running adapter."""

    url: str
    rules: tuple[ExternalRule, ...]
    every: float
    max_age: float
    due: float
    metrics: dict[str, tuple[ExternalRule, str]] = field(default_factory=dict)
    """By the metric's name: its rule and the series it was discovered as."""


class _Failed(Exception):
    """Prometheus did not answer with what was asked for."""


class PrometheusAdapter(Plain):
    """Serves external metrics from a Service that speaks Prometheus' API.

    Also a controller: its list of metrics is refreshed at an interval of its own.
    """

    kinds = (POD,)
    delay = 0.0

    def __init__(self, store: Store, clock: SimClock, network: Network) -> None:
        self._store = store
        self._clock = clock
        self._network = network
        self._processes: dict[str, _Process] = {}

    def runs_in(self, container: Json) -> bool:
        """By image."""
        return IMAGE in container["image"]

    def fatal(self, pod: Json) -> str | None:
        """It exits on a configuration it cannot use."""
        try:
            self._process(pod)
        except BadRules as error:
            return str(error)
        return None

    def started(self, pod: Json) -> None:
        """The configuration is read once; a first list is made at once."""
        self._processes[pod["metadata"]["uid"]] = self._process(pod)

    def stopped(self, pod: Json) -> None:
        """What it knew is gone with it."""
        self._processes.pop(pod["metadata"]["uid"], None)

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """Pods that run an adapter."""
        if observed.obj["metadata"]["uid"] in self._processes:
            yield observed.key

    def reconcile(self, key: Key) -> float | None:
        """Refresh the list of metrics when it is time."""
        pod = self._store.peek(POD, *key)
        process = self._processes.get(pod["metadata"]["uid"]) if pod else None
        if process is None:
            return None
        now = self._clock.monotonic()
        if process.due <= now:
            process.due = now + process.every
            try:
                process.metrics = self._discovered(process)
            except _Failed as error:
                # What was known before is kept, however old.
                _log.info("unable to update list of all metrics: %s", error)
        return process.due - now

    def answer(self, pod: Json, port: int, call: Call) -> Reply | None:
        """The external metrics API and the probe."""
        process = self._processes.get(pod["metadata"]["uid"])
        given = self._options(pod)
        if process is None or port != int(given.get("secure-port", _DEFAULT_PORT)):
            return None
        if call.path == "/healthz":
            return Reply(200, b"ok", _TEXT)
        match [unquote(part) for part in call.path.strip("/").split("/")]:
            case ["apis", group, version, *path] if group == GROUP:
                try:
                    return Reply.of(self._serve(process, f"{group}/{version}", path, call))
                except ApiError as error:
                    return Reply.of(error.status, error.code)
            case _:
                return Reply(404, b"404 page not found\n", _TEXT)

    def _serve(self, process: _Process, version: str, path: list[str], call: Call) -> Json:
        match path:
            case []:
                return _resources(version, process.metrics)
            case ["namespaces", namespace, name]:
                selector = call.query.get("labelSelector", "")
                items = self._values(process, namespace, name, selector)
                return {
                    "kind": "ExternalMetricValueList",
                    "apiVersion": version,
                    "metadata": {},
                    "items": items,
                }
            case _:
                raise ApiError(404, "NotFound", "the server could not find the requested resource")

    def _values(self, process: _Process, namespace: str, name: str, selector: str) -> list[Json]:
        if name not in process.metrics:
            scope = "namespaces" if namespace == "default" else ""
            raise ApiError(
                404, "NotFound", f"the server could not find the metric {name} for {scope}"
            )
        rule, series = process.metrics[name]
        try:
            data = self._ask(process, QUERY, {"query": rule.query(series, namespace, selector)})
        except (_Failed, BadSelector) as error:
            _log.info("unable to fetch metrics from prometheus: %s", error)
            raise ApiError(
                500, "InternalError", "Internal error occurred: unable to fetch metrics"
            ) from error
        stamp = rfc3339(self._clock.now())
        return [
            {
                "metricName": name,
                "metricLabels": labels,
                "timestamp": stamp,
                "value": format_milli(_milli(value)),
            }
            for labels, value in _samples(data)
        ]

    def _discovered(self, process: _Process) -> dict[str, tuple[ExternalRule, str]]:
        """Every metric some rule finds series for; one failing rule fails them all."""
        found: dict[str, tuple[ExternalRule, str]] = {}
        start = self._clock.now().timestamp() - process.max_age
        for rule in process.rules:
            asked = {"match[]": rule.series_query, "start": repr(start)}
            for labels in self._ask(process, SERIES, asked):
                series = labels["__name__"]
                found[rule.metric_name(series)] = (rule, series)
        return found

    def _ask(self, process: _Process, path: str, query: Mapping[str, str]) -> Any:
        try:
            reply = self._network.fetch(process.url, Call("GET", path, query))
        except Refused as refused:
            raise _Failed(f'Get "{process.url}{path}": {refused}') from refused
        if reply.status != 200 and reply.status not in _JSON_ERRORS:
            raise _Failed(f"bad_response: unknown response code {reply.status}")
        answer = json.loads(reply.body)
        if answer["status"] != "success":
            raise _Failed(f"{answer['errorType']}: {answer['error']}")
        return answer["data"]

    def _process(self, pod: Json) -> _Process:
        """The process as the pod's command line and configuration describe it.

        Raises:
            BadRules: they cannot be used.
        """
        given = self._options(pod)
        every = seconds(given.get("metrics-relist-interval", "")) or _RELIST_SECONDS
        max_age = seconds(given.get("metrics-max-age", "")) or every
        if max_age < every:
            raise BadRules("max age must not be less than relist interval")
        rules = read_rules(self._configuration(pod, given.get("config", "")))
        url = given.get("prometheus-url", "https://localhost")
        return _Process(url, rules, every, max_age, self._clock.monotonic())

    def _configuration(self, pod: Json, path: str) -> str:
        """The file's text, out of the ConfigMap that is mounted there."""
        folder, _, name = path.rpartition("/")
        mounted = {
            mount["mountPath"].rstrip("/"): mount["name"]
            for mount in self._container(pod).get("volumeMounts") or ()
        }
        for volume in pod["spec"].get("volumes") or ():
            if volume["name"] == mounted.get(folder) and "configMap" in volume:
                namespace = pod["metadata"]["namespace"]
                held = self._store.peek(CONFIG_MAP, namespace, volume["configMap"]["name"])
                if held is not None and name in (held.get("data") or {}):
                    text: str = held["data"][name]
                    return text
        raise BadRules(
            f"unable to load metrics discovery config file: open {path}: no such file or directory"
        )

    def _container(self, pod: Json) -> Json:
        return next(each for each in containers(pod) if self.runs_in(each))

    def _options(self, pod: Json) -> dict[str, str]:
        return options(self._container(pod))


def _resources(version: str, metrics: Iterable[str]) -> Json:
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": version,
        "resources": [
            {
                "name": name,
                "singularName": "",
                "namespaced": True,
                "kind": "ExternalMetricValueList",
                "verbs": ["get"],
            }
            for name in sorted(metrics)
        ],
    }


def _samples(data: Json) -> Iterable[tuple[dict[str, str], float]]:
    if data["resultType"] == "scalar":
        return [({}, float(data["result"][1]))]
    return [(each["metric"], float(each["value"][1])) for each in data["result"]]


def _milli(value: float) -> int:
    """Thousandths, cut off as the adapter does; what is no number comes out as Go converts it."""
    milli = value * 1000
    return int(milli) if abs(milli) < 2**63 else -(2**63)
