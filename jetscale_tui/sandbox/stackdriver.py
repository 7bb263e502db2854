"""The Custom Metrics Stackdriver Adapter as a program: metric APIs answered from monitoring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from jetscale_tui.domain.kinds import POD
from jetscale_tui.domain.quantity import format_milli
from jetscale_tui.sandbox.kube.handlers import Reply
from jetscale_tui.sandbox.kube.objects import rfc3339
from jetscale_tui.sandbox.kube.selectors import matcher
from jetscale_tui.sandbox.kube.status import ApiError, bad_request
from jetscale_tui.sandbox.programs import Call, Plain
from jetscale_tui.sandbox.reducers import REDUCERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.blueprint import Blueprint
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.identity import PodIdentity
    from jetscale_tui.sandbox.kube.store import Store
    from jetscale_tui.sandbox.monitoring import Monitoring, Point, Series

IMAGE = "custom-metrics-stackdriver-adapter"
PORT = 443
EXTERNAL = "external.metrics.k8s.io"
_RATE_SECONDS = 60.0
_TERM = re.compile(r"(?:[^,(]|\([^)]*\))+")
_KEY = re.compile(r"\s*(!?)\s*([^\s!=<>(),]+)\s*(==|=|!=|in\b|notin\b)?\s*(.*)")
_CUSTOM_KEYS = ("metric.labels.",)
_EXTERNAL_KEYS = (
    "metric.labels.",
    "resource.labels.",
    "metadata.system_labels.",
    "metadata.user_labels.",
)


class StackdriverAdapter(Plain):
    """Serves custom and external metrics as long as its identity may read monitoring."""

    def __init__(
        self,
        store: Store,
        clock: SimClock,
        blueprint: Blueprint,
        identity: PodIdentity,
        monitoring: Monitoring,
    ) -> None:
        self._store = store
        self._clock = clock
        self._blueprint = blueprint
        self._identity = identity
        self._monitoring = monitoring
        self._window = blueprint.adapter_window

    def runs_in(self, container: Json) -> bool:
        """By image."""
        return IMAGE in container["image"]

    def fatal(self, pod: Json) -> str | None:
        """It lists metric descriptors at its start and exits when it may not."""
        if self._identity.reads_monitoring(pod):
            return None
        return (
            "Failed request to stackdriver api: googleapi: Error 403: Permission "
            "monitoring.metricDescriptors.list denied (or the resource may not exist)., forbidden"
        )

    def answer(self, pod: Json, port: int, call: Call) -> Reply | None:
        """The metric APIs and the probe."""
        if port != PORT:
            return None
        if call.path == "/healthz":
            return Reply(200, b"ok", "text/plain; charset=utf-8")
        _, root, group, version, *path = (unquote(part) for part in f"{call.path}//".split("/"))
        path = [part for part in path if part]
        if root != "apis" or not group:
            return Reply(404, b"404 page not found\n", "text/plain; charset=utf-8")
        try:
            return Reply.of(self._serve(pod, group, version, path, call))
        except ApiError as error:
            return Reply.of(error.status, error.code)

    def _serve(self, pod: Json, group: str, version: str, path: list[str], call: Call) -> Json:
        group_version = f"{group}/{version}"
        match path:
            case []:
                return self._resources(group, group_version)
            case ["namespaces", _, name] if group == EXTERNAL:
                items = self._external(pod, name, call.query.get("labelSelector", ""))
                kind = "ExternalMetricValueList"
            case ["namespaces", namespace, "pods", name, metric] if group != EXTERNAL:
                items = self._pods(pod, namespace, name, metric, call, version)
                kind = "MetricValueList"
            case _:
                raise ApiError(
                    501, "BadRequest", 'Operation: "Get root scoped metric" is not implemented'
                )
        return {"kind": kind, "apiVersion": group_version, "metadata": {}, "items": items}

    def _resources(self, group: str, group_version: str) -> Json:
        # The adapter stopped listing everything: one entry each, never evidence of a metric.
        name, kind = "externalmetrics", "ExternalMetricValueList"
        if group != EXTERNAL:
            known = self._monitoring.metric_types()
            name = f"*/{known[0].replace('/', '|')}" if known else ""
            kind = "MetricValueList"
        resource = {
            "name": name,
            "singularName": "",
            "namespaced": True,
            "kind": kind,
            "verbs": ["get"],
        }
        return {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": group_version,
            "resources": [resource] if name else [],
        }

    def _kind(self, pod: Json, metric_type: str) -> str:
        """GAUGE, CUMULATIVE or DELTA."""
        kind = self._monitoring.metric_kind(metric_type)
        if kind is None or not self._identity.reads_monitoring(pod):
            # Every error of the look-up is told like this, a refused one too.
            raise ApiError(
                404,
                "NotFound",
                f'the server could not find the descriptor for metric "{metric_type}"',
            )
        return kind

    def _external(self, pod: Json, name: str, selector: str) -> list[Json]:
        metric_type = name.replace("|", "/")
        kind = self._kind(pod, metric_type)
        where, reducer = _selection(selector, _EXTERNAL_KEYS, ("resource.type",))
        read = self._read(metric_type, kind, where)
        stamp = rfc3339(self._clock.now())
        if reducer:
            values = [value for _, value in read]
            rows = [(dict[str, str](), REDUCERS[reducer](values))] if values else []
        else:
            rows = [(_all_labels(series), value) for series, value in read]
        return [
            {
                "metricName": name,
                "metricLabels": labels,
                "timestamp": stamp,
                "value": format_milli(int(value * 1000)),
            }
            for labels, value in rows
        ]

    def _pods(
        self, adapter: Json, namespace: str, name: str, metric: str, call: Call, version: str
    ) -> list[Json]:
        wanted = self._described(namespace, name, call.query.get("labelSelector", ""))
        metric_type = metric.replace("|", "/")
        if "|" not in metric:
            metric_type = f"custom.googleapis.com/{metric}"
        kind = self._kind(adapter, metric_type)
        selector = call.query.get("metricLabelSelector", "")
        where, _ = _selection(selector, _CUSTOM_KEYS, ())
        totals: dict[str, int] = {}
        for series, value in self._read(metric_type, kind, self._in_cluster(namespace, where)):
            pod_name = _pod_of(series)
            totals[pod_name] = totals.get(pod_name, 0) + int(value * 1000)
        self._check_pod_label(metric_type)
        stamp = rfc3339(self._clock.now())
        return [
            _value(each, metric, stamp, totals[each["metadata"]["name"]], version)
            for each in wanted
            if each["metadata"]["name"] in totals
        ]

    def _described(self, namespace: str, name: str, selector: str) -> list[Json]:
        if name != "*":
            pod = self._store.peek(POD, namespace, name)
            if pod is None:
                raise ApiError(404, "NotFound", f'pods "{name}" not found')
            return [pod]
        chosen = matcher(POD, selector, "")
        found = [pod for pod in self._store.list(POD, namespace) if not chosen or chosen(pod)]
        if not found:
            raise bad_request("No objects matched provided selector")
        return found

    def _in_cluster(
        self, namespace: str, where: Callable[[Series], bool]
    ) -> Callable[[Series], bool]:
        blueprint = self._blueprint

        def inside(series: Series) -> bool:
            system = series.resource_type == "k8s_container"
            return (
                series.resource_label("project_id") == blueprint.project_id
                and series.resource_label("location") == blueprint.location
                and series.resource_label("cluster_name" if system else "cluster")
                == blueprint.cluster
                and series.resource_label("namespace_name" if system else "namespace") == namespace
                and where(series)
            )

        return inside

    def _check_pod_label(self, metric_type: str) -> None:
        if not metric_type.startswith("prometheus.googleapis.com/"):
            return
        if "pod" not in self._monitoring.label_names(metric_type):
            raise ApiError(
                500,
                "",
                f'googleapi: Error 404: Cannot find metric(s) that match type = "{metric_type}" '
                "label = pod. If a metric was created recently, it could take up to 10 minutes "
                "to become available. Please try again soon., notFound",
            )

    def _read(
        self, metric_type: str, kind: str, where: Callable[[Series], bool]
    ) -> list[tuple[Series, float]]:
        """The newest value of every series, or its rate if it counts."""
        found = []
        for series, points in self._monitoring.read(metric_type, self._window, where):
            value = points[0].value if kind == "GAUGE" else _rate(points)
            if value is not None:
                found.append((series, value))
        return found


def _rate(points: Sequence[Point]) -> float | None:
    """Increase per second over the last minute; points come newest first."""
    newest = points[0]
    earlier = [point for point in points[1:] if newest.at - point.at <= _RATE_SECONDS]
    if not earlier:
        return None
    oldest = earlier[-1]
    return max(0.0, newest.value - oldest.value) / (newest.at - oldest.at)


def _pod_of(series: Series) -> str:
    if series.resource_type == "k8s_container":
        return series.resource_label("pod_name") or ""
    return series.metric_label("pod") or ""


def _all_labels(series: Series) -> dict[str, str]:
    return {
        "resource.type": series.resource_type,
        **{f"resource.labels.{key}": value for key, value in series.resource_labels},
        **{f"metric.labels.{key}": value for key, value in series.metric_labels},
    }


def _selection(
    selector: str, prefixes: tuple[str, ...], names: tuple[str, ...]
) -> tuple[Callable[[Series], bool], str]:
    """Which series a metric selector asks for, and the reducer it names, if any."""
    kept, reducer = [], ""
    for term in filter(None, (each.strip() for each in _TERM.findall(selector))):
        match = _KEY.fullmatch(term)
        if match is None:
            raise bad_request(f"unable to parse requirement: {term}")
        absent, key, operator, value = match.groups()
        if key == "reducer":
            reducer = _reducer(operator, value.strip())
        elif not key.startswith(prefixes) and key not in names:
            raise bad_request(f'Metric label: "{key}" is not allowed')
        elif absent:
            raise bad_request("Label selector with operator DoesNotExist is not allowed")
        else:
            kept.append(term)
    chosen = matcher(POD, ",".join(kept), "")
    if chosen is None:
        return (lambda _: True), reducer
    return (lambda series: chosen({"metadata": {"labels": _all_labels(series)}})), reducer


def _reducer(operator: str | None, name: str) -> str:
    if operator not in ("=", "=="):
        raise bad_request("Reducer must use '=' or '=='")
    if name == "REDUCE_NONE":
        return ""
    if name not in REDUCERS:
        raise bad_request(f"Reducer: {name} is not supported")
    return name


def _value(pod: Json, metric: str, stamp: str, milli: int, version: str) -> Json:
    named: Json = {"metric": {"name": metric, "selector": None}}
    if version == "v1beta1":
        named = {"metricName": metric, "selector": None}
    return {
        "describedObject": {
            "kind": "Pod",
            "namespace": pod["metadata"]["namespace"],
            "name": pod["metadata"]["name"],
            "apiVersion": "/__internal",
        },
        **named,
        "timestamp": stamp,
        "value": format_milli(milli),
    }
