"""The controller's tests of its inner functions, replayed from `upstream_table` vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain import quantity
from jetscale_tui.domain.hpa import behavior, limits, pod_metrics
from jetscale_tui.domain.hpa.behavior import Memory, Recommendation, ScaleEvent
from jetscale_tui.domain.hpa.defaults import behavior_with_defaults
from jetscale_tui.domain.hpa.proposal import MetricError
from jetscale_tui.domain.hpa.readings import Flags
from jetscale_tui.domain.hpa.spec import HpaSpec, parse_behavior
from tests.vectors.pods import explicit_pods

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


def replay_table(fn: str, given: Json) -> Json:
    return _TABLES[fn](given)


def _build_quantity(given: Json) -> Json:
    memory = given["resource"] == "memory"
    form = quantity.Format.BINARY_SI if memory else quantity.Format.DECIMAL_SI
    return {"string": quantity.format_milli(given["raw"], form)}


def _calculate_requests(given: Json) -> Json:
    flags = Flags(pod_level_resources=given["pod_level_resources"])
    pods = explicit_pods(given["pods"])
    try:
        requests = pod_metrics.pod_requests(pods, given["resource"], given["container"], flags)
    except MetricError as error:
        return {"error": {"kind": error.failure.value, "message": error.message}}
    return {"requests_milli": requests}


def _group_pods(given: Json) -> Json:
    samples = {
        name: pod_metrics.Sample(one["value_milli"], one["timestamp_ms"], one["window_ms"])
        for name, one in given["metrics"].items()
    }
    flags = Flags(
        cpu_initialization=given["cpu_initialization_ms"],
        initial_readiness_delay=given["initial_readiness_delay_ms"],
    )
    pods = explicit_pods(given["pods"])
    groups = pod_metrics.group_pods(pods, samples, given["resource"], 0, flags)
    return {
        "ready_count": groups.ready,
        "unready": sorted(groups.unready),
        "missing": sorted(groups.missing),
        "ignored": sorted(groups.ignored),
    }


def _convert_with_rules(given: Json) -> Json:
    spec = HpaSpec(given["min_replicas"], given["max_replicas"], ())
    flags = Flags(scale_up_factor=given["scale_up_limit_factor"])
    bounded = limits.bounded(given["desired"], given["current"], spec, flags)
    return {"replicas": bounded.replicas, "reason": bounded.reason.value}


def _convert_with_behavior(given: Json) -> Json:
    spec = HpaSpec(given["min_replicas"], given["max_replicas"], ())
    rules = parse_behavior(
        behavior_with_defaults(
            {"scaleUp": given["scale_up_rules"], "scaleDown": given["scale_down_rules"]}
        )
    )
    memory = Memory((), _events(given["scale_up_events"]), _events(given["scale_down_events"]))
    bounded = limits.bounded_by_rate(given["desired"], given["current"], spec, rules, memory, 0)
    return {"replicas": bounded.replicas, "reason": bounded.reason.value}


def _stabilize(given: Json) -> Json:
    stable, after = behavior.stabilized(_entries(given), given["raw"], given["window_s"] * 1000, 0)
    return {"replicas": stable.replicas, "recommendations_after": [one.replicas for one in after]}


def _stabilize_with_behavior(given: Json) -> Json:
    stable, after = behavior.stabilized_by_windows(
        _entries(given),
        given["raw"],
        given["current"],
        given["up_window_s"] * 1000,
        given["down_window_s"] * 1000,
        0,
    )
    out: Json = {
        "replicas": stable.replicas,
        "recommendations_after": [one.replicas for one in after],
    }
    if stable.changed:
        out["reason_if_changed"] = (
            "ScaleDownStabilized" if stable.downscale else "ScaleUpStabilized"
        )
    return out


def _store_scale_event(given: Json) -> Json:
    events = _events(given["events"])
    before = limits.changed_since(-60_000, events)
    rules = given["rules"]
    if rules is not None:
        parsed = parse_behavior(behavior_with_defaults({"scaleUp": rules, "scaleDown": rules}))
        memory = Memory((), events)
        after = behavior.with_scale_event(
            memory, parsed, given["previous_replicas"], given["new_replicas"], 0
        )
        events = after.scale_ups
    return {
        "change_in_last_60s_before": before,
        "events_after": [list(event) for event in events],
    }


def expected_table(given: Json, out: Json) -> Json:
    """The recorded result; a reason that upstream computes but does not use is left out."""
    if "reason_if_changed" in out and out["replicas"] == given["raw"]:
        return {key: value for key, value in out.items() if key != "reason_if_changed"}
    return out


def _entries(given: Json) -> tuple[Recommendation, ...]:
    return tuple(Recommendation(value, time) for value, time in given["recommendations"])


def _events(given: list[list[int]] | None) -> tuple[ScaleEvent, ...]:
    return tuple(ScaleEvent(change, time, bool(old)) for change, time, old in given or ())


_TABLES = {
    "build_quantity": _build_quantity,
    "calculate_requests": _calculate_requests,
    "group_pods": _group_pods,
    "convert_with_rules": _convert_with_rules,
    "convert_with_behavior": _convert_with_behavior,
    "stabilize": _stabilize,
    "stabilize_with_behavior": _stabilize_with_behavior,
    "store_scale_event": _store_scale_event,
}
