"""How the size is set: from which pods it is counted, who else sets it, how fast it may grow."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import TYPE_CHECKING

from jetscale_tui.domain import quantity
from jetscale_tui.domain.hpa.defaults import behavior_with_defaults
from jetscale_tui.domain.hpa.spec import Select, Target, parse_behavior
from jetscale_tui.domain.quantity import QuantityError
from jetscale_tui.domain.reading import mapping, objects, text
from jetscale_tui.domain.wording import duration
from jetscale_tui.engine import observe
from jetscale_tui.engine.detect import start_up
from jetscale_tui.engine.doctor.chain import kubectl, short
from jetscale_tui.engine.doctor.links import LinkId, Remedy, broken, note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.hpa.spec import HpaSpec, MetricSpec, Policy
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.doctor.chain import Walk
    from jetscale_tui.engine.doctor.links import Link

_HERE = LinkId.AUTOSCALER
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_CONTROLLER = "kube-controller-manager"
"""Who writes what the autoscaler decides."""
_SLOW_START = 60.0
"""Seconds; a server that is ready sooner keeps up with the controller, which looks every 15 s."""


def counted_from_none(walk: Walk, spec: HpaSpec) -> Iterator[Link]:
    """With a Value target the controller multiplies by the ready pods, and there is none (H13)."""
    if any(observe.is_true(pod, "Ready") for pod in walk.pods):
        return
    overloaded = [pod for pod in walk.pods if _served_before(pod)]
    over = [metric for metric, value in _currently(walk, spec) if value > metric.amount]
    if not overloaded or not over:
        return
    yield broken(
        _HERE,
        "H13",
        f"no pod is ready, and {short(over[0].name)} is above its target: it proposes 0 replicas",
        why="With a target of type Value the controller multiplies the ready pods by the metric: "
        f"{observe.name_of(overloaded[0])} served before and does not now.",
        fix="Use type AverageValue with sum(), or let the readiness probe bear a full queue.",
        command=kubectl(walk, "describe", "pod", observe.name_of(overloaded[0])),
        remedy=Remedy.EDIT,
    )


def set_by_others(walk: Walk, spec: HpaSpec) -> Iterator[Link]:
    """Whoever writes `spec.replicas` sets the size back at every deploy (H8)."""
    target = walk.target
    if target is None:
        return
    written = _last_applied_replicas(target)
    if written is not None:
        yield note(
            _HERE,
            "H8",
            f"the manifest that Deployment {spec.target_name} was applied from says "
            f"replicas: {written}",
            why="Every `kubectl apply` of it sets that size, whatever the load.",
            fix="Take replicas out of what kubectl remembers first, then out of the file: the "
            "other way round the next apply sets 1.",
            command=kubectl(walk, "apply", "edit-last-applied", f"deployment/{spec.target_name}"),
        )
    hands = _writers_of_replicas(walk, target)
    if hands:
        yield note(
            _HERE,
            "H8",
            f"{', '.join(hands)} sets the size of Deployment {spec.target_name} too",
            why="It owns spec.replicas, and takes back what the autoscaler has set when it writes "
            "again.",
            fix="Take replicas out of what it writes; a GitOps tool can be told to ignore the "
            "field.",
        )


def outruns_start(walk: Walk, spec: HpaSpec) -> Iterator[Link]:
    """More replicas than one may be added before the first of them is of use (H5)."""
    took = start_up(walk.pods)
    if took is None or took.seconds < _SLOW_START or spec.max_replicas < spec.min_replicas + 2:
        return
    begin = max(1, spec.min_replicas)
    reached = min(_reach(spec, begin, took.seconds), spec.max_replicas)
    if reached <= begin + 1:
        return
    yield note(
        _HERE,
        "H5",
        f"it may go from {begin} to {reached} replicas in the {duration(took.seconds)} that the "
        "first new one takes to be ready",
        why="The queue grows meanwhile, so it adds more than the load needs, and takes them away "
        "again.",
        fix=f"Let scaleUp add 1 pod per {math.ceil(took.seconds)} s, and scaleDown wait for "
        f"{max(300, math.ceil(took.seconds))} s; the forecast shows what that does.",
        remedy=Remedy.EDIT,
    )


def _served_before(pod: Json) -> bool:
    """Whether a pod that runs was ready once: it became unready after its containers began."""
    status = mapping(pod.get("status"))
    begun = [
        text(mapping(mapping(each.get("state")).get("running")).get("startedAt"))
        for each in objects(status.get("containerStatuses"))
    ]
    since = text(observe.condition(pod, "Ready").get("lastTransitionTime"))
    if not begun or not all(begun) or not since:
        return False
    return datetime.fromisoformat(since) > max(map(datetime.fromisoformat, begun))


def _currently(walk: Walk, spec: HpaSpec) -> Iterator[tuple[MetricSpec, int]]:
    """Each metric with a Value target and its value in milli-units, as the status has it."""
    shown = objects(mapping(walk.hpa.get("status")).get("currentMetrics"))
    for metric, entry in zip(spec.metrics, shown, strict=False):
        kind = metric.type
        current = mapping(mapping(entry.get(kind[:1].lower() + kind[1:])).get("current"))
        if metric.target is Target.VALUE and "value" in current:
            try:
                yield metric, quantity.parse(str(current["value"])).milli
            except QuantityError:
                continue


def _last_applied_replicas(target: Json) -> int | None:
    """What the manifest `kubectl apply` remembers says of the size; None where it says nothing."""
    annotations = mapping(mapping(target.get("metadata")).get("annotations"))
    try:
        remembered = json.loads(text(annotations.get(_LAST_APPLIED)) or "{}")
    except ValueError:
        return None
    written = mapping(mapping(remembered).get("spec")).get("replicas")
    return written if isinstance(written, int) else None


def _writers_of_replicas(walk: Walk, target: Json) -> list[str]:
    """Who owns the field by applying it, or wrote it after the autoscaler was there."""
    born = text(mapping(walk.hpa.get("metadata")).get("creationTimestamp"))
    hands = []
    for entry in objects(mapping(target.get("metadata")).get("managedFields")):
        owned = mapping(mapping(entry.get("fieldsV1")).get("f:spec"))
        if "f:replicas" not in owned or entry.get("subresource"):
            # Whoever resizes through the scale, as the autoscaler does, writes no manifest.
            continue
        if entry.get("manager") == _CONTROLLER:
            continue
        if entry.get("operation") == "Apply" or text(entry.get("time")) > born:
            hands.append(text(entry.get("manager")))
    return list(dict.fromkeys(filter(None, hands)))


def _reach(spec: HpaSpec, replicas: int, seconds: float) -> int:
    """The size to which the scale-up rules allow to go within a span."""
    # Without a behavior the older path doubles at each look, or goes to 4.
    behavior = spec.behavior or parse_behavior(behavior_with_defaults({}))
    rules = behavior.scale_up
    if rules.select is Select.DISABLED:
        return replicas
    reached = [_by(policy, replicas, spec.max_replicas, seconds) for policy in rules.policies]
    chosen = min if rules.select is Select.MIN else max
    return chosen(reached, default=replicas)


def _by(policy: Policy, replicas: int, most: int, seconds: float) -> int:
    periods = max(1, round(seconds * 1000 / policy.period))
    if not policy.percent:
        return replicas + policy.value * periods
    for _ in range(periods):
        if replicas >= most:
            break
        replicas = math.ceil(replicas * (1 + policy.value / 100))
    return replicas
