"""What carrying out changes comes to: the writes a run makes, one by one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.engine import diff
from jetscale_tui.engine.journal import Action, Write
from jetscale_tui.engine.plan import (
    Create,
    CreateAccount,
    Delete,
    DeleteAccount,
    EnableService,
    Grant,
    InstallRelease,
    Revoke,
    RollBackRelease,
    UninstallRelease,
    Update,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.engine.plan import Change, StepId


def writes_of(step: StepId, changes: Sequence[Change]) -> tuple[Write, ...]:
    """What carrying out a step's changes would write; one write for each policy.

    Accounts are made before anything is granted to them, and go after it was taken from them.
    """
    single = [write for change in changes if (write := _single_write(step, change)) is not None]
    found = [write for write in single if write.action is not Action.DELETE_ACCOUNT]
    for action, kind in ((Action.GRANT, Grant), (Action.REVOKE, Revoke)):
        chosen = [c for c in changes if isinstance(c, kind) and c.present is (kind is Revoke)]
        for account in dict.fromkeys(change.account for change in chosen):
            bindings = tuple(change.binding for change in chosen if change.account == account)
            project = chosen[0].project
            found.append(
                Write(0, step, action, project=project, bindings=bindings, account=account)
            )
    found += [write for write in single if write.action is Action.DELETE_ACCOUNT]
    services = [c for c in changes if isinstance(c, EnableService) and not c.present]
    if services:
        names = tuple(change.service for change in services)
        found.append(Write(0, step, Action.ENABLE, project=services[0].project, services=names))
    return tuple(found)


def _single_write(step: StepId, change: Change) -> Write | None:
    """The write of a change that needs one of its own."""
    match change:
        case Create(ref=ref, manifest=manifest):
            return Write(0, step, Action.CREATE, ref, manifest)
        case Update(ref=ref, manifest=manifest, fields=fields):
            return Write(0, step, Action.UPDATE, ref, manifest, fields)
        case Delete(ref=ref, live=live):
            return Write(0, step, Action.DELETE, ref, diff.meaning(live))
        case CreateAccount(project=project, email=email, present=False):
            return Write(
                0,
                step,
                Action.CREATE_ACCOUNT,
                uid=change.deleted,
                project=project,
                account=email,
                bindings=change.returning,
            )
        case DeleteAccount(project=project, email=email, unique_id=uid):
            return Write(0, step, Action.DELETE_ACCOUNT, uid=uid, project=project, account=email)
        case InstallRelease(release=release, revision=revision, present=False):
            where = (release.namespace, release.name)
            return Write(0, step, Action.INSTALL, release=where, revision=revision)
        case RollBackRelease(name=name, namespace=namespace, revision=revision):
            return Write(0, step, Action.ROLL_BACK, release=(namespace, name), revision=revision)
        case UninstallRelease(name=name, namespace=namespace, revision=revision):
            return Write(0, step, Action.UNINSTALL, release=(namespace, name), revision=revision)
        case _:
            return None
