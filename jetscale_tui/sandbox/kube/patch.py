"""The three kinds of patch that change an object directly: merge, JSON and strategic merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jetscale_tui.sandbox.kube.gojson import go_name, printed
from jetscale_tui.sandbox.kube.objects import clone
from jetscale_tui.sandbox.kube.shapes.schema import ANYTHING, Node
from jetscale_tui.sandbox.kube.status import ApiError, bad_request, internal

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

_ORDER = "$setElementOrder/"


def merge(target: Any, patch: Any) -> Any:
    """JSON merge patch (RFC 7386)."""
    if not isinstance(patch, dict):
        return clone(patch)
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def json_patch(target: Json, operations: Any) -> Any:
    """JSON patch (RFC 6902).

    Raises:
        ApiError: 400 for something that is no patch, 422 where it does not fit the object.
    """
    if not isinstance(operations, list):
        given = go_name(operations)
        raise bad_request(f"json: cannot unmarshal {given} into Go value of type jsonpatch.Patch")
    document: Any = clone(target)
    for operation in operations:
        try:
            document = _operate(document, operation)
        except (KeyError, IndexError, ValueError, TypeError) as error:
            kind = operation.get("op") if isinstance(operation, dict) else None
            path = operation.get("path") if isinstance(operation, dict) else None
            raise _unfit(
                f"{kind} operation does not apply: doc is missing path: {path}: missing value"
            ) from error
    return document


def _unfit(why: str) -> ApiError:
    error = ApiError(
        422, "Invalid", "the server rejected our request due to an error in our request", {}
    )
    error.add_note(why)
    return error


def _operate(document: Any, operation: Json) -> Any:
    kind, path = operation["op"], _pointer(operation["path"])
    match kind:
        case "add":
            return _put(document, path, clone(operation["value"]), insert=True)
        case "replace":
            _look_up(document, path)
            return _put(document, path, clone(operation["value"]), insert=False)
        case "remove":
            return _take(document, path)[0]
        case "test":
            if _look_up(document, path) != operation.get("value"):
                raise _unfit(f"testing value {operation['path']} failed: test failed")
            return document
        case "copy":
            value = clone(_look_up(document, _pointer(operation["from"])))
            return _put(document, path, value, insert=True)
        case "move":
            document, value = _take(document, _pointer(operation["from"]))
            return _put(document, path, value, insert=True)
        case _:
            raise ValueError(kind)


def _pointer(text: str) -> list[str]:
    if not text:
        return []
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _look_up(document: Any, path: list[str]) -> Any:
    for part in path:
        document = document[_index(document, part) if isinstance(document, list) else part]
    return document


def _index(items: list[Any], part: str) -> int:
    index = int(part)
    if not 0 <= index < len(items):
        raise IndexError(part)
    return index


def _put(document: Any, path: list[str], value: Any, *, insert: bool) -> Any:
    if not path:
        return value
    place, last = _look_up(document, path[:-1]), path[-1]
    if not isinstance(place, list):
        place[last] = value
    elif last == "-" or (insert and int(last) == len(place)):
        place.append(value)
    elif insert:
        place.insert(_index(place, last), value)
    else:
        place[_index(place, last)] = value
    return document


def _take(document: Any, path: list[str]) -> tuple[Any, Any]:
    place, last = _look_up(document, path[:-1]), path[-1]
    return document, place.pop(_index(place, last) if isinstance(place, list) else last)


def strategic(target: Any, patch: Any, node: Node) -> Any:
    """Strategic merge patch: lists merge by the merge keys of the kind's schema.

    Raises:
        ApiError: 500, an item lacks its merge key or a directive is unknown.
    """
    if not isinstance(patch, dict) or node.shape == "scalar":
        return clone(patch)
    directive = patch.get("$patch")
    if directive == "replace":
        return {key: clone(value) for key, value in patch.items() if key != "$patch"}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise internal(f"unknown patch type: {directive} in map: {printed(patch)}")
    merged = dict(target) if isinstance(target, dict) else {}
    retained = patch.get("$retainKeys")
    if retained is not None:
        merged = {key: value for key, value in merged.items() if key in retained}
    for key, value in patch.items():
        command, _, name = key.partition("/")
        if command == "$deleteFromPrimitiveList":
            merged[name] = [item for item in merged.get(name, []) if item not in value]
        elif key.startswith("$"):
            continue
        elif value is None:
            merged.pop(key, None)
        else:
            child = node.child(key) or ANYTHING
            merged[key] = _strategic_value(merged.get(key), value, child)
    for key, order in patch.items():
        name, child = key.removeprefix(_ORDER), node.child(key.removeprefix(_ORDER)) or ANYTHING
        if key.startswith(_ORDER) and child.merge_key and merged.get(name):
            merged[name] = _ordered(merged[name], order, child.merge_key)
    return merged


def _strategic_value(target: Any, value: Any, node: Node) -> Any:
    if not isinstance(value, list):
        return strategic(target, value, node)
    if not node.merges:
        return clone(value)
    current = list(target) if isinstance(target, list) else []
    if not node.merge_key:
        return current + [item for item in value if item not in current]
    return _strategic_items(current, value, node)


def _strategic_items(items: list[Any], patches: list[Any], node: Node) -> list[Any]:
    key, item_node = node.merge_key, node.item or ANYTHING
    if any(isinstance(patch, dict) and patch.get("$patch") == "replace" for patch in patches):
        return [clone(p) for p in patches if not (isinstance(p, dict) and "$patch" in p)]
    for patch in patches:
        if not isinstance(patch, dict) or key not in patch:
            raise internal(f"map: {printed(patch)} does not contain declared merge key: {key}")
        matching = [at for at, item in enumerate(items) if item.get(key) == patch[key]]
        if patch.get("$patch") == "delete":
            items = [item for item in items if item.get(key) != patch[key]]
        elif matching:
            items[matching[0]] = strategic(items[matching[0]], patch, item_node)
        else:
            items.append(strategic({}, patch, item_node))
    return items


def _ordered(items: list[Any], order: list[Any], key: str) -> list[Any]:
    """Items in the order the patch asks for; those it does not know come last."""
    ranks = {wanted[key]: rank for rank, wanted in enumerate(order)}
    known = sorted((i for i in items if i[key] in ranks), key=lambda item: ranks[item[key]])
    return known + [item for item in items if item[key] not in ranks]
