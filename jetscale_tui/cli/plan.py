"""`jetscale plan`: what would change."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jetscale_tui.cli.choices import choice_options, chosen
from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.errors import ExitCode

if TYPE_CHECKING:
    from jetscale_tui.cli.session import Session
    from jetscale_tui.engine.plan import Plan


@click.command(name="plan", short_help="what would change")
@click.option("-f", "--file", "path", required=True, metavar="FILE", help="Setup document.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 4 when the plan has changes.")
@click.option(
    "--details", is_flag=True, help="New objects as YAML, rights, commands, verification, undo."
)
@click.option("--json", "as_json", is_flag=True, help="The plan as JSON, with everything.")
@click.option(
    "--hand-over",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write there, as a script with a text, the steps that somebody else has to do.",
)
@click.option("--force", is_flag=True, help="With --hand-over, replace files that exist.")
@choice_options
@common_options
def command(
    path: str,
    detailed_exitcode: bool,
    details: bool,
    as_json: bool,
    folder: Path | None,
    force: bool,
    open_metrics_port: bool,
    take_over: tuple[str, ...],
    roll_back_release: bool,
    options: Options,
) -> int:
    """Show every object and policy change, with its diff and its risks.

    Only reads; the nearest it comes to writing is a server-side dry run. Exits 1 when the plan
    could not be carried out as it is.
    """
    from jetscale_tui.cli import carry_out, session
    from jetscale_tui.cli.output import Output
    from jetscale_tui.engine import explain

    if force and folder is None:
        raise click.UsageError("--force goes with --hand-over only.")
    output = Output(options)
    choices = chosen(open_metrics_port, take_over, roll_back_release)
    work = session.from_file(path, options)
    plan = session.planned(work, choices)
    if as_json:
        output.data(json.dumps(explain.as_json(plan), indent=2, ensure_ascii=False))
    else:
        output.data(explain.text(plan, in_full=details).rstrip("\n"))
    carry_out.refuse_blocked(plan)
    if folder is not None:
        _hand_over(plan, work, folder, f"jetscale apply -f {shlex.quote(path)}", force=force)
    return ExitCode.CHANGES if detailed_exitcode and plan.changes else ExitCode.DONE


def _hand_over(plan: Plan, work: Session, folder: Path, go_on: str, *, force: bool) -> None:
    from jetscale_tui.cli.files import write
    from jetscale_tui.engine.handover import files

    written = files(plan, work.profile, go_on)
    if written:
        write(written, folder, force=force)
    else:
        click.echo("Nothing has to be handed over: you may do every step.", err=True)
