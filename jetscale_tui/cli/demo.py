"""`jetscale demo`: the same application on an embedded cluster; needs no cloud."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.errors import ExitCode

if TYPE_CHECKING:
    from jetscale_tui.engine.ports import Backend
    from jetscale_tui.sandbox.environment import Sandbox

FASTEST = 60


@click.command(name="demo", short_help="the whole job on an embedded cluster; needs no cloud")
@click.option("--auto", is_flag=True, help="Ask nothing; the default without a terminal.")
@click.option(
    "--speed",
    type=click.FloatRange(min=1, max=FASTEST),
    default=10.0,
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
    from jetscale_tui import paths

    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    with tempfile.TemporaryDirectory(prefix="jetscale-demo-") as folder:
        # Runs and drafts of a cluster that is gone afterwards must not be offered later.
        paths.keep_state_in(Path(folder) / "state")
        with _EmbeddedCluster(Path(folder) / "sandbox", speed) as cluster:
            if auto or not on_terminal:
                from jetscale_tui.cli import demo_auto

                anywhere = replace(options, context=None, project=None, location=None, cluster=None)
                demo_auto.run(cluster.start(), anywhere)
                return ExitCode.DONE
            return _on_screen(cluster)


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


def _on_screen(cluster: _EmbeddedCluster) -> int:
    from jetscale_tui import wiring
    from jetscale_tui.tui.app import JetScaleApp

    def backend() -> Backend:
        return wiring.RealBackend(cluster.start().kubeconfig)

    return JetScaleApp(backend).run()
