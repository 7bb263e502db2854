"""All metrics of one pass: the proposal of each, the winner, and when to give up."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, cast

from jetscale_tui.domain.hpa import conditions, object_metrics, pod_metrics
from jetscale_tui.domain.hpa.proposal import (
    Failure,
    MetricError,
    PassInputs,
    Proposal,
    tolerances,
)
from jetscale_tui.domain.hpa.readings import ReadFailure
from jetscale_tui.domain.hpa.spec import MetricType, Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jetscale_tui.domain.hpa.conditions import Finding
    from jetscale_tui.domain.hpa.readings import Flags, Pods, Reading, ResourceSample, Scale
    from jetscale_tui.domain.hpa.spec import HpaSpec, MetricSpec


class _Api(StrEnum):
    """The three metrics APIs, as the controller's texts name them."""

    RESOURCE = "resource"
    CUSTOM = "custom"
    EXTERNAL = "external"


class Event(NamedTuple):
    """An event the controller emits about the HPA, before the event client merges repeats."""

    type: str
    """`Normal` or `Warning`."""
    reason: str
    message: str


class Verdict(NamedTuple):
    """What came of one metric."""

    metric: MetricSpec
    proposal: Proposal | None
    """None: the metric failed."""
    failure: Failure | None = None
    reason: str = ""
    """Of the event and the condition, when it failed."""
    message: str = ""
    """The controller's words, when it failed."""
    wrapped: str = ""
    """The same words as the pass's error quotes them."""


class Verdicts(NamedTuple):
    """What came of all metrics."""

    each: tuple[Verdict, ...]
    winner: Verdict | None
    """The metric whose proposal is used; None: scaling is given up for this pass."""
    replicas: int
    """The winner's proposal."""
    finding: Finding
    """What ScalingActive says."""
    error: str = ""
    """Of the pass; also set when some metrics failed but the pass goes on."""

    @property
    def events(self) -> tuple[Event, ...]:
        """One warning per failed metric."""
        return tuple(
            Event("Warning", one.reason, one.message) for one in self.each if one.proposal is None
        )


def evaluate_metrics(
    spec: HpaSpec,
    scale: Scale,
    pods: Pods,
    readings: Sequence[Reading],
    now: int,
    flags: Flags,
) -> Verdicts:
    """The proposals of all metrics, in the order of the spec, one reading each.

    A failed metric blocks a scale-down but not a scale-up.
    """
    allowed = tolerances(spec.behavior, flags)
    inputs = PassInputs(spec.namespace, scale, pods, allowed, now, flags)
    verdicts, failures = [], 0
    best, winner, failed = 0, None, None
    for metric, reading in zip(spec.metrics, readings, strict=True):
        verdict = _verdict(metric, reading, inputs)
        verdicts.append(verdict)
        proposal = verdict.proposal
        if proposal is None:
            failures += 1
            failed = failed or verdict
        # While the best is zero the next success takes over, whatever it asks for.
        elif best == 0 or proposal.replicas > best:
            best, winner = proposal.replicas, verdict
    each = tuple(verdicts)
    error = ""
    if failed is not None:
        error = (
            f"invalid metrics ({failures} invalid out of {len(each)}), "
            f"first error is: {failed.wrapped}"
        )
        if winner is None or best < scale.replicas:
            finding = conditions.metric_failed(failed.reason, failed.message)
            return Verdicts(each, None, best, finding, error)
    description = "" if winner is None else winner.metric.description
    return Verdicts(each, winner, best, conditions.metric_found(description), error)


def _verdict(metric: MetricSpec, reading: Reading, inputs: PassInputs) -> Verdict:
    try:
        match metric.type:
            case MetricType.EXTERNAL:
                proposal = _external(metric, reading, inputs)
            case MetricType.OBJECT:
                proposal = _object(metric, reading, inputs)
            case MetricType.PODS:
                proposal = _pods(metric, reading, inputs)
            case MetricType.RESOURCE | MetricType.CONTAINER_RESOURCE:
                proposal = _resource(metric, reading, inputs)
            case unknown:
                words = f'unknown metric source type "{unknown}"'
                return Verdict(
                    metric, None, Failure.INVALID_SOURCE, "InvalidMetricSourceType", words, words
                )
    except MetricError as error:
        message = _inner(metric) + error.message
        wrapped = _outer(metric) + error.message
        return Verdict(
            metric, None, error.failure, f"FailedGet{metric.type}Metric", message, wrapped
        )
    return Verdict(metric, proposal)


