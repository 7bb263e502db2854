"""Quantities and API defaulting, replayed from their vectors."""

from __future__ import annotations

from typing import Any

from jetscale_tui.domain import quantity
from jetscale_tui.domain.hpa.defaults import with_defaults

Json = dict[str, Any]


def replay_quantity(fn: str, given: Json) -> Json:
    if fn == "format":
        return {"string": quantity.format_milli(given["milli"], quantity.Format(given["format"]))}
    if fn != "parse":
        raise LookupError(f"no such function: {fn}")
    try:
        parsed = quantity.parse(given["string"])
    except quantity.QuantityError:
        # Only that it fails is compared; the words are ours.
        return {"error": True}
    return {
        "milli": parsed.milli,
        "value": parsed.value,
        "sign": parsed.sign,
        "float": float(parsed),
        "string": str(parsed),
    }


def expected_quantity(out: Json) -> Json:
    if "error" in out:
        return {"error": True}
    return {**out, "float": float(out["float"])} if "float" in out else out


def replay_defaulting(fn: str, given: Json) -> Json:
    spec = {
        "minReplicas": given["min_replicas"],
        "metrics": given["metrics"],
        "behavior": given["behavior"],
    }
    filled = with_defaults(spec)
    return {
        "min_replicas": filled["minReplicas"],
        "metrics": filled["metrics"],
        "behavior": filled.get("behavior"),
    }
