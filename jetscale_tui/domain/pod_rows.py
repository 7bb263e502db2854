"""Reads pods as `kubectl get pods` does: one status word, readiness, restarts, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.live import Condition, PodRow
from jetscale_tui.domain.live_rows import chips_of, moment, read_conditions
from jetscale_tui.domain.reading import mapping, objects, text, whole

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


def read_pod(pod: Json) -> PodRow:
    """One pod."""
    metadata, spec, status = (mapping(pod.get(part)) for part in ("metadata", "spec", "status"))
    conditions = {condition.type: condition for condition in read_conditions(status)}
    ready = conditions.get("Ready", Condition("Ready", "False"))
    scheduled = conditions.get("PodScheduled", Condition("PodScheduled", "False"))
    serving = ready.status == "True"
    containers = _statuses(spec, status)
    phase = _phase(metadata, status)
    why = Why() if serving else _why(status, scheduled, ready)
    labels = {key: text(value) for key, value in mapping(metadata.get("labels")).items()}
    return PodRow(
        namespace=text(metadata.get("namespace")),
        name=text(metadata.get("name")),
        uid=text(metadata.get("uid")),
        phase=phase,
        ready=sum(1 for container in containers if container.get("ready") is True),
        containers=len(objects(spec.get("containers"))) + len(_sidecars(spec)),
        restarts=sum(whole(container.get("restartCount")) for container in containers),
        node=text(spec.get("nodeName")),
        chips=chips_of(pod),
        workload=_workload(metadata, labels),
        created=moment(metadata.get("creationTimestamp")),
        scheduled=scheduled.since if scheduled.status == "True" else None,
        became_ready=ready.since if serving else None,
        reason=why.reason,
        message=why.message,
        labels=labels,
        resource_version=text(metadata.get("resourceVersion")),
    )


@dataclass(frozen=True, slots=True)
class Why:
    """Why a pod is not ready, in the cluster's words."""

    reason: str = ""
    message: str = ""


def holds_chips(pod: Json) -> bool:
    """Whether a pod occupies the chips it asks for: it has a node and has not ended."""
    phase = mapping(pod.get("status")).get("phase")
    return bool(mapping(pod.get("spec")).get("nodeName")) and phase not in ("Succeeded", "Failed")


def _sidecars(spec: Json) -> set[str]:
    return {
        text(container.get("name"))
        for container in objects(spec.get("initContainers"))
        if container.get("restartPolicy") == "Always"
    }


def _statuses(spec: Json, status: Json) -> list[Json]:
    """Statuses of the containers that count as the pod's: its own and its sidecars."""
    sidecars = _sidecars(spec)
    return objects(status.get("containerStatuses")) + [
        container
        for container in objects(status.get("initContainerStatuses"))
        if container.get("name") in sidecars
    ]


def _phase(metadata: Json, status: Json) -> str:
    if metadata.get("deletionTimestamp"):
        return "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    starting = _starting(status)
    if starting:
        return starting
    phase = text(status.get("reason")) or text(status.get("phase")) or "Unknown"
    containers = objects(status.get("containerStatuses"))
    running = False
    for container in reversed(containers):
        state = mapping(container.get("state"))
        running = running or (container.get("ready") is True and "running" in state)
        phase = _stopped(state) or phase
    if phase == "Completed" and running:
        return "Running" if _is_ready(status) else "NotReady"
    return phase


def _starting(status: Json) -> str:
    """`Init:...` while an init container has not finished, else nothing."""
    containers = objects(status.get("initContainerStatuses"))
    for index, container in enumerate(containers):
        state = mapping(container.get("state"))
        ended = mapping(state.get("terminated"))
        if "terminated" in state and not whole(ended.get("exitCode")):
            continue
        if container.get("started") is True:
            continue
        reason = _stopped(state)
        if reason and reason != "PodInitializing":
            return f"Init:{reason}"
        return f"Init:{index}/{len(containers)}"
    return ""


def _stopped(state: Json) -> str:
    waiting, ended = mapping(state.get("waiting")), mapping(state.get("terminated"))
    if text(waiting.get("reason")):
        return text(waiting.get("reason"))
    if "terminated" not in state:
        return ""
    if text(ended.get("reason")):
        return text(ended.get("reason"))
    signal = whole(ended.get("signal"))
    return f"Signal:{signal}" if signal else f"ExitCode:{whole(ended.get('exitCode'))}"


def _is_ready(status: Json) -> bool:
    return any(c.type == "Ready" and c.status == "True" for c in read_conditions(status))


def _why(status: Json, scheduled: Condition, ready: Condition) -> Why:
    if scheduled.status == "False" and scheduled.reason:
        return Why(scheduled.reason, scheduled.message)
    everyone = objects(status.get("initContainerStatuses")) + objects(
        status.get("containerStatuses")
    )
    for container in everyone:
        state = mapping(container.get("state"))
        stopped = mapping(state.get("waiting")) or mapping(state.get("terminated"))
        if text(stopped.get("message")):
            return Why(text(stopped.get("reason")), text(stopped.get("message")))
    if text(status.get("message")):
        return Why(text(status.get("reason")), text(status.get("message")))
    return Why(ready.reason, ready.message)


def _workload(metadata: Json, labels: dict[str, str]) -> str:
    owners = objects(metadata.get("ownerReferences"))
    owner = next((owner for owner in owners if owner.get("controller") is True), None)
    if owner is None:
        return ""
    kind, name = text(owner.get("kind")), text(owner.get("name"))
    template = labels.get("pod-template-hash", "")
    if kind == "ReplicaSet" and template and name.endswith(f"-{template}"):
        return f"Deployment/{name.removesuffix(f'-{template}')}"
    return f"{kind}/{name}"
