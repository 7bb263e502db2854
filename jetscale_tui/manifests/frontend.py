"""The Managed Prometheus frontend: lets prometheus-adapter query Cloud Monitoring as Prometheus.

It answers anybody in the cluster without asking who they are, with this project's metrics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import DEPLOYMENT, SERVICE, SERVICE_ACCOUNT
from jetscale_tui.domain.spec import Identity
from jetscale_tui.manifests.metadata import guide_namespace, header, is_literal
from jetscale_tui.manifests.pinned import FRONTEND, GUIDE_FRONTEND
from jetscale_tui.manifests.rbac import ServiceAccountName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.spec import Setup

PORT = 9090
_USER = 1000


def name(setup: Setup) -> str:
    """Name of the Deployment, and of the value of its `app` label.

    The guide's `frontend` is too common a label to share a namespace with.
    """
    return "frontend" if is_literal(setup) else f"{setup.adapter.prometheus.release}-frontend"


def service_name(setup: Setup) -> str:
    """Name of the Service; the guide's differs from the one its text tells the adapter."""
    return "prometheus" if is_literal(setup) else name(setup)


def account(setup: Setup) -> ServiceAccountName:
    """The service account the frontend runs as."""
    prometheus = setup.adapter.prometheus
    if not is_literal(setup):
        return ServiceAccountName(prometheus.namespace, name(setup))
    return ServiceAccountName(prometheus.namespace, prometheus.google_service_account)


def url(setup: Setup) -> str:
    """Address of the frontend inside the cluster, without port."""
    return f"http://{service_name(setup)}.{setup.adapter.prometheus.namespace}.svc"


def objects(setup: Setup, project_id: str, annotations: Mapping[str, str]) -> tuple[Json, ...]:
    """The frontend; its service account first, so that its pods never run without one.

    The guide creates the account last, and none where nodes lend their own identity.
    """
    namespace = guide_namespace(setup, setup.adapter.prometheus.namespace)
    reader = header(setup, SERVICE_ACCOUNT, account(setup).name, namespace, annotations=annotations)
    workload = (_deployment(setup, project_id, namespace), _service(setup, namespace))
    if not is_literal(setup):
        return (reader, *workload)
    return workload if setup.adapter.identity is Identity.NODE else (*workload, reader)


def _deployment(setup: Setup, project_id: str, namespace: str | None) -> Json:
    labels = {"app": name(setup)}
    return {
        **header(setup, DEPLOYMENT, name(setup), namespace),
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": dict(labels)},
            "template": {"metadata": {"labels": labels}, "spec": _pod(setup, project_id)},
        },
    }


def _pod(setup: Setup, project_id: str) -> Json:
    literal = is_literal(setup)
    container: Json = {
        "name": "frontend",
        "image": str(GUIDE_FRONTEND if literal else FRONTEND),
        "args": [f"--web.listen-address=:{PORT}", f"--query.project-id={project_id}"],
        "ports": [{"name": "web", "containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": "/-/ready", "port": "web"}},
        "securityContext": _guide_security() if literal else _container_security(),
        "livenessProbe": {"httpGet": {"path": "/-/healthy", "port": "web"}},
    }
    pod: Json = {
        "automountServiceAccountToken": True,
        "affinity": _affinity(),
        "containers": [container],
    }
    if not literal:
        pod["securityContext"] = {
            "runAsGroup": _USER,
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
    if not literal or setup.adapter.identity is not Identity.NODE:
        pod["serviceAccountName"] = account(setup).name
    return pod


def _container_security() -> Json:
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
    }


def _guide_security() -> Json:
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["all"]},
        "privileged": False,
        "runAsGroup": _USER,
        "runAsNonRoot": True,
        "runAsUser": _USER,
    }


def _affinity() -> Json:
    expressions = [
        {"key": "kubernetes.io/arch", "operator": "In", "values": ["arm64", "amd64"]},
        {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
    ]
    return {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": expressions}]
            }
        }
    }


def _service(setup: Setup, namespace: str | None) -> Json:
    return {
        **header(setup, SERVICE, service_name(setup), namespace),
        "spec": {
            "clusterIP": "None",
            "selector": {"app": name(setup)},
            "ports": [{"name": "web", "port": PORT}],
        },
    }
