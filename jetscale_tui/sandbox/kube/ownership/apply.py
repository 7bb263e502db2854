"""Server-side apply: merge a configuration into an object, and settle who owns what."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from jetscale_tui.sandbox.kube.gojson import go_type, printed
from jetscale_tui.sandbox.kube.ownership import fieldset, managedfields
from jetscale_tui.sandbox.kube.ownership.fieldset import MISSING, KeyMissing
from jetscale_tui.sandbox.kube.ownership.managedfields import Manager, bare
from jetscale_tui.sandbox.kube.shapes.decode import blank
from jetscale_tui.sandbox.kube.shapes.schema import ANYTHING, Node
from jetscale_tui.sandbox.kube.status import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.ownership.fieldset import Path


def apply(live: Json, config: Json, node: Node, manager: Manager, *, force: bool, now: str) -> Json:
    """The object after `manager` applied a configuration, with its new managedFields.

    `live` is an empty object of the kind where none exists. What the manager applied before and
    leaves out now goes away, unless somebody else owns it.

    Raises:
        ApiError: 409, other managers own fields the configuration changes and `force` is off.
    """
    empty = blank(live["apiVersion"], live["kind"])
    entries = managedfields.before_first_apply(live, empty, now)
    others = [entry for entry in entries if Manager.of(entry) != manager]
    mine = [entry for entry in entries if Manager.of(entry) == manager]
    wanted = managedfields.ownable(fieldset.of_value(config, node), manager.subresource)
    owned = wanted.union(*map(managedfields.owned, others))
    given_up = set().union(*map(managedfields.owned, mine))
    live = bare(live)
    merged = merge(live, config, node)
    gone = _with_structs(given_up, node) - _with_structs(owned, node)
    result: Json = fieldset.remove(merged, node, gone)
    differences = managedfields.Differences(live, result)
    conflicts = [
        (Manager.of(entry), path)
        for entry in others
        for path in sorted(managedfields.owned(entry) & differences.of(entry["apiVersion"]).set)
    ]
    if conflicts and not force:
        raise _conflict(conflicts)
    kept = managedfields.give_up(others, differences)
    if wanted:
        kept.append(manager.entry(wanted, now))
    result["metadata"]["managedFields"] = managedfields.in_order(kept)
    return result


def merge(live: Any, config: Any, node: Node) -> Any:
    """The live value with what the configuration says laid over it."""
    if config is MISSING:
        return live
    if node.atomic or live is MISSING:
        return config
    if isinstance(live, dict) and isinstance(config, dict):
        return {
            key: merge(
                live.get(key, MISSING), config.get(key, MISSING), node.child(key) or ANYTHING
            )
            for key in [*live, *(key for key in config if key not in live)]
        }
    if isinstance(live, list) and isinstance(config, list) and node.associative:
        olds = fieldset.items_by_element(live, node)
        news = fieldset.items_by_element(config, node)
        item = node.item or ANYTHING
        return [
            merge(olds.get(element, MISSING), news.get(element, MISSING), item)
            for element in _interleaved(list(olds), list(news))
        ]
    return config


def _interleaved(live: list[str], config: list[str]) -> Iterator[str]:
    """Order of merged items: the configuration's, with live-only items where they stood."""
    wanted = set(config)
    shared = deque(element for element in config if element in live)
    taken: set[str] = set()
    left = right = 0
    while left < len(live) or right < len(config):
        if left < len(live) and right < len(config):
            if live[left] == config[right]:
                shared.popleft()
                taken.add(live[left])
                yield live[left]
                left, right = left + 1, right + 1
                continue
            if live[left] in wanted and shared and shared[0] != live[left]:
                # The configuration wants another shared item first.
                left += 1
                continue
        if left < len(live):
            if live[left] not in wanted:
                yield live[left]
                left += 1
                continue
            if live[left] in taken:
                left += 1
        if right < len(config):
            if shared and shared[0] == config[right]:
                shared.popleft()
            taken.add(config[right])
            yield config[right]
            right += 1


