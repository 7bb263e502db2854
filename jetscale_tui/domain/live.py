"""What the dashboard knows of a cluster: frozen values, taken together in one `LiveSnapshot`.

Rows keep their identity from one snapshot to the next for as long as their object has not changed,
so `old is new` tells a reader cheaply what to repaint. Text in rows comes from the cluster and is
never markup.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from jetscale_tui.domain.pausing import is_paused
from jetscale_tui.domain.series import Series

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json, Kind

Key = tuple[str, str]
"""Namespace and name."""


class ChangeType(StrEnum):
    """What a watch says happened to an object."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"


class LinkState(StrEnum):
    """How the watch of one kind is doing."""

    CONNECTING = "connecting"
    """No answer yet."""
    LIVE = "live"
    RECONNECTING = "reconnecting"
    """It broke and is tried again; what is shown is as old as `Link.heard`."""
    FORBIDDEN = "forbidden"
    """This identity may not list or watch the kind."""
    UNAUTHENTICATED = "unauthenticated"
    """The credentials are expired or refused; asking again cannot help before a new login."""
    ABSENT = "absent"
    """The cluster does not know the kind."""


@dataclass(frozen=True, slots=True)
class Link:
    """The watch of one kind of resource."""

    plural: str
    """Which kind, such as `horizontalpodautoscalers`."""
    state: LinkState = LinkState.CONNECTING
    heard: datetime | None = None
    """When the server last said anything on this watch, in the cluster's time."""
    reason: str = ""
    """Why it is not live, in a sentence."""
    why: str = ""
    """The server's own words, if there are any."""
    hint: str = ""
    """What to do about it."""
    attempt: int = 0
    """Tries since it was last live."""

    @property
    def live(self) -> bool:
        """Whether what is shown of this kind is current."""
        return self.state is LinkState.LIVE


@dataclass(frozen=True, slots=True)
class Connection:
    """How fresh the picture is, kind by kind; a part that is forbidden does not stop the others."""

    links: tuple[Link, ...] = ()

    def link(self, plural: str) -> Link:
        """The watch of a kind, by its plural; a fresh one when it has not begun."""
        return next((link for link in self.links if link.plural == plural), Link(plural))

    @property
    def state(self) -> LinkState:
        """State of the HPAs' watch: the one the dashboard stands on."""
        return self.link("horizontalpodautoscalers").state

    @property
    def stale_since(self) -> datetime | None:
        """When the HPAs' watch was last heard, if it is broken; None while it is live."""
        link = self.link("horizontalpodautoscalers")
        return None if link.live else link.heard


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of an object's status."""

    type: str
    status: str
    """`True`, `False` or `Unknown`."""
    reason: str = ""
    message: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class MetricView:
    """One metric of an HPA: what it should be and what it is."""

    source: str
    """`Pods`, `External`, `Object`, `Resource` or `ContainerResource`."""
    name: str
    target_type: str
    """`AverageValue`, `Value` or `Utilization`."""
    target: str
    """Quantity as the API writes it, such as `800m`; percent without a sign for Utilization."""
    current: str | None
    """Quantity of the same sort; None when the HPA has no value (kubectl's `<unknown>`)."""
    target_value: float | None = None
    current_value: float | None = None

    @property
    def ratio(self) -> float | None:
        """Current divided by target; above 1 asks for more replicas."""
        if self.current_value is None or not self.target_value:
            return None
        return self.current_value / self.target_value


_NEEDED = ("AbleToScale", "ScalingActive")
"""Conditions without which nothing scales, the first one first."""


@dataclass(frozen=True, slots=True)
class HpaView:
    """One HorizontalPodAutoscaler."""

    namespace: str
    name: str
    uid: str
    resource_version: str
    reference: str
    """Scale target as kubectl writes it: `Deployment/maxengine-server`."""
    targets: str
    """The TARGETS cell exactly as kubectl prints it."""
    min_replicas: int | None
    """None: unset, which means 1."""
    max_replicas: int
    current_replicas: int
    desired_replicas: int
    metrics: tuple[MetricView, ...]
    conditions: tuple[Condition, ...]
    created: datetime | None
    last_scale_time: datetime | None
    status_written: datetime | None
    """When the controller last wrote the status, to the second, where the server keeps that."""
    generation: int
    observed_generation: int
    behavior: Json | None = field(compare=False)
    raw: Json = field(compare=False, repr=False)
    """The object as the server sent it, without managed fields; treat as read-only."""

    @property
    def key(self) -> Key:
        """Namespace and name."""
        return self.namespace, self.name

    def condition(self, kind: str) -> Condition | None:
        """A condition by type, such as `ScalingActive`."""
        return next((c for c in self.conditions if c.type == kind), None)

    @property
    def problem(self) -> Condition | None:
        """The condition that keeps it from scaling; None when it works."""
        failed = [
            each for each in self.conditions if each.status == "False" and each.type in _NEEDED
        ]
        return min(failed, key=lambda each: _NEEDED.index(each.type), default=None)

    @property
    def paused(self) -> bool:
        """Whether scaling is switched off in both directions."""
        return is_paused(self.behavior)

    @property
    def capped(self) -> bool:
        """Whether the maximum holds back more replicas."""
        condition = self.condition("ScalingLimited")
        return (
            condition is not None
            and condition.status == "True"
            and condition.reason == "TooManyReplicas"
        )