def _external(metric: MetricSpec, reading: Reading, inputs: PassInputs) -> Proposal:
    if metric.target is Target.NONE:
        raise _no_target("external", "neither a value target nor an average value target")
    series = cast("tuple[int, ...] | ReadFailure", reading)
    if isinstance(series, ReadFailure) or not series:
        where = f"{inputs.namespace}/{metric.name}/{metric.selector}"
        raise _unread(_Api.EXTERNAL, f"unable to get external metric {where}: ", series)
    if metric.target is Target.AVERAGE_VALUE:
        return object_metrics.external_by_average(
            object_metrics.external_total_for_average(series),
            metric.amount,
            inputs.scale.observed,
            inputs.allowed,
        )
    return object_metrics.by_value(
        object_metrics.external_total(series),
        metric.amount,
        inputs.scale.replicas,
        inputs.pods,
        inputs.allowed,
    )


def _object(metric: MetricSpec, reading: Reading, inputs: PassInputs) -> Proposal:
    if metric.target is Target.NONE:
        raise _no_target("object", "neither a value target nor an average value target")
    usage = cast("int | ReadFailure", reading)
    if isinstance(usage, ReadFailure):
        # The controller's format string has its arguments in this order.
        what = (
            f"unable to get metric {metric.name}: {metric.described_kind} "
            f"on {inputs.namespace} {metric.described_name}/"
        )
        raise _unread(_Api.CUSTOM, what, usage)
    if metric.target is Target.AVERAGE_VALUE:
        return object_metrics.object_by_average(
            usage, metric.amount, inputs.scale.observed, inputs.allowed
        )
    return object_metrics.by_value(
        usage, metric.amount, inputs.scale.replicas, inputs.pods, inputs.allowed
    )


def _pods(metric: MetricSpec, reading: Reading, inputs: PassInputs) -> Proposal:
    answer = cast("Mapping[str, int] | ReadFailure", reading)
    if isinstance(answer, ReadFailure) or not answer:
        raise _unread(_Api.CUSTOM, f"unable to get metric {metric.name}: ", answer)
    samples = {name: pod_metrics.Sample(value) for name, value in answer.items()}
    return pod_metrics.by_sample(metric, samples, inputs)


def _resource(metric: MetricSpec, reading: Reading, inputs: PassInputs) -> Proposal:
    if metric.target is Target.NONE:
        raise _no_target(
            "resource",
            "neither an average utilization target nor an average value (usage) target",
        )
    answer = cast("tuple[ResourceSample, ...] | ReadFailure", reading)
    if isinstance(answer, ReadFailure) or not answer:
        what = f"unable to get metrics for resource {metric.name}: "
        raise _unread(_Api.RESOURCE, what, answer)
    samples = pod_metrics.samples_of_resource(answer, metric.name, metric.container)
    if metric.target is Target.AVERAGE_VALUE:
        return pod_metrics.by_sample(metric, samples, inputs)
    return pod_metrics.by_utilization(metric, samples, inputs)


def _unread(api: _Api, what: str, answer: object) -> MetricError:
    """The API answered with an error, or with no items."""
    if isinstance(answer, ReadFailure):
        return MetricError(
            Failure.API_ERROR,
            f"{what}unable to fetch metrics from {api} metrics API: {answer.message}",
        )
    return MetricError(Failure.API_EMPTY, f"{what}no metrics returned from {api} metrics API")


def _no_target(kind: str, missing: str) -> MetricError:
    return MetricError(Failure.INVALID_SOURCE, f"invalid {kind} metric source: {missing} was set")


def _inner(metric: MetricSpec) -> str:
    """What the metric's own message starts with."""
    if not metric.resource:
        return ""
    match metric.target:
        case Target.AVERAGE_VALUE:
            return f"failed to get {metric.name} usage: "
        case Target.UTILIZATION:
            return f"failed to get {metric.name} utilization: "
        case _:
            return ""


def _outer(metric: MetricSpec) -> str:
    """What the pass's error starts with when it quotes the metric's."""
    name = metric.name
    match metric.type:
        case MetricType.EXTERNAL:
            inner = {
                Target.AVERAGE_VALUE: f"failed to get {name} external metric: ",
                Target.VALUE: f"failed to get external metric {name}: ",
            }.get(metric.target, "")
            return f"failed to get {name} external metric value: {inner}"
        case MetricType.OBJECT:
            average = metric.target is Target.AVERAGE_VALUE
            inner = f"failed to get {name} object metric: " if average else ""
            return f"failed to get object metric value: {inner}"
        case MetricType.PODS:
            return "failed to get pods metric value: "
        case MetricType.RESOURCE:
            return f"failed to get {name} resource metric value: {_inner(metric)}"
        case _:
            return f"failed to get {metric.container} container metric value: {_inner(metric)}"
