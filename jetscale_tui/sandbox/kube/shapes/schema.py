"""The structure of every kind, read from the OpenAPI schemas of a real server.

A `Node` is one place in that structure, with what apply, patches and decoding need to know of it.
Kinds without a schema get the node `ANYTHING`: their maps are granular, their lists atomic.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from jetscale_tui.resources import asset

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json, Kind

Shape = Literal["struct", "map", "list", "scalar", "any"]

_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
_TIMES = (
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",
)
_PREFIX = "#/components/schemas/"


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One place in the structure of a kind."""

    shape: Shape
    scalar: str = ""
    """`string`, `integer`, `number`, `boolean`, `quantity`, `int-or-string` or `time`."""
    format: str = ""
    """`int32`, `int64`, `byte`, `duration`..."""
    fields: Mapping[str, Field] = field(default_factory=dict)
    item: Node | None = None
    """What a list or map holds."""
    atomic: bool = False
    """Owned as a whole; apply replaces it as a whole."""
    keys: tuple[str, ...] = ()
    """Fields that identify an item of an associative list."""
    is_set: bool = False
    """A list whose items are identified by their value."""
    merge_key: str = ""
    """Field by which strategic merge patches match items; with `merges` and none, a set."""
    merges: bool = False
    """Strategic merge patches merge the list instead of replacing it."""
    type_name: str = ""
    """Package and name of the Go type, such as `v2.MetricTarget`."""
    constraints: Json = field(default_factory=dict)
    """What structural validation checks: `enum`, `pattern`, `minItems`..., and CEL rules."""

    @property
    def associative(self) -> bool:
        """Apply identifies the items of this list."""
        return self.shape == "list" and (self.is_set or bool(self.keys))

    def child(self, key: str) -> Node | None:
        """The node of a field or map value; None where the structure has none."""
        if self.shape == "struct":
            known = self.fields.get(key)
            return known.node if known else None
        return self.item if self.shape == "map" else ANYTHING if self.shape == "any" else None

    def key_default(self, key: str) -> Any:
        """Default of a key field of this list's items; None when there is none."""
        known = self.item.fields.get(key) if self.item else None
        return known.default if known and known.default not in ("", 0) else None


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A field of a struct."""

    node: Node
    required: bool
    default: Any = None
    """What an absent field means; None when there is no default."""


ANYTHING = Node("any")

_CONSTRAINTS = (
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "format",
    "x-kubernetes-validations",
)


class _LazyFields(Mapping[str, Field]):
    """Fields of a struct, compiled when first looked at; most are never needed."""

    def __init__(self, schema: Json) -> None:
        self._schema = schema
        self._compiled: dict[str, Field] = {}

    def __getitem__(self, name: str) -> Field:
        known = self._compiled.get(name)
        if known is None:
            schema = self._schema["properties"][name]
            required = name in self._schema.get("required", ())
            known = Field(_compile(schema), required, schema.get("default"))
            self._compiled[name] = known
        return known

    def __contains__(self, name: object) -> bool:
        return name in self._schema["properties"]

    def __iter__(self) -> Any:
        return iter(self._schema["properties"])

    def __len__(self) -> int:
        return len(self._schema["properties"])


@cache
def document() -> Json:
    """The OpenAPI schemas as recorded, with the few kinds that only the sandbox adds."""
    from jetscale_tui.sandbox.kube.shapes.unrecorded import UNRECORDED

    recorded: Json = json.loads(asset("kube/schemas.json").read_text())
    for name, schema in UNRECORDED.items():
        gvk = schema["x-kubernetes-group-version-kind"][0]
        recorded["kinds"][f"{gvk['group']}/{gvk['version']}/{gvk['kind']}"] = name
        recorded["schemas"][name] = schema
    return recorded


@cache
def of_kind(api_version: str, kind: str) -> Node:
    """Structure of a kind; `ANYTHING` where none is known."""
    name = document()["kinds"].get(f"{api_version}/{kind}")
    return _named(name) if name else ANYTHING


def of(kind: Kind) -> Node:
    """Structure of a kind."""
    return of_kind(kind.api_version, kind.name)


@cache
def _named(name: str) -> Node:
    if name == _QUANTITY:
        return Node("scalar", "quantity", type_name="resource.Quantity")
    if name == _INT_OR_STRING:
        return Node("scalar", "int-or-string", type_name="intstr.IntOrString")
    if name in _TIMES:
        return Node("scalar", "time", type_name="v1.Time")
    node = _compile(document()["schemas"][name])
    return replace(node, type_name=".".join(name.split(".")[-2:]))


def _compile(schema: Json) -> Node:
    reference = schema.get("$ref") or next((s["$ref"] for s in schema.get("allOf", ())), None)
    if reference is not None:
        return _named(reference.removeprefix(_PREFIX))
    constraints = {key: schema[key] for key in _CONSTRAINTS if key in schema}
    kind = schema.get("type")
    atomic = schema.get("x-kubernetes-map-type") == "atomic"
    if "properties" in schema:
        return Node(
            "struct",
            type_name=schema.get("x-go-type", ""),
            fields=_LazyFields(schema),
            atomic=atomic,
            constraints=constraints,
        )
    if kind == "array":
        return _compile_list(schema, constraints)
    if schema.get("x-kubernetes-int-or-string"):
        return Node("scalar", "int-or-string", constraints=constraints)
    if kind == "object":
        item = schema.get("additionalProperties")
        if not isinstance(item, dict):
            return replace(ANYTHING, atomic=atomic)
        return Node("map", item=_compile(item), atomic=atomic, constraints=constraints)
    if kind is None:
        return ANYTHING
    return Node("scalar", kind, schema.get("format", ""), constraints=constraints)


def _compile_list(schema: Json, constraints: Json) -> Node:
    list_type = schema.get("x-kubernetes-list-type", "atomic")
    return Node(
        "list",
        item=_compile(schema["items"]),
        atomic=list_type == "atomic",
        keys=tuple(schema.get("x-kubernetes-list-map-keys", ())),
        is_set=list_type == "set",
        merge_key=schema.get("x-kubernetes-patch-merge-key", ""),
        merges="merge" in schema.get("x-kubernetes-patch-strategy", "").split(","),
        constraints=constraints,
    )
