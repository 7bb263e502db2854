"""From what a client sent to the object a real server would have in memory.

Built-in kinds go through their Go types: unknown fields fall out, quantities become canonical,
what is absent gets its zero value or static default. Custom kinds are pruned and defaulted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.quantity import QuantityError, parse
from jetscale_tui.sandbox.kube.catalog import BY_KIND
from jetscale_tui.sandbox.kube.gojson import go_name
from jetscale_tui.sandbox.kube.gojson import go_type as go_value_type
from jetscale_tui.sandbox.kube.objects import clone
from jetscale_tui.sandbox.kube.shapes import schema
from jetscale_tui.sandbox.kube.shapes.schema import ANYTHING, Node

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.catalog import Resource

_QUANTITY = re.compile(r"([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_QUANTITY_WORDS = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)


_WRITTEN_AS_NULL = {
    "HorizontalPodAutoscalerStatus": ("currentMetrics",),
    "Event": ("eventTime", "firstTimestamp", "lastTimestamp"),
    "ClusterRole": ("rules",),
    "Role": ("rules",),
    "PodSpec": ("containers",),
    "EndpointSlice": ("endpoints", "ports"),
}
"""Fields that Go writes as null when nothing was said of them, which no schema tells."""


class _MapKey(str):
    """A part of a path that is no field: messages about types leave it out."""

    __slots__ = ()


class DecodeError(Exception):
    """A value does not fit its Go type; the message is the decoder's."""

    def __init__(self, message: str, restored: str = "") -> None:
        super().__init__(message)
        self.restored = restored or message
        """The same from the converter that restores typed objects from maps."""


@dataclass(slots=True)
class Decoded:
    """An object after decoding."""

    object: Json
    unknown: list[str] = field(default_factory=list)
    """What fell out: `unknown field "spec.nosuch"`."""


def decode(sent: Json, resource: Resource) -> Decoded:
    """Decode an object of a resource; what was sent is left alone.

    Raises:
        DecodeError: a value of a built-in kind has the wrong type.
    """
    node, name = schema.of(resource.kind), resource.kind.name
    result = Decoded({})
    typed = _BuiltIn(result.unknown)
    if resource.custom:
        # Only the metadata of a custom object has a Go type.
        result.object = _Custom(result.unknown).value(sent, node, (), name)
        metadata = node.fields["metadata"].node
        sent_metadata = sent.get("metadata") or {}
        result.object["metadata"] = typed.value(sent_metadata, metadata, ("metadata",), name)
    else:
        result.object = typed.value(sent, node, (), name)
    result.object["apiVersion"] = resource.kind.api_version
    result.object["kind"] = resource.kind.name
    result.object["metadata"] = result.object.get("metadata") or {}
    return result


@cache
def blank(api_version: str, kind: str) -> Json:
    """An object of which nothing was said: what a new one is compared with. Read only."""
    resource = BY_KIND.get((api_version, kind))
    empty: Json = {"metadata": {}}
    if resource is not None and not resource.custom:
        empty = decode(empty, resource).object
    return {**empty, "apiVersion": api_version, "kind": kind}


