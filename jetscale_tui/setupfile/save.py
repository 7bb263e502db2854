"""Writing a setup document: stable text, and a file that is whole or absent."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any

import yaml

from jetscale_tui.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.domain.spec import Setup


def to_document(setup: Setup) -> dict[str, Any]:
    """The document as plain data, every field present, in the order of the schema."""
    document: dict[str, Any] = setup.model_dump(by_alias=True, mode="json")
    return document


def dump_setup(setup: Setup) -> str:
    """YAML of the whole document; the same setup gives the same text."""
    return yaml.safe_dump(
        to_document(setup), sort_keys=False, allow_unicode=True, default_flow_style=False, width=100
    )


def write_atomically(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file so that a crash leaves the old content or the new, never half of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_new(path: Path, text: str, *, force: bool = False) -> None:
    """Write a file the person asked for, never over another one unless forced.

    Raises:
        ConfigError: the file exists, or its folder cannot be written.
    """
    if path.exists() and not force:
        raise ConfigError(
            f"{path} exists already.", fix="Choose another path, or pass --force to replace it."
        )
    try:
        write_atomically(path, text)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written.", why=error.strerror or "") from error
