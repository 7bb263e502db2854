"""JSON as Go reads it: keys given twice, its words for what is wrong, its texts of values."""

from __future__ import annotations

import json
from typing import Any

_AFTER = {
    "Expecting value": "looking for beginning of value",
    "Expecting property name enclosed in double quotes": "looking for beginning of object key "
    "string",
    "Illegal trailing comma before end of object": "looking for beginning of object key string",
    "Illegal trailing comma before end of array": "looking for beginning of value",
    "Expecting ':' delimiter": "after object key",
    "Extra data": "after top-level value",
    "Invalid control character at": "in string literal",
    "Invalid \\escape": "in string escape code",
    "Invalid \\uXXXX escape": "in \\u hexadecimal character escape",
}
_SUMMARY = 30


class Pairs(dict[str, Any]):
    """An object that remembers which of its keys were given more than once."""

    twice: tuple[str, ...] = ()


def parse(text: bytes) -> Any:
    """The value; objects are `Pairs` where a key came twice.

    Raises:
        ValueError: with the words of Go's decoder.
    """
    try:
        # Bytes that are no UTF-8 become replacement characters, as in Go.
        readable = text.decode(errors="replace")
        return json.loads(readable, object_pairs_hook=_object, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(_words(error)) from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"invalid character '{name[0]}' looking for beginning of value")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    keys = [key for key, _ in pairs]
    found = Pairs(plain)
    found.twice = tuple(key for key in plain if keys.count(key) > 1)
    return found


def duplicates(value: Any, path: str = "") -> list[str]:
    """Paths of the fields that were given more than once."""
    found = []
    if isinstance(value, dict):
        place = f"{path}." if path else ""
        found += [f"{place}{key}" for key in getattr(value, "twice", ())]
        for key, one in value.items():
            found += duplicates(one, f"{place}{key}")
    elif isinstance(value, list):
        for index, one in enumerate(value):
            found += duplicates(one, f"{path}[{index}]")
    return found


def _words(error: json.JSONDecodeError) -> str:
    text, at = error.doc, error.pos
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    if at >= len(text) or error.msg.startswith("Unterminated string"):
        return "unexpected end of JSON input"
    where = _AFTER.get(error.msg)
    if where is None:
        # Python has the same words for both places.
        inside = text.rfind("{", 0, at) > text.rfind("[", 0, at)
        where = "after object key:value pair" if inside else "after array element"
    return f"invalid character {_quoted(text[at])} {where}"


def _quoted(character: str) -> str:
    if character == "'":
        return r"'\''"
    if character == '"':
        return "'\"'"
    return "'" + json.dumps(character, ensure_ascii=False)[1:-1] + "'"


def summary(body: bytes) -> str:
    """What the server shows of a body it cannot read."""
    if not body:
        return "<empty>"
    more = " ..." if len(body) > _SUMMARY else ""
    shown = body[:_SUMMARY]
    return (shown.decode(errors="replace") if body[:1] == b"{" else shown.hex()) + more


def go_name(value: Any) -> str:
    """The name of a value's type in the decoder's messages."""
    names = {bool: "bool", str: "string", int: "number", float: "number", list: "array"}
    return "null" if value is None else names.get(type(value), "object")


def go_type(value: Any) -> str:
    """The Go type of a decoded value."""
    names = {bool: "bool", str: "string", int: "int64", float: "float64", list: "[]interface {}"}
    return names.get(type(value), "map[string]interface {}")


def printed(value: Any) -> str:
    """A value as Go prints it: `map[a:1 b:[x y]]`."""
    match value:
        case bool():
            return str(value).lower()
        case None:
            return "<nil>"
        case list():
            return "[" + " ".join(map(printed, value)) + "]"
        case dict():
            return "map[" + " ".join(f"{k}:{printed(v)}" for k, v in sorted(value.items())) + "]"
        case _:
            return str(value)
