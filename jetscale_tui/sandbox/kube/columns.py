"""The columns kubectl prints of every kind, and how the server fills their cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.kubectl import age_of, hpa_targets
from jetscale_tui.sandbox.kube.labels import selector_text
from jetscale_tui.sandbox.kube.objects import dig
from jetscale_tui.sandbox.kube.pod_cells import pod_cells

if TYPE_CHECKING:
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.catalog import Resource

Cell = Callable[["Json", "datetime"], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `wide` ones only appear with `-o wide`."""

    name: str
    cell: Cell
    type: str = "string"
    wide: bool = False
    description: str = ""
    format: str = ""

    @property
    def definition(self) -> Json:
        """As the table declares it."""
        described = {"description": self.description} if self.description else {}
        priority = 1 if self.wide else 0
        typed = {"name": self.name, "type": self.type, "format": self.format}
        return {**typed, **described, "priority": priority}


def columns_of(resource: Resource) -> tuple[Column, ...]:
    """The columns of a resource; of custom ones, what every object has."""
    known = _OF_KINDS.get(resource.kind.name)
    if known is None:
        return (NAME, CREATED if resource.custom else AGE)
    return known if resource.kind.name == "Event" else (NAME, *known)


def _at(*path: str, default: Any = "<none>") -> Cell:
    """The value at a path, `default` where there is none."""

    def cell(obj: Json, _now: datetime) -> Any:
        value = dig(obj, *path)
        return default if value in (None, "", [], {}) else value

    return cell


def _age(obj: Json, now: datetime) -> str:
    return age_of(obj["metadata"], now)


def _ratio(obj: Json, _now: datetime) -> str:
    return f"{dig(obj, 'status', 'readyReplicas') or 0}/{dig(obj, 'spec', 'replicas') or 0}"


def _selector(*path: str) -> Cell:
    """A label selector, or the plain labels of a Service's."""

    def cell(obj: Json, _now: datetime) -> str:
        found: Any = dig(obj, *path)
        plain = found and not {"matchLabels", "matchExpressions"} & found.keys()
        return selector_text({"matchLabels": found} if plain else found) or "<none>"

    return cell


def _containers(field: str) -> Cell:
    def cell(obj: Json, _now: datetime) -> str:
        containers: Any = dig(obj, "spec", "template", "spec", "containers") or []
        return ",".join(str(container.get(field, "")) for container in containers)

    return cell


def _count(*path: str) -> Cell:
    def cell(obj: Json, _now: datetime) -> int:
        value: Any = dig(obj, *path)
        return len(value) if value else 0

    return cell


def _minimum(obj: Json, _now: datetime) -> str:
    minimum = dig(obj, "spec", "minReplicas")
    return "<unset>" if minimum is None else str(minimum)


def _target(obj: Json, _now: datetime) -> str:
    return (
        f"{dig(obj, 'spec', 'scaleTargetRef', 'kind')}/{dig(obj, 'spec', 'scaleTargetRef', 'name')}"
    )


def _node_status(obj: Json, _now: datetime) -> str:
    conditions: Any = dig(obj, "status", "conditions") or []
    ready = next((c for c in conditions if c["type"] == "Ready"), None)
    text = "Unknown" if ready is None else "Ready" if ready["status"] == "True" else "NotReady"
    return f"{text},SchedulingDisabled" if dig(obj, "spec", "unschedulable") else text


def _node_roles(obj: Json, _now: datetime) -> str:
    prefix = "node-role.kubernetes.io/"
    labels = obj["metadata"].get("labels") or {}
    roles = [label.removeprefix(prefix) for label in labels if label.startswith(prefix)]
    return ",".join(sorted(roles)) or "<none>"


def _node_address(kind: str) -> Cell:
    def cell(obj: Json, _now: datetime) -> str:
        addresses: Any = dig(obj, "status", "addresses") or []
        return next((a["address"] for a in addresses if a["type"] == kind), "<none>")

    return cell


def _node_info(field: str) -> Cell:
    return _at("status", "nodeInfo", field, default="<unknown>")


def _external_ip(obj: Json, _now: datetime) -> str:
    if dig(obj, "spec", "type") == "LoadBalancer":
        ingress: Any = dig(obj, "status", "loadBalancer", "ingress") or []
        return ",".join(entry.get("ip", "") for entry in ingress) or "<pending>"
    ips: Any = dig(obj, "spec", "externalIPs") or []
    return ",".join(ips) or "<none>"


def _service_ports(obj: Json, _now: datetime) -> str:
    ports: Any = dig(obj, "spec", "ports") or []
    texts = [
        f"{port['port']}:{port['nodePort']}/{port['protocol']}"
        if port.get("nodePort")
        else f"{port['port']}/{port['protocol']}"
        for port in ports
    ]
    return ",".join(texts) or "<none>"


