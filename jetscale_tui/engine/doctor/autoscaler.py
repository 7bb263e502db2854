"""The first link: the autoscaler itself, what it scales, and whether its numbers can work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.gauges import Across
from jetscale_tui.domain.hpa.spec import MetricType, Target, parse_spec
from jetscale_tui.domain.kinds import DEPLOYMENT, HPA, Ref
from jetscale_tui.domain.pausing import is_paused
from jetscale_tui.domain.pod_rows import read_pod
from jetscale_tui.engine import existing_hpa, observe
from jetscale_tui.engine.doctor import selectors, size
from jetscale_tui.engine.doctor.chain import kubectl
from jetscale_tui.engine.doctor.links import (
    Health,
    LinkId,
    Remedy,
    broken,
    empty,
    fine,
    note,
    together,
)
from jetscale_tui.engine.forecasting import across_of_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jetscale_tui.domain.hpa.spec import HpaSpec, MetricSpec
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.doctor.chain import Walk
    from jetscale_tui.engine.doctor.links import Link

_HERE = LinkId.AUTOSCALER
_CANNOT_READ = "FailedGet"
"""How reasons begin that say a metric has no value: a symptom, whose cause is further down."""


def autoscaler(walk: Walk) -> Link:
    """Whether it exists, scales something, is alone, and follows numbers that can work."""
    found = walk.cluster.get(Ref.to(HPA, walk.patient.name, walk.namespace))
    if found is None:
        return _absent(walk)
    walk.hpa = found
    try:
        spec = parse_spec(found["spec"], namespace=walk.namespace, name=walk.patient.name)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return broken(
            _HERE,
            "",
            f"the spec of {walk.patient.name} cannot be understood",
            why=f"{type(error).__name__}: {error}",
            fix="Compare with `kubectl explain hpa.spec --api-version=autoscaling/v2`.",
        )
    if trouble := _target(walk, spec):
        return trouble
    walk.paths = observe.metric_paths(found, _pod_labels(walk))
    walk.known = {
        each.name: metric
        for each in spec.metrics
        for metric in walk.patient.profile.metrics
        if each.name in existing_hpa.spellings(metric)
    }
    looks: tuple[Callable[[Walk, HpaSpec], Iterator[Link]], ...] = (
        _rivals,
        _conditions,
        _numbers,
        size.counted_from_none,
        _remarks,
        size.set_by_others,
        size.outruns_start,
        selectors.of_every_cluster,
    )
    remarks: list[Link] = []
    for look in looks:
        for link in look(walk, spec):
            if link.health is not Health.NOTE:
                return link
            remarks.append(link)
    return together(fine(_HERE, f"{walk.patient.name}: {_size(walk)}"), remarks)


def _absent(walk: Walk) -> Link:
    name, namespace = walk.patient.name, walk.namespace
    others = ", ".join(observe.name_of(hpa) for hpa in walk.cluster.list(HPA, namespace))
    return broken(
        _HERE,
        "",
        f"there is no HorizontalPodAutoscaler {name} in {namespace}",
        why=f"There: {others}." if others else "There is none at all.",
        fix="Name one of them." if others else "Make one: the setup's last step does.",
        command="" if others else walk.patient.apply_command,
        remedy=None if others else Remedy.APPLY,
    )


def _target(walk: Walk, spec: HpaSpec) -> Link | None:
    """What is scaled; None when it is there and has a size."""
    name = spec.target_name
    if spec.target_kind != DEPLOYMENT.name:
        return None
    walk.target = observe.deployment(walk.cluster, walk.namespace, name)
    if walk.target is None:
        there = [observe.name_of(each) for each in walk.cluster.list(DEPLOYMENT, walk.namespace)]
        return broken(
            _HERE,
            "H10",
            f"it scales Deployment {name}, which {walk.namespace} does not have",
            why=f"There: {', '.join(there)}." if there else "There is no Deployment at all.",
            fix="Correct workload.deployment in the setup, or deploy the server.",
            command=walk.patient.apply_command,
            remedy=Remedy.APPLY,
        )
    walk.pods = tuple(observe.pods(walk.cluster, walk.namespace, _pod_labels(walk)))
    if walk.target["spec"].get("replicas", 1) == 0:
        return broken(
            _HERE,
            "H12",
            f"Deployment {name} is scaled to 0, which switches the autoscaler off",
            why="At 0 replicas the controller takes the target for switched off.",
            fix="Give it a size; from then on the autoscaler sets it.",
            command=kubectl(
                walk, "scale", f"deployment/{name}", f"--replicas={max(spec.min_replicas, 1)}"
            ),
        )
    return None


def _rivals(walk: Walk, spec: HpaSpec) -> Iterator[Link]:
    """Others that scale the same, and pods that are counted though they belong elsewhere."""
    others = [
        observe.name_of(hpa)
        for hpa in observe.hpas_on(walk.cluster, walk.namespace, spec.target_name)
        if observe.name_of(hpa) != walk.patient.name
    ]
    if others:
        yield broken(
            _HERE,
            "H2",
            f"{', '.join(others)} scales {spec.target_name} too",
            why="Kubernetes switches off every HPA of a target that has two (AmbiguousSelector).",
            fix="Keep one of them. This deletes the other:",
            command=kubectl(walk, "delete", "hpa", *others),
        )
    strangers = [
        pod.name
        for pod in map(read_pod, walk.pods)
        if pod.workload and pod.workload != f"Deployment/{spec.target_name}"
    ]
    if walk.target is not None and strangers:
        yield broken(
            _HERE,
            "H11",
            f"the labels of {spec.target_name} also match {', '.join(strangers[:3])}",
            why="Pods of another workload count into every average.",
            fix="Give the server's pods a label of their own. A selector cannot be changed: that "
            "takes a new Deployment.",
        )


def _conditions(walk: Walk, spec: HpaSpec) -> Iterator[Link]:
    """What the controller itself says keeps it from scaling."""
    able = observe.condition(walk.hpa, "AbleToScale")
    active = observe.condition(walk.hpa, "ScalingActive")
    if able.get("status") == "False":
        failed = able.get("reason") == "FailedGetScale"
        yield broken(
            _HERE,
            "H10" if failed else "",
            f"{able.get('reason')}: the controller cannot "
            f"{'find' if failed else 'resize'} {spec.target_kind}/{spec.target_name}",
            why=str(able.get("message", "")),
            fix="Correct scaleTargetRef: kind, name and apiVersion." if failed else "",
        )
    reason = str(active.get("reason", ""))
    if reason == "AmbiguousSelector" and not _named_rivals(walk, str(active.get("message", ""))):
        yield empty(
            _HERE,
            "AmbiguousSelector, and the other autoscaler is gone",
            "The controller's next look, every 15 s, clears it.",
        )
    elif active.get("status") == "False" and reason and not reason.startswith(_CANNOT_READ):
        failure = {"AmbiguousSelector": "H2", "ScalingDisabled": "H12"}.get(reason, "")
        yield broken(
            _HERE,
            failure,
            f"{reason}: the controller does not scale",
            why=str(active.get("message", "")),
        )


def _named_rivals(walk: Walk, message: str) -> set[str]:
    """Autoscalers that a message about too many of them names, and that are still there."""
    own = f"{walk.namespace}/{walk.patient.name}"
    named = set(message.rpartition("[")[2].rstrip("]").split()) - {own}
    there = {
        f"{observe.namespace_of(hpa)}/{observe.name_of(hpa)}"
        for hpa in walk.cluster.list(HPA, walk.namespace)
    }
    return named & there


def _numbers(walk: Walk, spec: HpaSpec) -> Iterator[Link]:
    """Metrics and targets with which no load would ever have the effect that is meant."""
    queries = existing_hpa.queries(walk.cluster) if _is_external(spec) else {}
    for metric in spec.metrics:
        known = walk.known.get(metric.name)
        if known is not None and not known.scalable:
            yield broken(
                _HERE,
                "P4",
                f"{known.name} must not be scaled on",
                why=f"{known.why_not}.",
                fix="Follow another metric of the server.",
                command=walk.patient.apply_command,
                remedy=Remedy.APPLY,
            )
        if known is not None and known.maximum is not None and metric.amount > known.maximum * 1000:
            yield broken(
                _HERE,
                "P2",
                f"the target of {known.name} is {metric.amount / 1000:g}, but it never goes above "
                f"{known.maximum:g}",
                why="In spite of its name it is a share from 0 to 1, not a percentage.",
                fix=f"For {metric.amount / 1000:g} % write {metric.amount // 100}m.",
                remedy=Remedy.EDIT,
            )
        if _averages_an_average(metric, queries):
            yield broken(
                _HERE,
                "H1",
                f"{metric.name} is an average already, and AverageValue divides it once more",
                why="For an External metric AverageValue means total / target: with an average the "
                "size no longer follows the load.",
                fix="Use sum() with AverageValue, or target type Value with avg().",
                command=walk.patient.apply_command,
                remedy=Remedy.APPLY,
            )


def _remarks(walk: Walk, spec: HpaSpec) -> Iterator[Link]:
    """Nothing is wrong, but somebody will wonder."""
    active = observe.condition(walk.hpa, "ScalingActive")
    if active.get("status") == "False":
        yield empty(_HERE, f"{active.get('reason')}: no value", str(active.get("message", "")))
    if not active:
        yield empty(_HERE, "not evaluated yet", "The first look comes 15 s after an HPA appears.")
    if is_paused(walk.hpa["spec"].get("behavior")):
        yield note(
            _HERE,
            "",
            "scaling is paused",
            why="Both directions are switched off in its behavior.",
            fix="Resume it on the dashboard.",
            remedy=Remedy.RESUME,
        )
    if silent := _silent(walk, spec):
        yield empty(
            _HERE,
            f"no value of {silent}",
            "While one metric is missing, nothing is taken away (H4).",
        )
    limited = observe.condition(walk.hpa, "ScalingLimited")
    if limited.get("reason") == "TooManyReplicas" and limited.get("status") == "True":
        yield note(
            _HERE,
            "H9",
            f"the maximum of {spec.max_replicas} holds it back",
            why=str(limited.get("message", "")),
            fix="Raise the maximum if the TPU chips carry more.",
            remedy=Remedy.EDIT,
        )


def _silent(walk: Walk, spec: HpaSpec) -> str:
    """The first metric without a current value; empty when all have one."""
    current = (walk.hpa.get("status") or {}).get("currentMetrics") or []
    for index, metric in enumerate(spec.metrics):
        entry = current[index] if index < len(current) else {}
        if not entry.get("type"):
            return metric.name
    return ""


def _averages_an_average(metric: MetricSpec, queries: dict[str, str]) -> bool:
    query = queries.get(metric.name)
    if query is None or metric.type != MetricType.EXTERNAL:
        return False
    return metric.target is Target.AVERAGE_VALUE and across_of_query(query) is Across.MEAN


def _is_external(spec: HpaSpec) -> bool:
    return any(metric.type == MetricType.EXTERNAL for metric in spec.metrics)


def _pod_labels(walk: Walk) -> dict[str, str]:
    if walk.target is None:
        return dict(walk.patient.setup.workload.selector)
    return dict(walk.target["spec"]["selector"].get("matchLabels") or {})


def _size(walk: Walk) -> str:
    status: Json = walk.hpa.get("status") or {}
    current = status.get("currentReplicas", 0)
    return f"{current} {'replica' if current == 1 else 'replicas'}"
