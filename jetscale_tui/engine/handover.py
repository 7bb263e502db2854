"""What somebody else has to do, as a script to run and a text that says what it is about."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from jetscale_tui.domain.google import member_of
from jetscale_tui.domain.wording import shown
from jetscale_tui.engine import commands, explain, rights
from jetscale_tui.engine.identity import services
from jetscale_tui.engine.plan import (
    Create,
    EnableService,
    InstallRelease,
    StepId,
    Update,
    is_change,
)
from jetscale_tui.export.handover import SCRIPT_FILE, Errand, script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.engine.plan import Plan, Step

TEXT_FILE = "hand-over.md"
_WIDTH = 88


def files(plan: Plan, profile: Profile, go_on: str) -> dict[str, str]:
    """The script and the text by file name; none where this person may do every step.

    Args:
        plan: of a setup.
        profile: of its server.
        go_on: the command that goes on once the rest is done.
    """
    steps = tuple(step for step in plan.steps if step.handed_over)
    if not steps:
        return {}
    errands = [errand(step, plan) for step in steps]
    about = [f"{_who(plan)} asks you to run this. {TEXT_FILE} beside it says why.", *_where(plan)]
    return {
        SCRIPT_FILE: script(plan.setup, profile, errands, about),
        TEXT_FILE: _text(plan, steps, go_on),
    }


def errand(step: Step, plan: Plan) -> Errand:
    """What a step comes to for somebody who does all of it that is not done yet."""
    todo = [change for change in step.changes if is_change(change)]
    updates = [change for change in todo if isinstance(change, Update)]
    enabled = [change.service for change in todo if isinstance(change, EnableService)]
    if step.id is StepId.SERVICES and not step.changes:
        enabled = [*services(plan.setup)]
    return Errand(
        step.title,
        services=tuple(enabled),
        identity=step.id is StepId.ADAPTER_IDENTITY,
        created=tuple(change.manifest for change in todo if isinstance(change, Create)),
        changed=tuple(change.manifest for change in updates if not change.force),
        taken_over=tuple(change.manifest for change in updates if change.force),
        release=any(isinstance(change, InstallRelease) for change in todo),
    )


def _who(plan: Plan) -> str:
    return plan.identity or "Somebody who sets up autoscaling"


def _where(plan: Plan) -> Iterator[str]:
    google = plan.setup.google
    named = f"GKE cluster {google.cluster} in {google.location}, " if google.cluster else ""
    yield f"It is about {named}API server {plan.server}."
    if google.project:
        yield f"Google Cloud project: {google.project}."


def _text(plan: Plan, steps: tuple[Step, ...], go_on: str) -> str:
    workload = plan.setup.workload
    lines = ["# Autoscaling: steps for somebody who may", ""]
    lines += _folded(
        f"{_who(plan)} is setting up autoscaling of {workload.namespace}/{workload.deployment} "
        f"with JetScale, and may not do the steps below. `sh {SCRIPT_FILE}` does exactly them; "
        "look into it first. It stops at the first command that fails, may be run again, and its "
        "last lines say how to take back what it made."
    )
    lines += [each for sentence in _where(plan) for each in _folded(sentence)]
    for step in steps:
        lines += ["", f"## {step.title}", "", *_step(step)]
    lines += ["", "## Or let them do it themselves", "", *_grants(plan, steps)]
    lines += ["", "## Afterwards", ""]
    lines += _folded("JetScale finds what was done and goes on from there with:")
    lines += ["", f"    {go_on}"]
    return "\n".join(map(shown, lines)) + "\n"


def _step(step: Step) -> Iterator[str]:
    for change in step.changes:
        if is_change(change):
            yield f"    {explain.line(change)}"
    if not step.changes:
        yield from (f"    {command}" for command in step.commands)
    if step.missing:
        yield ""
        yield from _folded(f"Needs: {', '.join(rights.in_words(step.missing))}.")


def _grants(plan: Plan, steps: tuple[Step, ...]) -> Iterator[str]:
    missing = dict.fromkeys(right for step in steps for right in step.missing)
    if not missing:
        yield from _folded(
            "Give them Google credentials for this project, and name it in google.project of "
            "their setup."
        )
        return
    yield from _folded(f"They lack: {', '.join(rights.in_words(missing))}.")
    roles = rights.smallest_roles(missing)
    if plan.project and roles:
        yield from _folded(f"The smallest roles that bring Google's: {', '.join(roles)}.")
        if "@" in plan.identity:
            yield ""
            for role in roles:
                yield f"    {commands.grant(plan.project, role, member_of(plan.identity))}"


def _folded(sentence: str) -> list[str]:
    return textwrap.wrap(sentence, _WIDTH, break_long_words=False, break_on_hyphens=False)