def _slice_ports(obj: Json, _now: datetime) -> str:
    return _some([str(port.get("port") or "*") for port in obj.get("ports") or []], "<unset>")


def _slice_addresses(obj: Json, _now: datetime) -> str:
    endpoints = obj.get("endpoints") or []
    return _some([address for each in endpoints for address in each["addresses"]], "<unset>")


def _some(texts: list[str], nothing: str) -> str:
    """The first three of several; how many more there are."""
    more = f" + {len(texts) - 3} more..." if len(texts) > 3 else ""
    return ",".join(texts[:3]) + more if texts else nothing


def _api_service(obj: Json, _now: datetime) -> str:
    service: Any = dig(obj, "spec", "service")
    return f"{service['namespace']}/{service['name']}" if service else "Local"


def _available(obj: Json, _now: datetime) -> str:
    conditions: Any = dig(obj, "status", "conditions") or []
    found = next((c for c in conditions if c["type"] == "Available"), None)
    if found is None:
        return "Unknown"
    status = found["status"]
    return status if status == "True" else f"{status} ({found['reason']})"


def _role(obj: Json, _now: datetime) -> str:
    return f"{dig(obj, 'roleRef', 'kind')}/{dig(obj, 'roleRef', 'name')}"


def _subjects(kind: str) -> Cell:
    def cell(obj: Json, _now: datetime) -> str:
        named = [s for s in obj.get("subjects") or [] if s.get("kind") == kind]
        return ", ".join(
            f"{s['namespace']}/{s['name']}" if s.get("namespace") else s["name"] for s in named
        )

    return cell


def _created_at(obj: Json, _now: datetime) -> Any:
    return obj["metadata"].get("creationTimestamp")


def _last_seen(obj: Json, now: datetime) -> str:
    stamps = (
        dig(obj, "series", "lastObservedTime"),
        obj.get("lastTimestamp"),
        obj.get("eventTime"),
    )
    stamp = next((stamp for stamp in stamps if stamp), None)
    return age_of({"creationTimestamp": stamp}, now)


def _first_seen(obj: Json, now: datetime) -> str:
    return age_of({"creationTimestamp": obj.get("firstTimestamp") or obj.get("eventTime")}, now)


def _involved(obj: Json, _now: datetime) -> str:
    involved = obj.get("involvedObject", {})
    return f"{str(involved.get('kind', '')).lower()}/{involved.get('name', '')}"


def _source(obj: Json, _now: datetime) -> str:
    source = obj.get("source") or {}
    named = [source.get("component", ""), source.get("host", "")]
    return ", ".join(filter(None, named)) or str(obj.get("reportingComponent", ""))


NAME = Column("Name", _at("metadata", "name"), format="name")
AGE = Column("Age", _age)
CREATED = Column("Age", _age, "date")
_WORKLOAD = (
    Column(
        "Containers",
        _containers("name"),
        wide=True,
        description="Names of each container in the template.",
    ),
    Column(
        "Images",
        _containers("image"),
        wide=True,
        description="Images referenced by each container in the template.",
    ),
    Column("Selector", _selector("spec", "selector"), wide=True),
)


def _binding(kind: str) -> tuple[Column, ...]:
    listed = (("Users", "User"), ("Groups", "Group"), ("ServiceAccounts", "ServiceAccount"))
    subjects = (
        Column(name, _subjects(subject), wide=True, description=f"{name} in the {kind}")
        for name, subject in listed
    )
    return (Column("Role", _role), AGE, *subjects)


def _status_count(name: str, field: str) -> Column:
    return Column(name, _at("status", field, default=0), "integer")


def _pod_column(name: str, description: str = "", *, wide: bool = False) -> Column:
    cell: Cell = lambda pod, now: pod_cells(pod, now)[name]  # noqa: E731
    return Column(name, cell, wide=wide, description=description)


