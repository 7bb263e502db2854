"""`jetscale undo`: shows what taking a run back means, then does it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.errors import ExitCode, Interrupted, NotFound

if TYPE_CHECKING:
    from jetscale_tui.engine.journal import Run


@click.command(name="undo", short_help="take a run back")
@click.argument("run_id", metavar="[RUN]", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Plan and events as JSON, one a line.")
@common_options
def command(run_id: str | None, yes: bool, as_json: bool, options: Options) -> int:
    """Remove exactly what a run added and put back what it changed; the last run by default.

    What somebody else changed since is left as it is, and said.
    """
    import json

    from jetscale_tui.cli import carry_out, session
    from jetscale_tui.cli.output import Output
    from jetscale_tui.engine import explain
    from jetscale_tui.engine.journal import runs
    from jetscale_tui.engine.undo import build_undo

    output = Output(options)
    run = choose(runs(), run_id)
    options = replace(
        options, context=options.context or run.context, project=run.project or options.project
    )
    backend = session.connect(options)
    cluster = backend.cluster(options.context)
    cloud = backend.cloud() if run.project else None
    plan = build_undo(run, cluster, cloud)
    if as_json:
        output.data(json.dumps(explain.as_json(plan), ensure_ascii=False))
    else:
        output.say(explain.text(plan))
    again = f"jetscale undo {run.id}"
    if not carry_out.agree(plan, output, yes=yes, again=again):
        raise Interrupted("Nothing was changed.")
    carry_out.run(plan, None, backend, cluster, cloud, output, as_json=as_json, go_on=again)
    output.say(f"Run {run.id} is taken back.")
    return ExitCode.DONE


def choose(known: tuple[Run, ...], run_id: str | None) -> Run:
    """The run named, or the last one that wrote something and was not taken back.

    Raises:
        NotFound: there is no such run.
    """
    if run_id is not None:
        for run in known:
            if run.id == run_id:
                return run
        raise NotFound(f"There is no run {run_id}.", fix="`jetscale runs` lists all.")
    for run in reversed(known):
        if run.writes and run.undo_of is None and not run.undone:
            return run
    raise NotFound("There is no run to take back.", fix="`jetscale runs` lists all.")
