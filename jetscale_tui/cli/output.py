"""What a command says: data on stdout, narration on stderr, never markup.

Long lines are folded with their indent on a terminal and left whole in a pipe. What a terminal
would take for a command is made visible there, and left as it is in a pipe.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from jetscale_tui.cli.options import Options
    from jetscale_tui.errors import JetScaleError

_STYLES = {
    "+": "green",
    "~": "yellow",
    "-": "red",
    "=": "dim",
    "✓": "green",
    "✗": "bold red",
    "!": "yellow",
    "…": "dim",
    "»": "bold",
}
"""Colour of a line by its first sign; the sign says the same without colour."""


def open_stdout() -> None:
    """Let stdout take what no encoding has, spelled as JSON and Python spell it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


class Output:
    """One command's two streams."""

    def __init__(self, options: Options, *, narrates: bool = False) -> None:
        """With `narrates`, what the command says on the way is its data, and goes to stdout."""
        self._plain = options.no_color or bool(os.environ.get("NO_COLOR"))
        self._narrates = narrates

    def data(self, text: str) -> None:
        """Text for another program or a pager: to stdout."""
        self._write(text, err=False)

    def say(self, text: str) -> None:
        """Narration: to stderr."""
        self._write(text, err=not self._narrates)

    @property
    def asks(self) -> bool:
        """Whether there is a person at a terminal to ask."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def confirm(self, question: str) -> bool:
        """A yes or no from the person; no by default."""
        return click.confirm(question, default=False, err=True)

    def _write(self, text: str, *, err: bool) -> None:
        stream = sys.stderr if err else sys.stdout
        if not stream.isatty():
            click.echo(text, err=err)
            return
        from jetscale_tui.domain.wording import shown_lines

        console = self._console(err=err)
        for line in shown_lines(text).splitlines():
            self._line(console, line)

    def _console(self, *, err: bool) -> Console:
        from rich.console import Console

        return Console(stderr=err, markup=False, highlight=False, no_color=self._plain)

    def _line(self, console: Console, line: str) -> None:
        from rich.padding import Padding
        from rich.text import Text

        body = line.lstrip(" ")
        indent = len(line) - len(body)
        style = _STYLES.get(body[:1], "") if body[1:2] == " " else ""
        if not indent and not style:
            console.print(Text(line))
            return
        hang = indent + (2 if style else 0)
        folded = Text(body, style=style).wrap(console, max(20, console.width - hang))
        console.print(Padding(folded[0], (0, 0, 0, indent)))
        for rest in folded[1:]:
            console.print(Padding(rest, (0, 0, 0, hang)))


def print_row(line: str) -> None:
    """One line of a growing table, to stdout at once."""
    from jetscale_tui.domain.wording import shown

    click.echo(shown(line) if sys.stdout.isatty() else line)


def report(error: JetScaleError) -> None:
    """An error in its three parts, on stderr."""
    from jetscale_tui.cli.options import Options
    from jetscale_tui.domain.wording import unbroken

    output = Output(Options())
    output.say(unbroken(f"✗ {error.what}"))
    for part in (error.why, error.fix):
        for line in part.splitlines():
            output.say(f"  {line}")
