"""How kubectl's table tells the state of a pod."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.kubectl import age_of
from jetscale_tui.sandbox.kube.objects import dig

if TYPE_CHECKING:
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json


def pod_cells(pod: Json, now: datetime) -> dict[str, str]:
    """The cells of a pod that need more than one field of it."""
    statuses = _statuses(pod, "containerStatuses")
    total = len(pod.get("spec", {}).get("containers") or [])
    ready = sum(1 for status in statuses if status.get("ready"))
    return {
        "Ready": f"{ready}/{total}",
        "Status": pod_status(pod),
        "Restarts": _restarts(statuses, now),
        "Readiness Gates": _gates(pod),
    }


def pod_status(pod: Json) -> str:
    """The STATUS cell: the most telling reason, from the phase down to single containers."""
    reason = str(dig(pod, "status", "reason") or dig(pod, "status", "phase") or "")
    for condition in _statuses(pod, "conditions"):
        if condition["type"] == "PodScheduled" and condition.get("reason") == "SchedulingGated":
            reason = "SchedulingGated"
    statuses = _statuses(pod, "containerStatuses")
    running = False
    for status in reversed(statuses):
        state = status.get("state") or {}
        found = _state_reason(state)
        if found:
            reason = found
        elif status.get("ready") and "running" in state:
            running = True
    if reason == "Completed" and running:
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in _conditions(pod))
        reason = "Running" if ready else "NotReady"
    if pod["metadata"].get("deletionTimestamp"):
        return "Unknown" if dig(pod, "status", "reason") == "NodeLost" else "Terminating"
    return reason


def _state_reason(state: Json) -> str:
    waiting, ended = state.get("waiting"), state.get("terminated")
    if waiting and waiting.get("reason"):
        return str(waiting["reason"])
    if not ended:
        return ""
    if ended.get("reason"):
        return str(ended["reason"])
    if ended.get("signal"):
        return f"Signal:{ended['signal']}"
    return f"ExitCode:{ended.get('exitCode', 0)}"


def _restarts(statuses: list[Json], now: datetime) -> str:
    count = sum(status.get("restartCount", 0) for status in statuses)
    ends = [dig(status, "lastState", "terminated", "finishedAt") for status in statuses]
    last = max((str(end) for end in ends if end), default="")
    return (
        f"{count} ({age_of({'creationTimestamp': last}, now)} ago)"
        if count and last
        else str(count)
    )


def _gates(pod: Json) -> str:
    gates: Any = dig(pod, "spec", "readinessGates") or []
    if not gates:
        return "<none>"
    passed = {c["type"] for c in _conditions(pod) if c["status"] == "True"}
    met = sum(1 for gate in gates if gate["conditionType"] in passed)
    return f"{met}/{len(gates)}"


def pod_colours(pod: Json) -> list[Json]:
    """Row conditions of a pod that is over."""
    phase = dig(pod, "status", "phase")
    if phase not in ("Succeeded", "Failed"):
        return []
    ending = "completed successfully" if phase == "Succeeded" else "failed"
    return [
        {
            "type": "Completed",
            "status": "True",
            "reason": str(phase),
            "message": f"The pod has {ending}.",
        }
    ]


def _conditions(pod: Json) -> list[Json]:
    return _statuses(pod, "conditions")


def _statuses(pod: Json, field: str) -> list[Json]:
    found: Any = dig(pod, "status", field) or []
    return list(found)
