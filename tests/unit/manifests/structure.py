"""Structural checking of Kubernetes objects, as strict as `fieldValidation=Strict`.

The schemas are a real API server's OpenAPI. Its conventions are turned into JSON Schema: objects
that list properties take no others, integers-or-strings, and lists that are sets or maps.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
from jsonschema.validators import Draft202012Validator, extend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.protocols import Validator

    from jetscale_tui.domain.kinds import Json

SCHEMAS = Path(__file__).parents[2] / "data" / "kube" / "schemas.json"


def problems(manifest: Json) -> list[str]:
    """What the API server would refuse about an object's structure."""
    known, validator = _validator()
    key = f"{manifest['apiVersion']}/{manifest['kind']}"
    if key not in known:
        return [f"{key} is no kind of the API server"]
    reference = {"$ref": f"#/components/schemas/{known[key]}"}
    found = validator.evolve(schema={**validator.schema, **reference}).iter_errors(manifest)
    return [f"{error.json_path}: {error.message}" for error in found]


@functools.cache
def _validator() -> tuple[dict[str, str], Any]:
    recorded = json.loads(SCHEMAS.read_text(encoding="utf-8"))
    schemas = {name: _strict(schema) for name, schema in recorded["schemas"].items()}
    kubernetes = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {"x-kubernetes-list-type": _unique_items}
    )
    return recorded["kinds"], kubernetes({"components": {"schemas": schemas}})


def _strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _strict(value) for key, value in schema.items()}
    properties = schema.get("properties")
    if isinstance(properties, dict) and schema.get("type") == "object":
        strict.setdefault("additionalProperties", False)
    return strict


def _unique_items(
    _validator: Validator, list_type: str, items: list[Any], schema: dict[str, Any]
) -> Iterator[jsonschema.ValidationError]:
    if list_type == "map":
        keys = schema["x-kubernetes-list-map-keys"]
        items = [tuple(item.get(key) for key in keys) for item in items]
    elif list_type != "set":
        return
    if len({repr(item) for item in items}) != len(items):
        yield jsonschema.ValidationError(f"{items} holds duplicates")
