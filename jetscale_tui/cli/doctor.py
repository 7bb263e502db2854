"""`jetscale doctor`: finds the broken link between an autoscaler and its server."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.cli.session import Session
    from jetscale_tui.engine.doctor import Link, Patient

_SIGNS = {
    "fine": "✓",
    "note": "!",
    "empty": "○",
    "broken": "✗",
    "unknown": "?",
    "not reached": "…",
}


@click.command(name="doctor", short_help="find the broken link, and the fix")
@click.argument("name", required=False)
@click.option("-n", "--namespace", metavar="NS", help="Namespace; by default the server's.")
@click.option("-f", "--file", "path", metavar="FILE", help="Setup document; else detected.")
@click.option("--json", "as_json", is_flag=True, help="The links as JSON.")
@common_options
def command(
    name: str | None, namespace: str | None, path: str | None, as_json: bool, options: Options
) -> int:
    """Find out why the autoscaler called NAME does not scale.

    Walks from the autoscaler through the metrics API, its adapter, Cloud Monitoring and the
    scraping to the server, and stops at the first link that is broken: what is wrong, why, and
    how to mend it. Changes nothing. Exits 1 when a link is broken.
    """
    from jetscale_tui.cli import session
    from jetscale_tui.cli.output import Output
    from jetscale_tui.engine.doctor import examine, is_healthy

    output = Output(options)
    work = session.from_file(path, options) if path else session.from_defaults(options)
    if path is None:
        work = session.looked_around(work)
    patient = _patient(work, name, namespace, path)
    output.say(f"Examining {patient.namespace}/{patient.name} …")
    links: list[Link] = []
    for link in examine(patient):
        links.append(link)
        if not as_json:
            output.data("\n".join(lines_of(link)))
    if as_json:
        output.data(_json(patient, links))
    output.say(_verdict(links))
    return ExitCode.DONE if is_healthy(links) else ExitCode.FAILED


def _patient(work: Session, name: str | None, namespace: str | None, path: str | None) -> Patient:
    from jetscale_tui.engine.doctor import Patient
    from jetscale_tui.engine.doctor.which import which_autoscaler
    from jetscale_tui.errors import JetScaleError, UsageError

    place = namespace or work.setup.workload.namespace
    if name is None:
        try:
            name = which_autoscaler(work.cluster(), work.setup, place)
        except UsageError:
            raise
        except JetScaleError:
            # The first link says what is wrong with the connection.
            name = work.setup.scaling.name
    command = f"jetscale apply -f {shlex.quote(path)}" if path else "jetscale"
    return Patient(
        namespace=place,
        name=name,
        setup=work.setup,
        profile=work.profile,
        cluster=work.cluster,
        cloud=work.cloud,
        clock=work.backend.clock,
        apply_command=command,
    )


def lines_of(link: Link) -> list[str]:
    """A link for a terminal: one line, and below it why it is so and what to do."""
    from jetscale_tui.domain.wording import unbroken
    from jetscale_tui.engine.doctor import TITLES, Health

    width = max(map(len, TITLES.values()))
    mark = f" ({link.failure})" if link.failure else ""
    lines = [unbroken(f"{_SIGNS[link.health]} {link.title:<{width}}  {link.detail}{mark}")]
    if link.health not in (Health.FINE, Health.NOT_REACHED):
        lines += [f"    {line}" for line in link.why.splitlines()]
        if link.fix:
            lines.append(unbroken(f"    → {link.fix}"))
        lines += [f"      {line}" for line in link.command.splitlines()]
    return [*lines, *(line for each in link.also for line in lines_of(each))]


def _verdict(links: Sequence[Link]) -> str:
    from jetscale_tui.engine.doctor import Health

    bad = next((link for link in links if link.health is Health.BROKEN), None)
    if bad is not None:
        return f"Broken: {bad.title}"
    if unseen := _unseen(links):
        return f"Nothing broken was seen. Not known: {', '.join(unseen)}."
    noted = sum(each.health is Health.NOTE for link in links for each in (link, *link.also))
    return "Healthy." if not noted else f"Healthy; {noted} to look at."


def _unseen(links: Sequence[Link]) -> list[str]:
    from jetscale_tui.engine.doctor import Health

    return [link.title for link in links if link.health is Health.UNKNOWN]


def _json(patient: Patient, links: Sequence[Link]) -> str:
    from jetscale_tui.engine.doctor import is_healthy

    document = {
        "apiVersion": "jetscale/v1",
        "kind": "Doctor",
        "namespace": patient.namespace,
        "name": patient.name,
        "healthy": is_healthy(links) and not _unseen(links),
        "notSeen": _unseen(links),
        "links": [{"title": link.title, **asdict(link)} for link in links],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)
