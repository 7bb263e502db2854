"""`jetscale sandbox`: the embedded cluster and Google Cloud project, until interrupted."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import click

from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.errors import ExitCode
from jetscale_tui.sandbox.restriction import EXAMPLE, load_restriction
from jetscale_tui.sandbox.scenario import load_scenario, shipped

FASTEST = 60
_EPILOG = f"""\
Scenarios: {", ".join(shipped())}; or the path of a scenario file.

\b
A file for --restrict lists what somebody may do; nothing else is allowed:
{indent(EXAMPLE, "  ")}

A rule without namespaces holds everywhere; names limits it to single objects, and paths takes the
place of groups and resources for what is no resource. An asterisk stands for any.
"""


@click.command(
    name="sandbox",
    short_help="run the embedded cluster and print its addresses",
    epilog=_EPILOG,
)
@click.option(
    "--write-kubeconfig",
    "target",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a kubeconfig with the contexts sandbox, which may do everything, and "
    "sandbox-viewer, which may do nothing.",
)
@click.option(
    "--restrict",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Add the context sandbox-restricted, which may do what FILE lists; see below.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, max=FASTEST, min_open=True),
    help=f"How many times faster than life, up to {FASTEST}; 1 by default.",
)
@click.option(
    "--scenario",
    metavar="NAME",
    default="usual",
    show_default=True,
    help="How it begins, what load comes, what goes wrong; see below.",
)
@common_options
def command(
    target: Path | None,
    restrict: Path | None,
    speed: float | None,
    scenario: str,
    options: Options,
) -> int:
    """Run a small GKE with a simulated JetStream, and its Google Cloud, on loopback.

    Prints one `name: address` a line and runs until interrupted. Nothing outside this machine is
    touched.
    """
    import signal
    import tempfile
    import threading
    from dataclasses import replace

    from jetscale_tui.cli.output import Output
    from jetscale_tui.sandbox.environment import Sandbox

    output = Output(options)
    play = load_scenario(scenario)
    restricted = None if restrict is None else load_restriction(restrict).person
    blueprint = replace(play.cluster, speed=speed or play.cluster.speed)
    interrupted = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: interrupted.set())
    with (
        tempfile.TemporaryDirectory(prefix="jetscale-sandbox-") as directory,
        Sandbox(Path(directory), blueprint, scenario=play, restricted=restricted) as sandbox,
    ):
        if target is not None:
            sandbox.write_kubeconfig(target)
        output.data("\n".join(f"{name}: {at}" for name, at in sandbox.addresses.items()))
        if target is None:
            output.say(f"kubectl --kubeconfig {sandbox.kubeconfig} get pods")
        output.say(play.title)
        output.say("Running until interrupted (Ctrl-C) …")
        interrupted.wait()
    return ExitCode.DONE