_OF_KINDS: dict[str, tuple[Column, ...]] = {
    "HorizontalPodAutoscaler": (
        Column("Reference", _target),
        Column("Targets", lambda hpa, _now: hpa_targets(hpa)),
        Column("MinPods", _minimum),
        Column("MaxPods", _at("spec", "maxReplicas", default=0)),
        Column("Replicas", _at("status", "currentReplicas", default=0)),
        AGE,
    ),
    "Deployment": (
        Column("Ready", _ratio, description="Number of the pod with ready state"),
        Column("Up-to-date", _at("status", "updatedReplicas", default=0)),
        Column("Available", _at("status", "availableReplicas", default=0)),
        AGE,
        *_WORKLOAD,
    ),
    "ReplicaSet": (
        Column("Desired", _at("spec", "replicas", default=0), "integer"),
        _status_count("Current", "replicas"),
        _status_count("Ready", "readyReplicas"),
        AGE,
        *_WORKLOAD,
    ),
    "DaemonSet": (
        _status_count("Desired", "desiredNumberScheduled"),
        _status_count("Current", "currentNumberScheduled"),
        _status_count("Ready", "numberReady"),
        _status_count("Up-to-date", "updatedNumberScheduled"),
        _status_count("Available", "numberAvailable"),
        Column("Node Selector", _selector("spec", "template", "spec", "nodeSelector")),
        AGE,
        *_WORKLOAD,
    ),
    "Pod": (
        _pod_column("Ready", "The aggregate readiness state of this pod for accepting traffic."),
        _pod_column("Status", "The aggregate status of the containers in this pod."),
        _pod_column(
            "Restarts",
            "The number of times the containers in this pod have been restarted and when the last "
            "container in this pod has restarted.",
        ),
        AGE,
        Column("IP", _at("status", "podIP"), wide=True),
        Column("Node", _at("spec", "nodeName"), wide=True),
        Column("Nominated Node", _at("status", "nominatedNodeName"), wide=True),
        _pod_column("Readiness Gates", wide=True),
    ),
    "Node": (
        Column("Status", _node_status, description="The status of the node"),
        Column("Roles", _node_roles, description="The roles of the node"),
        AGE,
        Column("Version", _at("status", "nodeInfo", "kubeletVersion", default="")),
        Column("Internal-IP", _node_address("InternalIP"), wide=True),
        Column("External-IP", _node_address("ExternalIP"), wide=True),
        Column("OS-Image", _node_info("osImage"), wide=True),
        Column("Kernel-Version", _node_info("kernelVersion"), wide=True),
        Column("Container-Runtime", _node_info("containerRuntimeVersion"), wide=True),
    ),
    "Namespace": (
        Column(
            "Status", _at("status", "phase", default=""), description="The status of the namespace"
        ),
        AGE,
    ),
    "Service": (
        Column("Type", _at("spec", "type", default="")),
        Column("Cluster-IP", _at("spec", "clusterIP")),
        Column("External-IP", _external_ip),
        Column("Port(s)", _service_ports),
        AGE,
        Column("Selector", _selector("spec", "selector"), wide=True),
    ),
    "EndpointSlice": (
        Column("AddressType", _at("addressType", default="")),
        Column("Ports", _slice_ports),
        Column("Endpoints", _slice_addresses),
        AGE,
    ),
    "ServiceAccount": (Column("Secrets", _count("secrets")), AGE),
    "ConfigMap": (Column("Data", _count("data")), AGE),
    "Secret": (Column("Type", _at("type", default="")), Column("Data", _count("data")), AGE),
    "Event": (
        Column("Last Seen", _last_seen),
        Column("Type", _at("type", default="")),
        Column("Reason", _at("reason", default="")),
        Column("Object", _involved),
        Column("Subobject", _at("involvedObject", "fieldPath", default=""), wide=True),
        Column("Source", _source, wide=True),
        Column("Message", lambda event, _now: str(event.get("message", "")).strip()),
        Column("First Seen", _first_seen, wide=True),
        Column("Count", lambda event, _now: str(event.get("count") or 1), wide=True),
        replace(NAME, wide=True),
    ),
    "APIService": (
        Column("Service", _api_service),
        Column("Available", _available, description="Whether this service is available."),
        AGE,
    ),
    "ClusterRole": (Column("Created At", _created_at, "date"),),
    "Role": (Column("Created At", _created_at, "date"),),
    "ClusterRoleBinding": _binding("clusterRoleBinding"),
    "RoleBinding": _binding("roleBinding"),
    "NetworkPolicy": (Column("Pod-Selector", _selector("spec", "podSelector")), AGE),
    "PodDisruptionBudget": (
        Column(
            "Min Available",
            _at("spec", "minAvailable", default="N/A"),
            description="The minimum number of pods that must be available.",
        ),
        Column(
            "Max Unavailable",
            _at("spec", "maxUnavailable", default="N/A"),
            description="The maximum number of pods that may be unavailable.",
        ),
        Column(
            "Allowed Disruptions",
            _at("status", "disruptionsAllowed", default=0),
            "integer",
            description="Calculated number of pods that may be disrupted at this time.",
        ),
        AGE,
    ),
    "CustomResourceDefinition": (Column("Created At", _created_at, "date"),),
}
