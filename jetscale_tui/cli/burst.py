"""`jetscale burst`: the load test, spread over all ready pods."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.errors import ExitCode, Interrupted, UsageError

if TYPE_CHECKING:
    from jetscale_tui.cli.output import Output
    from jetscale_tui.cli.session import Session
    from jetscale_tui.engine.burst import Burst
    from jetscale_tui.engine.burst_report import BurstReport

_LINE_EVERY = 5.0
"""Seconds between two lines of progress where none can be overwritten."""


@click.command(name="burst", short_help="a load test, spread over all pods")
@click.option("-f", "--file", "path", metavar="FILE", help="Setup document; else detected.")
@click.option("--requests", default=100, show_default=True, help="How many to send in all.")
@click.option("--concurrency", default=100, show_default=True, help="How many at once.")
@click.option("--max-tokens", default=200, show_default=True, help="Tokens each may generate.")
@click.option(
    "--yes", is_flag=True, help="Do not ask whether a detected workload is the right one."
)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@common_options
def command(
    path: str | None,
    requests: int,
    concurrency: int,
    max_tokens: int,
    yes: bool,
    as_json: bool,
    options: Options,
) -> int:
    """Send many requests at once to the model server and say how it went.

    They go through the API server to every ready pod. Ctrl-C stops at once. Exits 1 when any
    request failed.
    """
    from jetscale_tui.cli import session
    from jetscale_tui.cli.output import Output
    from jetscale_tui.engine.burst import Burst, Load

    output = Output(options)
    work = session.from_file(path, options) if path else session.detected(options)
    workload = work.setup.workload
    load = Load(
        namespace=workload.namespace,
        selector=",".join(f"{key}={value}" for key, value in workload.selector.items()),
        port=workload.http_port,
        requests=requests,
        concurrency=concurrency,
        max_tokens=max_tokens,
    )
    load.check()
    _agree(work, load.requests, output, sure=yes or path is not None)
    burst = Burst(work.cluster(), load, work.backend.clock)
    report = _watch(burst, output)
    output.data(_json(report) if as_json else text(report))
    if report.stopped:
        raise Interrupted("The burst was stopped.")
    return ExitCode.FAILED if report.failed else ExitCode.DONE


def _agree(work: Session, requests: int, output: Output, *, sure: bool) -> None:
    """Ask before loading a server that no setup names, unless it is the sandbox's."""
    workload = work.setup.workload
    what = "1 request" if requests == 1 else f"{requests} requests"
    target = f"Deployment {workload.namespace}/{workload.deployment} of context {work.context}"
    if sure or work.backend.label:
        output.say(f"Sending {what} to {target} …")
        return
    if not output.asks:
        raise UsageError(
            f"No setup document names {target}.",
            fix="Give one with -f, or say --yes if this is the server to load.",
        )
    if not output.confirm(f"Send {what} to {target}?"):
        raise Interrupted("Nothing was sent.")


def _watch(burst: Burst, output: Output) -> BurstReport:
    """Run it with progress on stderr; Ctrl-C stops it and leaves what there is."""
    progress = _Progress(output)
    report: BurstReport | None = None
    try:
        for report in burst.run():
            progress.show(report)
    except KeyboardInterrupt:
        burst.stop()
        if report is None:
            raise
        return replace(report, done=True, stopped=True)
    assert report is not None
    return report


class _Progress:
    """One line that changes on a terminal, a line now and then elsewhere."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._overwrites = sys.stderr.isatty()
        self._last = 0.0

    def show(self, report: BurstReport) -> None:
        line = (
            f"{report.answered + report.failed} of {report.planned} answered, "
            f"{report.failed} failed, {report.open} open, {report.elapsed:.0f} s"
        )
        if self._overwrites:
            click.echo(f"\r\x1b[K{line}", nl=report.done, err=True)
        elif report.done or time.monotonic() - self._last >= _LINE_EVERY:
            self._last = time.monotonic()
            self._output.say(line)


def text(report: BurstReport) -> str:
    """How it went, a line each: in all, by kind of failure, by pod."""
    from jetscale_tui.domain.wording import unbroken

    lines = [f"answered  {report.answered} of {report.planned} in {report.elapsed:.1f} s"]
    if report.latency is not None:
        latency = report.latency
        lines.append(
            f"latency   median {latency.median:.1f} s, 90 % {latency.p90:.1f} s, "
            f"99 % {latency.p99:.1f} s, longest {latency.longest:.1f} s"
        )
    if report.open:
        lines.append(f"open      {report.open} abandoned")
    for kind, count in report.errors:
        lines.append(f"failed    {count}: {kind}")
    width = max((len(share.pod) for share in report.pods), default=0)
    lines += [
        f"pod       {share.pod:<{width}}  {share.sent} sent, {share.failed} failed"
        for share in report.pods
    ]
    return "\n".join(map(unbroken, lines))


def _json(report: BurstReport) -> str:
    document = {"apiVersion": "jetscale/v1", "kind": "Burst", **asdict(report)}
    document["errors"] = [{"kind": kind, "count": count} for kind, count in report.errors]
    return json.dumps(document, indent=2, ensure_ascii=False)
