"""`jetscale apply`: plan, confirm, perform, verify; finishes an interrupted run."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from jetscale_tui.cli.choices import choice_options, chosen
from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.errors import ExitCode, Interrupted

if TYPE_CHECKING:
    from jetscale_tui.cli.output import Output
    from jetscale_tui.cli.session import Session
    from jetscale_tui.engine.plan import Plan
    from jetscale_tui.engine.planner import Choices


@click.command(name="apply", short_help="plan, confirm, perform, verify; resumes")
@click.option("-f", "--file", "path", required=True, metavar="FILE", help="Setup document.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Plan and events as JSON, one a line.")
@choice_options
@common_options
def command(
    path: str,
    yes: bool,
    as_json: bool,
    open_metrics_port: bool,
    take_over: tuple[str, ...],
    roll_back_release: bool,
    options: Options,
) -> int:
    """Carry a setup out, step by step, each seen to work before the next.

    Ctrl-C stops after the current write. Run it again and it goes on from there.
    """
    from jetscale_tui.cli import carry_out, session
    from jetscale_tui.cli.output import Output
    from jetscale_tui.engine import explain

    output = Output(options)
    choices = chosen(open_metrics_port, take_over, roll_back_release)
    work = session.from_file(path, options)
    plan = _plan(work, choices, output, yes=yes)
    if as_json:
        output.data(json.dumps(explain.as_json(plan), ensure_ascii=False))
    else:
        output.say(explain.text(plan))
    again = f"jetscale apply -f {shlex.quote(path)}"
    if not carry_out.agree(plan, output, yes=yes, again=again):
        raise Interrupted("Nothing was changed.")
    run_id = carry_out.run(
        plan,
        work.profile,
        work.backend,
        work.cluster(),
        work.cloud(),
        output,
        as_json=as_json,
        go_on=again,
        hand_over=f"jetscale plan -f {shlex.quote(path)} --hand-over DIR",
    )
    if plan.changes:
        output.say(f"Done. Take it back with: jetscale undo {run_id}")
    else:
        output.say("Done. Everything was there already; nothing was written.")
    return ExitCode.DONE


def _plan(work: Session, choices: Choices, output: Output, *, yes: bool) -> Plan:
    """The plan; where the metrics port is closed, asks whether to open it."""
    from jetscale_tui.cli.session import planned
    from jetscale_tui.engine.plan import StepId

    plan = planned(work, choices)
    closed = next((step for step in plan.steps if step.id is StepId.METRICS_PORT), None)
    if closed is None or not closed.writes or choices.open_metrics_port or yes or not output.asks:
        return plan
    for risk in closed.risks:
        output.say(f"! {risk.what}")
    if not output.confirm("Open the metrics port now? The server's pods are replaced."):
        return plan
    return planned(work, replace(choices, open_metrics_port=True))
