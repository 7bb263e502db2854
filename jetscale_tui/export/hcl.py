"""Values as HCL, laid out as `terraform fmt` lays it out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_KEYWORDS = frozenset({"for", "if", "true", "false", "null"})
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_STEP = "  "


@dataclass(frozen=True, slots=True)
class Expression:
    """HCL to be written as it is: a reference, a call, a template."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function applied to one value."""

    function: str
    argument: object


@dataclass(frozen=True, slots=True)
class Block:
    """A block: its type, its labels, and what is in it."""

    type: str
    labels: tuple[str, ...]
    attributes: Mapping[str, object]
    blocks: tuple[Block, ...] = ()


def render(blocks: Iterable[Block]) -> str:
    """A file of blocks, a blank line between two."""
    return "\n".join("\n".join(_block(block, "")) + "\n" for block in blocks)


def quoted(text: str) -> str:
    """A string literal in which nothing is a template."""
    escaped = "".join(_character(c) for c in text)
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'


def _character(c: str) -> str:
    if c in _ESCAPES:
        return _ESCAPES[c]
    if c.isprintable():
        return c
    return f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"


def _block(block: Block, indent: str) -> list[str]:
    head = " ".join([block.type, *(quoted(label) for label in block.labels)])
    inner = indent + _STEP
    if not block.attributes and not block.blocks:
        return [f"{indent}{head} {{}}"]
    lines = [f"{indent}{head} {{", *_attributes(block.attributes, inner)]
    for number, nested in enumerate(block.blocks):
        if number or block.attributes:
            lines.append("")
        lines += _block(nested, inner)
    return [*lines, f"{indent}}}"]


def _attributes(values: Mapping[str, object], indent: str) -> list[str]:
    """Attributes with the equals signs of neighbouring one-line ones under each other."""
    lines: list[str] = []
    neighbours: list[tuple[str, str]] = []

    def flush() -> None:
        width = max((len(key) for key, _ in neighbours), default=0)
        lines.extend(f"{indent}{key.ljust(width)} = {text}" for key, text in neighbours)
        neighbours.clear()

    for name, value in values.items():
        key = name if _NAME.fullmatch(name) and name not in _KEYWORDS else quoted(name)
        text = _value(value, indent)
        if "\n" in text:
            flush()
            lines.append(f"{indent}{key} = {text}")
        else:
            neighbours.append((key, text))
    flush()
    return lines


def _value(value: object, indent: str) -> str:
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, Call):
        return f"{value.function}({_value(value.argument, indent)})"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        if not value:
            return "{}"
        return "\n".join(["{", *_attributes(value, indent + _STEP), indent + "}"])
    if isinstance(value, list | tuple):
        return _list(value, indent)
    return quoted(str(value))


def _list(values: list[object] | tuple[object, ...], indent: str) -> str:
    if len(values) == 1:
        return f"[{_value(values[0], indent)}]"
    inner = indent + _STEP
    items = [_value(item, inner) for item in values]
    if not any("\n" in item for item in items):
        return f"[{', '.join(items)}]"
    return "\n".join(["[", *(f"{inner}{item}," for item in items), indent + "]"])
