"""A plan's details as lines for the Review pane. Pure; text from the cluster stays data."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import yaml

from jetscale_tui.domain.kinds import Ref
from jetscale_tui.engine import explain
from jetscale_tui.engine.plan import (
    Create,
    CreateAccount,
    Delete,
    DeleteAccount,
    EnableService,
    Grant,
    InstallRelease,
    Keep,
    Plan,
    Revoke,
    RollBackRelease,
    Step,
    UninstallRelease,
    Update,
    is_change,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.plan import Change, FieldChange


class View(StrEnum):
    """What can be shown of a step or a change."""

    DIFF = "diff"
    YAML = "yaml"
    COMMAND = "command"
    RIGHTS = "rights"
    UNDO = "undo"
    CORRECTIONS = "guide"
    """Where the plan knowingly differs from the public guide."""
    NOTES = "notes"


class Tone(StrEnum):
    """How a line is meant."""

    PLAIN = "plain"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MUTED = "muted"
    WARNING = "warning"
    FAILED = "failed"
    HEADING = "heading"


Line = tuple[Tone, str]


def details(plan: Plan, step: Step, change: Change | None, view: View) -> tuple[Line, ...]:
    """The lines of a view of a step or a change; a lone change speaks for its step."""
    if change is None and len(step.changes) == 1 and not step.risks and not step.handed_over:
        change = step.changes[0]
    match view:
        case View.DIFF:
            return tuple(_diff(step, change))
        case View.YAML:
            return tuple(_yaml(step, change))
        case View.COMMAND:
            return tuple(_commands(step))
        case View.RIGHTS:
            return tuple(_rights(step))
        case View.UNDO:
            return _undo(plan, step)
        case View.CORRECTIONS:
            return tuple(_corrections(plan))
        case View.NOTES:
            return tuple(_notes(plan))


def headline(change: Change) -> str:
    """A change in a line without its sign."""
    match change:
        case Create(ref=ref) | Keep(ref=ref) | Delete(ref=ref):
            return str(ref)
        case Update(ref=ref, fields=fields, restore=restore, force=force):
            how = ", as it was before" if restore else ", taken over" if force else ""
            return f"{ref}   {len(fields)} fields{how}"
        case Grant() | Revoke():
            where = f"on {change.account}" if change.account else f"in {change.project}"
            return f"{change.binding.role.removeprefix('roles/')} {where}"
        case EnableService(service=service):
            return service
        case CreateAccount() | DeleteAccount():
            return f"service account {change.email}"
        case InstallRelease(release=release):
            return f"Helm release {release.namespace}/{release.name}"
        case RollBackRelease() | UninstallRelease():
            return f"Helm release {change.namespace}/{change.name}"


def tone_of(change: Change) -> Tone:
    """How a change is meant."""
    if not is_change(change):
        return Tone.MUTED
    match change:
        case Update() | RollBackRelease():
            return Tone.CHANGED
        case InstallRelease(revision=revision) if revision:
            return Tone.CHANGED
        case Delete() | Revoke() | DeleteAccount() | UninstallRelease():
            return Tone.REMOVED
        case _:
            return Tone.ADDED


def as_yaml(manifest: Json) -> str:
    """A manifest as YAML, fields in the order they were given."""
    text: str = yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=100)
    return text


def _diff(step: Step, change: Change | None) -> Iterator[Line]:
    if change is None:
        yield from _about(step)
        return
    match change:
        case Create(manifest=manifest):
            for line in as_yaml(manifest).splitlines():
                yield Tone.ADDED, f"+ {line}"
        case Update(fields=fields):
            yield from _fields(fields)
        case Delete(live=live):
            for line in as_yaml(_meaning(live)).splitlines():
                yield Tone.REMOVED, f"- {line}"
        case Keep():
            yield Tone.MUTED, "already as it should be"
        case Grant(binding=binding, present=present):
            sign = "=" if present else "+"
            yield Tone.HEADING, f"IAM policy of {_policy_of(change)}"
            yield tone_of(change), f"{sign} {binding.role}"
            yield tone_of(change), f"{sign}   {binding.member}"
            yield Tone.MUTED, "Other bindings, and conditions, are not touched."
        case Revoke(binding=binding):
            yield Tone.HEADING, f"IAM policy of {_policy_of(change)}"
            yield Tone.REMOVED, f"- {binding.role}"
            yield Tone.REMOVED, f"-   {binding.member}"
        case EnableService(project=project, service=service, present=present):
            word = "already enabled" if present else "would be enabled"
            yield tone_of(change), f"{service} in {project}: {word}"
        case InstallRelease():
            yield from _installed(change)
        case CreateAccount() | DeleteAccount() | RollBackRelease() | UninstallRelease():
            yield tone_of(change), explain.line(change)


def _fields(fields: Sequence[FieldChange]) -> Iterator[Line]:
    for field in fields:
        yield Tone.HEADING, field.path
        if field.before is not None:
            yield Tone.REMOVED, f"- {explain.value(field.before)}"
        if field.after is not None:
            yield Tone.ADDED, f"+ {explain.value(field.after)}"


def _installed(change: InstallRelease) -> Iterator[Line]:
    yield tone_of(change), explain.line(change)
    yield from _fields(change.fields)
    if not change.revision:
        yield Tone.HEADING, "Values"
        for line in as_yaml(change.release.values).splitlines():
            yield tone_of(change), f"+ {line}"
    yield Tone.HEADING, "Objects of the chart"
    for obj in change.objects:
        yield tone_of(change), str(Ref.of(obj))


def _policy_of(change: Grant | Revoke) -> str:
    return f"service account {change.account}" if change.account else f"project {change.project}"


def _about(step: Step) -> Iterator[Line]:
    for risk in step.risks:
        yield (Tone.FAILED if risk.blocking else Tone.WARNING), risk.what
        if risk.fix:
            yield Tone.PLAIN, f"  {risk.fix}"
    if step.handed_over:
        yield Tone.WARNING, "Not run from here: somebody who may has to. See command."
    if step.verify:
        yield Tone.PLAIN, f"Works when {step.verify}."
    for change in step.changes:
        yield tone_of(change), explain.line(change)


def _yaml(step: Step, change: Change | None) -> Iterator[Line]:
    chosen = step.changes if change is None else (change,)
    shown = 0
    for each in chosen:
        match each:
            case Create(manifest=manifest) | Update(manifest=manifest):
                pass
            case Keep(live=live) | Delete(live=live):
                manifest = _meaning(live)
            case InstallRelease(release=release):
                manifest = release.values
            case _:
                continue
        if shown:
            yield Tone.MUTED, "---"
        shown += 1
        yield from ((Tone.PLAIN, line) for line in as_yaml(manifest).splitlines())
    if not shown:
        yield Tone.MUTED, "This step writes no Kubernetes object."


def _commands(step: Step) -> Iterator[Line]:
    if not step.commands:
        yield Tone.MUTED, "There is nothing to run."
    for command in step.commands:
        yield from ((Tone.PLAIN, line) for line in command.splitlines())


def _rights(step: Step) -> Iterator[Line]:
    missing = set(step.missing)
    if not step.rights and not missing:
        yield Tone.MUTED, "Nothing is needed."
    for right in dict.fromkeys((*step.rights, *step.missing)):
        if right in missing:
            yield Tone.FAILED, f"{right}   you may not"
        else:
            yield Tone.PLAIN, str(right)


def _undo(plan: Plan, step: Step) -> tuple[Line, ...]:
    if plan.undo_of is not None:
        return ((Tone.MUTED, "This takes a run back; apply the setup again to return."),)
    if not step.undo:
        return ((Tone.MUTED, "There is nothing to take back."),)
    return ((Tone.PLAIN, step.undo), (Tone.MUTED, "jetscale undo, or Undo after applying"))


def _corrections(plan: Plan) -> Iterator[Line]:
    if not plan.corrections:
        yield Tone.MUTED, "Nothing here differs from the public guide."
        return
    yield Tone.PLAIN, "JetScale knowingly differs from the public guide:"
    for correction in plan.corrections:
        yield Tone.HEADING, correction.id
        yield Tone.REMOVED, f"- {correction.guide}"
        yield Tone.ADDED, f"+ {correction.ours}"
        yield Tone.MUTED, f"  {correction.why}"


def _notes(plan: Plan) -> Iterator[Line]:
    if not plan.notes:
        yield Tone.MUTED, "There is nothing else to say."
    for note in plan.notes:
        yield Tone.PLAIN, note


def _meaning(live: Json) -> Json:
    """An object without what the server keeps for itself."""
    metadata = {
        key: value
        for key, value in (live.get("metadata") or {}).items()
        if key in ("name", "namespace", "labels", "annotations")
    }
    kept = {key: value for key, value in live.items() if key not in ("metadata", "status")}
    head: Json = {key: kept.pop(key) for key in ("apiVersion", "kind") if key in kept}
    return {**head, "metadata": metadata, **kept}
