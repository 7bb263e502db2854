"""The arithmetic of a rollout: sizes of the ReplicaSets now, sizes next, and what to report."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jetscale_tui.sandbox.controllers.conditions import condition, set_condition
from jetscale_tui.sandbox.controllers.stamps import parse_stamp, seconds_since
from jetscale_tui.sandbox.kube.objects import clone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.kinds import Json


@dataclass(frozen=True, slots=True)
class Size:
    """One ReplicaSet's numbers."""

    asked: int
    pods: int
    ready: int
    available: int
    lingering: int = 0
    """Pods that still exist, those that are being deleted included."""

    @classmethod
    def of(cls, replica_set: Json, lingering: int) -> Size:
        """Read them from the object."""
        status = replica_set.get("status") or {}
        return cls(
            replica_set["spec"].get("replicas", 0),
            status.get("replicas", 0),
            status.get("readyReplicas", 0),
            status.get("availableReplicas", 0),
            lingering,
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a rollout may leave the asked number of pods."""

    surge: int
    unavailable: int


@dataclass(frozen=True, slots=True)
class Step:
    """Sizes to ask for next; `old` in the order they came in."""

    new: int
    old: tuple[int, ...]


def limits(spec: Json) -> Limits:
    """The strategy's maxSurge and maxUnavailable in pods."""
    strategy = spec.get("strategy") or {}
    replicas = spec.get("replicas", 1)
    if strategy.get("type") == "Recreate":
        return Limits(0, replicas)
    rolling = strategy.get("rollingUpdate") or {}
    surge = _pods(rolling.get("maxSurge", "25%"), replicas, up=True)
    unavailable = _pods(rolling.get("maxUnavailable", "25%"), replicas, up=False)
    # Both zero would never get anywhere; percentages may round to that.
    return Limits(surge, unavailable if surge or unavailable else 1)


def _pods(value: Any, replicas: int, *, up: bool) -> int:
    if isinstance(value, str) and value.endswith("%"):
        exact = int(value[:-1]) * replicas / 100
        return math.ceil(exact) if up else math.floor(exact)
    return int(value)


def step(spec: Json, new: Size, old: Sequence[Size]) -> Step:
    """The next sizes on the way to the asked number of pods of the new template."""
    replicas = spec.get("replicas", 1)
    if (spec.get("strategy") or {}).get("type") == "Recreate":
        gone = not any(size.asked or size.lingering for size in old)
        return Step(replicas if gone else new.asked, tuple(0 for _ in old))
    bounds = limits(spec)
    asked = new.asked + sum(size.asked for size in old)
    target = new.asked
    if target > replicas:
        target = replicas
    elif asked < replicas + bounds.surge:
        target += min(replicas + bounds.surge - asked, replicas - target)
    return Step(target, _shrink(old, new, replicas - bounds.unavailable, asked))


def _shrink(old: Sequence[Size], new: Size, least: int, asked: int) -> tuple[int, ...]:
    """Old sizes once as many pods as may go are gone; those that do not work go first."""
    removable = max(0, asked - least - (new.asked - new.available))
    sizes = [size.asked for size in old]
    for index, size in enumerate(old):
        broken = min(removable, size.asked - size.available, sizes[index])
        sizes[index] -= max(0, broken)
        removable -= max(0, broken)
    spare = min(removable, new.available + sum(size.available for size in old) - least)
    for index, left in enumerate(sizes):
        taken = max(0, min(spare, left))
        sizes[index] -= taken
        spare -= taken
    return tuple(sizes)


def status(old: Json, deployment: Json, sizes: Sequence[Size], newest: str, now: str) -> Json:
    """The Deployment's status; `sizes` ends with the ReplicaSet named `newest`."""
    spec = deployment["spec"]
    replicas = spec.get("replicas", 1)
    new = sizes[-1]
    total = sum(size.pods for size in sizes)
    available = sum(size.available for size in sizes)
    counts = {
        "replicas": total,
        "updatedReplicas": new.pods,
        "readyReplicas": sum(size.ready for size in sizes),
        "availableReplicas": available,
        "unavailableReplicas": max(0, sum(size.asked for size in sizes) - available),
    }
    fresh: Json = {
        "observedGeneration": deployment["metadata"]["generation"],
        **{name: count for name, count in counts.items() if count},
        "conditions": clone(old.get("conditions") or []),
    }
    enough = available >= replicas - limits(spec).unavailable
    _set(
        fresh,
        "Available",
        enough,
        now,
        "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        f"Deployment {'has' if enough else 'does not have'} minimum availability.",
    )
    _progress(
        fresh, old, spec, newest, complete=new.pods == replicas == available == total, now=now
    )
    return fresh


def _progress(fresh: Json, old: Json, spec: Json, newest: str, *, complete: bool, now: str) -> None:
    before = condition({"status": old}, "Progressing")
    if complete:
        _set(
            fresh,
            "Progressing",
            True,
            now,
            "NewReplicaSetAvailable",
            f'ReplicaSet "{newest}" has successfully progressed.',
        )
        return
    if (
        before is not None
        and before["reason"] == "NewReplicaSetAvailable"
        and fresh.get("replicas") == fresh.get("updatedReplicas")
    ):
        # A finished rollout that is only scaled stays finished.
        return
    counted = ("updatedReplicas", "readyReplicas", "availableReplicas", "observedGeneration")
    moved = before is None or any(fresh.get(name) != old.get(name) for name in counted)
    if moved:
        text = f'ReplicaSet "{newest}" is progressing.'
        reason = "ReplicaSetUpdated"
        if before is None:
            text, reason = f'Created new replica set "{newest}"', "NewReplicaSetCreated"
        _set(fresh, "Progressing", True, now, reason, text, moved=True)
        return
    since = before["lastUpdateTime"] if before else now
    if seconds_since(since, parse_stamp(now)) > spec.get("progressDeadlineSeconds", 600):
        _set(
            fresh,
            "Progressing",
            False,
            now,
            "ProgressDeadlineExceeded",
            f'ReplicaSet "{newest}" has timed out progressing.',
        )


def _set(
    status: Json,
    kind: str,
    value: bool,
    now: str,
    reason: str,
    message: str,
    *,
    moved: bool = False,
) -> None:
    before = condition({"status": status}, kind)
    same = before is not None and (before["status"] == "True", before["reason"]) == (value, reason)
    updated = before["lastUpdateTime"] if before and same and not moved else now
    set_condition(
        status,
        kind,
        value,
        now,
        reason=reason,
        message=message,
        extra={"lastUpdateTime": updated},
    )


def unfinished_since(deployment: Json | None) -> str | None:
    """Last progress of a rollout that is under way; None when it is done or has timed out."""
    found = condition(deployment or {}, "Progressing")
    if found is None or found["reason"] in ("NewReplicaSetAvailable", "ProgressDeadlineExceeded"):
        return None
    since: str = found["lastUpdateTime"]
    return since