def _with_structs(paths: set[Path], node: Node) -> set[Path]:
    """The paths and every struct field on the way to them."""
    complete = set(paths)
    for path in paths:
        place: Node | None = node
        for depth, element in enumerate(path[:-1], start=1):
            if place is None:
                break
            if element.startswith("f:"):
                if place.shape == "struct":
                    complete.add(path[:depth])
                place = place.child(element[2:])
            else:
                place = place.item
    return complete - managedfields.NEVER_OWNED


def _conflict(conflicts: list[tuple[Manager, Path]]) -> ApiError:
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f"conflict with {manager}",
            "field": fieldset.text(path),
        }
        for manager, path in conflicts
    ]
    if len(conflicts) == 1:
        manager, path = conflicts[0]
        summary = f"1 conflict: conflict with {manager}: {fieldset.text(path)}"
    else:
        lines = []
        for name in sorted({str(manager) for manager, _ in conflicts}):
            lines.append(f"conflicts with {name}:")
            lines += [f"- {fieldset.text(p)}" for manager, p in conflicts if str(manager) == name]
        summary = f"{len(conflicts)} conflicts: " + "\n".join(lines)
    return ApiError(409, "Conflict", f"Apply failed with {summary}", {"causes": causes})


def structure_errors(config: Any, node: Node) -> list[str]:
    """Where a configuration does not fit the structure of its kind, in apply's own words."""
    return list(_errors(config, node, ""))


def _errors(value: Any, node: Node, path: str) -> Iterator[str]:
    if value is None or node.shape == "any":
        return
    if node.shape == "scalar":
        problem = _scalar_error(value, node)
        if problem:
            yield f"{path}: {problem}"
    elif node.shape == "list":
        if isinstance(value, list):
            yield from _list_errors(value, node, path)
        else:
            yield f"{path}: expected list, got {_go_value(value)}"
    elif not isinstance(value, dict):
        yield f"{path}: expected map, got {_go_value(value)}"
    else:
        for key, one in value.items():
            child = node.child(key)
            if child is None:
                yield f"{path}.{key}: field not declared in schema"
            else:
                yield from _errors(one, child, f"{path}.{key}")


def _list_errors(items: list[Any], node: Node, path: str) -> Iterator[str]:
    seen: set[str] = set()
    for index, item in enumerate(items):
        place = f"[{index}]"
        if node.associative:
            try:
                element = fieldset.item_element(item, node)
            except KeyMissing as error:
                yield f"{path}: element {index}: {error}"
                return
            place = fieldset.element_text(element)
            if element in seen:
                yield f"{path}: duplicate entries for key {place}"
            seen.add(element)
        yield from _errors(item, node.item or ANYTHING, path + place)


def _scalar_error(value: Any, node: Node) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match node.scalar:
        case "integer" | "number" if not number:
            return f"expected numeric (int or float), got {go_type(value)}"
        case "string" | "time" if not isinstance(value, str):
            return f"expected string, got {_go_syntax(value)}"
        case "boolean" if not isinstance(value, bool):
            return f"expected boolean, got {_go_value(value)}"
        case "quantity" | "int-or-string" if isinstance(value, dict | list):
            return f"expected any scalar, got {_go_value(value)}"
    return ""


def _go_syntax(value: Any) -> str:
    return f"&value.valueUnstructured{{Value:{_literal(value)}}}"


def _literal(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case list():
            return "[]interface {}{" + ", ".join(map(_literal, value)) + "}"
        case dict():
            pairs = ", ".join(f'"{key}":{_literal(one)}' for key, one in sorted(value.items()))
            return f"map[string]interface {{}}{{{pairs}}}"
        case _:
            return str(value)


def _go_value(value: Any) -> str:
    return f"&{{{printed(value)}}}"
