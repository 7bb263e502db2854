"""Files the person asked for: all of them or none, and never over what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.errors import ConfigError
from jetscale_tui.setupfile.save import write_new

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_files(files: Mapping[str, str], output: Path, *, force: bool = False) -> tuple[Path, ...]:
    """Write texts by file name into a directory; a single one may also be a file of its own name.

    Returns what was written.

    Raises:
        ConfigError: one of them exists and `force` is off, or cannot be written.
    """
    targets = _targets(files, output)
    for target in targets:
        if target.exists() and not force:
            raise ConfigError(
                f"{target} exists already.",
                fix="Choose another path, or pass --force to replace it.",
            )
    if len(files) > 1:
        try:
            output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{output} cannot be made.", why=error.strerror or "") from error
    for target, text in targets.items():
        write_new(target, text, force=force)
    return tuple(targets)


def _targets(files: Mapping[str, str], output: Path) -> dict[Path, str]:
    if len(files) > 1 or output.is_dir():
        return {output / name: text for name, text in files.items()}
    (text,) = files.values()
    return {output: text}
