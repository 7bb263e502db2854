"""Where two versions of one object differ, leaving out what only the server writes.

A path is written the way people read it, `spec.metrics[0].external.target`; a key that is not a
plain word stands in brackets, `metadata.labels["app.kubernetes.io/name"]`. Entries of a list whose
entries have names are told apart by them: `containers.frontend.args`.
"""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

from jetscale_tui.engine.plan import FieldChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jetscale_tui.domain.kinds import Json

Path = tuple[str | int, ...]

_SERVER_METADATA = frozenset(
    {"creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"}
)
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_PART = re.compile(r'\["(?P<quoted>(?:[^"\\]|\\.)*)"\]|\[(?P<index>\d+)\]|\.?(?P<plain>[^.\[]+)')


def meaning(obj: Json) -> Json:
    """The object without its status and the metadata only the server writes; a copy."""
    kept = {key: value for key, value in obj.items() if key not in ("status", "metadata")}
    metadata = obj.get("metadata") or {}
    kept["metadata"] = {k: v for k, v in metadata.items() if k not in _SERVER_METADATA}
    return copy.deepcopy(kept)


def compare(before: Json, after: Json) -> tuple[FieldChange, ...]:
    """Every field that differs between two whole objects, such as live and dry run."""
    return tuple(_differences(meaning(before), meaning(after), ()))


def compare_wanted(live: Json, wanted: Json) -> tuple[FieldChange, ...]:
    """Fields of `wanted` that `live` lacks or has otherwise; what only `live` has is ignored.

    For when the server cannot be asked what it would make of the manifest.
    """
    return tuple(_missing(meaning(live), meaning(wanted), ()))


def same(before: Json, after: Json) -> bool:
    """Whether nothing differs but what the server keeps for itself."""
    return not compare(before, after)


def reverse(manifest: Json, changes: Iterable[FieldChange]) -> Json:
    """The manifest that, applied, takes the changes back.

    Fields that were absent before are left out, so that server-side apply removes them.
    """
    restored = copy.deepcopy(manifest)
    for change in changes:
        if change.before is None:
            _remove(restored, parse_path(change.path))
        else:
            _put(restored, parse_path(change.path), copy.deepcopy(change.before))
    return restored


def value_at(obj: Json, path: str) -> object:
    """The value a path leads to, None when there is none."""
    value: Any = obj
    for part in parse_path(path):
        position = _position(value, part)
        if position is None:
            return None
        value = value[position]
    found: object = value
    return found


def format_path(path: Path) -> str:
    """A path as text."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.match(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part)}]"
    return text


def parse_path(text: str) -> Path:
    """The parts of a path written by `format_path`."""
    parts: list[str | int] = []
    for match in _PART.finditer(text):
        if match["quoted"] is not None:
            parts.append(json.loads(f'"{match["quoted"]}"'))
        elif match["index"] is not None:
            parts.append(int(match["index"]))
        else:
            parts.append(match["plain"])
    return tuple(parts)


def _differences(before: Any, after: Any, path: Path) -> Iterator[FieldChange]:
    left, right = _entries(before, after), _entries(after, before)
    if left is not None and right is not None:
        for key in [*left, *(key for key in right if key not in left)]:
            yield from _differences(left.get(key), right.get(key), (*path, key))
    elif before != after:
        yield FieldChange(format_path(path), before, after)


def _missing(live: Any, wanted: Any, path: Path) -> Iterator[FieldChange]:
    left, right = _entries(live, wanted), _entries(wanted, live)
    if left is not None and right is not None:
        for key, value in right.items():
            yield from _missing(left.get(key), value, (*path, key))
    elif live != wanted:
        yield FieldChange(format_path(path), live, wanted)


def _entries(value: Any, other: Any) -> dict[str | int, Any] | None:
    """What can be compared one by one: fields, named entries, or entries of lists of one length.

    Lists that fit no pattern are compared as a whole: None.
    """
    if isinstance(value, dict) and isinstance(other, dict):
        return dict(value)
    if isinstance(value, list) and isinstance(other, list):
        if _is_named(value) and _is_named(other):
            return {entry["name"]: entry for entry in value}
        if len(value) == len(other):
            return dict(enumerate(value))
    return None


def _is_named(entries: list[Any]) -> bool:
    """Whether every entry of a list has a name of its own, as containers do."""
    names = [entry.get("name") for entry in entries if isinstance(entry, dict)]
    return 0 < len(names) == len(entries) == len(set(map(str, names))) and all(
        isinstance(name, str) for name in names
    )


def _position(value: Any, part: str | int) -> str | int | None:
    """Where in a dictionary or list a part of a path leads, None when nowhere."""
    if isinstance(value, dict):
        return part if part in value else None
    if isinstance(value, list):
        if isinstance(part, int):
            return part if part < len(value) else None
        return next((i for i, e in enumerate(value) if _name_of(e) == part), None)
    return None


def _name_of(entry: Any) -> Any:
    return entry.get("name") if isinstance(entry, dict) else None


def _put(obj: Json, path: Path, value: object) -> None:
    here: Any = obj
    for part in path[:-1]:
        if _position(here, part) is None:
            _assign(here, part, {"name": part} if isinstance(here, list) else {})
        here = here[_position(here, part)]
    _assign(here, path[-1], value)


def _assign(container: Any, part: str | int, value: object) -> None:
    position = _position(container, part)
    if isinstance(container, dict):
        container[part] = value
    elif position is None:
        container.append(value)
    else:
        container[position] = value


def _remove(obj: Json, path: Path) -> None:
    *parents, last = path
    here: Any = obj
    for part in parents:
        position = _position(here, part)
        if position is None:
            return
        here = here[position]
    position = _position(here, last)
    if position is not None:
        del here[position]
