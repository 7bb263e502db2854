"""The command line: one module a command, imported only when it runs."""

from __future__ import annotations


def run(arguments: list[str]) -> int:
    """Run one command; the exit code is one of `ExitCode`."""
    from jetscale_tui.cli.main import main

    return main(arguments)
