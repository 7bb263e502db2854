"""What the controller was given in a pass, rebuilt from what it wrote down afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jetscale_tui.domain.hpa.arithmetic import INT64_MAX
from jetscale_tui.domain.hpa.readings import (
    Pod,
    Pods,
    ReadFailure,
    ResourceSample,
    Scale,
    ScaleUnreadable,
)
from jetscale_tui.domain.hpa.spec import MetricType, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from jetscale_tui.domain.hpa.readings import Reading, Requests
    from jetscale_tui.domain.hpa.spec import HpaSpec, MetricSpec
    from jetscale_tui.domain.live import HpaView, PodRow

_SELECTOR = "app=target"
"""The scale's selector is not part of the HPA; any valid one leads to the same decision."""
TERMINATING = "Terminating"
"""kubectl's word for a pod on its way out."""
_REQUEST = 1000
"""Utilization is a share, so that any request gives the same one."""
_WAITING = (
    "Pending",
    "ContainerCreating",
    "PodInitializing",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
)
"""kubectl's words for a pod whose phase is Pending, besides `Init:...`."""
_FAILED = ("Failed", "Evicted", "UnexpectedAdmissionError", "NodeAffinity")
"""The same for the phase Failed, besides `OutOf...`."""


def pods_at(
    rows: Iterable[PodRow], time: float, spec: HpaSpec, *, fill: int, undo_deletions: bool
) -> Pods:
    """The pods of a moment, of those that are there now.

    Args:
        rows: the target's pods as they are.
        time: seconds since the epoch.
        spec: says which requests the pods need.
        fill: up to so many pods are put in, ready ones, for those that are not among the rows.
        undo_deletions: pods on their way out were not so then.
    """
    requests = {name: _requests(spec) for name in _containers(spec)}
    pods = [_pod_at(row, time, requests) for row in rows if _stamp(row.created) <= time]
    if undo_deletions:
        pods = [replace(pod, deleting=False) for pod in pods]
    pods += [Pod(f"unseen {number}", requests=requests) for number in range(fill - len(pods))]
    return Pods.of(pods)


def moments(rows: Iterable[PodRow]) -> list[float]:
    """The times, in seconds since the epoch, at which `pods_at` begins to say something else."""
    stamps = ((row.created, row.scheduled, row.became_ready) for row in rows)
    return sorted({_stamp(moment) for three in stamps for moment in three})


def _pod_at(row: PodRow, time: float, requests: Mapping[str, Requests]) -> Pod:
    """A pod as it was; of its readiness only the last change is known."""
    ready = row.became_ready is not None and _stamp(row.became_ready) <= time
    waiting = row.became_ready is None and row.phase.startswith((*_WAITING, "Init:"))
    scheduled = row.scheduled is not None and _stamp(row.scheduled) <= time
    running = ready or (scheduled and not waiting)
    failed = row.phase.startswith((*_FAILED, "OutOf"))
    return Pod(
        name=row.name,
        phase="Failed" if failed else "Running" if running else "Pending",
        ready=str(ready),
        ready_changed=_milliseconds(row.became_ready),
        started=_milliseconds(row.scheduled) if running else None,
        deleting=row.phase == TERMINATING,
        requests=requests,
    )


def _containers(spec: HpaSpec) -> list[str]:
    """Containers that metrics name; an unnamed one if none does."""
    return sorted({metric.container for metric in spec.metrics if metric.container}) or [""]


def _requests(spec: HpaSpec) -> Requests:
    return {metric.resource: _REQUEST for metric in spec.metrics if metric.resource}


def scale_of(hpa: HpaView, current: int, pods: Pods) -> Scale | ScaleUnreadable:
    """The scale as the last pass found it; what was wrong with it stands in the conditions."""
    able, active = hpa.condition("AbleToScale"), hpa.condition("ScalingActive")
    if able is not None and able.reason == "FailedGetScale":
        return ScaleUnreadable(able.message)
    scale = sound_scale(current, pods)
    if active is None:
        return scale
    if active.reason == "InvalidSelector":
        return scale._replace(selector="")
    if active.reason == "AmbiguousSelector":
        return scale._replace(rivals=(active.message,))
    return scale


def sound_scale(current: int, pods: Pods) -> Scale:
    """A scale that can be read."""
    return Scale(current, observed(current, pods), _SELECTOR)


def observed(current: int, pods: Pods) -> int:
    """The size the scale's status has: the pods that are not on their way out."""
    active = sum(not pod.deleting and pod.phase != "Failed" for pod in pods.each)
    return active or current


def readings_of(
    spec: HpaSpec, shown: Sequence[float | None], pods: Pods, size: int, time: int
) -> tuple[Reading, ...]:
    """The metrics API's answers behind the values that the status shows, one a metric.

    A metric without a value failed, or was not read. `size` is the one that the scale's
    status has, `time` is in milliseconds.
    """
    values = [*shown, *(None for _ in spec.metrics)]
    return tuple(
        ReadFailure("") if value is None else _reading(spec, metric, value, pods, size, time)
        for metric, value in zip(spec.metrics, values, strict=False)
    )


def _reading(
    spec: HpaSpec, metric: MetricSpec, shown: float, pods: Pods, size: int, time: int
) -> Reading:
    milli = min(round(shown * 1000), INT64_MAX)
    match metric.type:
        case MetricType.EXTERNAL:
            return (_total(metric, milli, size),)
        case MetricType.OBJECT:
            return _total(metric, milli, size)
        case MetricType.PODS:
            return dict.fromkeys(_serving(pods), milli)
        case _:
            return _samples(spec, metric, milli, pods, time)


def _total(metric: MetricSpec, milli: int, size: int) -> int:
    if metric.target is not Target.AVERAGE_VALUE or milli == INT64_MAX:
        return milli
    return roundest(milli, max(size, 1))


def roundest(mean: int, pods: int) -> int:
    """The total that gives this mean when divided and rounded up: the one with the most zeros.

    All in thousandths. Totals are counts more often than not: 3 pods with a mean of 6.667 have 20
    requests, not 20.001.
    """
    highest = mean * pods
    for unit in (1000, 100, 10):
        rounded = highest // unit * unit
        if rounded > highest - pods:
            return rounded
    return highest


def _serving(pods: Pods) -> list[str]:
    """Pods that have a sample: a server that is not ready does not answer the scrape.

    Where none is ready, the value must have come from somewhere all the same.
    """
    there = [pod for pod in pods.each if not pod.deleting and pod.phase == "Running"]
    serving = [pod.name for pod in there if pod.counts_as_ready]
    return serving or [pod.name for pod in there] or ["unseen"]


def _samples(
    spec: HpaSpec, metric: MetricSpec, milli: int, pods: Pods, time: int
) -> tuple[ResourceSample, ...]:
    """Every running pod has a sample, ready or not: resources are measured from outside."""
    names = [metric.container] if metric.container else _containers(spec)
    if metric.target is Target.UTILIZATION:
        # The status shows whole percents.
        usage = dict.fromkeys(names, milli // 1000 * _REQUEST // 100)
    else:
        usage = dict.fromkeys(names, 0) | {names[0]: milli}
    containers = {name: {metric.name: value} for name, value in usage.items()}
    return tuple(
        ResourceSample(pod.name, containers, time, 0)
        for pod in pods.each
        if pod.phase == "Running" and not pod.deleting
    )


def _stamp(moment: datetime | None) -> float:
    return 0.0 if moment is None else moment.timestamp()


def _milliseconds(moment: datetime | None) -> int:
    return round(_stamp(moment) * 1000)
