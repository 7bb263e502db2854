"""`jetscale watch`: follow autoscalers on screen, or row by row as kubectl does."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.cli.output import Output, print_row
from jetscale_tui.errors import AuthError, ExitCode, JetScaleError, PermissionDenied, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.cli.watch_rows import Rows
    from jetscale_tui.domain.live import Link
    from jetscale_tui.engine.ports import Backend, ContextInfo
    from jetscale_tui.recording.files import Recorder


@dataclass(frozen=True, slots=True)
class Scope:
    """Which autoscalers."""

    name: str | None
    namespace: str | None
    """None: all namespaces."""


@click.command(name="watch", short_help="follow autoscalers, as kubectl does or on screen")
@click.argument("name", required=False)
@click.option("-n", "--namespace", metavar="NS", help="Namespace; by default the context's.")
@click.option("-A", "--all-namespaces", is_flag=True, help="Autoscalers of all namespaces.")
@click.option("--plain", is_flag=True, help="Rows as `kubectl get hpa --watch` prints them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a change.")
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep all that is seen in a new file, for `jetscale replay`.",
)
@common_options
def command(
    name: str | None,
    namespace: str | None,
    all_namespaces: bool,
    plain: bool,
    as_json: bool,
    record: Path | None,
    options: Options,
) -> int:
    """Follow the autoscalers of a namespace, of the whole cluster, or the one called NAME.

    Opens the dashboard on a terminal; prints rows when the output goes elsewhere, or with --plain.
    """
    from jetscale_tui.cli import session

    if all_namespaces and (name or namespace):
        raise click.UsageError("--all-namespaces goes with neither a NAME nor --namespace.")
    backend = session.connect(options)
    context = _context(backend, options)
    own = context.namespace if context else "default"
    scope = Scope(name, None if all_namespaces else namespace or own)
    on_screen = not (plain or as_json) and sys.stdin.isatty() and sys.stdout.isatty()
    with _recorder(record, scope, backend, context) as recorder:
        if on_screen:
            return _open_dashboard(options, scope, recorder)
        _follow(backend, scope, recorder, as_json=as_json)
    return ExitCode.DONE


def _context(backend: Backend, options: Options) -> ContextInfo | None:
    """The context in use, whose namespace is the default, as for kubectl."""
    for context in backend.contexts():
        if context.name == options.context or (options.context is None and context.current):
            return context
    return None


@contextmanager
def _recorder(
    path: Path | None, scope: Scope, backend: Backend, context: ContextInfo | None
) -> Iterator[Recorder | None]:
    """A recorder for the file, if one is wanted; says at the end what has become of it."""
    if path is None:
        yield None
        return
    from jetscale_tui.domain.recording import Header
    from jetscale_tui.recording.files import Recorder

    name = context.name if context else ""
    recorder = Recorder(path, Header(backend.clock.now(), scope.namespace, scope.name, name))
    try:
        yield recorder
    finally:
        recorder.close()
        if recorder.problem is None:
            click.echo(f"Recorded to {path}.", err=True)
        else:
            why = recorder.problem.strerror
            click.echo(f"! The recording in {path} is not complete: {why}.", err=True)


def _open_dashboard(options: Options, scope: Scope, recorder: Recorder | None) -> int:
    from jetscale_tui.cli import session
    from jetscale_tui.tui.app import JetScaleApp, Start
    from jetscale_tui.tui.messages import Watched

    watched = Watched(options.context, scope.namespace, scope.name, recorder is not None)
    taken = recorder.take if recorder else None
    app = JetScaleApp(
        lambda: session.connect(options, taken=taken),
        answers=lambda: session.given(options),
        start=Start.DASHBOARD,
        watched=watched,
    )
    return app.run()


def _follow(backend: Backend, scope: Scope, recorder: Recorder | None, *, as_json: bool) -> None:
    """Print changes until interrupted."""
    from jetscale_tui.cli.watch_rows import JsonRows, TableRows
    from jetscale_tui.domain.kinds import HPA, Ref
    from jetscale_tui.domain.live import LinkChanged
    from jetscale_tui.errors import NotFound

    cluster = backend.cluster()
    fields = ""
    if scope.name:
        fields = f"metadata.name={scope.name}"
        if cluster.get(Ref.to(HPA, scope.name, scope.namespace)) is None:
            raise NotFound(
                f"There is no HorizontalPodAutoscaler {scope.name} in namespace {scope.namespace}.",
                fix="Look at all of them with `jetscale watch -A`.",
            )
    rows: Rows = JsonRows() if as_json else TableRows(with_namespace=scope.namespace is None)
    narrator = _Narrator()
    watch = cluster.watch(HPA, scope.namespace, fields=fields)
    try:
        for event in watch:
            now = backend.clock.now()
            if recorder is not None:
                recorder.take(event, now)
            if isinstance(event, LinkChanged):
                narrator.tell(event.link)
            else:
                for line in rows.lines(event, now):
                    print_row(line)
    finally:
        watch.stop()


class _Narrator:
    """Says on stderr when the connection is lost and found; gives up when it never was there."""

    def __init__(self) -> None:
        self._was_live = False
        self._lost = False

    def tell(self, link: Link) -> None:
        from jetscale_tui.domain.live import LinkState

        if link.state is LinkState.CONNECTING:
            return
        if link.live:
            if self._lost:
                click.echo("Connected again.", err=True)
            self._was_live, self._lost = True, False
            return
        if not self._was_live:
            raise _error_of(link)
        if not self._lost:
            Output(Options()).say(f"{link.reason} Trying again …")
        self._lost = True


def _error_of(link: Link) -> JetScaleError:
    from jetscale_tui.domain.live import LinkState

    kinds: dict[LinkState, type[JetScaleError]] = {
        LinkState.FORBIDDEN: PermissionDenied,
        LinkState.UNAUTHENTICATED: AuthError,
    }
    return kinds.get(link.state, Unreachable)(link.reason, why=link.why, fix=link.hint)
