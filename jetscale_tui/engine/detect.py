"""What is already there: the server, its chips, its metrics, who owns what.

Everything here only reads. Values are frozen; the wizard shows them, the planner weighs them.
"""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.kinds import DEPLOYMENT, HPA, NODE, POD
from jetscale_tui.engine import exposition, observe
from jetscale_tui.engine.growth import NodeWait, node_wait
from jetscale_tui.errors import PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup, Workload
    from jetscale_tui.engine.observe import Page
    from jetscale_tui.engine.ports import Cluster

TPU = "google.com/tpu"
TPU_ACCELERATOR = "cloud.google.com/gke-tpu-accelerator"
TPU_TOPOLOGY = "cloud.google.com/gke-tpu-topology"
NODE_POOL = "cloud.google.com/gke-nodepool"


@dataclass(frozen=True, slots=True)
class FoundWorkload:
    """A Deployment that a profile recognises."""

    profile: str
    namespace: str
    deployment: str
    container: str
    """The container that requests TPU chips."""
    image: str
    selector: Mapping[str, str]
    """`spec.selector.matchLabels` of the Deployment."""
    replicas: int
    ready: int
    chips_per_replica: int
    node_selector: Mapping[str, str]
    metrics_port: int | None
    """Port in the container's arguments, None when the argument is missing."""


def recognise(deployment: Json, profile: Profile) -> FoundWorkload | None:
    """What a profile makes of a Deployment, None when it is none of its servers."""
    pod = deployment["spec"]["template"]["spec"]
    container = next((c for c in pod["containers"] if _is_server(c, profile)), None)
    if container is None:
        return None
    metadata, spec = deployment["metadata"], deployment["spec"]
    return FoundWorkload(
        profile=profile.name,
        namespace=metadata["namespace"],
        deployment=metadata["name"],
        container=container["name"],
        image=container.get("image", ""),
        selector=dict(spec["selector"].get("matchLabels") or {}),
        replicas=spec.get("replicas", 1),
        ready=(deployment.get("status") or {}).get("readyReplicas", 0),
        chips_per_replica=chips_requested(pod),
        node_selector=dict(pod.get("nodeSelector") or {}),
        metrics_port=metrics_port(container, profile),
    )


def find_workloads(
    cluster: Cluster, profiles: Iterable[Profile], namespace: str | None = None
) -> tuple[FoundWorkload, ...]:
    """Deployments of known servers; of one namespace, or of all when none is given."""
    known = tuple(profiles)
    found = []
    for deployment in cluster.list(DEPLOYMENT, namespace):
        recognised = (recognise(deployment, profile) for profile in known)
        found += [workload for workload in recognised if workload is not None][:1]
    return tuple(sorted(found, key=lambda workload: (workload.namespace, workload.deployment)))


def in_setup(setup: Setup, found: FoundWorkload) -> Setup:
    """The setup with a found Deployment as its server."""
    workload = {
        "profile": found.profile,
        "namespace": found.namespace,
        "deployment": found.deployment,
        "selector": dict(found.selector),
        "chips_per_replica": found.chips_per_replica or setup.workload.chips_per_replica,
        "metrics_port": found.metrics_port or setup.workload.metrics_port,
    }
    return setup.model_copy(update={"workload": setup.workload.model_copy(update=workload)})


def server_container(deployment: Json, profile: Profile) -> Json | None:
    """The server's container of a Deployment: by name, by image, else the one with TPU chips."""
    containers: list[Json] = deployment["spec"]["template"]["spec"]["containers"]
    with_chips = [c for c in containers if _chips(c)]
    recognised = [c for c in containers if _is_server(c, profile)]
    return next(iter(recognised or with_chips), None)


def metrics_port(container: Json, profile: Profile) -> int | None:
    """The metrics port in a container's arguments, None when the argument is missing or 0."""
    prefix, _, suffix = profile.metrics_argument.partition("{port}")
    pattern = re.compile(rf"{re.escape(prefix)}(\d+){re.escape(suffix)}")
    words = [*(container.get("command") or ()), *(container.get("args") or ())]
    for word in words:
        # `sh -c "... prometheus_port=9100 ..."` holds the argument inside a longer word.
        if match := pattern.search(str(word)):
            return int(match[1]) or None
    return None


