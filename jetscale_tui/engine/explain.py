"""A plan in words and as JSON. The JSON is a contract: fields are only ever added."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, assert_never

from jetscale_tui.domain.kinds import Ref
from jetscale_tui.domain.wording import unbroken
from jetscale_tui.engine import details
from jetscale_tui.engine.plan import (
    Create,
    CreateAccount,
    Delete,
    DeleteAccount,
    EnableService,
    Grant,
    InstallRelease,
    Keep,
    Revoke,
    RollBackRelease,
    UninstallRelease,
    Update,
    is_change,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.plan import Change, FieldChange, Plan, ReleaseChange, Risk, Step

API_VERSION = "jetscale/v1"
_SHOWN = 60
"""Characters of a value that a line of text shows."""


def summary(plan: Plan) -> str:
    """One line: how much would change."""
    going = (Delete, DeleteAccount, UninstallRelease)
    deleted = sum(isinstance(c, going) for step in plan.steps for c in step.changes)
    parts = [_count(plan.changes, "change"), f"{_count(plan.kept, 'thing')} already right"]
    parts.append(_count(deleted, "deletion") if deleted else "nothing is deleted")
    return " · ".join(parts)


def text(plan: Plan, *, in_full: bool = False) -> str:
    """The plan for a terminal of 80 columns, without markup.

    `in_full` adds new objects as YAML, rights, commands, how each step is verified and undone.
    """
    return "\n".join(map(unbroken, _lines(plan, in_full))) + "\n"


def line(change: Change) -> str:
    """One change in one line: its sign and what it concerns."""
    match change:
        case Create(ref=ref):
            return f"+ {ref}"
        case Update(ref=ref, restore=restore, force=force):
            word = "  (as it was before)" if restore else "  (taken over)" if force else ""
            return f"~ {ref}{word}"
        case Delete(ref=ref):
            return f"- {ref}"
        case Keep(ref=ref):
            return f"= {ref}"
        case Grant(project=project, binding=binding, present=present, account=account):
            where = f"on {account}" if account else f"in {project}"
            return f"{'=' if present else '+'} {binding.role} {where} for {binding.member}"
        case Revoke(project=project, binding=binding, account=account):
            where = f"on {account}" if account else f"in {project}"
            return f"- {binding.role} {where} from {binding.member}"
        case CreateAccount(email=email, present=present):
            back = _returning(change) if change.deleted else ""
            return f"{'=' if present else '+'} service account {email}{back}"
        case DeleteAccount(email=email):
            return f"- service account {email}"
        case EnableService(project=project, service=service, present=present):
            return f"{'=' if present else '+'} {service} in {project}"
        case InstallRelease() | RollBackRelease() | UninstallRelease():
            return _release_line(change)
        case _:
            assert_never(change)


def _returning(change: CreateAccount) -> str:
    roles = ", ".join(binding.role for binding in change.returning)
    return f", deleted lately, is brought back{f' with {roles}' if roles else ''}"


def _release_line(change: ReleaseChange) -> str:
    match change:
        case InstallRelease(release=release):
            sign = "=" if change.present else "~" if change.revision else "+"
            chart = f"{release.chart.name} {release.version or '(the newest)'}"
            return f"{sign} Helm release {release.namespace}/{release.name}: {chart}"
        case RollBackRelease(name=name, namespace=namespace, target=target):
            return f"~ Helm release {namespace}/{name} back to revision {target}"
        case UninstallRelease(name=name, namespace=namespace):
            return f"- Helm release {namespace}/{name}"
        case _:
            assert_never(change)


def as_json(plan: Plan) -> Json:
    """The plan as plain data.

    `changes` is 0 when there is nothing to do; `blocked` says whether it can run at all.
    """
    return {
        "apiVersion": API_VERSION,
        "kind": "Plan",
        "name": plan.setup.metadata.name,
        "undoOf": plan.undo_of,
        "context": plan.context,
        "server": plan.server,
        "project": plan.project,
        "identity": plan.identity,
        "changes": plan.changes,
        "kept": plan.kept,
        "blocked": any(risk.blocking for risk in plan.risks),
        "steps": [_step(step) for step in plan.steps],
        "corrections": [
            {
                "id": each.id,
                "guide": each.guide,
                "ours": each.ours,
                "why": each.why,
                "source": each.source,
            }
            for each in plan.corrections
        ],
        "notes": [*plan.notes],
    }


def value(data: object) -> str:
    """A field's value on one line, shortened where it is long."""
    if data is None:
        return "(none)"
    shown = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    shown = shown.replace("\n", "\\n")
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"


