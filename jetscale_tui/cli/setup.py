"""`jetscale setup`: the wizard on the screen, or the same questions as plain lines."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from jetscale_tui.cli.answers import Flags, answer_options, given
from jetscale_tui.cli.choices import choice_options, chosen
from jetscale_tui.cli.options import Options, common_options, place_flags
from jetscale_tui.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.wizard.opening import Given


WEB_DRIVER = "textual.drivers.web_driver:WebDriver"
"""What draws into a browser; textual-serve asks for it."""


@click.command(name="setup", short_help="the wizard; --prompts asks in plain lines")
@click.option(
    "--prompts",
    is_flag=True,
    help="Ask in plain lines: for screen readers, dumb terminals and pipes.",
)
@answer_options
@click.option(
    "--yes",
    is_flag=True,
    help="Take every default as it is shown, and the plan; ends where there is no safe one.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Write the answers there as a setup document, and change nothing; '-' is stdout.",
)
@click.option("--force", is_flag=True, help="With --output, replace a file that exists.")
@click.option(
    "--resume/--new",
    "resume",
    default=None,
    help="Go on where an unfinished session stopped, or begin anew, without being asked.",
)
@click.option("--ignore-failed-checks", is_flag=True, help="Go on although a prerequisite failed.")
@choice_options
@common_options
def command(
    prompts: bool,
    yes: bool,
    output: str | None,
    force: bool,
    resume: bool | None,
    ignore_failed_checks: bool,
    open_metrics_port: bool,
    take_over: tuple[str, ...],
    roll_back_release: bool,
    options: Options,
    **flags: Any,
) -> int:
    """Set up autoscaling: check, choose, read the plan, apply it, see it work.

    Opens the wizard on a terminal. With --prompts, on a dumb terminal (TERM=dumb), and with --yes
    or --output, the same questions are asked as plain lines: Enter takes the default in brackets,
    ? explains, < goes back, and Ctrl-C keeps the answers for another time.

    Any question can be answered beforehand by --answers and the flags; what is answered is not
    asked. Nothing is changed before the plan is confirmed.
    """
    if force and output is None:
        raise click.UsageError("--force goes with --output only.")
    answered = Flags(**{field.name: flags[field.name] for field in fields(Flags)})
    if resume and any(getattr(answered, field.name) for field in fields(Flags)):
        raise click.UsageError("--resume goes on with the answers kept; it takes no others.")
    choices = chosen(open_metrics_port, take_over, roll_back_release)

    def answers() -> Given:
        return given(answered, options, choices)

    if not (prompts or yes or output is not None or is_dumb()):
        if resume is not None or ignore_failed_checks:
            raise click.UsageError(
                "--resume, --new and --ignore-failed-checks go with --prompts; the wizard asks."
            )
        return _on_screen(options, answers)
    from jetscale_tui.cli import prompts as plain_lines

    wishes = plain_lines.Wishes(
        yes=yes,
        output=output,
        force=force,
        resume=resume,
        in_spite=ignore_failed_checks,
        again=_again(options),
    )
    return plain_lines.run(options, answers, wishes)


def is_dumb() -> bool:
    """Whether the terminal can only print lines, as that of an editor or a screen reader."""
    return os.environ.get("TERM") == "dumb" and "TEXTUAL_DRIVER" not in os.environ


def ask_in_lines(options: Options) -> int:
    """The prompts with nothing answered beforehand."""
    from jetscale_tui.cli import prompts, session

    wishes = prompts.Wishes(again=_again(options))
    return prompts.run(options, lambda: session.given(options), wishes)


def has_screen() -> bool:
    """Whether the wizard can be drawn: on a terminal, or in the browser of `jetscale serve`."""
    in_browser = os.environ.get("TEXTUAL_DRIVER") == WEB_DRIVER
    return in_browser or (sys.stdin.isatty() and sys.stdout.isatty())


def _on_screen(options: Options, answers: Callable[[], Given]) -> int:
    if not has_screen():
        raise UsageError(
            "There is no terminal for the wizard.",
            fix="Ask in plain lines: jetscale setup --prompts",
        )
    from jetscale_tui.cli import session
    from jetscale_tui.cli.demo import run_or_demo
    from jetscale_tui.tui.app import JetScaleApp

    return run_or_demo(JetScaleApp(lambda: session.connect(options), answers=answers))


def _again(options: Options) -> str:
    """The command that asks in the same place again."""
    return shlex.join(["jetscale", "setup", "--prompts", *place_flags(options)])
