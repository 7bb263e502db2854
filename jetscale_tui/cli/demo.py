"""`jetscale demo`: the same application on an embedded cluster; needs no cloud."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.engine.ports import Backend
    from jetscale_tui.sandbox.environment import Sandbox
    from jetscale_tui.tui.app import JetScaleApp

FASTEST = 60
SPEED = 10.0


@click.command(name="demo", short_help="the whole job on an embedded cluster; needs no cloud")
@click.option("--auto", is_flag=True, help="Ask nothing; the default without a terminal.")
@click.option(
    "--speed",
    type=click.FloatRange(min=1, max=FASTEST),
    default=SPEED,
    show_default=True,
    help="How many times faster than life.",
)
@common_options
def command(auto: bool, speed: float, options: Options) -> int:
    """Set up autoscaling on a small GKE that runs inside this process.

    On a terminal the wizard opens. With --auto, or without a terminal, the whole job runs without
    a question: plan, apply, a burst of 100 requests, until the autoscaler has scaled to 2.
    Nothing outside this machine is touched, and nothing is left behind.
    """
    if auto or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _unattended(speed, options)
    return on_screen(speed)


def run_or_demo(app: JetScaleApp) -> int:
    """Run the screen, and where the demo was chosen on it, that."""
    code = app.run()
    return on_screen() if app.demo_wanted else code


def on_screen(speed: float = SPEED) -> int:
    """The wizard on an embedded cluster."""
    from jetscale_tui import wiring
    from jetscale_tui.tui.app import JetScaleApp

    with _embedded(speed) as cluster:

        def backend() -> Backend:
            return wiring.RealBackend(cluster.start().kubeconfig)

        return JetScaleApp(backend).run()


def _unattended(speed: float, options: Options) -> int:
    from jetscale_tui.cli import demo_auto

    anywhere = replace(options, context=None, project=None, location=None, cluster=None)
    with _embedded(speed) as cluster:
        demo_auto.run(cluster.start(), anywhere)
    return ExitCode.DONE


@contextmanager
def _embedded(speed: float) -> Iterator[_EmbeddedCluster]:
    """A cluster that is started when it is asked for, with a state directory of its own."""
    from jetscale_tui import paths

    with tempfile.TemporaryDirectory(prefix="jetscale-demo-") as folder:
        # Runs and drafts of a cluster that is gone afterwards must not be offered later.
        paths.keep_state_in(Path(folder) / "state")
        with _EmbeddedCluster(Path(folder) / "sandbox", speed) as cluster:
            yield cluster


class _EmbeddedCluster:
    """A sandbox that is started once, by whoever needs it first, and stopped at the end."""

    def __init__(self, folder: Path, speed: float) -> None:
        self._folder = folder
        self._speed = speed
        self._sandbox: Sandbox | None = None

    def start(self) -> Sandbox:
        """The running sandbox; its imports cost half a second, so not before it is asked for."""
        from jetscale_tui.sandbox.blueprint import Blueprint
        from jetscale_tui.sandbox.environment import Sandbox

        if self._sandbox is None:
            sandbox = Sandbox(self._folder, Blueprint(speed=self._speed))
            sandbox.start()
            self._sandbox = sandbox
        return self._sandbox

    def __enter__(self) -> _EmbeddedCluster:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sandbox is not None:
            self._sandbox.stop()
