"""The kubectl and gcloud commands that would do what a step does.

Everything that comes from outside is quoted for a POSIX shell.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, assert_never

from jetscale_tui.engine.plan import (
    Create,
    Delete,
    EnableService,
    Grant,
    Keep,
    Revoke,
    Update,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jetscale_tui.domain.kinds import Json, Ref
    from jetscale_tui.engine.plan import Change, Plan, Step

_END = "JETSCALE_END"


def for_step(changes: Iterable[Change], context: str, file: str) -> tuple[str, ...]:
    """One line a command; objects are applied from `file`, which holds the step's manifests."""
    lines: dict[str, None] = {}
    for change in changes:
        match change:
            case Create():
                lines[_apply(context, file)] = None
            case Update(force=force):
                lines[_apply(context, file, force=force)] = None
            case Delete(ref=ref):
                lines[_delete(context, ref)] = None
            case Keep():
                pass
            case Grant() | Revoke() | EnableService():
                lines[_gcloud(change)] = None
            case _:
                assert_never(change)
    return tuple(lines)


def script(plan: Plan, steps: Sequence[Step]) -> str:
    """A POSIX shell script that does the steps, for whoever is allowed to; needs no other file."""
    parts = ["#!/bin/sh", "set -eu"]
    for step in steps:
        parts += ["", f"# {step.title}"]
        manifests = [
            change.manifest for change in step.changes if isinstance(change, Create | Update)
        ]
        if manifests:
            force = any(isinstance(change, Update) and change.force for change in step.changes)
            parts += [_apply(plan.context, "-", force=force) + f" <<'{_END}'"]
            parts += [_documents(manifests), _END]
        parts += [line for line in step.commands if not manifests or "kubectl" not in line]
    return "\n".join(parts) + "\n"


def enable_service(project: str, service: str) -> str:
    """Enable a Google service."""
    return _line("gcloud", "services", "enable", service, f"--project={project}")


def grant(project: str, role: str, member: str) -> str:
    """Add a role binding, asking nothing even where the policy holds conditions."""
    return _binding("add", project, role, member)


def revoke(project: str, role: str, member: str) -> str:
    """Take a role binding out, asking nothing even where the policy holds conditions."""
    return _binding("remove", project, role, member)


def _binding(verb: str, project: str, role: str, member: str) -> str:
    return _line(
        "gcloud",
        "projects",
        f"{verb}-iam-policy-binding",
        project,
        f"--member={member}",
        f"--role={role}",
        "--condition=None",
    )


def _gcloud(change: Grant | Revoke | EnableService) -> str:
    match change:
        case EnableService(project=project, service=service):
            return enable_service(project, service)
        case Grant(project=project, binding=binding):
            return _binding("add", project, binding.role, binding.member)
        case Revoke(project=project, binding=binding):
            return _binding("remove", project, binding.role, binding.member)
        case _:
            assert_never(change)


def _apply(context: str, file: str, *, force: bool = False) -> str:
    forced = ["--force-conflicts"] if force else []
    return _line(
        "kubectl",
        f"--context={context}",
        "apply",
        "--server-side",
        "--field-manager=jetscale",
        *forced,
        "-f",
        file,
    )


def _delete(context: str, ref: Ref) -> str:
    where = [f"--namespace={ref.namespace}"] if ref.namespace else []
    resource = f"{ref.kind.plural}.{ref.kind.group}" if ref.kind.group else ref.kind.plural
    return _line("kubectl", f"--context={context}", *where, "delete", resource, ref.name)


def _documents(manifests: Sequence[Json]) -> str:
    """The manifests as a List, which kubectl reads like any other file."""
    documents = {"apiVersion": "v1", "kind": "List", "items": [*manifests]}
    return json.dumps(documents, indent=2, ensure_ascii=False)


def _line(*words: str) -> str:
    return shlex.join(words)
