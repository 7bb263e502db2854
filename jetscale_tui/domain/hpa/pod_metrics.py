"""Proposals of Pods, Resource and ContainerResource metrics: one sample a pod."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from jetscale_tui.domain.hpa.arithmetic import ceil32, quotient, truncated, wrap32, wrap64
from jetscale_tui.domain.hpa.proposal import Failure, MetricError, Proposal, no_pods

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jetscale_tui.domain.hpa.proposal import PassInputs
    from jetscale_tui.domain.hpa.readings import Flags, Pod, ResourceSample
    from jetscale_tui.domain.hpa.spec import MetricSpec

CPU = "cpu"


class Sample(NamedTuple):
    """One pod's usage in milli-units. Times in milliseconds."""

    value: int
    timestamp: int = 0
    window: int = 0


@dataclass(frozen=True, slots=True)
class Groups:
    """Pods by what their samples are worth, by name."""

    ready: int
    unready: frozenset[str]
    missing: frozenset[str]
    ignored: frozenset[str]


class _Usage(NamedTuple):
    ratio: float
    mean: int
    utilization: int | None = None


def samples_of_resource(
    answer: Iterable[ResourceSample], resource: str, container: str
) -> dict[str, Sample]:
    """Usage by pod: of the named container, else the sum over all containers.

    A pod whose answer lacks the container, or any container's value, is left out.
    """
    samples: dict[str, Sample] = {}
    for entry in answer:
        wanted = [container] if container else list(entry.containers)
        values = [entry.containers.get(name, {}).get(resource) for name in wanted]
        known = [value for value in values if value is not None]
        if known and len(known) == len(values):
            samples[entry.pod] = Sample(wrap64(sum(known)), entry.timestamp, entry.window)
    return samples


def group_pods(
    pods: Iterable[Pod], samples: Mapping[str, Sample], resource: str, now: int, flags: Flags
) -> Groups:
    """Sorts the pods; `resource` is empty for custom metrics. Times in milliseconds."""
    ready = 0
    unready, missing, ignored = set(), set(), set()
    for pod in pods:
        if pod.deleting or pod.phase == "Failed":
            ignored.add(pod.name)
        elif pod.phase == "Pending":
            unready.add(pod.name)
        elif (sample := samples.get(pod.name)) is None:
            missing.add(pod.name)
        elif resource == CPU and _initializing(pod, sample, now, flags):
            unready.add(pod.name)
        else:
            ready += 1
    return Groups(ready, frozenset(unready), frozenset(missing), frozenset(ignored))


def _initializing(pod: Pod, sample: Sample, now: int, flags: Flags) -> bool:
    """Whether the pod's processor time is that of starting, not of serving."""
    if pod.ready is None or pod.started is None:
        return True
    if pod.started + flags.cpu_initialization > now:
        return pod.ready == "False" or sample.timestamp < pod.ready_changed + sample.window
    never_ready = pod.started + flags.initial_readiness_delay > pod.ready_changed
    return pod.ready == "False" and never_ready


def pod_requests(
    pods: Iterable[Pod], resource: str, container: str, flags: Flags
) -> dict[str, int]:
    """What each pod requests of the resource, milli-units.

    Raises:
        MetricError: any pod does not say, also one that would not count.
    """
    return {pod.name: _request(pod, resource, container, flags) for pod in pods}


def _request(pod: Pod, resource: str, container: str, flags: Flags) -> int:
    containers = {**pod.requests, **pod.sidecar_requests}
    if flags.pod_level_resources and pod.pod_requests and not container:
        stated = pod.pod_requests.get(resource)
        if stated is not None:
            return stated
        known = [usage[resource] for usage in containers.values() if resource in usage]
        if not known:
            raise MetricError(
                Failure.MISSING_POD_REQUEST,
                f"missing pod-level request for {resource} in Pod {pod.name}",
            )
        return wrap64(sum(known))
    if container:
        if container not in containers:
            raise MetricError(
                Failure.CONTAINER_NOT_FOUND, f"container {container} not found in Pod {pod.name}"
            )
        containers = {container: containers[container]}
    total = 0
    for name, requests in containers.items():
        request = requests.get(resource)
        if request is None:
            raise MetricError(
                Failure.MISSING_CONTAINER_REQUEST,
                f"missing request for {resource} in container {name} of Pod {pod.name}",
            )
        total += request
    return wrap64(total)


