"""The command tree: every command is imported only when it runs, errors end here.

Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 unreachable, 4 the plan has changes
(`plan --detailed-exitcode`), 130 interrupted.
"""

from __future__ import annotations

import errno
import gc
import logging
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, cast

import click

from jetscale_tui import __version__
from jetscale_tui.cli.options import Options, common_options
from jetscale_tui.errors import ExitCode, JetScaleError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("jetscale_tui.cli.demo", "the whole job on an embedded cluster; needs no cloud"),
    "setup": ("jetscale_tui.cli.setup", "the wizard; --prompts asks in plain lines"),
    "check": ("jetscale_tui.cli.check", "prerequisites and detection, read-only"),
    "plan": ("jetscale_tui.cli.plan", "what would change"),
    "apply": ("jetscale_tui.cli.apply", "plan, confirm, perform, verify; resumes"),
    "undo": ("jetscale_tui.cli.undo", "take a run back"),
    "runs": ("jetscale_tui.cli.runs", "what was applied, when, with what result"),
    "watch": ("jetscale_tui.cli.watch", "follow autoscalers, as kubectl does or on screen"),
    "replay": ("jetscale_tui.cli.replay", "play what `watch --record` kept, without a cluster"),
    "burst": ("jetscale_tui.cli.burst", "a load test, spread over all pods"),
    "doctor": ("jetscale_tui.cli.doctor", "find the broken link, and the fix"),
    "forecast": ("jetscale_tui.cli.forecast", "what the HPA would do under a load"),
    "export": ("jetscale_tui.cli.export", "the setup as manifests, a script, Terraform, ..."),
    "config": ("jetscale_tui.cli.config", "a commented setup file, checks, JSON Schema"),
    "serve": ("jetscale_tui.cli.serve", "the same application in a browser"),
    "sandbox": ("jetscale_tui.cli.sandbox", "run the embedded cluster and print its addresses"),
}
"""Module and one line of help of each command; the module's `command` is it."""

_EPILOG = (
    "Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 unreachable, "
    "4 the plan has changes (plan --detailed-exitcode), 130 interrupted."
)
_log = logging.getLogger(__name__)


class LazyGroup(click.Group):
    """A group that imports a command when it is run, not when it is listed."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Names, in the order a person meets them."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported; None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        return cast("click.Command", import_module(COMMANDS[cmd_name][0]).command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but with the nearest name for a mistyped one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.command(cls=LazyGroup, invoke_without_command=True, epilog=_EPILOG)
@click.version_option(__version__, prog_name="jetscale")
@common_options
@click.pass_context
def command(context: click.Context, options: Options) -> int | None:
    """Autoscaling for JetStream on GKE TPUs: set it up, see it work, see why.

    Without a command, opens the wizard; on a dumb terminal (TERM=dumb) it asks in plain lines.
    """
    context.obj = options
    if context.invoked_subcommand is not None:
        gc.enable()
        return None
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo(context.get_help())
        return ExitCode.DONE
    from jetscale_tui.cli import setup

    if setup.is_dumb():
        gc.enable()
        return setup.ask_in_lines(options)
    return _open_wizard(options)


def main(arguments: Sequence[str]) -> int:
    """Run one command; every error ends as a few plain lines on stderr and an exit code."""
    from jetscale_tui.cli import logs
    from jetscale_tui.cli.output import open_stdout

    open_stdout()
    try:
        return _run(arguments)
    finally:
        logs.stop()


def _run(arguments: Sequence[str]) -> int:
    from jetscale_tui.cli.output import report

    try:
        result = command.main(args=[*arguments], prog_name="jetscale", standalone_mode=False)
        sys.stdout.flush()
    except JetScaleError as error:
        _log.info("ended with %s: %s", type(error).__name__, error)
        report(error)
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nInterrupted.", err=True)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _give_up_stdout()
        return ExitCode.FAILED
    except OSError as error:
        if error.errno != errno.ENOSPC or error.filename is not None:
            return _unexpected(error)
        _give_up_stdout()
        report(
            JetScaleError(
                "The output could not be written; it is not complete.",
                why=error.strerror or "",
                fix="Free some space where it goes, and run it again.",
            )
        )
        return ExitCode.FAILED
    except Exception as error:
        return _unexpected(error)
    return result if isinstance(result, int) else ExitCode.DONE


def _give_up_stdout() -> None:
    """Nobody takes the output any more; the interpreter must not try to flush to it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unexpected(error: Exception) -> int:
    from jetscale_tui.cli import logs
    from jetscale_tui.cli.output import report

    logs.start("info")
    _log.error("unexpected", exc_info=error)
    report(
        JetScaleError(
            "JetScale met an error it did not expect.",
            why=logs.redacted(f"{type(error).__name__}: {error}"),
            fix=f"This is a defect. {_where_the_log_is()}",
        )
    )
    return ExitCode.FAILED


def _where_the_log_is() -> str:
    from jetscale_tui import paths

    try:
        return f"The details are in {paths.log_file()}."
    except JetScaleError as error:
        return f"There is no log: {error.why}."


def _open_wizard(options: Options) -> int:
    from jetscale_tui.cli import session
    from jetscale_tui.cli.demo import run_or_demo
    from jetscale_tui.tui.app import JetScaleApp

    app = JetScaleApp(
        lambda: session.connect(options),
        answers=lambda: session.given(options),
    )
    return run_or_demo(app)
