"""Files a command writes, each told on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path


def write(files: dict[str, str], output: Path, *, force: bool) -> None:
    """Write texts by file name into a directory; a single one may also be a file of its own name.

    Raises:
        ConfigError: one of them exists and `force` is off, or cannot be written.
    """
    from jetscale_tui.setupfile.files import write_files

    for target in write_files(files, output, force=force):
        click.echo(f"Wrote {target}.", err=True)