def _plain_usage(samples: Mapping[str, Sample], target: int) -> _Usage:
    total = wrap64(sum(sample.value for sample in samples.values()))
    mean = truncated(total, len(samples))
    return _Usage(quotient(float(mean), float(target)), mean)


def _utilization(samples: Mapping[str, Sample], requests: Mapping[str, int], target: int) -> _Usage:
    known = [name for name in samples if name in requests]
    used = wrap64(sum(samples[name].value for name in known))
    requested = wrap64(sum(requests[name] for name in known))
    if requested == 0:
        raise MetricError(Failure.ZERO_TOTAL_REQUEST, "no metrics returned matched known pods")
    percent = wrap32(truncated(wrap64(used * 100), requested))
    ratio = quotient(float(percent), float(target))
    return _Usage(ratio, truncated(used, len(known)), percent)


def by_sample(metric: MetricSpec, samples: dict[str, Sample], inputs: PassInputs) -> Proposal:
    """Proposal for an `AverageValue` target of a Pods or resource metric.

    Raises:
        MetricError: no pods, or no sample that counts.
    """
    groups, samples = _sorted(metric, samples, inputs)
    usage = _plain_usage(samples, metric.amount)
    filled = _filled(samples, groups, usage.ratio, dict.fromkeys(groups.missing, metric.amount))
    corrected = None if filled is None else _plain_usage(filled, metric.amount).ratio
    return _propose(usage, groups, inputs, corrected, len(filled or ()))


def by_utilization(metric: MetricSpec, samples: dict[str, Sample], inputs: PassInputs) -> Proposal:
    """Proposal for an `averageUtilization` target, in percent of the request.

    Raises:
        MetricError: no pods, no sample that counts, or a pod without a request.
    """
    target = metric.amount
    groups, samples = _sorted(metric, samples, inputs)
    requests = pod_requests(inputs.pods.each, metric.name, metric.container, inputs.flags)
    usage = _utilization(samples, requests, target)
    # A pod without a sample counts with all of its request, or more if the target is above that.
    assumed = {
        name: truncated(wrap64(requests[name] * max(100, target)), 100) for name in groups.missing
    }
    filled = _filled(samples, groups, usage.ratio, assumed)
    corrected = None if filled is None else _utilization(filled, requests, target).ratio
    return _propose(usage, groups, inputs, corrected, len(filled or ()))


def _sorted(
    metric: MetricSpec, samples: dict[str, Sample], inputs: PassInputs
) -> tuple[Groups, dict[str, Sample]]:
    if inputs.pods.listed == 0:
        raise no_pods()
    groups = group_pods(inputs.pods.each, samples, metric.resource, inputs.now, inputs.flags)
    unusable = groups.ignored | groups.unready
    usable = {name: sample for name, sample in samples.items() if name not in unusable}
    if not usable:
        raise MetricError(
            Failure.NO_USABLE_SAMPLES,
            "did not receive metrics for targeted pods (pods might be unready)",
        )
    return groups, usable


def _filled(
    samples: dict[str, Sample], groups: Groups, ratio: float, assumed: Mapping[str, int]
) -> dict[str, Sample] | None:
    """The samples with values for missing and unready pods; None: nothing to correct."""
    above = ratio > 1.0
    if not groups.missing and not (groups.unready and above):
        return None
    filled = dict(samples)
    if above:
        filled |= dict.fromkeys(groups.missing | groups.unready, Sample(0))
    elif ratio < 1.0:
        filled |= {name: Sample(value) for name, value in assumed.items()}
    return filled


def _propose(
    usage: _Usage, groups: Groups, inputs: PassInputs, corrected: float | None, entries: int
) -> Proposal:
    ratio, current = usage.ratio, inputs.scale.replicas
    deciding, counted = (ratio, groups.ready) if corrected is None else (corrected, entries)
    within = inputs.allowed.allow(deciding)
    replicas = current if within else ceil32(deciding * counted)
    if corrected is not None and not within:
        crossed = (ratio < 1.0 < corrected) or (corrected < 1.0 < ratio)
        backwards = (corrected < 1.0 and replicas > current) or (
            corrected > 1.0 and replicas < current
        )
        if crossed or backwards:
            replicas, counted = current, 0
    return Proposal(
        replicas=replicas,
        usage=usage.mean,
        ratio=ratio,
        within_tolerance=within,
        multiplied_by=0 if within else counted,
        utilization=usage.utilization,
        missing=len(groups.missing),
        unready=len(groups.unready),
        corrected_ratio=corrected,
    )
