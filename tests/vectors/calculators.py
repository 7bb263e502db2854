"""One metric reading to proposed replicas, replayed from `replica_calculator` vectors."""

from __future__ import annotations

from typing import Any

from jetscale_tui.domain.hpa.label_selector import rendered
from jetscale_tui.domain.hpa.metrics import Verdict, evaluate_metrics
from jetscale_tui.domain.hpa.readings import Flags, Pods, ReadFailure, Reading, Scale
from jetscale_tui.domain.hpa.spec import Behavior, HpaSpec, MetricSpec, MetricType, Rules, Target
from tests.vectors.pods import explicit_pods, explicit_sample

Json = dict[str, Any]

_KINDS = {
    "pods": (MetricType.PODS, Target.AVERAGE_VALUE),
    "external_value": (MetricType.EXTERNAL, Target.VALUE),
    "external_average": (MetricType.EXTERNAL, Target.AVERAGE_VALUE),
    "object_value": (MetricType.OBJECT, Target.VALUE),
    "object_average": (MetricType.OBJECT, Target.AVERAGE_VALUE),
    "resource_utilization": (MetricType.RESOURCE, Target.UTILIZATION),
    "resource_average": (MetricType.RESOURCE, Target.AVERAGE_VALUE),
}


def replay_calculator(fn: str, given: Json) -> Json:
    kind, target = _KINDS[fn]
    metric = _metric(kind, target, given)
    flags = Flags(
        cpu_initialization=given.get("cpu_initialization_ms", 300_000),
        initial_readiness_delay=given.get("initial_readiness_delay_ms", 30_000),
    )
    allowed = given["tolerance"]
    spec = HpaSpec(
        min_replicas=1,
        max_replicas=1,
        metrics=(metric,),
        behavior=Behavior(Rules((), tolerance=allowed["up"]), Rules((), tolerance=allowed["down"])),
    )
    size = given["current_replicas"]
    pods = Pods.of(explicit_pods(given.get("pods")))
    verdict = evaluate_metrics(
        spec, Scale(size, size), pods, [_reading(kind, given)], 0, flags
    ).each[0]
    return _out(metric, verdict)


def _metric(kind: MetricType, target: Target, given: Json) -> MetricSpec:
    container = given.get("container", "")
    if container:
        kind = MetricType.CONTAINER_RESOURCE
    labels = given.get("metric_selector")
    utilization = target is Target.UTILIZATION
    return MetricSpec(
        type=kind,
        name=given.get("resource", "m"),
        target=target,
        amount=given["target_utilization" if utilization else "target_milli"],
        description="",
        container=container,
        described_kind="Service",
        described_name="svc",
        selector=rendered(None if labels is None else {"matchLabels": labels}),
    )


def _reading(kind: MetricType, given: Json) -> Reading:
    if "fetch_error" in given:
        return ReadFailure(given["fetch_error"])
    match kind:
        case MetricType.EXTERNAL:
            return tuple(given.get("values_milli") or ())
        case MetricType.OBJECT:
            value: int = given["value_milli"]
            return value
        case MetricType.PODS:
            samples: dict[str, int] = given.get("pod_metrics_milli") or {}
            return samples
        case _:
            return tuple(explicit_sample(one) for one in given.get("resource_metrics") or ())


def _out(metric: MetricSpec, verdict: Verdict) -> Json:
    proposal = verdict.proposal
    if proposal is None:
        assert verdict.failure is not None
        # The vectors hold the calculator's own words; the loop puts the resource before them.
        what = "utilization" if metric.target is Target.UTILIZATION else "usage"
        message = verdict.message.removeprefix(f"failed to get {metric.name} {what}: ")
        return {"error": {"kind": verdict.failure.value, "message": message}}
    return {
        "replicas": proposal.replicas,
        "usage_milli": proposal.usage,
        "utilization": proposal.utilization,
    }
