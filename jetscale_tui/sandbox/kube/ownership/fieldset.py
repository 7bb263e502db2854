"""Sets of field paths, as managedFields keeps them, and how two objects differ in them.

A path is a tuple of elements in the encoding of FieldsV1: `f:spec` a field, `k:{"name":"c"}` an
item of an associative list by its keys, `v:"pod"` an item of a set by its value. The rules of what
counts as one field follow the structured-merge-diff library of a real server.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jetscale_tui.sandbox.kube.shapes.schema import ANYTHING, Node

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from jetscale_tui.domain.kinds import Json

Path = tuple[str, ...]
Paths = frozenset[Path]

MISSING: Any = object()
"""Stands for a value that is not there, which is not the same as null."""


class KeyMissing(Exception):
    """An item of an associative list lacks a field that would identify it."""


def encode(paths: Iterable[Path]) -> Json:
    """FieldsV1 of a set of paths."""
    root: Json = {}
    members = set(paths)
    for path in sorted(members):
        place = root
        for depth, element in enumerate(path):
            if not place and path[:depth] in members:
                place["."] = {}
            place = place.setdefault(element, {})
    return root


def decode(fields: Json, prefix: Path = ()) -> set[Path]:
    """The set of paths a FieldsV1 stands for."""
    paths: set[Path] = set()
    for element, below in fields.items():
        if element == ".":
            paths.add(prefix)
        elif below:
            paths |= decode(below, (*prefix, element))
        else:
            paths.add((*prefix, element))
    return paths


def text(path: Path) -> str:
    """A path as messages show it: `.spec.ports[port=80,protocol="TCP"].name`."""
    return "".join(element_text(element) for element in path)


def element_text(element: str) -> str:
    """One element of a path as messages show it."""
    kind, _, rest = element.partition(":")
    if kind == "k":
        pairs = json.loads(rest).items()
        return "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in pairs) + "]"
    return f"[={rest}]" if kind == "v" else f".{rest}"


def item_element(item: Any, node: Node) -> str:
    """The element that identifies an item of an associative list or set.

    Raises:
        KeyMissing: the item has no such field and there is no default.
    """
    if node.is_set:
        return "v:" + json.dumps(item, separators=(",", ":"), sort_keys=True)
    keys = {}
    for key in sorted(node.keys):
        value = item.get(key) if isinstance(item, dict) else None
        value = node.key_default(key) if value is None else value
        if value is None:
            raise KeyMissing(
                "associative list with keys has an element that omits key field "
                f'"{key}" (and doesn\'t have default value)'
            )
        keys[key] = value
    return "k:" + json.dumps(keys, separators=(",", ":"))


def items_by_element(items: list[Any], node: Node) -> dict[str, Any]:
    """Items of an associative list by the element that identifies each; the first one wins."""
    found: dict[str, Any] = {}
    for item in items:
        found.setdefault(item_element(item, node), item)
    return found


def of_value(value: Any, node: Node) -> set[Path]:
    """The fields an object sets, as server-side apply counts them."""
    paths: set[Path] = set()
    _collect(value, node, (), paths)
    return paths


def _collect(value: Any, node: Node, path: Path, paths: set[Path]) -> None:
    if node.atomic or not isinstance(value, dict | list) or _is_leaf_list(value, node):
        paths.add(path)
        return
    if isinstance(value, dict):
        for key, one in value.items():
            below = (*path, f"f:{key}")
            _collect(one, node.child(key) or ANYTHING, below, paths)
            if one is None or one == {} or node.shape == "map":
                paths.add(below)
        return
    for element, one in items_by_element(value, node).items():
        _collect(one, node.item or ANYTHING, (*path, element), paths)
        paths.add((*path, element))


def _is_leaf_list(value: Any, node: Node) -> bool:
    return isinstance(value, list) and not node.associative


@dataclass(slots=True)
class Difference:
    """The paths in which one object differs from another."""

    added: set[Path] = field(default_factory=set)
    modified: set[Path] = field(default_factory=set)
    removed: set[Path] = field(default_factory=set)

    @property
    def set(self) -> set[Path]:
        """The paths that have a new value."""
        return self.added | self.modified

    @property
    def all(self) -> Collection[Path]:
        """The paths that have another value, or none any more."""
        return self.set | self.removed


def compare(old: Json, new: Json, node: Node) -> Difference:
    """Where a new version of an object differs from the old."""
    difference = Difference()
    _compare(old, new, node, (), difference)
    return difference


def _compare(old: Any, new: Any, node: Node, path: Path, out: Difference) -> None:
    if old is new:
        return
    present = old if new is MISSING else new
    branch = isinstance(present, dict) or (isinstance(present, list) and node.associative)
    alike = {type(old), type(new)} != {dict, list}
    if node.atomic or not branch or not alike or not (_items(old) or _items(new)):
        _compare_leaf(old, new, path, out)
        return
    if isinstance(present, dict):
        olds, news = _pairs(old), _pairs(new)
        for key in olds.keys() | news.keys():
            child = node.child(key) or ANYTHING
            below = (*path, f"f:{key}")
            _compare(olds.get(key, MISSING), news.get(key, MISSING), child, below, out)
    else:
        olds = items_by_element(_list(old), node)
        news = items_by_element(_list(new), node)
        item = node.item or ANYTHING
        for element in olds.keys() | news.keys():
            below = (*path, element)
            _compare(olds.get(element, MISSING), news.get(element, MISSING), item, below, out)
    if old is MISSING:
        out.added.add(path)
    elif new is MISSING:
        out.removed.add(path)


def _compare_leaf(old: Any, new: Any, path: Path, out: Difference) -> None:
    if old is MISSING:
        out.added.add(path)
    elif new is MISSING:
        out.removed.add(path)
    elif old != new:
        out.modified.add(path)


def _items(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _pairs(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def remove(value: Any, node: Node, paths: Iterable[Path]) -> Any:
    """A copy of an object without some fields and items; what becomes empty goes too."""
    by_element: dict[str, list[Path]] = {}
    for path in paths:
        by_element.setdefault(path[0], []).append(path[1:])
    if not by_element:
        return value
    if isinstance(value, dict):
        kept = {}
        for key, one in value.items():
            child = node.child(key) or ANYTHING
            rest = _rest_of(one, child, by_element.get(f"f:{key}", []))
            if rest is not MISSING:
                kept[key] = rest
        return kept
    if isinstance(value, list) and node.associative:
        item = node.item or ANYTHING
        rests = [_rest_of(o, item, by_element.get(item_element(o, node), [])) for o in value]
        return [rest for rest in rests if rest is not MISSING]
    return value


def _rest_of(value: Any, node: Node, paths: list[Path]) -> Any:
    if () in paths:
        return MISSING
    rest = remove(value, node, paths)
    return MISSING if paths and rest in ({}, []) else rest
