"""`jetscale check`: prerequisites and detection, read-only."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.errors import ExitCode

if TYPE_CHECKING:
    from jetscale_tui.engine.checks import Finding

_SECONDS = 7.0
"""Real seconds for everything, so that a dead network is known within ten."""
_MARGIN = 0.5
"""Seconds a side has less than everything, so that its own words are heard."""
_LEAST_SECONDS = 1.0
_SIGNS = {"ok": "✓", "warn": "!", "fail": "✗", "skip": "…"}


@click.command(name="check", short_help="prerequisites and detection, read-only")
@click.option("-f", "--file", "path", metavar="FILE", help="Setup document; else detected.")
@click.option("--json", "as_json", is_flag=True, help="Findings as JSON.")
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(min=_LEAST_SECONDS),
    default=_SECONDS,
    show_default=True,
    help="Seconds after which what has not answered is given up.",
)
@common_options
def command(path: str | None, as_json: bool, seconds: float, options: Options) -> int:
    """Check what the job needs: credentials, permissions, services, the server, its metrics, chips.

    Nothing is changed. Exits 1 when something is missing.
    """
    from jetscale_tui.cli import session
    from jetscale_tui.cli.output import Output
    from jetscale_tui.engine.checks import CheckState, Scene, run_checks
    from jetscale_tui.engine.first_look import FirstLook
    from jetscale_tui.engine.prerequisites import CHECKS

    begun = time.monotonic()
    output = Output(options)
    work = session.from_file(path, options) if path else session.from_defaults(options)
    output.say(f"Checking {len(CHECKS)} things …")
    # A document that names no project means it; where there is none, it is yet to be found.
    google = path is None or work.setup.google.project is not None
    look = FirstLook(work.backend, work.context, seconds - _MARGIN, google=google)
    work = replace(work, backend=look)
    if path is None:
        work = session.looked_around(work)
    scene = Scene(work.setup, work.profile, work.cluster, look.cloud)
    order = {check.id: number for number, check in enumerate(CHECKS)}
    left = max(_LEAST_SECONDS, seconds - (time.monotonic() - begun))
    findings = sorted(run_checks(scene, CHECKS, left), key=lambda finding: order[finding.id])
    output.data(_json(findings) if as_json else text(findings))
    counts = {state: sum(f.state is state for f in findings) for state in CheckState}
    output.say(
        f"{counts[CheckState.OK]} fine, {counts[CheckState.WARN]} to look at, "
        f"{counts[CheckState.FAIL]} missing, {counts[CheckState.SKIP]} not reached"
    )
    return ExitCode.FAILED if counts[CheckState.FAIL] else ExitCode.DONE


def text(findings: list[Finding]) -> str:
    """One line a finding, and what to do about it below."""
    from jetscale_tui.domain.wording import unbroken

    lines = []
    width = max(len(finding.title) for finding in findings)
    for finding in findings:
        sign = _SIGNS[finding.state]
        lines.append(unbroken(f"{sign} {finding.title:<{width}}  {finding.detail}"))
        if finding.fix:
            lines.append(unbroken(f"    {finding.fix}"))
        lines += [f"      {line}" for line in finding.command.splitlines()]
    return "\n".join(lines)


def _json(findings: list[Finding]) -> str:
    document = {
        "apiVersion": "jetscale/v1",
        "kind": "Check",
        "findings": [
            {key: value for key, value in asdict(finding).items() if key != "remedy"}
            for finding in findings
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)
