"""Setup documents that lie in a directory, recognised without being parsed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_KIND = re.compile(r"^kind:\s*['\"]?Setup['\"]?\s*(#.*)?$", re.MULTILINE)
_MOST = 200
_LARGEST = 100_000
"""Bytes of a file that is looked into."""


def setups_in(folder: Path) -> tuple[Path, ...]:
    """The files in a directory that say they are setup documents, by name.

    A directory that cannot be read has none.
    """
    try:
        files = sorted(each for each in folder.iterdir() if each.suffix in (".yaml", ".yml"))
    except OSError:
        return ()
    return tuple(each for each in files[:_MOST] if _is_setup(each))


def _is_setup(path: Path) -> bool:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return False
        return _KIND.search(path.read_text(encoding="utf-8")) is not None
    except (OSError, UnicodeDecodeError):
        return False
