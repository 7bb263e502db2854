"""What the sandbox's cluster holds before anyone touches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import (
    API_SERVICE,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    DAEMON_SET,
    DEPLOYMENT,
    NAMESPACE,
    SERVICE,
)
from jetscale_tui.sandbox import device_plugin
from jetscale_tui.sandbox.kube.admission.addresses import SERVICE_RANGE
from jetscale_tui.sandbox.kube.admission.admit import admit_decoded, prepare_create
from jetscale_tui.sandbox.kube.catalog import BY_KIND, RESOURCES, custom_definitions
from jetscale_tui.sandbox.kube.shapes.decode import decode
from jetscale_tui.sandbox.nodes import node

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json, Kind
    from jetscale_tui.sandbox.blueprint import Blueprint, WorkloadBlueprint
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.kube.store import Store

NAMESPACES = (
    "default",
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "gmp-system",
    "gmp-public",
)
_ADDONS, _API_SERVER = "kube-addon-manager", "kube-apiserver"
_BY_HAND = "kubectl-client-side-apply"
_IMAGES = "us-docker.pkg.dev/cloud-tpu-images/inference"
_PRIORITIES = {
    "": (18000, 1),
    "apps": (17800, 15),
    "events.k8s.io": (17750, 5),
    "authentication.k8s.io": (17700, 15),
    "authorization.k8s.io": (17600, 15),
    "autoscaling": (17500, 30),
    "networking.k8s.io": (17200, 15),
    "policy": (17100, 15),
    "rbac.authorization.k8s.io": (17000, 15),
    "apiextensions.k8s.io": (16700, 15),
    "coordination.k8s.io": (16500, 15),
    "discovery.k8s.io": (16200, 15),
}
"""Of the groups the API server serves itself; those of custom resources have 1000 and 100."""


def system(store: Store, clock: SimClock, blueprint: Blueprint) -> None:
    """Create the namespaces, the nodes and what GKE runs on them."""
    for name in NAMESPACES:
        _create(store, _object(NAMESPACE, name), _API_SERVER)
    for definition in custom_definitions():
        store.create(definition, manager=_API_SERVER)
    versions = dict.fromkeys((each.kind.group, each.kind.version) for each in RESOURCES)
    for group, version in versions:
        if group != API_SERVICE.group:
            _create(store, _local_api(group, version), _API_SERVER)
    _create(store, _kubernetes(), _API_SERVER)
    for obj in _cluster_admin():
        _create(store, obj, _API_SERVER)
    for pool in blueprint.pools:
        for index in range(pool.nodes):
            store.create(node(blueprint, pool, index, clock.now()), manager="kubelet")
    _create(store, _device_plugin(), _ADDONS)
    _create(store, _collector(), _ADDONS)


def workload(store: Store, blueprint: Blueprint) -> None:
    """Create the JetStream Deployment and its Service."""
    if blueprint.workload.service:
        _create(store, _service(blueprint.workload), _BY_HAND)
    if blueprint.workload.deployment:
        _create(store, _deployment(blueprint), _BY_HAND)


def _create(store: Store, manifest: Json, manager: str) -> None:
    """Create an object as if the API server had been sent it: complete and with its addresses."""
    resource = BY_KIND[manifest["apiVersion"], manifest["kind"]]
    obj = admit_decoded(decode(manifest, resource), resource).object
    prepare_create(store, obj, resource)
    store.create(obj, manager=manager)


def _object(
    kind: Kind,
    name: str,
    namespace: str = "",
    labels: dict[str, str] | None = None,
    **rest: object,
) -> Json:
    return {
        "apiVersion": kind.api_version,
        "kind": kind.name,
        "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
        **rest,
    }


def _cluster_admin() -> tuple[Json, Json]:
    """The role that may do everything, and its binding to those who own the cluster."""
    name, labels = "cluster-admin", {"kubernetes.io/bootstrapping": "rbac-defaults"}
    group = CLUSTER_ROLE.group
    rules = [
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
        {"nonResourceURLs": ["*"], "verbs": ["*"]},
    ]
    reference = {"apiGroup": group, "kind": CLUSTER_ROLE.name, "name": name}
    owners = [{"apiGroup": group, "kind": "Group", "name": "system:masters"}]
    return (
        _object(CLUSTER_ROLE, name, labels=labels, rules=rules),
        _object(CLUSTER_ROLE_BINDING, name, labels=labels, roleRef=reference, subjects=owners),
    )


def _local_api(group: str, version: str) -> Json:
    own = group in _PRIORITIES
    minimum, priority = _PRIORITIES.get(group, (1000, 100))
    spec = {
        "group": group,
        "version": version,
        "groupPriorityMinimum": minimum,
        "versionPriority": priority,
    }
    label = {"kube-aggregator.kubernetes.io/automanaged": "onstart" if own else "true"}
    return _object(API_SERVICE, f"{version}.{group}", labels=label, spec=spec)


def _kubernetes() -> Json:
    """The API server's own Service, at the first address of all."""
    return _object(
        SERVICE,
        "kubernetes",
        "default",
        {"component": "apiserver", "provider": "kubernetes"},
        spec={
            "clusterIP": str(SERVICE_RANGE[1]),
            "ports": [{"name": "https", "port": 443, "targetPort": 443}],
        },
    )


