"""Where a pod fits: selectors, taints and free resources of nodes, and the scheduler's words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.quantity import Quantity, parse
from jetscale_tui.sandbox.controllers import pods as facts
from jetscale_tui.sandbox.controllers.conditions import is_true
from jetscale_tui.sandbox.controllers.selectors import selects, selects_map

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jetscale_tui.domain.kinds import Json

NO_MATCH = "node(s) didn't match Pod's node affinity/selector"


@dataclass(frozen=True, slots=True)
class Seat:
    """A node and what is taken of it, in thousandths by resource name."""

    node: Json
    taken: Mapping[str, int]
    pods: int

    @classmethod
    def of(cls, node: Json, pods: Iterable[Json]) -> Seat:
        """A node with the pods that are bound to it."""
        taken: Counter[str] = Counter()
        count = 0
        for pod in pods:
            if facts.phase(pod) in ("Succeeded", "Failed"):
                continue
            count += 1
            for name, amount in facts.requests(pod).items():
                taken[name] += amount.milli
        return cls(node, taken, count)

    @property
    def name(self) -> str:
        """Of the node."""
        name: str = self.node["metadata"]["name"]
        return name


def obstacles(pod: Json, seat: Seat) -> list[str]:
    """Why a pod cannot run on a node, in the scheduler's words; empty if it can."""
    node = seat.node
    spec = node.get("spec") or {}
    if spec.get("unschedulable"):
        return ["node(s) were unschedulable"]
    if not _wanted(pod, node):
        return [NO_MATCH]
    taint = untolerated(pod, spec.get("taints") or ())
    if taint is not None:
        return [f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value', '')}}}"]
    if not is_true(node, "Ready"):
        return ["node(s) had untolerated taint {node.kubernetes.io/not-ready: }"]
    return _short(facts.requests(pod), seat)


def _wanted(pod: Json, node: Json) -> bool:
    labels = node["metadata"].get("labels") or {}
    if not selects_map(pod["spec"].get("nodeSelector"), labels):
        return False
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if not required:
        return True
    return any(selects(term, labels) for term in required.get("nodeSelectorTerms") or ())


def untolerated(pod: Json, taints: Sequence[Json]) -> Json | None:
    """The first taint that keeps a pod away."""
    for taint in taints:
        if taint["effect"] == "PreferNoSchedule":
            continue
        if not any(_tolerates(each, taint) for each in pod["spec"].get("tolerations") or ()):
            return taint
    return None


def _tolerates(toleration: Json, taint: Json) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("key") not in (None, "", taint["key"]):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    same: bool = toleration.get("value", "") == taint.get("value", "")
    return bool(toleration.get("key")) and same


def _short(wanted: Mapping[str, Quantity], seat: Seat) -> list[str]:
    allocatable = (seat.node.get("status") or {}).get("allocatable") or {}
    short = []
    if seat.pods + 1 > parse(str(allocatable.get("pods", "110"))).value:
        short.append("Too many pods")
    for name, amount in wanted.items():
        room = parse(str(allocatable.get(name, "0"))).milli
        if amount.milli > room - seat.taken.get(name, 0):
            short.append(f"Insufficient {name}")
    return short


def fits_empty(pod: Json, node: Json) -> str | None:
    """Why a pod would not fit a new node of that shape, in the autoscaler's words."""
    reasons = obstacles(pod, Seat(node, {}, 0))
    return reasons[0] if reasons else None


def verdict(refused: Sequence[Sequence[str]]) -> str:
    """The message of a pod that fits nowhere."""
    total = len(refused)
    if not total:
        return "no nodes available to schedule pods"
    why = Counter(reason for reasons in refused for reason in reasons)
    # A pod of the same priority is never evicted: only nodes that lack room were even looked at.
    full = sum(all(_is_room(reason) for reason in reasons) for reasons in refused)
    victims = []
    if full:
        victims.append(f"{full} No preemption victims found for incoming pod")
    if total - full:
        victims.append(f"{total - full} Preemption is not helpful for scheduling")
    head = f"0/{total} nodes are available: "
    listed = ", ".join(sorted(f"{count} {reason}" for reason, count in why.items()))
    return (
        f"{head}{listed}. no new claims to deallocate, preemption: {head}"
        f"{', '.join(sorted(victims))}."
    )


def _is_room(reason: str) -> bool:
    return reason.startswith(("Insufficient", "Too many pods"))