def _dotted(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class _BuiltIn:
    def __init__(self, unknown: list[str]) -> None:
        self._unknown = unknown

    def value(self, value: Any, node: Node, path: tuple[str | int, ...], owner: str) -> Any:
        """Decode a value; `owner` is the Go type the innermost field belongs to."""
        if node.shape == "struct":
            return self._struct(self._expect(value, dict, node, path, owner), node, path, owner)
        if node.shape == "map":
            item = node.item or ANYTHING
            pairs = self._expect(value, dict, node, path, owner).items()
            return {k: self.value(one, item, (*path, _MapKey(k)), owner) for k, one in pairs}
        if node.shape == "list":
            item = node.item or ANYTHING
            items = self._expect(value, list, node, path, owner)
            return [self.value(one, item, (*path, at), owner) for at, one in enumerate(items)]
        if node.shape == "scalar":
            return self._scalar(value, node, path, owner)
        return clone(value)

    def _struct(self, value: Json, node: Node, path: tuple[str | int, ...], owner: str) -> Json:
        owner = node.type_name.rpartition(".")[2] or owner
        decoded: Json = {}
        for key, sent in value.items():
            known = node.fields.get(key)
            if known is None:
                self._unknown.append(f'unknown field "{_dotted((*path, key))}"')
                continue
            if sent is None:
                continue
            one = self.value(sent, known.node, (*path, key), owner)
            if known.required or known.default is not None or not _omitted(one, known.node):
                decoded[key] = one
        for key, known in node.fields.items():
            if key not in decoded and known.default is not None:
                decoded[key] = self.value(known.default, known.node, (*path, key), owner)
            elif decoded.get(key) == "" and known.default not in (None, ""):
                decoded[key] = known.default
        for key in _WRITTEN_AS_NULL.get(owner, ()):
            decoded.setdefault(key, None)
        return decoded

    def _expect(
        self, value: Any, wanted: type, node: Node, path: tuple[str | int, ...], owner: str
    ) -> Any:
        if value is None:
            return wanted()
        if not isinstance(value, wanted):
            raise _mismatch(value, node, path, owner)
        return value

    def _scalar(self, value: Any, node: Node, path: tuple[str | int, ...], owner: str) -> Any:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        match node.scalar:
            case "quantity" if isinstance(value, str) or number:
                return canonical_quantity(value)
            case "int-or-string" if isinstance(value, str) or (number and value == int(value)):
                return value
            case "integer" if number and value == int(value):
                return int(value)
            case "number" if number:
                return value
            case "boolean" if isinstance(value, bool):
                return value
            case "string" | "time" if isinstance(value, str):
                if node.format == "byte":
                    _check_base64(value)
                return value
        raise _mismatch(value, node, path, owner)


class _Custom:
    """Decoding of custom objects: prune and default; wrong types are left to validation."""

    def __init__(self, unknown: list[str]) -> None:
        self._unknown = unknown

    def value(self, value: Any, node: Node, path: tuple[str | int, ...], owner: str) -> Any:
        if node.shape == "struct" and isinstance(value, dict):
            decoded: Json = {}
            for key, sent in value.items():
                known = node.fields.get(key)
                if (*path, key) == ("metadata",):
                    continue
                if known is None:
                    self._unknown.append(f'unknown field "{_dotted((*path, key))}"')
                elif sent is not None or known.default is None:
                    decoded[key] = self.value(sent, known.node, (*path, key), owner)
            for key, known in node.fields.items():
                if key not in decoded and known.default is not None:
                    decoded[key] = self.value(clone(known.default), known.node, (*path, key), owner)
            return decoded
        if node.shape == "map" and isinstance(value, dict):
            item = node.item or ANYTHING
            return {k: self.value(one, item, (*path, k), owner) for k, one in value.items()}
        if node.shape == "list" and isinstance(value, list):
            item = node.item or ANYTHING
            return [self.value(one, item, (*path, at), owner) for at, one in enumerate(value)]
        return clone(value)


def canonical_quantity(value: Any) -> str:
    """A quantity as the server writes it back.

    Raises:
        DecodeError: it is none.
    """
    text = str(value).strip()
    try:
        return str(parse(text))
    except QuantityError:
        fits = _QUANTITY.fullmatch(text)
        raise DecodeError(
            "unable to parse quantity's suffix" if fits else _QUANTITY_WORDS
        ) from None


def _check_base64(text: str) -> None:
    packed = text.replace("\n", "").replace("\r", "")
    valid = _BASE64.match(packed)
    at = valid.end() if valid else 0
    if at != len(packed) or at % 4:
        raise DecodeError(f"illegal base64 data at input byte {min(at, len(packed) // 4 * 4)}")


def _omitted(value: Any, node: Node) -> bool:
    """Whether Go leaves this value of an optional field out of the JSON."""
    return value in ("", [], {}) and (node.shape in ("list", "map") or node.scalar == "string")


def _mismatch(value: Any, node: Node, path: tuple[str | int, ...], owner: str) -> DecodeError:
    given = go_name(value)
    if isinstance(value, float):
        given = f"number {value}"
    fields = (part for part in path if isinstance(part, str) and not isinstance(part, _MapKey))
    where = ".".join(fields)
    field_name = f"{owner}.{where} of type {go_type(node)}"
    message = f"json: cannot unmarshal {given} into Go struct field {field_name}"
    return DecodeError(message, _not_restored(value, node))


def _not_restored(value: Any, node: Node) -> str:
    shape = {"list": "slice", "scalar": go_type(node)}.get(node.shape, node.shape)
    if node.shape == "scalar":
        number = isinstance(value, int | float) and not isinstance(value, bool)
        plain = number and shape == "string"
        return f"cannot convert int64 to {shape}" if plain else f"unrecognized type: {shape}"
    given = "map" if isinstance(value, dict) else "slice" if isinstance(value, list) else ""
    return f"cannot restore {shape} from {given or go_value_type(value)}"


def go_type(node: Node) -> str:
    """The Go type of a node, as the decoder names it."""
    if node.type_name:
        return node.type_name
    item = go_type(node.item) if node.item else "interface {}"
    match node.shape:
        case "list":
            return f"[]{item}"
        case "map":
            return f"map[string]{item}"
        case "scalar":
            plain = {"boolean": "bool", "number": "float64", "integer": node.format or "int64"}
            return plain.get(node.scalar, "string")
        case _:
            return "map[string]interface {}"
