"""What the sandbox's cluster holds before anyone touches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import DAEMON_SET, DEPLOYMENT, NAMESPACE, SERVICE
from jetscale_tui.sandbox import device_plugin
from jetscale_tui.sandbox.kube.catalog import RESOURCES, definition_of
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
_IMAGES = "us-docker.pkg.dev/cloud-tpu-images/inference"


def system(store: Store, clock: SimClock, blueprint: Blueprint) -> None:
    """Create the namespaces, the nodes and what GKE runs on them."""
    for name in NAMESPACES:
        store.create(_namespace(name))
    for resource in RESOURCES:
        if resource.custom:
            store.create(definition_of(resource), manager="kube-apiserver")
    for pool in blueprint.pools:
        for index in range(pool.nodes):
            store.create(node(blueprint, pool, index, clock.now()), manager="kubelet")
    store.create(_device_plugin(), manager="kube-addon-manager")
    store.create(_collector(), manager="kube-addon-manager")


def workload(store: Store, blueprint: Blueprint) -> None:
    """Create the JetStream Deployment and its Service."""
    if blueprint.workload.service:
        store.create(_service(blueprint.workload), manager="kubectl-client-side-apply")
    if blueprint.workload.deployment:
        store.create(_deployment(blueprint), manager="kubectl-client-side-apply")


def _object(kind: Kind, name: str, namespace: str | None = None, **rest: object) -> Json:
    place = {"namespace": namespace} if namespace else {}
    return {
        "apiVersion": kind.api_version,
        "kind": kind.name,
        "metadata": {"name": name, **place},
        **rest,
    }


def _namespace(name: str) -> Json:
    namespace = _object(
        NAMESPACE, name, spec={"finalizers": ["kubernetes"]}, status={"phase": "Active"}
    )
    namespace["metadata"]["labels"] = {"kubernetes.io/metadata.name": name}
    return namespace


def _container(name: str, image: str, **rest: object) -> Json:
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        **rest,
    }


def _template(labels: dict[str, str], containers: list[Json], **rest: object) -> Json:
    return {
        "metadata": {"labels": labels},
        "spec": {
            "containers": containers,
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst",
            "securityContext": {},
            "schedulerName": "default-scheduler",
            **rest,
        },
    }


def _daemon_set(name: str, namespace: str, labels: dict[str, str], template: Json) -> Json:
    daemon_set = _object(
        DAEMON_SET,
        name,
        namespace,
        spec={
            "selector": {"matchLabels": labels},
            "template": template,
            "updateStrategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
            },
            "revisionHistoryLimit": 10,
        },
    )
    daemon_set["metadata"]["labels"] = labels
    return daemon_set


def _device_plugin() -> Json:
    labels = {"k8s-app": "tpu-device-plugin"}
    on_tpu_nodes = {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {
                        "matchExpressions": [
                            {"key": "cloud.google.com/gke-tpu-accelerator", "operator": "Exists"}
                        ]
                    }
                ]
            }
        }
    }
    template = _template(
        labels,
        [_container("tpu-device-plugin", f"gke.gcr.io/{device_plugin.IMAGE}:v1.5.0-gke.0")],
        hostNetwork=True,
        affinity=on_tpu_nodes,
        tolerations=[{"operator": "Exists"}],
        priorityClassName="system-node-critical",
    )
    return _daemon_set("tpu-device-plugin", "kube-system", labels, template)


def _collector() -> Json:
    labels = {"app.kubernetes.io/name": "collector"}
    template = _template(
        labels,
        [_container("prometheus", "gke.gcr.io/prometheus-engine/prometheus:v2.53.5-gmp.1-gke.2")],
        tolerations=[{"operator": "Exists"}],
        serviceAccountName="collector",
    )
    return _daemon_set("collector", "gmp-system", labels, template)


def _service(workload: WorkloadBlueprint) -> Json:
    return _object(
        SERVICE,
        workload.service,
        workload.namespace,
        spec={
            "type": "ClusterIP",
            "clusterIP": "34.118.226.17",
            "clusterIPs": ["34.118.226.17"],
            "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "selector": {"app": workload.deployment},
            "sessionAffinity": "None",
            "ports": [
                {"name": name, "port": port, "protocol": "TCP", "targetPort": port}
                for name, port in (("jetstream-http", 8000), ("jetstream-grpc", 9000))
            ],
        },
        status={"loadBalancer": {}},
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
    server = _container(
        "maxengine-server",
        f"{_IMAGES}/maxengine-server:v0.2.2",
        args=arguments,
        ports=[{"containerPort": 9000, "protocol": "TCP"}],
        securityContext={"privileged": True},
    )
    server["resources"] = {"requests": chips, "limits": chips}
    sidecar = _container(
        "jetstream-http",
        f"{_IMAGES}/jetstream-http:v0.2.2",
        ports=[{"containerPort": 8000, "protocol": "TCP"}],
    )
    pool = next((pool for pool in blueprint.pools if pool.chips_per_node), None)
    where = {}
    if pool is not None:
        where = {
            "cloud.google.com/gke-tpu-accelerator": pool.accelerator,
            "cloud.google.com/gke-tpu-topology": pool.topology,
        }
    return _template({"app": workload.deployment}, [server, sidecar], nodeSelector=where)


def _deployment(blueprint: Blueprint) -> Json:
    workload = blueprint.workload
    deployment = _object(
        DEPLOYMENT,
        workload.deployment,
        workload.namespace,
        spec={
            "replicas": workload.replicas,
            "selector": {"matchLabels": {"app": workload.deployment}},
            "template": _pod_template(blueprint),
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
            },
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        },
        status={},
    )
    deployment["metadata"]["labels"] = {"app": workload.deployment}
    return deployment
