"""Status conditions: reading one, and changing one without touching a time that did not change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


def condition(obj: Json, kind: str) -> Json | None:
    """The condition of a type in an object's status."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return next((each for each in conditions if each["type"] == kind), None)


def is_true(obj: Json, kind: str) -> bool:
    """Whether an object has a condition with status True."""
    found = condition(obj, kind)
    return found is not None and found["status"] == "True"


def set_condition(
    status: Json,
    kind: str,
    value: bool,
    now: str,
    *,
    reason: str = "",
    message: str = "",
    extra: Json | None = None,
) -> None:
    """Set a condition in a status; its transition time moves only when its value does."""
    conditions = status.setdefault("conditions", [])
    old = next((each for each in conditions if each["type"] == kind), None)
    text = "True" if value else "False"
    moved = old is None or old["status"] != text
    new = {
        "type": kind,
        "status": text,
        "lastTransitionTime": now if moved or old is None else old["lastTransitionTime"],
        **({"reason": reason} if reason else {}),
        **({"message": message} if message else {}),
        **(extra or {}),
    }
    if old is None:
        conditions.append(new)
    else:
        conditions[conditions.index(old)] = new
