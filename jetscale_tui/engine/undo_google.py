"""What takes a run's writes to Google Cloud back: bindings it added, accounts it made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.engine import commands, google_writes
from jetscale_tui.engine.journal import Action
from jetscale_tui.engine.plan import DeleteAccount, Revoke
from jetscale_tui.errors import NotFound, PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jetscale_tui.domain.google import Binding
    from jetscale_tui.engine.journal import Write
    from jetscale_tui.engine.plan import Change, StepId
    from jetscale_tui.engine.ports import Cloud

GoogleUndo = Revoke | DeleteAccount


def take_back(
    writes: Sequence[Write], cloud: Cloud | None, note: Callable[[str], None]
) -> list[tuple[StepId, GoogleUndo]]:
    """The changes that undo the writes, each with the step it belongs to.

    What was granted on an account that goes needs no change of its own. `note` is told what stays
    and why, and without a cloud the commands for somebody who has one.
    """
    grants, accounts = _revocations(writes), _deletions(writes)
    if services := [name for write in writes for name in write.services]:
        note(f"Left enabled: {', '.join(services)}. Others may use them by now.")
    if cloud is None:
        changes: list[Change] = [change for _, change in grants]
        changes += [change for _, change in accounts]
        for command in commands.for_step(changes, "", ""):
            note(f"There are no Google credentials; run this with some: {command}")
        return []
    granted = {change.binding for _, change in grants} | _came_back(writes)
    going = [(step, change) for step, change in accounts if _goes(change, granted, cloud, note)]
    emails = {change.email for _, change in going}
    still = [
        (step, change)
        for step, change in grants
        if change.account not in emails and _is_there(change, cloud)
    ]
    return [*still, *going]


def _revocations(writes: Iterable[Write]) -> list[tuple[StepId, Revoke]]:
    return [
        (write.step, Revoke(write.project, binding, account=write.account))
        for write in writes
        if write.action is Action.GRANT
        for binding in write.bindings
    ]


def _came_back(writes: Iterable[Write]) -> set[Binding]:
    """Grants that came with accounts the run brought back, and go with them."""
    return {
        binding
        for write in writes
        if write.action is Action.CREATE_ACCOUNT
        for binding in write.bindings
    }


def _deletions(writes: Iterable[Write]) -> list[tuple[StepId, DeleteAccount]]:
    return [
        (write.step, DeleteAccount(write.project, write.account, write.uid))
        for write in writes
        if write.action is Action.CREATE_ACCOUNT
    ]


def _is_there(change: Revoke, cloud: Cloud) -> bool:
    try:
        policy = google_writes.policy_of(change.project, change.account, cloud)
    except PermissionDenied:
        return True
    except NotFound:
        return False
    return change.binding in policy.bindings


def _goes(
    change: DeleteAccount, granted: set[Binding], cloud: Cloud, note: Callable[[str], None]
) -> bool:
    """Whether an account the run made is still that one, and nobody else has come to use it."""
    live = cloud.service_account(change.project, change.email)
    if live is None:
        return False
    if live.unique_id != change.unique_id:
        note(f"Service account {change.email} is left as it is: it was made anew since.")
        return False
    member = f"serviceAccount:{change.email}"
    try:
        users = cloud.account_policy(change.project, change.email).bindings
        roles = {each for each in cloud.policy(change.project).bindings if each.member == member}
    except PermissionDenied:
        return True
    if others := sorted(each.role for each in (users | roles) - granted):
        note(
            f"Service account {change.email} is left as it is: somebody else uses it by now "
            f"({', '.join(others)})."
        )
    return not others
