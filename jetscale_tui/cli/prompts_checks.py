"""The prerequisites as plain lines: what each check found, and what can be done about it here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from jetscale_tui.cli.prompter import Question
from jetscale_tui.domain.wording import shown
from jetscale_tui.engine.remedies import Answer, EnableServices, InTerminal, OpenMetricsPort
from jetscale_tui.errors import JetScaleError, UsageError
from jetscale_tui.wizard import checking
from jetscale_tui.wizard.obstacles import failed

if TYPE_CHECKING:
    from jetscale_tui.cli.prompter import Prompter
    from jetscale_tui.engine.checks import Finding
    from jetscale_tui.engine.remedies import Remedy
    from jetscale_tui.wizard.interview import Interview

_WORDS = {"ok": "ok", "warn": "note", "fail": "failed", "skip": "not reached"}


def go_through(interview: Interview, prompter: Prompter, *, in_spite: bool) -> Interview:
    """Ask everything, offer the fixes, and again, until the person goes on.

    Args:
        interview: where it stands; its desk takes the findings.
        prompter: who asks the person.
        in_spite: go on although something failed.

    Raises:
        UsageError: something failed, and nobody may be asked.
    """
    while True:
        interview = _checked(interview, prompter)
        missing = failed(interview.desk)
        interview, changed = _repaired(interview, prompter)
        if changed:
            continue
        if not missing or in_spite or _goes_on(missing, prompter):
            return interview.insist()


def _checked(interview: Interview, prompter: Prompter) -> Interview:
    prompter.say(f"Asking {len(checking.CHECKS)} questions ...")
    order = {check.id: number for number, check in enumerate(checking.CHECKS)}
    found = sorted(checking.check(interview.desk), key=lambda finding: order[finding.id])
    for finding in found:
        prompter.say(f"  {_WORDS[finding.state]}: {finding.title}: {shown(finding.detail)}")
        if finding.state.value == "ok":
            continue
        if finding.state.value != "skip":
            prompter.say(f"    Why it is asked: {finding.why}")
        if finding.fix:
            prompter.say(f"    {shown(finding.fix)}")
        for line in finding.command.splitlines():
            prompter.say(f"      {shown(line)}")

    def learn(interview: Interview) -> Interview:
        for finding in found:
            interview = interview.learned(lambda desk, each=finding: desk.with_finding(each))  # type: ignore[misc]
        return interview

    return learn(interview)


def _repaired(interview: Interview, prompter: Prompter) -> tuple[Interview, bool]:
    """Offer what can be done from here, one after another; whether something was."""
    changed = False
    if prompter.accepts:
        return interview, changed
    for finding in interview.desk.findings:
        remedy = finding.remedy
        if remedy is None or finding.state.value == "ok" or not _can_be_done(remedy):
            continue
        if prompter.confirm(_offer_of(remedy, finding)):
            after = _carried_out(remedy, interview, prompter)
            changed = changed or after is not None
            interview = after or interview
    return interview, changed


def _can_be_done(remedy: Remedy) -> bool:
    """Whether it can be done from here; the command to copy was shown all the same."""
    if isinstance(remedy, InTerminal):
        return sys.stdin.isatty() and shutil.which(remedy.words[0]) is not None
    return True


def _offer_of(remedy: Remedy, finding: Finding) -> Question:
    why = f"{finding.why} {finding.fix}".strip()
    match remedy:
        case EnableServices(project=project, services=services):
            text = f"Enable {', '.join(services)} in {project} now?"
        case Answer(said=said):
            text = f"Change the answer, {said}?"
        case OpenMetricsPort():
            return Question(
                "Let the plan open the metrics port? The server's pods are replaced.",
                why,
                "--open-metrics-port",
            )
        case InTerminal(command=command):
            text = f"Run this here now: {command}?"
    return Question(text, why, "")


def _carried_out(remedy: Remedy, interview: Interview, prompter: Prompter) -> Interview | None:
    """The interview after it; None when nothing has changed."""
    match remedy:
        case EnableServices():
            try:
                prompter.say(f"  {checking.fix(interview.desk, remedy)}")
            except JetScaleError as error:
                prompter.trouble(error.what, error.fix)
                return None
            return interview
        case Answer(give=give):
            return interview.answered(give)
        case OpenMetricsPort():
            return interview.learned(checking.with_open_port)
        case InTerminal(words=words):
            subprocess.run(words, check=False)
            return interview


def _goes_on(missing: tuple[Finding, ...], prompter: Prompter) -> bool:
    names = ", ".join(finding.title for finding in missing)
    if prompter.accepts:
        raise UsageError(
            f"--yes cannot answer: go on although these failed: {names}?",
            why="\n".join(f"{each.title}: {each.detail}" for each in missing),
            fix="Put them right, or go on all the same with --ignore-failed-checks.",
        )
    question = Question(
        f"These failed: {names}. Go on all the same? No asks everything again.",
        "Another cluster or Deployment may be the answer, and some things the plan puts right "
        "itself. Nothing is changed before the plan is confirmed.",
        "--ignore-failed-checks",
    )
    return prompter.confirm(question)
