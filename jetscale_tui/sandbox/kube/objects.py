"""What every part of the API server does with an object: copy it, name it, stamp it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json

T = TypeVar("T")


def clone(value: T) -> T:
    """A deep copy of plain JSON data; several times faster than `copy.deepcopy`."""
    if isinstance(value, dict):
        return {key: clone(item) for key, item in value.items()}  # type: ignore[return-value]
    if isinstance(value, list):
        return [clone(item) for item in value]  # type: ignore[return-value]
    return value


def rfc3339(moment: datetime) -> str:
    """A point in time as the API server writes it, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def namespace_of(obj: Json) -> str | None:
    """Namespace of an object; None when it is cluster-scoped."""
    return obj["metadata"].get("namespace") or None


def dig(obj: object, *path: str) -> object:
    """The value at a path of keys; None as soon as one is missing."""
    for key in path:
        if not isinstance(obj, dict):
            return None
        obj = obj.get(key)
    return obj
