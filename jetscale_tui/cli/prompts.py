"""A setup in plain lines from the first question to the autoscaler at work."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jetscale_tui.cli import carry_out, session
from jetscale_tui.cli.output import Output
from jetscale_tui.cli.prompter import Back, Prompter, Question
from jetscale_tui.cli.questionnaire import Questionnaire, step_title
from jetscale_tui.domain import kubectl
from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.domain.wording import shown_lines
from jetscale_tui.engine import explain
from jetscale_tui.engine.plan import StepId
from jetscale_tui.errors import ExitCode, Interrupted, JetScaleError, UsageError
from jetscale_tui.wizard.beginnings import Beginning, beginnings
from jetscale_tui.wizard.checking import with_open_port
from jetscale_tui.wizard.drafts import discard_draft
from jetscale_tui.wizard.interview import Interview
from jetscale_tui.wizard.opening import open_backend
from jetscale_tui.wizard.planning import cloud_of, make_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.cli.options import Options
    from jetscale_tui.engine.plan import Plan
    from jetscale_tui.wizard.opening import Given

_MANNERS = (
    "Enter takes the default in brackets, ? explains, < goes back, Ctrl-C keeps the answers for "
    "another time. Nothing is changed before you confirm the plan."
)
_WITHOUT_A_SCREEN = (
    Beginning.RESUME,
    Beginning.FINISH,
    Beginning.SET_UP,
    Beginning.UNDO,
    Beginning.QUIT,
)
"""The others have commands of their own: `--answers`, `jetscale watch`, `jetscale demo`."""
_BEGIN = Question(
    "How do you want to begin?",
    "Set up asks everything; an unfinished session or run goes on where it stopped; taking back "
    "shows a plan first.",
    "--resume or --new",
)
_CONFIRM = Question(
    "Carry this out?",
    "Exactly what is listed is done, step by step, each seen to work before the next. If the "
    "cluster has changed by then, it stops instead. `jetscale undo` takes back what was added.",
    "--yes",
)
_OPEN_PORT = Question(
    "Open the metrics port now? The server's pods are replaced.",
    "Without its metrics argument the server has nothing to scale on. The plan can add it.",
    "--open-metrics-port",
)
_PLAN_AGAIN = Question(
    "Plan again?",
    "Put right what stands in the way, in another terminal or by other answers (<), then plan "
    "again. No stops here; the answers are kept.",
    "",
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line says besides answers."""

    again: str
    """The command, for going on later."""
    yes: bool = False
    output: str | None = None
    force: bool = False
    resume: bool | None = None
    in_spite: bool = False
    """Go on although a check failed."""


def run(options: Options, answers: Callable[[], Given], wishes: Wishes) -> int:
    """Ask, plan, confirm, apply; or ask, and write the answers.

    Raises:
        Interrupted: by Ctrl-C, the end of stdin, or a no.
        JetScaleError: it cannot be carried out.
    """
    output = Output(options)
    prompter = Prompter(output, accepts=wishes.yes)
    opening = open_backend(lambda: session.connect(options), answers)
    interview = Interview.of(opening)
    if not wishes.yes:
        prompter.say(_MANNERS)
    asking = Questionnaire(interview, prompter, in_spite=wishes.in_spite)
    try:
        asking.interview = _begun(interview, prompter, wishes)
        return _asked(asking, prompter, output, wishes)
    except (KeyboardInterrupt, EOFError):
        raise _left(asking.interview, wishes) from None


def _left(interview: Interview, wishes: Wishes) -> Interrupted:
    """What to say to somebody who leaves; their answers are kept."""
    if interview.step is WizardStep.WELCOME or interview.desk.undoing is not None:
        return Interrupted("Nothing was changed.")
    interview.keep()
    return Interrupted(
        "Nothing was changed; your answers are kept.", fix=f"Go on: {wishes.again} --resume"
    )


def _begun(interview: Interview, prompter: Prompter, wishes: Wishes) -> Interview:
    """Where to begin: as the command line says, else as the person says, if there is a choice."""
    resume = interview.desk.opening.resume
    if wishes.resume:
        if resume is None:
            raise UsageError(
                "There are no answers of an unfinished session here.", fix=f"Begin: {wishes.again}"
            )
        return interview.begin(Beginning.RESUME)
    offers = [offer for offer in beginnings(interview.desk) if offer.key in _WITHOUT_A_SCREEN]
    answered = wishes.yes or wishes.resume is False or interview.desk.opening.given
    if answered or len(offers) <= len((Beginning.SET_UP, Beginning.QUIT)):
        return interview.begin(Beginning.SET_UP)
    while True:
        try:
            chosen = Beginning(prompter.choose(_BEGIN, offers, offers[0].key))
        except Back:
            prompter.say("  There is no question before this one.")
            continue
        if chosen is Beginning.QUIT:
            raise Interrupted("Nothing was changed.")
        return interview.begin(chosen)