def chips_requested(pod_spec: Json) -> int:
    """TPU chips all containers of a pod request together."""
    return sum(_chips(container) for container in pod_spec["containers"])


@dataclass(frozen=True, slots=True)
class TpuNode:
    """A node with TPU chips that the server's pods can go to."""

    name: str
    chips: int
    taken: int
    """Chips requested there by pods of other workloads."""
    topology: str


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many replicas the TPU chips allow."""

    nodes: tuple[TpuNode, ...]
    chips_per_replica: int
    growth: int | None = None
    """Nodes the node pools may still grow by; None when the pools are not known."""
    node_wait: NodeWait | None = None
    """How long pods have waited for new nodes of this kind; None when none had to."""

    @property
    def chips(self) -> int:
        """Chips of all matching nodes."""
        return sum(node.chips for node in self.nodes)

    @property
    def fits_now(self) -> int:
        """Replicas that fit the nodes there are; a replica's chips are on one node."""
        return sum((node.chips - node.taken) // self.chips_per_replica for node in self.nodes)

    @property
    def fits_grown(self) -> int | None:
        """Replicas that fit once the pools have grown to their maximum."""
        if self.growth is None or not self.nodes:
            return None
        return self.fits_now + self.growth * (self.nodes[0].chips // self.chips_per_replica)

    @property
    def proposed_maximum(self) -> int:
        """A maximum that is safe to propose: what fits now, at least one."""
        return max(1, self.fits_now)


def capacity(
    cluster: Cluster,
    workload: Workload,
    deployment: Json | None,
    gke: GkeCluster | None = None,
) -> Capacity:
    """Counts chips on the nodes that match the Deployment's node selector."""
    selector: Mapping[str, str] = {}
    labels: Mapping[str, str] = workload.selector
    if deployment is not None:
        selector = deployment["spec"]["template"]["spec"].get("nodeSelector") or {}
        labels = deployment["spec"]["selector"].get("matchLabels") or labels
    nodes = [
        node
        for node in cluster.list(NODE, labels=observe.label_selector(selector))
        if _allocatable(node)
    ]
    pods = cluster.list(POD) if nodes else []
    taken = _chips_taken(pods, workload.namespace, labels)
    rows = tuple(
        TpuNode(
            observe.name_of(node),
            _allocatable(node),
            taken.get(observe.name_of(node), 0),
            (node["metadata"].get("labels") or {}).get(TPU_TOPOLOGY, ""),
        )
        for node in nodes
    )
    growth = _growth(gke, selector, nodes)
    return Capacity(rows, workload.chips_per_replica, growth, node_wait(pods, nodes))


@dataclass(frozen=True, slots=True)
class StartUp:
    """How long a replica takes from being scheduled to being ready."""

    seconds: float
    """Median over the pods measured."""
    pods: int


def start_up(pods: Iterable[Json]) -> StartUp | None:
    """Start-up time of pods that never restarted; None when no such pod is ready."""
    measured = [seconds for pod in pods if (seconds := _start_seconds(pod)) is not None]
    return StartUp(statistics.median(measured), len(measured)) if measured else None


@dataclass(frozen=True, slots=True)
class ServerLook:
    """The server as it is now: its Deployment, its pods, what its metrics port says."""

    deployment: Json | None
    pods: tuple[Json, ...] = ()
    page: Page | None = None
    """Of one ready pod; None when no pod is ready."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Value of each metric on the page, all its series added."""
    collected: bool = False
    """No pod could be asked: the values are the newest ones of Cloud Monitoring."""

    @property
    def ready(self) -> int:
        """How many of its pods are Ready."""
        return sum(observe.is_true(pod, "Ready") for pod in self.pods)


def look_at_server(cluster: Cluster, setup: Setup) -> ServerLook:
    """Reads the Deployment, its pods and one pod's metrics page."""
    workload = setup.workload
    deployment = observe.deployment(cluster, workload.namespace, workload.deployment)
    if deployment is None:
        return ServerLook(None)
    labels = deployment["spec"]["selector"].get("matchLabels") or workload.selector
    pods = tuple(observe.pods(cluster, workload.namespace, labels))
    ready = next((pod for pod in pods if observe.is_true(pod, "Ready")), None)
    if ready is None:
        return ServerLook(deployment, pods)
    page = observe.page(
        cluster,
        workload.namespace,
        observe.name_of(ready),
        workload.metrics_port,
        setup.scrape.server.path,
    )
    values = {
        name: exposition.total(page.samples, name) or 0.0 for name in exposition.names(page.samples)
    }
    return ServerLook(deployment, pods, page, values)


@dataclass(frozen=True, slots=True)
class ApiOwner:
    """Who answers one metrics API."""

    api: str
    """Name of the APIService."""
    namespace: str
    service: str
    available: bool
    reason: str
    """Why it is not available, in the server's words."""
    users: tuple[str, ...] = ()
    """HPAs that ask it for a metric, as `namespace/name`, as far as they may be listed."""


def metric_api_owners(cluster: Cluster) -> tuple[ApiOwner, ...]:
    """Owners of the metrics APIs that somebody serves."""
    owners: list[ApiOwner] = []
    hpas: list[Json] | None = None
    for name in observe.METRIC_APIS:
        api = observe.metric_api(cluster, name)
        if api is None:
            continue
        hpas = _hpas(cluster) if hpas is None else hpas
        namespace, service = observe.backend(api)
        state = observe.condition(api, "Available")
        owners.append(
            ApiOwner(
                name,
                namespace,
                service,
                state.get("status") == "True",
                "" if state.get("status") == "True" else str(state.get("message", "")),
                tuple(dependents(hpas, name.partition(".")[2])),
            )
        )
    return tuple(owners)


def dependents(hpas: Iterable[Json], group: str) -> list[str]:
    """HPAs that ask an API group for their metrics."""
    types = {"external.metrics.k8s.io": {"External"}}.get(group, {"Pods", "Object"})
    return [
        f"{observe.namespace_of(hpa)}/{observe.name_of(hpa)}"
        for hpa in hpas
        if any(metric["type"] in types for metric in hpa["spec"].get("metrics") or ())
    ]


def _hpas(cluster: Cluster) -> list[Json]:
    try:
        return cluster.list(HPA)
    except PermissionDenied:
        return []


def _is_server(container: Json, profile: Profile) -> bool:
    image = container.get("image", "")
    return container["name"] == profile.container or any(part in image for part in profile.images)


def _chips(container: Json) -> int:
    resources = container.get("resources") or {}
    for kind in ("limits", "requests"):
        if TPU in (resources.get(kind) or {}):
            return int(resources[kind][TPU])
    return 0


def _allocatable(node: Json) -> int:
    return int(((node.get("status") or {}).get("allocatable") or {}).get(TPU, 0))


def _chips_taken(pods: Iterable[Json], namespace: str, own: Mapping[str, str]) -> dict[str, int]:
    """Chips by node that pods other than the server's own hold."""
    taken: dict[str, int] = {}
    for pod in pods:
        labels = pod["metadata"].get("labels") or {}
        ours = observe.namespace_of(pod) == namespace and own.items() <= labels.items()
        node = pod["spec"].get("nodeName")
        over = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
        if node and not ours and not over:
            taken[node] = taken.get(node, 0) + chips_requested(pod["spec"])
    return taken


def _growth(
    gke: GkeCluster | None, selector: Mapping[str, str], nodes: Iterable[Json]
) -> int | None:
    if gke is None or gke.autopilot:
        # Autopilot makes nodes of no pool that anybody set limits to.
        return None
    accelerator, topology = selector.get(TPU_ACCELERATOR), selector.get(TPU_TOPOLOGY)
    # The GKE API tells the size a pool was made with; how many nodes there are, the nodes tell.
    pools = [(node["metadata"].get("labels") or {}).get(NODE_POOL) for node in nodes]
    known = any(pools)
    return sum(
        max(0, pool.max_nodes - (pools.count(pool.name) if known else pool.node_count))
        for pool in gke.pools
        if pool.chips_per_node
        and accelerator in (None, pool.accelerator)
        and topology in (None, pool.topology)
    )


def _start_seconds(pod: Json) -> float | None:
    statuses: list[Any] = (pod.get("status") or {}).get("containerStatuses") or []
    if any(status.get("restartCount", 0) for status in statuses):
        return None
    scheduled, ready = (observe.condition(pod, kind) for kind in ("PodScheduled", "Ready"))
    if not scheduled.get("status") == ready.get("status") == "True":
        return None
    began, ended = (c.get("lastTransitionTime") for c in (scheduled, ready))
    if not began or not ended:
        return None
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
