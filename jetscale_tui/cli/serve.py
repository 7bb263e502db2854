"""`jetscale serve`: the same application in a browser."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import click

from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from jetscale_tui.cli.output import Output

PORT = 8000


@click.command(name="serve", short_help="the same application in a browser")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--allow-remote",
    is_flag=True,
    help="Let --host be an address that other machines reach.",
)
@common_options
def command(host: str, port: int, allow_remote: bool, options: Options) -> int:
    """Open JetScale in a browser, until interrupted.

    Prints an address with a token that is good for this run: only a browser that was given it gets
    in. Needs the optional part `serve`.
    """
    from jetscale_tui.cli.output import Output

    output = Output(options)
    _keep_at_home(host, output, allowed=allow_remote)
    try:
        import textual_serve  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise UsageError(
            "A browser needs textual-serve, which is not installed.",
            why="It is an optional part, so that nobody who stays in the terminal has a web "
            "server on board.",
            fix="pip install 'jetscale[serve]'\nIn a clone of the repository: pip install "
            "'.[serve]'",
        ) from error
    from jetscale_tui.cli.browser import serve

    serve(host, port, options, output)
    return ExitCode.DONE


def _keep_at_home(host: str, output: Output, *, allowed: bool) -> None:
    """Refuse an address that other machines reach, or warn of it.

    Raises:
        UsageError: it is one, and nobody allowed that.
    """
    if _is_loopback(host):
        return
    what = f"{host} can be reached from other machines."
    why = (
        "Whoever learns the address with its token changes your cluster and your project as you. "
        "The connection is not encrypted: the network in between can read the token."
    )
    if not allowed:
        raise UsageError(
            what,
            why=why,
            fix=f"From another machine: ssh -L {PORT}:127.0.0.1:{PORT} THIS-MACHINE, without "
            "--host.\nIf it has to be: --allow-remote",
        )
    output.say(f"! {what} {why}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
