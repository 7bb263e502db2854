"""The Custom Metrics Stackdriver Adapter, new resource model: thirteen objects, upstream's order.

Namespace, accounts and roles first, then the workload and its Service, then the APIServices that
point at it; taking them away backwards removes the APIServices before their backend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import DEPLOYMENT, NAMESPACE, SERVICE, SERVICE_ACCOUNT
from jetscale_tui.manifests.metadata import header
from jetscale_tui.manifests.pinned import STACKDRIVER_ADAPTER
from jetscale_tui.manifests.rbac import (
    CUSTOM_METRICS_GROUP,
    EXTERNAL_METRICS_GROUP,
    HPA_CONTROLLER,
    ServiceAccountName,
    api_service,
    auth_reader_binding,
    cluster_role,
    cluster_role_binding,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.spec import Setup

NAME = "custom-metrics-stackdriver-adapter"
"""Of the Deployment, the Service and the service account alike."""
ACCOUNT = ServiceAccountName("custom-metrics", NAME)
CONTAINER = f"pod-{NAME}"
FLAGS = ("--use-new-resource-model=true", "--fallback-for-container-metrics=true")

_SELECTOR = {"run": NAME, "k8s-app": NAME}
_CLUSTER_SERVICE = {"kubernetes.io/cluster-service": "true"}
_TAINTS = ("nvidia.com/gpu", "cloud.google.com/gke-tpu")


def objects(setup: Setup, annotations: Mapping[str, str]) -> tuple[Json, ...]:
    """All objects of the adapter; `annotations` go to its service account."""
    return (
        header(setup, NAMESPACE, ACCOUNT.namespace),
        header(setup, SERVICE_ACCOUNT, NAME, ACCOUNT.namespace, annotations=annotations),
        *_roles(setup),
        _deployment(setup),
        _service(setup),
        *_api_services(setup),
        cluster_role(
            setup,
            "external-metrics-reader",
            EXTERNAL_METRICS_GROUP,
            ["*"],
            ["list", "get", "watch"],
        ),
        cluster_role_binding(
            setup, "external-metrics-reader", "external-metrics-reader", HPA_CONTROLLER
        ),
    )


def _roles(setup: Setup) -> tuple[Json, ...]:
    reader = "custom-metrics-resource-reader"
    return (
        cluster_role_binding(
            setup, "custom-metrics:system:auth-delegator", "system:auth-delegator", ACCOUNT
        ),
        auth_reader_binding(setup, "custom-metrics-auth-reader", ACCOUNT),
        cluster_role(setup, reader, "", ["pods", "nodes", "nodes/stats"], ["get", "list", "watch"]),
        cluster_role_binding(setup, reader, reader, ACCOUNT),
    )


def _deployment(setup: Setup) -> Json:
    resources = {"cpu": "250m", "memory": "200Mi"}
    container = {
        "name": CONTAINER,
        "image": str(STACKDRIVER_ADAPTER),
        "imagePullPolicy": "Always",
        "command": ["/adapter", *FLAGS],
        "readinessProbe": {
            "httpGet": {"path": "/healthz", "port": 443, "scheme": "HTTPS"},
            "initialDelaySeconds": 40,
            "periodSeconds": 10,
            "timeoutSeconds": 5,
        },
        "resources": {"limits": dict(resources), "requests": dict(resources)},
    }
    tolerations = [
        {"key": key, "operator": "Equal", "value": "present", "effect": "NoSchedule"}
        for key in _TAINTS
    ]
    return {
        **header(setup, DEPLOYMENT, NAME, ACCOUNT.namespace, labels=_SELECTOR),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": dict(_SELECTOR)},
            "template": {
                "metadata": {"labels": {**_SELECTOR, **_CLUSTER_SERVICE}},
                "spec": {
                    "serviceAccountName": NAME,
                    "containers": [container],
                    "tolerations": tolerations,
                },
            },
        },
    }


def _service(setup: Setup) -> Json:
    labels = {**_SELECTOR, **_CLUSTER_SERVICE, "kubernetes.io/name": "Adapter"}
    return {
        **header(setup, SERVICE, NAME, ACCOUNT.namespace, labels=labels),
        "spec": {
            "type": "ClusterIP",
            "selector": dict(_SELECTOR),
            "ports": [{"port": 443, "protocol": "TCP", "targetPort": 443}],
        },
    }


def _api_services(setup: Setup) -> tuple[Json, ...]:
    versions = (
        (CUSTOM_METRICS_GROUP, "v1beta1", 100),
        (CUSTOM_METRICS_GROUP, "v1beta2", 200),
        (EXTERNAL_METRICS_GROUP, "v1beta1", 100),
    )
    return tuple(
        api_service(
            setup, group, version, namespace=ACCOUNT.namespace, service=NAME, priority=priority
        )
        for group, version, priority in versions
    )
