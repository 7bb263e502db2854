"""Finds out by looking whether a write that was begun and not confirmed has happened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jetscale_tui.engine import diff, google_writes, releases
from jetscale_tui.engine.journal import Action
from jetscale_tui.errors import NotFound, PermissionDenied

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.journal import Write
    from jetscale_tui.engine.ports import Cloud, Cluster


def settled(write: Write, cluster: Cluster, cloud: Cloud | None) -> Write | None:
    """The write as it happened, None when it did not.

    Before the intent was recorded, a created object was seen to be absent and a granted binding
    not to be there; so what is there now, and bears our mark, is this write's.
    """
    if write.done:
        return write
    if write.action in (Action.GRANT, Action.REVOKE):
        return _bindings(write, cloud)
    if write.action in (Action.CREATE_ACCOUNT, Action.DELETE_ACCOUNT):
        return _account(write, cloud)
    if write.release is not None:
        revision = releases.reached(write, cluster.helm)
        return None if revision is None else replace(write, done=True, uid=str(revision))
    if write.ref is None:
        # Enabling a service that is enabled is nothing, and undo leaves services as they are.
        return replace(write, done=True)
    live = cluster.get(write.ref)
    if write.action is Action.DELETE:
        return replace(write, done=True) if live is None else None
    if live is None:
        return None
    happened = applied_by_us(live) if write.action is Action.CREATE else holds(live, write)
    return replace(write, done=True, uid=live["metadata"].get("uid", "")) if happened else None


def applied_by_us(live: Json) -> bool:
    """Whether JetScale has applied fields of the object."""
    managers = live["metadata"].get("managedFields") or ()
    return any(
        entry.get("manager") == "jetscale" and entry.get("operation") == "Apply"
        for entry in managers
    )


def holds(live: Json, write: Write) -> bool:
    """Whether an update's fields still have the values it wrote."""
    return all(diff.value_at(live, change.path) == change.after for change in write.fields)


def _bindings(write: Write, cloud: Cloud | None) -> Write | None:
    if cloud is None:
        return None
    try:
        there = google_writes.policy_of(write.project, write.account, cloud).bindings
    except (PermissionDenied, NotFound):
        return None
    wanted = write.action is Action.GRANT
    changed = tuple(binding for binding in write.bindings if (binding in there) is wanted)
    return replace(write, done=True, bindings=changed) if changed else None


def _account(write: Write, cloud: Cloud | None) -> Write | None:
    if cloud is None:
        return None
    try:
        live = cloud.service_account(write.project, write.account)
    except PermissionDenied:
        return None
    if write.action is Action.DELETE_ACCOUNT:
        gone = live is None or live.unique_id != write.uid
        return replace(write, done=True) if gone else None
    if live is None:
        return None
    came = write.bindings if live.unique_id == write.uid else ()
    return replace(write, done=True, uid=live.unique_id, bindings=came)