def _daemon_set(
    name: str, namespace: str, labels: dict[str, str], container: Json, **rest: object
) -> Json:
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [container], "tolerations": [{"operator": "Exists"}], **rest},
    }
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return _object(DAEMON_SET, name, namespace, labels, spec=spec)


def _device_plugin() -> Json:
    tpu = {"key": "cloud.google.com/gke-tpu-accelerator", "operator": "Exists"}
    required = {"nodeSelectorTerms": [{"matchExpressions": [tpu]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    image = f"gke.gcr.io/{device_plugin.IMAGE}:v1.5.0-gke.0"
    return _daemon_set(
        "tpu-device-plugin",
        "kube-system",
        {"k8s-app": "tpu-device-plugin"},
        {"name": "tpu-device-plugin", "image": image},
        hostNetwork=True,
        affinity=affinity,
        priorityClassName="system-node-critical",
    )


def _collector() -> Json:
    image = "gke.gcr.io/prometheus-engine/prometheus:v2.53.5-gmp.1-gke.2"
    return _daemon_set(
        "collector",
        "gmp-system",
        {"app.kubernetes.io/name": "collector"},
        {"name": "prometheus", "image": image},
        serviceAccountName="collector",
    )


def _service(workload: WorkloadBlueprint) -> Json:
    ports = [{"name": "jetstream-http", "port": 8000}, {"name": "jetstream-grpc", "port": 9000}]
    return _object(
        SERVICE,
        workload.service,
        workload.namespace,
        spec={
            "clusterIP": "34.118.226.17",
            "selector": {"app": workload.deployment},
            "ports": ports,
        },
    )


def _pod_template(blueprint: Blueprint) -> Json:
    """The MaxText manifest of the public autoscaling samples: two containers, no probes."""
    workload = blueprint.workload
    arguments = [
        "model_name=gemma-7b",
        "tokenizer_path=assets/tokenizer.gemma",
        f"per_device_batch_size={max(1, workload.slots // workload.chips)}",
        "max_prefill_predict_length=1024",
        "max_target_length=2048",
        "async_checkpointing=false",
        "ici_fsdp_parallelism=1",
        "ici_autoregressive_parallelism=-1",
        "ici_tensor_parallelism=1",
        "scan_layers=false",
        "weight_dtype=bfloat16",
        "load_parameters_path=gs://sandbox-weights/gemma-7b/unscanned_chkpt/checkpoints/0/items",
    ]
    if workload.metrics_port:
        arguments.append(f"prometheus_port={workload.metrics_port}")
    chips = {"google.com/tpu": str(workload.chips)}
    server = {
        "name": "maxengine-server",
        "image": f"{_IMAGES}/maxengine-server:v0.2.2",
        "args": arguments,
        "ports": [{"containerPort": 9000}],
        "securityContext": {"privileged": True},
        "resources": {"requests": chips, "limits": chips},
    }
    sidecar = {
        "name": "jetstream-http",
        "image": f"{_IMAGES}/jetstream-http:v0.2.2",
        "ports": [{"containerPort": 8000}],
    }
    pool = next((pool for pool in blueprint.pools if pool.chips_per_node), None)
    where = {}
    if pool is not None:
        where = {
            "cloud.google.com/gke-tpu-accelerator": pool.accelerator,
            "cloud.google.com/gke-tpu-topology": pool.topology,
        }
    return {
        "metadata": {"labels": {"app": workload.deployment}},
        "spec": {"containers": [server, sidecar], "nodeSelector": where},
    }


def _deployment(blueprint: Blueprint) -> Json:
    workload = blueprint.workload
    labels = {"app": workload.deployment}
    spec = {
        "replicas": workload.replicas,
        "selector": {"matchLabels": labels},
        "template": _pod_template(blueprint),
    }
    return _object(DEPLOYMENT, workload.deployment, workload.namespace, labels, spec=spec)