@dataclass(frozen=True, slots=True)
class PodRow:
    """One pod."""

    namespace: str
    name: str
    uid: str
    phase: str
    """As kubectl's STATUS: `Running`, `Pending`, `ContainerCreating`, `CrashLoopBackOff`, ..."""
    ready: int
    containers: int
    restarts: int
    node: str
    chips: int
    """TPU chips requested."""
    workload: str
    """What owns it, such as `Deployment/maxengine-server`; empty for a bare pod."""
    created: datetime | None
    scheduled: datetime | None
    """When it was given a node."""
    became_ready: datetime | None
    """When it became ready, if it is."""
    reason: str = ""
    """Why it is not ready: `Unschedulable`, `ImagePullBackOff`, ..."""
    message: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    resource_version: str = ""

    @property
    def key(self) -> Key:
        """Namespace and name."""
        return self.namespace, self.name

    @property
    def is_ready(self) -> bool:
        """Whether it serves."""
        return self.became_ready is not None


@dataclass(frozen=True, slots=True)
class NodeRow:
    """One node with TPU chips."""

    name: str
    accelerator: str
    """`cloud.google.com/gke-tpu-accelerator`, such as `tpu-v5-lite-podslice`."""
    topology: str
    """`cloud.google.com/gke-tpu-topology`, such as `2x4`."""
    pool: str
    chips: int
    """Chips it can give to pods."""
    used: int
    """Chips requested by the pods seen on it."""
    ready: bool
    schedulable: bool
    created: datetime | None

    @property
    def free(self) -> int:
        """Chips nobody requested."""
        return max(self.chips - self.used, 0)


@dataclass(frozen=True, slots=True)
class EventRow:
    """Equal Kubernetes events of one object, merged."""

    namespace: str
    involved: str
    """`HorizontalPodAutoscaler/jetstream-hpa`."""
    type: str
    """`Normal` or `Warning`."""
    reason: str
    message: str
    count: int
    first: datetime | None
    last: datetime | None
    source: str = ""
    """Component that reported it."""


@dataclass(frozen=True, slots=True, eq=False)
class HpaHistory:
    """What one HPA was over time, for plots."""

    current: Series = field(default_factory=Series)
    desired: Series = field(default_factory=Series)
    limit: Series = field(default_factory=Series)
    """`maxReplicas`."""
    metrics: tuple[Series, ...] = ()
    """In the order of `HpaView.metrics`; the same unit as `MetricView.current_value`."""
    since: float | None = None
    """When it was first seen, seconds since the epoch; what was before is not known."""
    written: float | None = None
    """When the controller last wrote the status, as far as known."""
    edited: float | None = None
    """When the spec was last seen to change; None: never while it was watched."""
    retargeted: float | None = None
    """The same for the metrics and their targets: readings from before were judged by others."""


_NO_HISTORY = HpaHistory()


@dataclass(frozen=True, slots=True)
class LiveSnapshot:
    """Everything a dashboard shows, at one moment."""

    version: int = 0
    """Grows with every snapshot of a feed."""
    taken: datetime | None = None
    """The cluster's time; ages are counted from here."""
    hpas: tuple[HpaView, ...] = ()
    """By namespace, then name."""
    pods: tuple[PodRow, ...] = ()
    """By namespace, then name."""
    nodes: tuple[NodeRow, ...] = ()
    """Nodes with TPU chips, by name."""
    events: tuple[EventRow, ...] = ()
    """Newest first."""
    connection: Connection = Connection()
    changes: int = 0
    """Watch events taken in since the feed began."""
    histories: Mapping[Key, HpaHistory] = field(default_factory=dict, compare=False, repr=False)
    complete: bool = False
    """Whether the whole list of HPAs has arrived."""

    def hpa(self, namespace: str, name: str) -> HpaView | None:
        """One HPA, or None."""
        index = bisect_left(self.hpas, (namespace, name), key=lambda view: view.key)
        if index < len(self.hpas) and self.hpas[index].key == (namespace, name):
            return self.hpas[index]
        return None

    def history(self, namespace: str, name: str) -> HpaHistory:
        """What an HPA was over time; empty for one never seen."""
        return self.histories.get((namespace, name), _NO_HISTORY)

    def pods_of(self, hpa: HpaView) -> tuple[PodRow, ...]:
        """Pods of an HPA's scale target."""
        return tuple(
            pod
            for pod in self.pods
            if pod.namespace == hpa.namespace and pod.workload == hpa.reference
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """Objects of a kind as a list gave them, page by page."""

    kind: Kind
    objects: tuple[Json, ...]
    first: bool = True
    """The list begins: whatever no page names is gone when it ends."""
    last: bool = True


@dataclass(frozen=True, slots=True)
class Changed:
    """One object was added, modified or deleted."""

    kind: Kind
    change: ChangeType
    object: Json


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The watch of a kind connected, broke, or was heard again."""

    link: Link


WatchEvent = Listed | Changed | LinkChanged
"""What comes out of a list-then-watch, in order."""