def _asked(asking: Questionnaire, prompter: Prompter, output: Output, wishes: Wishes) -> int:
    while True:
        asking.ask()
        if wishes.output is not None:
            return _written(asking.interview, wishes.output, force=wishes.force)
        try:
            plan = _reviewed(asking, prompter)
        except Back:
            asking.go_back()
            continue
        return _applied(asking.interview, plan, output, wishes)


def _written(interview: Interview, path: str, *, force: bool) -> int:
    import click

    from jetscale_tui.domain.validation import resolved
    from jetscale_tui.setupfile.save import dump_setup, write_new

    text = dump_setup(resolved(interview.desk.draft))
    if path == "-":
        click.echo(text, nl=False)
    else:
        write_new(Path(path), text, force=force)
        click.echo(f"Wrote {path}. Next: jetscale plan -f {shlex.quote(path)}", err=True)
    discard_draft(interview.desk.backend.label)
    return ExitCode.DONE


def _reviewed(asking: Questionnaire, prompter: Prompter) -> Plan:
    """The plan, shown and agreed to.

    Raises:
        Back: the person wants to change an answer.
        Interrupted: the person does not want the plan.
        StepFailed, PermissionDenied: it cannot run, and nobody may be asked.
    """
    asking.interview = asking.interview.at(WizardStep.REVIEW)
    prompter.title(f"{step_title(WizardStep.REVIEW)}, everything that would be done")
    while True:
        prompter.say("Reading the cluster, trying every change without writing it ...")
        try:
            plan = make_plan(asking.desk)
            prompter.say(shown_lines(explain.text(plan)))
            if _opens_port(asking, plan, prompter):
                continue
            carry_out.refuse_blocked(plan)
            carry_out.refuse_powerless(plan)
        except JetScaleError as error:
            if prompter.accepts or isinstance(error, UsageError):
                raise
            for part in (error.what, error.why, error.fix):
                for line in part.splitlines():
                    prompter.trouble(line)
            if prompter.confirm(_PLAN_AGAIN, default=True):
                continue
            raise KeyboardInterrupt from None
        if prompter.accepts:
            prompter.say(f"{_CONFIRM.text} yes, by --yes")
        elif not prompter.confirm(_CONFIRM):
            raise KeyboardInterrupt
        return plan


def _opens_port(asking: Questionnaire, plan: Plan, prompter: Prompter) -> bool:
    """Whether the metrics port is to be opened, which makes another plan."""
    closed = next((step for step in plan.steps if step.id is StepId.METRICS_PORT), None)
    choices = asking.desk.choices
    if closed is None or not closed.writes or (choices and choices.open_metrics_port):
        return False
    if prompter.accepts:
        raise UsageError(
            f"--yes cannot answer: {_OPEN_PORT.text}", fix=f"Answer it with {_OPEN_PORT.flag}."
        )
    for risk in closed.risks:
        prompter.trouble(f"note: {risk.what}")
    if not prompter.confirm(_OPEN_PORT):
        return False
    asking.interview = asking.interview.learned(with_open_port)
    return True


def _applied(interview: Interview, plan: Plan, output: Output, wishes: Wishes) -> int:
    desk = interview.desk
    backend = desk.backend
    output.say(f"\n== {step_title(WizardStep.APPLY)}")
    cluster = backend.cluster(desk.draft.kubernetes.context)
    undoing = plan.undo_of is not None
    run_id = carry_out.run(
        plan,
        None if undoing else desk.profile,
        backend,
        cluster,
        cloud_of(desk, plan.project),
        output,
        as_json=False,
        go_on=wishes.again,
    )
    if undoing:
        output.say("Taken back.")
        return ExitCode.DONE
    discard_draft(backend.label)
    setup = desk.draft
    namespace, name = setup.workload.namespace, setup.scaling.name
    hpa = cluster.get(Ref.to(HPA, name, namespace))
    if hpa is not None:
        writer = kubectl.TableWriter(kubectl.hpa_header(with_namespace=False))
        row = kubectl.hpa_row(hpa, backend.clock.now(), with_namespace=False)
        for line in writer.block([row]):
            output.data(line)
    output.say(f"Done. Follow it: jetscale watch {name} -n {namespace}")
    output.say(f"Take it back: jetscale undo {run_id}")
    return ExitCode.DONE
