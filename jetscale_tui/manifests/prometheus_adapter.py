"""prometheus-adapter, serving external metrics only: as objects or as values of its Helm chart.

The objects are those the chart renders for the same values, under the same names, so that either
way of installing gives the same adapter.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import CONFIG_MAP, DEPLOYMENT, SERVICE, SERVICE_ACCOUNT
from jetscale_tui.manifests import frontend
from jetscale_tui.manifests.dump import document
from jetscale_tui.manifests.metadata import header, is_literal
from jetscale_tui.manifests.pinned import PROMETHEUS_ADAPTER, PROMETHEUS_ADAPTER_CHART, Chart
from jetscale_tui.manifests.rbac import (
    EXTERNAL_METRICS_GROUP,
    HPA_CONTROLLER,
    ServiceAccountName,
    api_service,
    auth_reader_binding,
    cluster_role,
    cluster_role_binding,
)
from jetscale_tui.manifests.rules import rules

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup

METRICS_MAX_AGE = "--metrics-max-age=10m"
"""How long a series may be silent before its metric is forgotten. The default is the relist
interval of one minute: one missed scrape and the autoscaler is answered 404."""

REACHABLE_PORT = 10250
"""A private cluster's control plane may open connections to nodes on 443 and 10250 only."""
CHART_PORT = 6443
"""Where the chart makes the adapter listen."""

_USER = 10001


@dataclass(frozen=True, slots=True)
class HelmRelease:
    """What `helm upgrade --install` is to be run with."""

    name: str
    namespace: str
    chart: Chart
    version: str | None
    """None: whatever is newest on the day, as the guide has it."""
    values: Json


def full_name(setup: Setup) -> str:
    """Name of the namespaced objects, as the chart makes it from the release's name."""
    release, chart = setup.adapter.prometheus.release, PROMETHEUS_ADAPTER_CHART.name
    name = release if chart in release else f"{release}-{chart}"
    return name[:63].removesuffix("-")


def helm_release(setup: Setup, profile: Profile) -> HelmRelease:
    """The release for `install: helm`."""
    chart = PROMETHEUS_ADAPTER_CHART
    return HelmRelease(
        setup.adapter.prometheus.release,
        setup.adapter.prometheus.namespace,
        chart,
        None if is_literal(setup) else chart.version,
        helm_values(setup, profile),
    )


def helm_values(setup: Setup, profile: Profile) -> Json:
    """Values of the chart."""
    external = {"rules": {"default": False, "external": rules(setup, profile)}}
    where = {"prometheus": {"url": frontend.url(setup), "port": frontend.PORT}}
    if is_literal(setup):
        # The guide counts on the chart's default address, which holds in `default` only.
        return external if setup.adapter.prometheus.namespace == "default" else where | external
    reachable = {"listenPort": REACHABLE_PORT, "extraArguments": [METRICS_MAX_AGE]}
    return where | reachable | external


def objects(setup: Setup, profile: Profile) -> tuple[Json, ...]:
    """The adapter's objects for `install: direct`, in apply order; the APIService last."""
    namespace, name = setup.adapter.prometheus.namespace, full_name(setup)
    chart = PROMETHEUS_ADAPTER_CHART.name
    account = ServiceAccountName(namespace, name)
    config = document({"externalRules": rules(setup, profile)})
    reader, metrics = f"{chart}-resource-reader", f"{chart}-external-metrics"
    watched = ["namespaces", "pods", "services", "configmaps"]
    return (
        header(setup, SERVICE_ACCOUNT, name, namespace),
        {**header(setup, CONFIG_MAP, name, namespace), "data": {"config.yaml": config}},
        cluster_role(setup, reader, "", watched, ["get", "list", "watch"]),
        cluster_role(setup, metrics, EXTERNAL_METRICS_GROUP, ["*"], ["list", "get", "watch"]),
        cluster_role_binding(
            setup, f"{chart}-system-auth-delegator", "system:auth-delegator", account
        ),
        cluster_role_binding(setup, reader, reader, account),
        cluster_role_binding(
            setup, f"{chart}-hpa-controller-external-metrics", metrics, HPA_CONTROLLER
        ),
        auth_reader_binding(setup, f"{chart}-auth-reader", account),
        _service(setup),
        _deployment(setup, config),
        api_service(setup, EXTERNAL_METRICS_GROUP, "v1beta1", namespace=namespace, service=name),
    )


def _selector(setup: Setup) -> dict[str, str]:
    """The chart's selector labels; here the instance is the release."""
    return {
        "app.kubernetes.io/name": PROMETHEUS_ADAPTER_CHART.name,
        "app.kubernetes.io/instance": setup.adapter.prometheus.release,
    }


def _service(setup: Setup) -> Json:
    return {
        **header(setup, SERVICE, full_name(setup), setup.adapter.prometheus.namespace),
        "spec": {
            "type": "ClusterIP",
            "selector": _selector(setup),
            "ports": [{"port": 443, "protocol": "TCP", "targetPort": "https"}],
        },
    }


def _deployment(setup: Setup, config: str) -> Json:
    checksum = hashlib.sha256(config.encode()).hexdigest()
    return {
        **header(setup, DEPLOYMENT, full_name(setup), setup.adapter.prometheus.namespace),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": _selector(setup)},
            "template": {
                "metadata": {
                    "labels": _selector(setup),
                    "annotations": {"checksum/config": checksum},
                },
                "spec": {
                    "serviceAccountName": full_name(setup),
                    "securityContext": {"fsGroup": _USER},
                    "containers": [_container(setup)],
                    "volumes": [
                        {"name": "config", "configMap": {"name": full_name(setup)}},
                        {"name": "tmp", "emptyDir": {}},
                    ],
                },
            },
        },
    }


def _container(setup: Setup) -> Json:
    literal = is_literal(setup)
    port = CHART_PORT if literal else REACHABLE_PORT
    probe = {
        "httpGet": {"path": "/healthz", "port": "https", "scheme": "HTTPS"},
        "initialDelaySeconds": 30,
        "timeoutSeconds": 5,
    }
    return {
        "name": PROMETHEUS_ADAPTER_CHART.name,
        "image": str(PROMETHEUS_ADAPTER),
        "imagePullPolicy": "IfNotPresent",
        "args": [
            "/adapter",
            f"--secure-port={port}",
            "--cert-dir=/tmp/cert",
            f"--prometheus-url={frontend.url(setup)}:{frontend.PORT}",
            "--metrics-relist-interval=1m",
            "--v=4",
            "--config=/etc/adapter/config.yaml",
            *([] if literal else [METRICS_MAX_AGE]),
        ],
        "ports": [{"name": "https", "containerPort": port}],
        "livenessProbe": dict(probe),
        "readinessProbe": dict(probe),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumeMounts": [
            {"name": "config", "mountPath": "/etc/adapter/", "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }
