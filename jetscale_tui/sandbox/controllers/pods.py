"""Facts about a pod that several controllers ask for, and how a template becomes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.quantity import Quantity, parse
from jetscale_tui.sandbox.controllers.conditions import condition, is_true
from jetscale_tui.sandbox.controllers.ownership import owner_reference
from jetscale_tui.sandbox.controllers.stamps import seconds_since
from jetscale_tui.sandbox.kube.objects import clone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json

TPU = "google.com/tpu"


def is_terminating(pod: Json) -> bool:
    """Whether it was asked to go."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def is_active(pod: Json) -> bool:
    """Whether it counts as one of its owner's pods."""
    return not is_terminating(pod) and phase(pod) not in ("Succeeded", "Failed")


def is_ready(pod: Json) -> bool:
    """Whether its Ready condition holds."""
    return is_true(pod, "Ready")


def phase(pod: Json) -> str:
    """`Pending`, `Running`, `Succeeded` or `Failed`."""
    text: str = (pod.get("status") or {}).get("phase") or "Pending"
    return text


def ready_for(pod: Json, now: datetime) -> float | None:
    """Seconds since it became ready; None while it is not."""
    found = condition(pod, "Ready")
    if found is None or found["status"] != "True":
        return None
    return seconds_since(found["lastTransitionTime"], now)


def containers(pod: Json) -> Iterator[Json]:
    """Its containers, without init containers."""
    yield from pod["spec"].get("containers") or ()


def requests(pod: Json) -> dict[str, Quantity]:
    """What its containers request together; a limit without a request counts as one."""
    total: dict[str, Quantity] = {}
    for container in containers(pod):
        resources = container.get("resources") or {}
        asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
        for name, text in asked.items():
            value = parse(str(text))
            before = total.get(name)
            total[name] = value if before is None else _sum(before, value)
    return total


def _sum(one: Quantity, other: Quantity) -> Quantity:
    return Quantity(one.milli + other.milli, -3)


def chips(pod: Json) -> int:
    """TPU chips it requests."""
    asked = requests(pod).get(TPU)
    return asked.value if asked is not None else 0


def from_template(owner: Json, template: Json) -> Json:
    """A new pod of an owner, completed as the API server's admission completes it."""
    metadata = clone(template.get("metadata") or {})
    pod: Json = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": f"{owner['metadata']['name']}-",
            "namespace": owner["metadata"]["namespace"],
            **{key: metadata[key] for key in ("labels", "annotations") if metadata.get(key)},
            "ownerReferences": [owner_reference(owner)],
        },
        "spec": clone(template["spec"]),
    }
    admit(pod)
    pod["status"] = {"phase": "Pending", "qosClass": _quality(pod)}
    return pod


def admit(pod: Json) -> None:
    """Fill in what admission plugins add: account, default tolerations, the TPU toleration."""
    spec = pod["spec"]
    spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", spec["serviceAccountName"])
    spec.setdefault("enableServiceLinks", True)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    spec.setdefault("priority", 0)
    tolerations = spec.setdefault("tolerations", [])
    wanted = [
        {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute"}
        | {"tolerationSeconds": 300}
        for key in ("not-ready", "unreachable")
    ]
    if chips(pod):
        wanted.append({"key": TPU, "operator": "Exists", "effect": "NoSchedule"})
    for toleration in wanted:
        if not any(each.get("key") == toleration["key"] for each in tolerations):
            tolerations.append(toleration)


def _quality(pod: Json) -> str:
    """Quality-of-service class, from cpu and memory alone."""
    stated = [container.get("resources") or {} for container in containers(pod)]
    asked = [
        {key: value for key, value in (each.get(side) or {}).items() if key in ("cpu", "memory")}
        for each in stated
        for side in ("requests", "limits")
    ]
    if not any(asked):
        return "BestEffort"
    guaranteed = all(
        len(limits) == 2 and requests in ({}, limits)
        for requests, limits in zip(asked[::2], asked[1::2], strict=True)
    )
    return "Guaranteed" if guaranteed else "Burstable"
