"""`jetscale replay`: a recording of `jetscale watch`, on screen or as rows, without a cluster."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.cli.output import print_row
from jetscale_tui.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.cli.watch_rows import Rows
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.live import Changed, Listed
    from jetscale_tui.recording.files import Recording

FASTEST = 10_000


@click.command(name="replay", short_help="play what `watch --record` kept, without a cluster")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True, max=FASTEST),
    metavar="N",
    help="How many times faster than it was; 1 on screen, and rows come at once without it.",
)
@click.option(
    "--from",
    "begin",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Begin so many seconds after the start.",
)
@click.option("--plain", is_flag=True, help="Rows as `kubectl get hpa --watch` printed them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a change.")
@common_options
def command(
    file: Path,
    speed: float | None,
    begin: float,
    plain: bool,
    as_json: bool,
    options: Options,
) -> int:
    """Play FILE, a recording of `jetscale watch --record`.

    Opens the dashboard on a terminal; prints rows when the output goes elsewhere, or with --plain.
    """
    del options
    from jetscale_tui.recording.files import open_recording

    recording = open_recording(file)
    if recording.torn:
        click.echo(f"! {file} ends in the middle of an entry; the rest can be played.", err=True)
    if not (plain or as_json) and sys.stdin.isatty() and sys.stdout.isatty():
        return _open_dashboard(recording, speed or 1.0, begin)
    _print(recording, speed, begin, as_json=as_json)
    return ExitCode.DONE


def _open_dashboard(recording: Recording, speed: float, begin: float) -> int:
    from jetscale_tui.recording.backend import ReplayBackend
    from jetscale_tui.tui.app import JetScaleApp, Start
    from jetscale_tui.tui.messages import Watched

    header = recording.header
    backend = ReplayBackend(recording, speed)
    backend.feed(None, None).seek(begin)
    watched = Watched(header.context or None, header.namespace, header.name)
    return JetScaleApp(lambda: backend, start=Start.DASHBOARD, watched=watched).run()


def _print(recording: Recording, speed: float | None, begin: float, *, as_json: bool) -> None:
    """Rows as they were printed, at once or at the pace they came."""
    from jetscale_tui.cli.watch_rows import JsonRows, TableRows
    from jetscale_tui.domain.recording import moment

    header = recording.header
    rows: Rows = JsonRows() if as_json else TableRows(with_namespace=header.namespace is None)
    began = time.monotonic()
    for at, event in _from(begin, _of_autoscalers(recording)):
        if speed is not None:
            time.sleep(max(0.0, began + (at - begin) / speed - time.monotonic()))
        for line in rows.lines(event, moment(header, at)):
            print_row(line)


def _of_autoscalers(recording: Recording) -> Iterator[tuple[float, Listed | Changed]]:
    """What was heard of the autoscalers that were asked for, with the seconds since the start."""
    from jetscale_tui.domain.kinds import HPA
    from jetscale_tui.domain.live import LinkChanged, Listed

    name = recording.header.name
    for at, event in recording.entries():
        if isinstance(event, LinkChanged) or event.kind != HPA:
            continue
        if isinstance(event, Listed):
            named = tuple(item for item in event.objects if name in (None, _name(item)))
            yield at, replace(event, objects=named)
        elif name in (None, _name(event.object)):
            yield at, event


def _from(
    begin: float, events: Iterator[tuple[float, Listed | Changed]]
) -> Iterator[tuple[float, Listed | Changed]]:
    """The events from a time on, after a list of what was there by then."""
    from jetscale_tui.domain.kinds import HPA
    from jetscale_tui.domain.live import ChangeType, Listed

    there: dict[tuple[str, str], Json] = {}
    waiting = begin > 0
    for at, event in events:
        if waiting and at >= begin:
            yield begin, Listed(HPA, tuple(there.values()))
            waiting = False
        if not waiting:
            yield at, event
        elif isinstance(event, Listed):
            there |= {_key(item): item for item in event.objects}
        elif event.change is ChangeType.DELETED:
            there.pop(_key(event.object), None)
        else:
            there[_key(event.object)] = event.object
    if waiting:
        yield begin, Listed(HPA, tuple(there.values()))


def _key(item: Json) -> tuple[str, str]:
    from jetscale_tui.domain.reading import mapping, text

    metadata = mapping(item.get("metadata"))
    return text(metadata.get("namespace")), text(metadata.get("name"))


def _name(item: Json) -> str:
    return _key(item)[1]
