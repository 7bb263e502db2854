"""What pydantic found wrong, in the words of the person who wrote the file."""

from __future__ import annotations

import difflib
import typing
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from jetscale_tui.domain.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

    from jetscale_tui.setupfile.yaml_source import Path

_TYPES = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "dict_type": "must be a mapping of names to values",
    "tuple_type": "must be a list",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "missing": "is missing",
}


def dotted(path: Path) -> str:
    """`scaling.metrics[0].target`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def translate(model: type[BaseModel], errors: Iterable[ErrorDetails]) -> tuple[Problem, ...]:
    """One problem for each error, with the nearest known name where one was misspelt."""
    return tuple(_problem(model, error) for error in errors)


def _problem(model: type[BaseModel], error: ErrorDetails) -> Problem:
    path = tuple(error["loc"])
    kind, value = error["type"], error["input"]
    if kind == "extra_forbidden":
        known = _known(model, path[:-1])
        return Problem(
            dotted(path), "is not a known field", _nearest(str(path[-1]), known) or _list(known)
        )
    if kind in ("enum", "literal_error"):
        context: dict[str, Any] = error.get("ctx", {})
        expected = str(context.get("expected", ""))
        choices = [part.strip(" '") for part in expected.replace(" or ", ",").split(",")]
        return Problem(
            dotted(path),
            f"is {_shown(value)}, must be one of {', '.join(choices)}",
            _nearest(str(value), choices),
        )
    if kind in ("greater_than_equal", "less_than_equal"):
        context = error.get("ctx", {})
        word, limit = (
            ("at least", context.get("ge"))
            if "ge" in context
            else (
                "at most",
                context.get("le"),
            )
        )
        return Problem(dotted(path), f"is {_shown(value)}, must be {word} {limit}", "")
    what = _TYPES.get(kind)
    if what is None:
        what = error["msg"].removeprefix("Value error, ")
    elif kind != "missing":
        what = f"is {_shown(value)}, {what}"
    fix = ""
    if kind == "string_type" and isinstance(value, bool):
        fix = "YAML reads on, off, yes and no as true or false: put it in quotes."
    return Problem(dotted(path), what, fix)


def _known(model: type[BaseModel], path: Path) -> list[str]:
    current: type[BaseModel] | None = model
    for part in path:
        if current is None:
            return []
        if isinstance(part, int):
            continue
        current = _submodel(current, part)
    return [] if current is None else [f.alias or n for n, f in current.model_fields.items()]


def _submodel(model: type[BaseModel], alias: str) -> type[BaseModel] | None:
    for name, info in model.model_fields.items():
        if (info.alias or name) == alias:
            candidates = (info.annotation, *typing.get_args(info.annotation))
            for candidate in candidates:
                if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                    return candidate
    return None


def _nearest(word: str, known: list[str]) -> str:
    lowered = {name.lower(): name for name in known}
    match = difflib.get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return f"Did you mean {lowered[match[0]]}?" if match else ""


def _list(known: list[str]) -> str:
    return f"Known here: {', '.join(known)}." if known else ""


def _shown(value: object) -> str:
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return repr(text if len(text) <= 40 else text[:39] + "…") if isinstance(value, str) else text
