"""What the API server fills into an HPA's spec before it stores it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


def _resource_metric() -> Json:
    target = {"type": "Utilization", "averageUtilization": 80}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def _scale_up() -> Json:
    return {
        "stabilizationWindowSeconds": 0,
        "selectPolicy": "Max",
        "policies": [
            {"type": "Pods", "value": 4, "periodSeconds": 15},
            {"type": "Percent", "value": 100, "periodSeconds": 15},
        ],
    }


def _scale_down() -> Json:
    # No window: the controller puts in its own flag, in memory only.
    return {
        "selectPolicy": "Max",
        "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
    }


def with_defaults(spec: Json) -> Json:
    """A copy of an autoscaling/v2 spec with the API server's defaults; idempotent.

    An absent `behavior` stays absent: the controller then follows another path than the one a
    present but empty behavior leads to.
    """
    filled = dict(spec)
    if filled.get("minReplicas") is None:
        filled["minReplicas"] = 1
    if not filled.get("metrics"):
        filled["metrics"] = [_resource_metric()]
    behavior = filled.get("behavior")
    if behavior is None:
        filled.pop("behavior", None)
    else:
        filled["behavior"] = behavior_with_defaults(behavior)
    return filled


def behavior_with_defaults(behavior: Json) -> Json:
    """A copy of a present `behavior` with both directions filled in, field by field."""
    return {
        "scaleUp": _filled(_scale_up(), behavior.get("scaleUp")),
        "scaleDown": _filled(_scale_down(), behavior.get("scaleDown")),
    }


def _filled(defaults: Json, given: Json | None) -> Json:
    return defaults | {key: value for key, value in (given or {}).items() if value is not None}
