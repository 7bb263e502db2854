"""Looks at one thing in the cluster: pods, a metrics page, an APIService, a metric's value.

Detection, checks, planning and verification all see the cluster through these. Reads only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jetscale_tui.domain.kinds import API_SERVICE, DEPLOYMENT, HPA, POD, Ref
from jetscale_tui.engine import exposition
from jetscale_tui.errors import AuthError, JetScaleError, NotFound, PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.exposition import Sample
    from jetscale_tui.engine.ports import Cluster

METRIC_APIS = (
    "v1beta1.custom.metrics.k8s.io",
    "v1beta2.custom.metrics.k8s.io",
    "v1beta1.external.metrics.k8s.io",
)
"""The APIServices a metrics adapter owns; a cluster has one owner of each."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one pod's metrics port said."""

    pod: str
    port: int
    samples: tuple[Sample, ...] = ()
    error: str = ""
    """Why there is no page; empty when there is one."""
    refused: bool = False
    """This person may not ask pods through the API server; it says nothing about the port."""

    @property
    def answered(self) -> bool:
        """Whether the port answered with metrics."""
        return not self.error


def label_selector(labels: Mapping[str, str]) -> str:
    """Labels as the API writes a selector."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def condition(obj: Json, kind: str) -> Json:
    """A condition of an object's status; empty when it has none of that type."""
    conditions = (obj.get("status") or {}).get("conditions") or []
    return next((entry for entry in conditions if entry.get("type") == kind), {})


def is_true(obj: Json, kind: str) -> bool:
    """Whether a condition of an object's status is True."""
    return condition(obj, kind).get("status") == "True"


def name_of(obj: Json) -> str:
    """Name of an object."""
    return str((obj.get("metadata") or {}).get("name", ""))


def namespace_of(obj: Json) -> str:
    """Namespace of an object, empty when cluster-scoped."""
    return str((obj.get("metadata") or {}).get("namespace", ""))


def pods(cluster: Cluster, namespace: str, labels: Mapping[str, str]) -> list[Json]:
    """Pods that carry all the labels and are not going away."""
    found = cluster.list(POD, namespace, labels=label_selector(labels))
    return [pod for pod in found if not pod["metadata"].get("deletionTimestamp")]


def ready_pods(cluster: Cluster, namespace: str, labels: Mapping[str, str]) -> list[Json]:
    """Those of the pods that are Ready."""
    return [pod for pod in pods(cluster, namespace, labels) if is_true(pod, "Ready")]


def deployment(cluster: Cluster, namespace: str, name: str) -> Json | None:
    """A Deployment, None when there is none."""
    return cluster.get(Ref.to(DEPLOYMENT, name, namespace))


def page(cluster: Cluster, namespace: str, pod: str, port: int, path: str = "/") -> Page:
    """Asks a pod's metrics port through the API server's proxy.

    Raises:
        AuthError: the credentials are no longer good; every other failure is part of the page.
    """
    target = f"{quote(pod, safe='')}:{port}"
    url = f"/api/v1/namespaces/{quote(namespace, safe='')}/pods/{target}/proxy/{path.lstrip('/')}"
    try:
        text = cluster.raw(url)
    except AuthError:
        raise
    except PermissionDenied as error:
        return Page(pod, port, error=error.why or error.what, refused=True)
    except JetScaleError as error:
        return Page(pod, port, error=error.why or error.what)
    samples = exposition.parse(text)
    if not samples:
        return Page(pod, port, error="the port answers, but not with Prometheus metrics")
    return Page(pod, port, samples)


def metric_api(cluster: Cluster, name: str) -> Json | None:
    """An APIService, None when nobody serves that API."""
    return cluster.get(Ref.to(API_SERVICE, name))


def backend(api_service: Json) -> tuple[str, str]:
    """Namespace and name of the Service behind an APIService; empty when the server itself is."""
    service = (api_service.get("spec") or {}).get("service") or {}
    return str(service.get("namespace", "")), str(service.get("name", ""))


def hpas_on(cluster: Cluster, namespace: str, target: str) -> list[Json]:
    """HPAs that scale a Deployment."""
    return scaling(cluster.list(HPA, namespace), target)


def scaling(hpas: Iterable[Json], target: str) -> list[Json]:
    """Those of some HPAs that scale a Deployment."""
    return [
        hpa
        for hpa in hpas
        if hpa["spec"]["scaleTargetRef"].get("kind") == "Deployment"
        and hpa["spec"]["scaleTargetRef"].get("name") == target
    ]


@dataclass(frozen=True, slots=True)
class MetricPath:
    """Where the HPA controller asks for one metric of its spec."""

    metric: str
    path: str
    query: Mapping[str, str]

    @property
    def group(self) -> str:
        """The API group that serves it."""
        return self.path.split("/")[2]


def metric_paths(hpa: Json, pod_labels: Mapping[str, str]) -> tuple[MetricPath, ...]:
    """The exact paths of all Pods and External metrics of an HPA manifest."""
    namespace = quote(hpa["metadata"].get("namespace") or "default", safe="")
    found = []
    for entry in hpa["spec"].get("metrics", ()):
        source: Any = entry.get(str(entry["type"]).lower())
        if entry["type"] == "Pods":
            root = f"/apis/custom.metrics.k8s.io/v1beta2/namespaces/{namespace}/pods/*"
            query = {"labelSelector": label_selector(pod_labels)}
            selector_key = "metricLabelSelector"
        elif entry["type"] == "External":
            root = f"/apis/external.metrics.k8s.io/v1beta1/namespaces/{namespace}"
            query = {}
            selector_key = "labelSelector"
        else:
            continue
        metric = source["metric"]
        if selector := metric.get("selector"):
            query[selector_key] = _selector(selector)
        found.append(MetricPath(metric["name"], f"{root}/{quote(metric['name'], safe='')}", query))
    return tuple(found)


def metric_values(cluster: Cluster, path: MetricPath) -> tuple[str, ...]:
    """The values a metrics API answers with, as quantities; empty when it knows none."""
    try:
        answer = json.loads(cluster.raw(path.path, path.query))
    except NotFound:
        return ()
    except ValueError:
        return ()
    items = answer.get("items") if isinstance(answer, dict) else None
    return tuple(str(item.get("value", "")) for item in items or ())


def _selector(selector: Json) -> str:
    """A label selector as the query parameter the controller sends."""
    parts = [label_selector(selector.get("matchLabels") or {})]
    for expression in selector.get("matchExpressions") or ():
        key, operator = expression["key"], expression["operator"]
        values = ",".join(expression.get("values") or ())
        parts.append(
            {
                "In": f"{key} in ({values})",
                "NotIn": f"{key} notin ({values})",
                "Exists": key,
                "DoesNotExist": f"!{key}",
            }[operator]
        )
    return ",".join(part for part in parts if part)
