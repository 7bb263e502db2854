"""Reads parts of objects that may be missing or misshapen.

Objects come from a server that may be newer, older or broken: whatever is not what it should be
reads as empty, never as an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


def mapping(value: Any) -> Json:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[Json]:
    """A list with an empty object for every item that is none, so that positions stay."""
    return [mapping(item) for item in value] if isinstance(value, list) else []


def text(value: Any) -> str:
    """The value if it is text, else nothing."""
    return value if isinstance(value, str) else ""


def whole(value: Any) -> int:
    """The value if it is an integer, else 0."""
    return value if isinstance(value, int) else 0
