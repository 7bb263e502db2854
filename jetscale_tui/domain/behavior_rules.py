"""What the API server accepts as `spec.behavior` of an autoscaling/v2 HPA.

Limits are those of Kubernetes 1.36: window 0 to 3600 s, period 1 to 1800 s, policy value 1 or more.
"""

from __future__ import annotations

import difflib
from typing import Any

from jetscale_tui.domain import quantity
from jetscale_tui.domain.problem import Problem

MAX_WINDOW_SECONDS = 3600
MAX_PERIOD_SECONDS = 1800

_DIRECTION = ("stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance")
_POLICY = ("type", "value", "periodSeconds")


def behavior_problems(behavior: dict[str, Any], path: str) -> list[Problem]:
    """Everything wrong with a behavior block; `path` is where it stands."""
    found = _unknown(behavior, ("scaleUp", "scaleDown"), path)
    for direction in ("scaleUp", "scaleDown"):
        rules = behavior.get(direction)
        if rules is None:
            continue
        if isinstance(rules, dict):
            found += _direction(rules, f"{path}.{direction}")
        else:
            found.append(Problem(f"{path}.{direction}", "must be a mapping"))
    return found


def _direction(rules: dict[str, Any], path: str) -> list[Problem]:
    found = _unknown(rules, _DIRECTION, path)
    if "stabilizationWindowSeconds" in rules:
        place = f"{path}.stabilizationWindowSeconds"
        found += _whole(rules["stabilizationWindowSeconds"], 0, MAX_WINDOW_SECONDS, place)
    if rules.get("selectPolicy", "Max") not in ("Max", "Min", "Disabled"):
        found.append(Problem(f"{path}.selectPolicy", "must be one of Max, Min, Disabled"))
    if "tolerance" in rules:
        found += _tolerance(rules["tolerance"], f"{path}.tolerance")
    if "policies" in rules:
        policies = rules["policies"]
        if not isinstance(policies, list) or not policies:
            found.append(
                Problem(
                    f"{path}.policies",
                    "must be a list of at least one policy",
                    "Leave it out for the defaults, or use selectPolicy: Disabled.",
                )
            )
        else:
            for index, policy in enumerate(policies):
                found += _policy(policy, f"{path}.policies[{index}]")
    return found


def _policy(policy: object, path: str) -> list[Problem]:
    if not isinstance(policy, dict):
        return [Problem(path, "must be a mapping with type, value and periodSeconds")]
    found = _unknown(policy, _POLICY, path)
    if policy.get("type") not in ("Pods", "Percent"):
        found.append(Problem(f"{path}.type", "must be Pods or Percent"))
    found += _whole(policy.get("value"), 1, 2**31 - 1, f"{path}.value")
    found += _whole(policy.get("periodSeconds"), 1, MAX_PERIOD_SECONDS, f"{path}.periodSeconds")
    return found


def _tolerance(value: object, path: str) -> list[Problem]:
    try:
        milli = quantity.parse(str(value)).milli
    except ValueError:
        return [Problem(path, f"is no quantity: {value!r}", "Write 0.1 or 100m for 10 %.")]
    return [Problem(path, "must not be negative")] if milli < 0 else []


def _whole(value: object, least: int, most: int, path: str) -> list[Problem]:
    if isinstance(value, bool) or not isinstance(value, int):
        return [Problem(path, "must be a whole number" if value is not None else "is missing")]
    if not least <= value <= most:
        return [Problem(path, f"is {value}, must be {least} to {most}")]
    return []


def _unknown(mapping: dict[str, Any], known: tuple[str, ...], path: str) -> list[Problem]:
    found = []
    for key in mapping:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            fix = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}."
            found.append(Problem(f"{path}.{key}", "is not a known field", fix))
    return found
