"""Scaling paused: both directions switched off in the behavior, and what the behavior was before.

`selectPolicy: Disabled` is Kubernetes' own way to switch a direction off. The former behavior is
kept in an annotation of the object, so that anybody can resume, from anywhere. While paused, the
controller still brings a size outside minimum and maximum back inside.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.kinds import Json

ANNOTATION = "jetscale/behavior-before-pause"
"""JSON of `spec.behavior` before the pause; `null` where there was none."""
_DIRECTIONS = ("scaleUp", "scaleDown")
_DISABLED = "Disabled"


def is_paused(behavior: Mapping[str, Any] | None) -> bool:
    """Whether a behavior lets the size move in neither direction."""
    rules = [(behavior or {}).get(direction) for direction in _DIRECTIONS]
    return all(isinstance(each, dict) and each.get("selectPolicy") == _DISABLED for each in rules)


def paused_behavior(behavior: Mapping[str, Any] | None) -> Json:
    """The behavior with both directions switched off and all else as it is."""
    paused: Json = copy.deepcopy(dict(behavior or {}))
    for direction in _DIRECTIONS:
        paused[direction] = {**(paused.get(direction) or {}), "selectPolicy": _DISABLED}
    return paused


def remembered(behavior: Mapping[str, Any] | None) -> str:
    """What to write into the annotation for a behavior."""
    return json.dumps(behavior, sort_keys=True, separators=(",", ":"))


def behavior_before(annotations: Mapping[str, Any]) -> Json | None:
    """The behavior an annotation remembers, None where there was none.

    Raises:
        KeyError: there is no annotation.
        ValueError: it does not hold what was written.
    """
    found = json.loads(annotations[ANNOTATION])
    if found is not None and not isinstance(found, dict):
        raise ValueError(f"{ANNOTATION} holds {type(found).__name__}, not a behavior")
    return found
