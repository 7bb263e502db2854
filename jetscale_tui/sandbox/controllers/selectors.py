"""Label selectors of objects, as controllers apply them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.kinds import Json


def selects(selector: Json | None, labels: Mapping[str, str] | None) -> bool:
    """Whether a label selector matches; an empty one matches everything, a missing one nothing."""
    if selector is None:
        return False
    labels = labels or {}
    return selects_map(selector.get("matchLabels"), labels) and all(
        _meets(requirement, labels) for requirement in selector.get("matchExpressions") or ()
    )


def selects_map(wanted: Mapping[str, str] | None, labels: Mapping[str, str] | None) -> bool:
    """Whether labels include all the wanted ones, as Services and node selectors ask."""
    have = labels or {}
    return all(have.get(key) == value for key, value in (wanted or {}).items())


def _meets(requirement: Json, labels: Mapping[str, str]) -> bool:
    key, values = requirement["key"], requirement.get("values") or ()
    match requirement["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False
