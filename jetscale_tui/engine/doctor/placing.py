"""Pods without a place: no node has room, a rollout waits for itself, a node went away."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from jetscale_tui.domain.event_rows import last_seen
from jetscale_tui.domain.kinds import EVENT, NODE
from jetscale_tui.domain.reading import mapping, text
from jetscale_tui.domain.wording import duration
from jetscale_tui.engine import detect, observe
from jetscale_tui.engine.doctor.chain import kubectl
from jetscale_tui.engine.doctor.links import LinkId, Remedy, broken, note
from jetscale_tui.errors import AuthError, JetScaleError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.live import PodRow
    from jetscale_tui.engine.doctor.chain import Walk
    from jetscale_tui.engine.doctor.links import Link

_HERE = LinkId.SERVER
_TEMPLATE = "pod-template-hash"
_NODE_EVENTS = "default"
"""Events on nodes, which have no namespace, are kept there."""
_GONE = ("RemovingNode", "DeletingNode", "NodeNotReady")
_SHRUNK = "ScaleDown"
"""The cluster autoscaler took the node away itself."""
_LATELY = timedelta(hours=1)
"""The API server keeps events that long."""
_ASSIGNED = re.compile(r"Successfully assigned \S+ to (\S+)")
_REPLACE_FIRST = (
    '{"spec":{"strategy":{"type":"RollingUpdate",'
    '"rollingUpdate":{"maxSurge":0,"maxUnavailable":1}}}}'
)


def unschedulable(walk: Walk, row: PodRow, counted: str) -> Link:
    """Why no node has room: one is coming, none would ever do, or all are taken (T1, T2, T3)."""
    reasons = {
        text(event.get("reason")): text(event.get("message"))
        for event in sorted(
            walk.cluster.list(EVENT, walk.namespace, fields=f"involvedObject.name={row.name}"),
            key=lambda event: text(event.get("lastTimestamp")),
        )
        if mapping(event.get("involvedObject")).get("name") == row.name
    }
    refused = next((word for word in ("FailedScaleUp", "NotTriggerScaleUp") if word in reasons), "")
    if "TriggeredScaleUp" in reasons and not refused:
        return note(
            _HERE,
            "",
            f"{counted}; a node for {row.name} is on its way",
            why=reasons["TriggeredScaleUp"],
            fix="A new TPU node takes minutes; nothing to do.",
        )
    if _shape_differs(walk):
        return broken(
            _HERE,
            "T1",
            f"no node has what {row.name} asks for; {counted}",
            why=row.message,
            fix="Correct the Deployment's nodeSelector or its google.com/tpu request: they have to "
            "be those of a node pool.",
            command=kubectl(walk, "describe", "pod", row.name),
        )
    why = " ".join(filter(None, (row.message, reasons.get(refused, ""))))
    if _waits_for_itself(walk, row):
        return _deadlock(walk, row, counted, why)
    google = walk.patient.setup.google
    where = f"--cluster={google.cluster or 'CLUSTER'} --location={google.location or 'LOCATION'}"
    return broken(
        _HERE,
        "T2",
        f"{row.name} stays Pending: no TPU node is free; {counted}",
        why=why,
        fix="Let the node pool grow, or lower the maximum to what fits. Out of stock or quota: "
        "another zone, or a reservation.",
        command=f"gcloud container node-pools update POOL {where} --enable-autoscaling "
        "--min-nodes=1 --max-nodes=MAXIMUM",
        remedy=Remedy.EDIT,
    )


def lost_nodes(walk: Walk) -> Iterator[Link]:
    """Nodes that took a replica with them within the last hour (T6)."""
    try:
        lost = _lost(walk)
    except AuthError:
        raise
    except JetScaleError:
        # Whoever may not list nodes or events learns the rest of this link all the same.
        return
    for node, since in lost.items():
        few = walk.hpa["spec"].get("minReplicas", 1) < 2
        yield note(
            _HERE,
            "T6",
            f"node {node} went away {_ago(walk, since)} ago, and the replica on it with it",
            why="Spot capacity and maintenance take nodes. The metric has a gap until the "
            "replacement is ready.",
            fix="With minReplicas 2 or more another replica serves meanwhile."
            if few
            else "Nothing to do: a replacement is started by itself.",
            remedy=Remedy.EDIT if few else None,
        )


def _lost(walk: Walk) -> dict[str, datetime]:
    """Nodes that held one of the server's pods and are gone, and when they went."""
    present = {
        observe.name_of(node)
        for node in walk.cluster.list(NODE)
        if observe.is_true(node, "Ready") or not observe.condition(node, "Ready")
    }
    gone: dict[str, datetime] = {}
    shrunk: set[str] = set()
    for event in walk.cluster.list(EVENT, _NODE_EVENTS, fields="involvedObject.kind=Node"):
        name = text(mapping(event.get("involvedObject")).get("name"))
        seen = last_seen(event)
        if event.get("reason") == _SHRUNK:
            shrunk.add(name)
        elif event.get("reason") in _GONE and seen and walk.patient.clock.now() - seen < _LATELY:
            gone[name] = seen
    candidates = gone.keys() - present - shrunk
    if not candidates:
        return {}
    held = _held(walk)
    return {name: gone[name] for name in sorted(candidates & held)}


