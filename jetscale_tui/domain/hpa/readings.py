"""What one pass is given from outside: the scale, the pods, and a reading for each metric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

Requests = Mapping[str, int]
"""Resource name to milli-units."""


class Scale(NamedTuple):
    """The scale subresource of the target, as read at the start of the pass."""

    replicas: int
    """`spec.replicas`: the size before the pass."""
    observed: int
    """`status.replicas`."""
    selector: str = "app=target"
    """Label selector of the pods; empty is an error of the target."""
    rivals: tuple[str, ...] = ()
    """`namespace/name` of all HPAs whose selectors match these pods, if more than this one."""


@dataclass(frozen=True, slots=True)
class ScaleUnreadable:
    """The target's scale could not be read."""

    message: str
    """The API server's words."""


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod under the target's selector, as far as the autoscaler cares. Times in milliseconds."""

    name: str
    phase: str = "Running"
    ready: str | None = "True"
    """Status of the Ready condition: True, False or Unknown; None: no such condition."""
    ready_changed: int = 0
    """When that condition last changed."""
    started: int | None = 0
    """`status.startTime`."""
    deleting: bool = False
    requests: Mapping[str, Requests] = field(default_factory=dict)
    """By container."""
    sidecar_requests: Mapping[str, Requests] = field(default_factory=dict)
    """By restartable init container."""
    pod_requests: Requests | None = None
    """Requests stated for the pod as a whole."""

    @property
    def counts_as_ready(self) -> bool:
        """Running with Ready=True; a pod being deleted still counts."""
        return self.phase == "Running" and self.ready == "True"


class Pods(NamedTuple):
    """The pods under the selector. External and Object metrics need only the two counts."""

    listed: int
    ready: int
    each: tuple[Pod, ...] = ()
    """Needed for Pods, Resource and ContainerResource metrics."""

    @classmethod
    def of(cls, pods: Iterable[Pod]) -> Pods:
        """The pods with their counts."""
        each = tuple(pods)
        return cls(len(each), sum(pod.counts_as_ready for pod in each), each)


class ResourceSample(NamedTuple):
    """One pod's entry of the resource-metrics API. Times in milliseconds."""

    pod: str
    containers: Mapping[str, Requests]
    """Usage by container."""
    timestamp: int
    window: int


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """The metrics API answered with an error."""

    message: str


ExternalReading = tuple[int, ...] | ReadFailure
"""All series of the answer, milli-units; empty: the API answered with no items."""
ObjectReading = int | ReadFailure
"""Milli-units."""
PodsReading = Mapping[str, int] | ReadFailure
"""Milli-units by pod name; empty: the API answered with no items."""
ResourceReading = tuple[ResourceSample, ...] | ReadFailure
"""Empty: the API answered with no items."""

Reading = ExternalReading | ObjectReading | PodsReading | ResourceReading
"""One metric's answer; which one depends on the metric's type."""


@dataclass(frozen=True, slots=True)
class Flags:
    """Settings of kube-controller-manager; GKE runs the defaults. Times in milliseconds."""

    tolerance: float = 0.1
    downscale_stabilization: int = 300_000
    cpu_initialization: int = 300_000
    initial_readiness_delay: int = 30_000
    scale_up_factor: float = 2.0
    """Without behavior, a pass at most multiplies the size by this."""
    scale_up_minimum: float = 4.0
    """Without behavior, a pass may always reach this size."""
    scale_to_zero: bool = False
    """Feature gate HPAScaleToZero."""
    configurable_tolerance: bool = True
    """Feature gate HPAConfigurableTolerance."""
    pod_level_resources: bool = True
    """Feature gate PodLevelResources."""


DEFAULT_FLAGS = Flags()