def _lines(plan: Plan, in_full: bool) -> Iterator[str]:
    yield f"Cluster   {plan.context}  ({plan.server})"
    if plan.project:
        who = f"  as {plan.identity}" if plan.identity else ""
        yield f"Project   {plan.project}{who}"
    if plan.undo_of:
        yield f"Takes back run {plan.undo_of}"
    yield summary(plan)
    for step in plan.steps:
        yield ""
        yield from _step_lines(step, in_full)
    if plan.corrections:
        yield ""
        yield f"Differs from the public guide in {_count(len(plan.corrections), 'place')}:"
        for correction in plan.corrections:
            yield f"  {correction.id}: {correction.ours}"
            if in_full:
                yield from details.of_correction(correction)
    if plan.notes:
        yield ""
        yield from (f"Note: {note}" for note in plan.notes)


def _step_lines(step: Step, in_full: bool) -> Iterator[str]:
    state = "  (handed over)" if step.handed_over else "" if step.writes else "  (nothing to do)"
    yield f"{step.title}{state}"
    for change in step.changes:
        yield f"  {line(change)}"
        if in_full:
            yield from details.of_change(change)
        if isinstance(change, Update | InstallRelease):
            yield from (f"      {_field(field)}" for field in change.fields)
        if isinstance(change, InstallRelease) and not change.present:
            yield from (f"      {Ref.of(obj)}" for obj in change.objects)
    for right in step.missing:
        yield f"  ! you may not: {right}"
    for risk in step.risks:
        yield from _risk_lines(risk)
    if step.handed_over:
        yield "  Somebody who may has to run:"
        yield from (f"    {command}" for command in step.commands)
    elif in_full:
        yield from details.of_step(step)


def _risk_lines(risk: Risk) -> Iterator[str]:
    yield f"  {'✗' if risk.blocking else '!'} {risk.what}"
    yield f"    {risk.fix}"


def _field(change: FieldChange) -> str:
    return f"{change.path}: {value(change.before)} → {value(change.after)}"


def _step(step: Step) -> Json:
    return {
        "id": step.id.value,
        "title": step.title,
        "writes": step.writes,
        "handedOver": step.handed_over,
        "changes": [_change(change) for change in step.changes],
        "rights": [str(right) for right in step.rights],
        "missing": [str(right) for right in step.missing],
        "commands": [*step.commands],
        "verify": step.verify,
        "undo": step.undo,
        "risks": [
            {"id": r.id, "what": r.what, "fix": r.fix, "blocking": r.blocking} for r in step.risks
        ],
    }


def _change(change: Change) -> Json:
    kind = _KINDS[type(change)]
    writes = {"action": kind, "writes": is_change(change)}
    match change:
        case Create(ref=ref, manifest=manifest):
            return {**writes, "object": str(ref), "manifest": manifest}
        case Update(ref=ref, manifest=manifest, fields=fields, force=force):
            return {
                **writes,
                "object": str(ref),
                "manifest": manifest,
                "fields": _fields(fields),
                "force": force,
            }
        case Delete(ref=ref) | Keep(ref=ref):
            return {**writes, "object": str(ref)}
        case Grant() | Revoke():
            account = {"serviceAccount": change.account} if change.account else {}
            return {
                **writes,
                "project": change.project,
                **account,
                "role": change.binding.role,
                "member": change.binding.member,
            }
        case EnableService(project=project, service=service):
            return {**writes, "project": project, "service": service}
        case CreateAccount(project=project, email=email, deleted=deleted):
            back = {"undelete": deleted} if deleted else {}
            return {**writes, "project": project, "serviceAccount": email, **back}
        case DeleteAccount(project=project, email=email):
            return {**writes, "project": project, "serviceAccount": email}
        case InstallRelease() | RollBackRelease() | UninstallRelease():
            return {**writes, **_release(change)}
        case _:
            assert_never(change)


def _release(change: ReleaseChange) -> Json:
    match change:
        case InstallRelease(release=release):
            return {
                "release": f"{release.namespace}/{release.name}",
                "chart": release.chart.name,
                "version": release.version,
                "values": release.values,
                "fields": _fields(change.fields),
                "objects": [str(Ref.of(obj)) for obj in change.objects],
            }
        case RollBackRelease(name=name, namespace=namespace, target=target):
            return {"release": f"{namespace}/{name}", "revision": target}
        case UninstallRelease(name=name, namespace=namespace):
            return {"release": f"{namespace}/{name}"}
        case _:
            assert_never(change)


def _fields(changes: Iterable[FieldChange]) -> list[Json]:
    return [{"path": each.path, "before": each.before, "after": each.after} for each in changes]


_KINDS: dict[type[Change], str] = {
    Create: "create",
    Update: "update",
    Delete: "delete",
    Keep: "keep",
    Grant: "grant",
    Revoke: "revoke",
    EnableService: "enable-service",
    CreateAccount: "create-service-account",
    DeleteAccount: "delete-service-account",
    InstallRelease: "install-release",
    RollBackRelease: "roll-back-release",
    UninstallRelease: "uninstall-release",
}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