def _held(walk: Walk) -> set[str]:
    """Nodes that pods of the server were placed on, as far as events remember."""
    prefix = f"{observe.name_of(walk.target or {})}-"
    assigned = (
        _ASSIGNED.match(text(event.get("message")))
        for event in walk.cluster.list(EVENT, walk.namespace, fields="reason=Scheduled")
        if text(mapping(event.get("involvedObject")).get("name")).startswith(prefix)
    )
    return {match[1] for match in assigned if match}


def _waits_for_itself(walk: Walk, row: PodRow) -> bool:
    """Whether a rollout wants a new pod before an old one gives its chips back (T3)."""
    strategy = mapping((walk.target or {})["spec"].get("strategy"))
    if strategy.get("type") == "Recreate" or _may_be_missing(walk, strategy):
        return False
    return any(
        mapping(pod["metadata"].get("labels")).get(_TEMPLATE) != row.labels.get(_TEMPLATE)
        for pod in walk.pods
        if mapping(pod.get("spec")).get("nodeName")
    )


def _may_be_missing(walk: Walk, strategy: Json) -> int:
    """How many old pods a rollout takes away before the new ones are ready."""
    allowed = mapping(strategy.get("rollingUpdate")).get("maxUnavailable", "25%")
    if isinstance(allowed, int):
        return allowed
    share = text(allowed).removesuffix("%")
    replicas = int((walk.target or {})["spec"].get("replicas", 1))
    return int(share) * replicas // 100 if share.isdigit() else 0


def _deadlock(walk: Walk, row: PodRow, counted: str, why: str) -> Link:
    target = walk.target or {}
    late = observe.condition(target, "Progressing").get("reason") == "ProgressDeadlineExceeded"
    given_up = " (its deadline has passed)" if late else ""
    alone = int(target["spec"].get("replicas", 1)) == 1
    return broken(
        _HERE,
        "T3",
        f"the rollout waits for itself{given_up}: {row.name} needs the chips of a pod it is to "
        f"replace; {counted}",
        why=why,
        fix="Let it take an old pod away first: maxSurge 0, maxUnavailable 1. "
        + (
            "With one replica nobody answers until the new one is ready."
            if alone
            else "One replica fewer answers until it is done."
        ),
        command=kubectl(
            walk,
            "patch",
            "deployment",
            observe.name_of(target),
            "--type=merge",
            f"--patch={_REPLACE_FIRST}",
        ),
    )


def _shape_differs(walk: Walk) -> bool:
    """Whether no node at all matches the Deployment's selector with enough chips."""
    capacity = detect.capacity(walk.cluster, walk.patient.setup.workload, walk.target)
    wanted = detect.chips_requested((walk.target or {})["spec"]["template"]["spec"])
    return not any(node.chips >= wanted for node in capacity.nodes)


def _ago(walk: Walk, since: datetime) -> str:
    return duration((walk.patient.clock.now() - since).total_seconds())
