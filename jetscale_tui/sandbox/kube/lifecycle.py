"""What a write may touch of an object, and what the server keeps to itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube.objects import clone
from jetscale_tui.sandbox.kube.ownership import managedfields

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

_GENERATION_GROUPS = {
    "apps",
    "batch",
    "policy",
    "networking.k8s.io",
    "apiextensions.k8s.io",
    "discovery.k8s.io",
}


def has_generation(obj: Json) -> bool:
    """Whether the server counts the changes of intent of this object's kind."""
    group = obj["apiVersion"].rpartition("/")[0]
    return group in _GENERATION_GROUPS or is_custom(group) or obj["kind"] == "Pod"


def is_custom(group: str) -> bool:
    """Whether an API group is none of Kubernetes' own."""
    return "." in group and not group.endswith(".k8s.io")


def released(obj: Json) -> bool:
    """Whether nothing holds a deleted object back any more."""
    held = obj["metadata"].get("finalizers") or (
        obj["kind"] == "Namespace" and obj.get("spec", {}).get("finalizers")
    )
    return not held and not obj["metadata"].get("deletionGracePeriodSeconds")


def unchanged(old: Json, new: Json) -> bool:
    """Whether a write says nothing new; a later time of the same ownership is nothing new."""
    if new == old:
        return True
    if managedfields.bare(new) != managedfields.bare(old):
        return False
    entries = [obj["metadata"].get("managedFields", []) for obj in (old, new)]
    return managedfields.same_but_time(*entries)


def follow_status(obj: Json) -> tuple[str, ...]:
    """Metadata that may change with the status, as a Deployment's revision does."""
    group = obj["apiVersion"].rpartition("/")[0]
    if is_custom(group) or group in ("apiregistration.k8s.io", "apiextensions.k8s.io"):
        return ()
    return ("annotations",) if obj["kind"] == "Deployment" else ("annotations", "labels")


_SERVER_OWNED = (
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)


def merged(old: Json, sent: Json, *, status: bool) -> Json:
    """The object a write leads to: only the part it may touch is taken from what was sent."""
    if status:
        new = {**old, "metadata": dict(old["metadata"])}
        new.pop("status", None)
        if "status" in sent:
            new["status"] = clone(sent["status"])
        for follows in ("managedFields", *follow_status(old)):
            if follows in sent["metadata"]:
                new["metadata"][follows] = clone(sent["metadata"][follows])
        return new
    new = clone(sent)
    new.pop("status", None)
    if "status" in old:
        new["status"] = old["status"]
    metadata = new["metadata"]
    for owned in _SERVER_OWNED:
        metadata.pop(owned, None)
        if owned in old["metadata"]:
            metadata[owned] = old["metadata"][owned]
    if "managedFields" in old["metadata"]:
        metadata.setdefault("managedFields", old["metadata"]["managedFields"])
    if has_generation(old) and _intent(new) != _intent(old):
        metadata["generation"] += 1
    return new


def _intent(obj: Json) -> Json:
    """What a generation counts: everything but metadata and status; a Deployment's annotations."""
    intent = {key: value for key, value in obj.items() if key not in ("metadata", "status")}
    if obj["kind"] == "Deployment":
        intent["annotations"] = obj["metadata"].get("annotations")
    return intent
