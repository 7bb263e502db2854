"""What a real server fills in where a client said nothing, kind by kind."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.kinds import Json


def set_defaults(obj: Json) -> None:
    """Complete a decoded object of a built-in kind in place."""
    default = _DEFAULTS.get(obj["kind"])
    if default is not None:
        default(obj)


def _fill(target: Json, **defaults: Any) -> None:
    for key, value in defaults.items():
        if target.get(key) in (None, ""):
            target[key] = value


def _autoscaler(hpa: Json) -> None:
    spec = hpa["spec"]
    _fill(spec, minReplicas=1)
    if hpa["apiVersion"] == "autoscaling/v1":
        return
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    behavior = spec.get("behavior")
    if behavior is None:
        return
    percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
    pods = {"type": "Pods", "value": 4, "periodSeconds": 15}
    up, down = behavior.setdefault("scaleUp", {}), behavior.setdefault("scaleDown", {})
    _fill(up, stabilizationWindowSeconds=0, selectPolicy="Max", policies=[pods, percent])
    _fill(down, selectPolicy="Max", policies=[percent])


def _deployment(deployment: Json) -> None:
    spec = deployment["spec"]
    _fill(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600)
    strategy = spec["strategy"]
    _fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _fill(strategy.setdefault("rollingUpdate", {}), maxUnavailable="25%", maxSurge="25%")
    _pod_spec(spec["template"]["spec"])


def _daemon_set(daemon_set: Json) -> None:
    spec = daemon_set["spec"]
    _fill(spec, revisionHistoryLimit=10)
    strategy = spec["updateStrategy"]
    _fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _fill(strategy.setdefault("rollingUpdate", {}), maxUnavailable=1, maxSurge=0)
    _pod_spec(spec["template"]["spec"])


def _replica_set(replica_set: Json) -> None:
    _fill(replica_set["spec"], replicas=1)
    _pod_spec(replica_set["spec"]["template"]["spec"])


def _pod(pod: Json) -> None:
    spec = pod["spec"]
    _pod_spec(spec)
    _fill(spec, enableServiceLinks=True)
    for container in spec.get("containers") or []:
        resources = container["resources"]
        limits = resources.get("limits")
        if limits:
            resources["requests"] = {**limits, **resources.get("requests", {})}


def _pod_spec(spec: Json) -> None:
    _fill(
        spec,
        dnsPolicy="ClusterFirst",
        restartPolicy="Always",
        schedulerName="default-scheduler",
        securityContext={},
        terminationGracePeriodSeconds=30,
    )
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for container in (spec.get("initContainers") or []) + (spec.get("containers") or []):
        _container(container)
    for volume in spec.get("volumes") or []:
        _volume(volume)


def _container(container: Json) -> None:
    tag = container.get("image", "").rpartition("/")[2].partition("@")
    latest = not tag[1] and tag[0].partition(":")[2] in ("", "latest")
    _fill(
        container,
        imagePullPolicy="Always" if latest else "IfNotPresent",
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
    )
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(probe) is not None:
            _probe(container[probe])
    for variable in container.get("env") or []:
        reference = (variable.get("valueFrom") or {}).get("fieldRef")
        if reference is not None:
            _fill(reference, apiVersion="v1")


def _probe(probe: Json) -> None:
    _fill(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
    if probe.get("httpGet") is not None:
        _fill(probe["httpGet"], path="/", scheme="HTTP")


def _volume(volume: Json) -> None:
    for source in ("configMap", "secret", "downwardAPI", "projected"):
        if volume.get(source) is not None:
            _fill(volume[source], defaultMode=420)
    if volume.get("hostPath") is not None:
        volume["hostPath"].setdefault("type", "")
    if set(volume) == {"name"}:
        volume["emptyDir"] = {}


def _service(service: Json) -> None:
    spec = service["spec"]
    _fill(spec, type="ClusterIP", sessionAffinity="None")
    if spec["sessionAffinity"] == "ClientIP":
        _fill(
            spec.setdefault("sessionAffinityConfig", {}).setdefault("clientIP", {}),
            timeoutSeconds=10800,
        )
    if spec["type"] != "ExternalName":
        _fill(spec, internalTrafficPolicy="Cluster")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        _fill(spec, externalTrafficPolicy="Cluster")
    if spec["type"] == "LoadBalancer":
        _fill(spec, allocateLoadBalancerNodePorts=True)
    for port in spec.get("ports") or []:
        _fill(port, protocol="TCP", targetPort=port.get("port"))


def _namespace(namespace: Json) -> None:
    name = namespace["metadata"].get("name")
    if name:
        namespace["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name


def _secret(secret: Json) -> None:
    _fill(secret, type="Opaque")
    plain = secret.pop("stringData", None)
    if plain:
        encoded = {key: b64encode(text.encode()).decode() for key, text in plain.items()}
        secret["data"] = {**secret.get("data", {}), **encoded}


def _api_service(api_service: Json) -> None:
    service = api_service["spec"].get("service")
    if service is not None:
        _fill(service, port=443)


def _binding(binding: Json) -> None:
    _fill(binding["roleRef"], apiGroup="rbac.authorization.k8s.io")
    for subject in binding.get("subjects") or []:
        if subject.get("kind") in ("User", "Group"):
            _fill(subject, apiGroup="rbac.authorization.k8s.io")


def _network_policy(policy: Json) -> None:
    spec = policy["spec"]
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    for rule in (spec.get("ingress") or []) + (spec.get("egress") or []):
        for port in rule.get("ports") or []:
            _fill(port, protocol="TCP")


def _definition(crd: Json) -> None:
    spec = crd.setdefault("spec", {})
    names = spec.setdefault("names", {})
    _fill(names, singular=names.get("kind", "").lower(), listKind=f"{names.get('kind', '')}List")
    _fill(spec, conversion={"strategy": "None"})


_DEFAULTS: dict[str, Callable[[Any], None]] = {
    "HorizontalPodAutoscaler": _autoscaler,
    "Deployment": _deployment,
    "DaemonSet": _daemon_set,
    "ReplicaSet": _replica_set,
    "Pod": _pod,
    "Service": _service,
    "Namespace": _namespace,
    "Secret": _secret,
    "APIService": _api_service,
    "ClusterRoleBinding": _binding,
    "RoleBinding": _binding,
    "NetworkPolicy": _network_policy,
    "CustomResourceDefinition": _definition,
}
