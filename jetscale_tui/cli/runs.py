"""`jetscale runs`: what was applied, when, with what result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.journal import Run


@click.command(name="runs", short_help="what was applied, when, with what result")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@common_options
def command(as_json: bool, options: Options) -> int:
    """List the runs of this machine, the newest last. Reads only the journals."""
    from jetscale_tui.cli.output import Output
    from jetscale_tui.engine.journal import runs

    output = Output(options)
    known = runs()
    if as_json:
        output.data(json.dumps([_described(run) for run in known], indent=2, ensure_ascii=False))
    elif known:
        output.data(table(known))
    else:
        output.say("No runs yet.")
    return ExitCode.DONE


def table(known: Sequence[Run]) -> str:
    """The runs in columns."""
    from jetscale_tui.domain.wording import unbroken

    rows = [("RUN", "BEGAN", "SETUP", "RESULT", "WRITES", "CONTEXT")]
    rows += [
        (
            run.id,
            f"{run.began.astimezone():%Y-%m-%d %H:%M}",
            unbroken(run.act or run.name),
            _result(run),
            str(len(run.writes)),
            unbroken(run.context),
        )
        for run in known
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _result(run: Run) -> str:
    if run.undo_of:
        return f"{run.state} undoing {run.undo_of}"
    return "undone" if run.undone else str(run.state)


def _described(run: Run) -> Json:
    return {
        "id": run.id,
        "began": run.began.isoformat(),
        "ended": run.ended.isoformat() if run.ended else None,
        "setup": run.name,
        "context": run.context,
        "server": run.server,
        "project": run.project,
        "state": run.state.value,
        "error": run.error,
        "writes": len(run.writes),
        "act": run.act,
        "undoOf": run.undo_of,
        "undone": run.undone,
    }
