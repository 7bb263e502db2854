"""Checks an object against the structure of its kind, with the words of a real server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jetscale_tui.sandbox.kube.shapes import rules
from jetscale_tui.sandbox.kube.shapes.schema import ANYTHING, Node
from jetscale_tui.sandbox.kube.status import Cause, invalid, not_supported, required, too_long

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNCHECKED_RULES = (
    "some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation"
)
_DURATION = re.compile(r"[+-]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+|0")


def custom_causes(obj: Any, node: Node) -> list[Cause]:
    """Everything wrong with a custom object; its CEL rules are checked once its shape is right."""
    causes = list(_shape(obj, node, ""))
    if causes:
        return [*causes, invalid("<nil>", None, _UNCHECKED_RULES)]
    return list(rules.broken(obj, node, ""))


def enumeration_causes(obj: Any, node: Node, path: str = "") -> Iterator[Cause]:
    """Values of a built-in kind outside their enumerations."""
    if node.shape == "scalar" and obj not in (None, "") and "enum" in node.constraints:
        choices = [choice for choice in node.constraints["enum"] if choice != ""]
        if obj not in choices:
            yield not_supported(path, obj, choices)
    elif isinstance(obj, dict):
        for key, value in obj.items():
            if path or key not in ("metadata", "status"):
                yield from enumeration_causes(value, node.child(key) or ANYTHING, _at(path, key))
    elif isinstance(obj, list):
        for index, item in enumerate(obj):
            yield from enumeration_causes(item, node.item or ANYTHING, f"{path}[{index}]")


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _shape(value: Any, node: Node, path: str) -> Iterator[Cause]:
    wrong = _wrong_type(value, node)
    if wrong:
        yield _type_cause(path, value, wrong)
        return
    if isinstance(value, dict) and node.shape == "struct":
        for key, known in node.fields.items():
            if known.required and key not in value:
                yield required(_at(path, key))
        for key, one in value.items():
            if path or key not in ("metadata", "apiVersion", "kind"):
                yield from _shape(one, node.child(key) or ANYTHING, _at(path, key))
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _shape(one, node.child(key) or ANYTHING, _at(path, key))
    elif isinstance(value, list):
        yield from _length(value, node, path)
        for index, item in enumerate(value):
            yield from _shape(item, node.item or ANYTHING, f"{path}[{index}]")
    else:
        yield from _constraints(value, node, path)


def _wrong_type(value: Any, node: Node) -> str:
    """The type a value should have; empty when it has it."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match node.shape:
        case "struct" | "map":
            return "" if isinstance(value, dict) else "object"
        case "list":
            return "" if isinstance(value, list) else "array"
        case "any":
            return ""
        case "scalar":
            fits = {
                "integer": number and value == int(value),
                "number": number,
                "boolean": isinstance(value, bool),
                "string": isinstance(value, str),
                "int-or-string": isinstance(value, str) or number,
            }
            return "" if fits.get(node.scalar, True) else node.scalar


def _type_cause(path: str, value: Any, wanted: str) -> Cause:
    given = _json_type(value)
    suffix = f': "{given}"'
    if wanted == "int-or-string":
        wanted = "integer,string"
    return invalid(
        path,
        given,
        f"{path} in body must be of type {wanted}{suffix}",
        reason="FieldValueTypeInvalid",
    )


def _json_type(value: Any) -> str:
    names = {bool: "boolean", str: "string", int: "integer", float: "number", list: "array"}
    return "null" if value is None else names.get(type(value), "object")


def _length(items: list[Any], node: Node, path: str) -> Iterator[Cause]:
    smallest, largest = node.constraints.get("minItems"), node.constraints.get("maxItems")
    if smallest is not None and len(items) < smallest:
        yield invalid(path, len(items), f"{path} in body should have at least {smallest} items")
    if largest is not None and len(items) > largest:
        yield Cause(
            "FieldValueTooMany", f"Too many: {len(items)}: must have at most {largest} items", path
        )
    if node.is_set:
        for index, item in enumerate(items):
            if item in items[:index]:
                yield Cause("FieldValueDuplicate", f'Duplicate value: "{item}"', f"{path}[{index}]")


def _constraints(value: Any, node: Node, path: str) -> Iterator[Cause]:
    limits = node.constraints
    if "enum" in limits and value not in limits["enum"]:
        yield not_supported(path, value, limits["enum"])
    if isinstance(value, str):
        pattern = limits.get("pattern")
        if pattern and not re.search(pattern, value):
            yield invalid(path, value, f"{path} in body should match '{pattern}'")
        if limits.get("format") == "duration" and not _DURATION.fullmatch(value):
            yield invalid(path, value, f'{path} in body must be of type duration: "{value}"')
        if len(value) < limits.get("minLength", 0):
            least = limits["minLength"]
            yield invalid(path, value, f"{path} in body should be at least {least} chars long")
        if len(value) > limits.get("maxLength", len(value)):
            yield too_long(path, limits["maxLength"])
