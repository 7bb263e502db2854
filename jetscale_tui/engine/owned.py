"""What one field manager owns of an object, as the manifest it last applied.

Server-side apply takes away what a manager applied before and leaves out now; so a change of one
field has to repeat the others, and only those.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


def applied_by(live: Json, manager: str) -> Json | None:
    """The manifest a manager last applied; None where it never applied one.

    Lists go in whole: entries of one list with several owners are not told apart.
    """
    for entry in live["metadata"].get("managedFields") or ():
        if entry.get("manager") == manager and entry.get("operation") == "Apply":
            fields = entry.get("fieldsV1") or {}
            owned = _part(live, fields)
            names = ("name", "namespace")
            identity = {key: live["metadata"][key] for key in names if key in live["metadata"]}
            metadata = {**identity, **(owned.get("metadata") or {})}
            kind = {"apiVersion": live["apiVersion"], "kind": live["kind"]}
            return {**kind, **owned, "metadata": metadata}
    return None


def others(live: Json, manager: str) -> tuple[str, ...]:
    """Names of other managers that own part of the spec, the status' writers left out."""
    found = (
        str(entry.get("manager", ""))
        for entry in live["metadata"].get("managedFields") or ()
        if not entry.get("subresource")
        and entry.get("manager") != manager
        and "f:spec" in (entry.get("fieldsV1") or {})
    )
    return tuple(dict.fromkeys(found))


def _part(value: Any, fields: Json) -> Any:
    """The part of a value that a set of fields names."""
    named = {key[2:]: sub for key, sub in fields.items() if key.startswith("f:")}
    if not named or not isinstance(value, dict):
        return copy.deepcopy(value)
    return {key: _part(value[key], sub) for key, sub in named.items() if key in value}
