"""Writes to Google Cloud as a run makes them: policies, service accounts, services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.engine.journal import Action
from jetscale_tui.errors import Conflict, NotFound, PermissionDenied, PlanChanged, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.google import Binding, Policy
    from jetscale_tui.engine.journal import Write
    from jetscale_tui.engine.ports import Cloud

DISPLAY_NAME = "Reads Cloud Monitoring for autoscaling"
"""Of the service accounts JetScale makes."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a write."""

    detail: str
    """In one line."""
    uid: str = ""
    """Unique id of an account that was made or deleted."""
    bindings: tuple[Binding, ...] = ()
    """Those really added or removed, or that came back with an account."""


def perform(write: Write, cloud: Cloud) -> Outcome:
    """Carries one write out.

    Raises:
        PlanChanged: an account to delete is no longer the one that was meant.
        JetScaleError: it was refused, or its answer was lost.
    """
    match write.action:
        case Action.ENABLE:
            cloud.enable_services(write.project, write.services)
            return Outcome(f"enabled {', '.join(write.services)}")
        case Action.CREATE_ACCOUNT:
            return (_bring_back(write, cloud) if write.uid else None) or _make(write, cloud)
        case Action.DELETE_ACCOUNT:
            return _delete_account(write, cloud)
        case Action.GRANT:
            return _bound("granted", write, _adder(write, cloud))
        case _:
            return _bound("revoked", write, _remover(write, cloud))


def _make(write: Write, cloud: Cloud) -> Outcome:
    account_id = write.account.partition("@")[0]
    made = cloud.create_service_account(write.project, account_id, display_name=DISPLAY_NAME)
    return Outcome(f"created service account {made.email}", uid=made.unique_id)


def _bring_back(write: Write, cloud: Cloud) -> Outcome | None:
    """Undelete an account; None where Google cannot any more, as after thirty days."""
    try:
        back = cloud.undelete_service_account(write.project, write.uid)
    except (NotFound, PermissionDenied, Conflict, Rejected):
        return None
    said = f"brought service account {back.email} back"
    return Outcome(said, uid=back.unique_id, bindings=write.bindings)


def policy_of(project: str, account: str, cloud: Cloud) -> Policy:
    """The policy of a project, or of one of its service accounts.

    Raises:
        NotFound: there is no such account.
    """
    return cloud.account_policy(project, account) if account else cloud.policy(project)


def _delete_account(write: Write, cloud: Cloud) -> Outcome:
    live = cloud.service_account(write.project, write.account)
    if live is None:
        return Outcome(f"{write.account} is gone already", uid=write.uid)
    if live.unique_id != write.uid:
        raise PlanChanged(
            f"{write.account} is no longer the account it was when the plan was shown.",
            why="It was deleted and made anew in between.",
            fix="Look at the plan again.",
        )
    cloud.delete_service_account(write.project, write.account)
    return Outcome(f"deleted service account {write.account}", uid=write.uid)


def _bound(word: str, write: Write, change: Callable[[], tuple[Binding, ...]]) -> Outcome:
    changed = change()
    where = f" on {write.account}" if write.account else ""
    said = "; ".join(f"{word} {binding.role}{where}" for binding in changed)
    return Outcome(said or "nothing to write", bindings=changed)


def _adder(write: Write, cloud: Cloud) -> Callable[[], tuple[Binding, ...]]:
    if write.account:
        return lambda: cloud.add_account_bindings(write.project, write.account, write.bindings)
    return lambda: cloud.add_bindings(write.project, write.bindings)


def _remover(write: Write, cloud: Cloud) -> Callable[[], tuple[Binding, ...]]:
    if write.account:
        return lambda: cloud.remove_account_bindings(write.project, write.account, write.bindings)
    return lambda: cloud.remove_bindings(write.project, write.bindings)
