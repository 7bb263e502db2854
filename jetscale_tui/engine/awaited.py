"""What an object still waits for, read from its status. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.engine import observe
from jetscale_tui.engine.waiting import Seen

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json, Ref


def rollout(deployment: Json) -> str:
    """What a Deployment's rollout waits for; empty when it is complete."""
    status = deployment.get("status") or {}
    wanted = deployment["spec"].get("replicas", 1)
    name = observe.name_of(deployment)
    if status.get("observedGeneration", 0) < deployment["metadata"].get("generation", 0):
        return f"{name}: waiting for the rollout to begin"
    if status.get("updatedReplicas", 0) < wanted or status.get("availableReplicas", 0) < wanted:
        return f"{name}: {status.get('availableReplicas', 0)} of {wanted} pods available"
    return ""


def crash(pod: Json) -> str:
    """Why a pod's container keeps stopping; empty when it does not."""
    for status in (pod.get("status") or {}).get("containerStatuses") or ():
        waiting = (status.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") == "CrashLoopBackOff":
            ended = (status.get("lastState") or {}).get("terminated") or {}
            return str(ended.get("message") or waiting.get("message") or waiting["reason"])
    return ""


def api(ref: Ref, live: Json | None) -> Seen:
    """What an APIService that is not available says of it."""
    state = {} if live is None else observe.condition(live, "Available")
    reason = state.get("reason") or "not served yet"
    private = reason == "FailedDiscoveryCheck"
    return Seen(
        False,
        f"{ref.name}: {reason}",
        why=str(state.get("message", "")),
        fix="A private control plane must be let through to the adapter's port." if private else "",
    )
