"""The only door to `assets/`: works from a checkout and from an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def asset(relative: str) -> Path:
    """Path of a data file below `assets/`.

    Raises:
        FileNotFoundError: no such asset; a packaging mistake, never a user's.
    """
    for root in (_PACKAGE / "assets", _PACKAGE.parent / "assets"):
        path = root / relative
        if path.exists():
            return path
    raise FileNotFoundError(f"asset {relative} is not part of this installation")
