"""Whole traces of the control loop, replayed from `control_loop` vectors.

Scale, pods and metrics of each pass are given; status and memory carry over from pass to pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.hpa.behavior import Memory, Recommendation
from jetscale_tui.domain.hpa.conditions import Condition
from jetscale_tui.domain.hpa.loop import PassResult, evaluate
from jetscale_tui.domain.hpa.readings import Flags, Scale, ScaleUnreadable
from jetscale_tui.domain.hpa.spec import parse_spec
from jetscale_tui.domain.hpa.status import HpaStatus, MetricStatus
from tests.vectors.behaviors import changed_spec
from tests.vectors.trace import EPOCH, Trace

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


def replay_loop(fn: str, given: Json) -> Json:
    trace = Trace(given)
    written = given["hpa_spec"]
    changes = {change["tick"]: change for change in given.get("spec_changes") or ()}
    restarts = set(given.get("controller_restarts") or ())
    spec = parse_spec(written, name="hpa")
    memory, status = _first_memory(given), _first_status(given)
    flags = _flags(given)
    observed = _Observed(len(spec.metrics))
    for tick, now in enumerate(given["t_ms"]):
        if tick in changes:
            written = written | changed_spec(changes[tick])
            spec = parse_spec(written, name="hpa")
        if tick in restarts:
            memory = Memory()
        result = evaluate(
            spec,
            memory,
            status,
            _scale(given, tick),
            trace.pods(tick),
            [trace.reading(index, metric.type, tick) for index, metric in enumerate(spec.metrics)],
            now + EPOCH,
            flags,
            write_error=_fault(given, tick, "update_scale"),
        )
        observed.add(tick, result, given["spec_replicas"][tick])
        memory, status = result.memory, result.status
    return observed.out


def expected_loop(out: Json) -> Json:
    """The recorded trace; lists of passes that stayed empty were not recorded."""
    return {"no_status_write_ticks": [], "error_ticks": [], **out}


def _flags(given: Json) -> Flags:
    features = given.get("features") or {}
    return Flags(
        tolerance=given["tolerance"],
        downscale_stabilization=given["downscale_stabilization_s"] * 1000,
        cpu_initialization=given["cpu_initialization_ms"],
        initial_readiness_delay=given["initial_readiness_delay_ms"],
        scale_up_factor=given.get("scale_up_limit_factor", 2),
        scale_to_zero=features.get("HPAScaleToZero", False),
        configurable_tolerance=features.get("HPAConfigurableTolerance", True),
    )


def _first_memory(given: Json) -> Memory:
    entries = given.get("initial_recommendations") or []
    if not entries and not given.get("initial_recommendations_empty"):
        return Memory()
    return Memory(tuple(Recommendation(value, time + EPOCH) for value, time in entries))


def _first_status(given: Json) -> HpaStatus:
    return HpaStatus(
        current_replicas=given.get("initial_status_current_replicas", 0),
        desired_replicas=given.get("initial_status_desired_replicas", 0),
        conditions=tuple(
            Condition(one["type"], one["status"], one["reason"], "", EPOCH)
            for one in given.get("initial_conditions") or ()
        ),
    )


def _fault(given: Json, tick: int, operation: str) -> str:
    for fault in given.get("faults") or ():
        if fault["tick"] == tick and fault["op"] == operation:
            return str(fault["error"])
    return ""


def _scale(given: Json, tick: int) -> Scale | ScaleUnreadable:
    if error := _fault(given, tick, "get_scale"):
        return ScaleUnreadable(error)
    selector = given.get("scale_selector") or "name=hpa"
    return Scale(
        given["spec_replicas"][tick],
        given["status_replicas"][tick],
        "" if given.get("scale_selector_missing") else selector,
    )


class _Observed:
    """The passes of a trace in the form of a vector's `out`."""

    def __init__(self, metrics: int) -> None:
        self.out: Json = {
            "recommendation": [],
            "stabilized": [],
            "spec_replicas_after": [],
            "status_current_replicas": [],
            "status_desired_replicas": [],
            "rescaled_ticks": [],
            "no_status_write_ticks": [],
            "error_ticks": [],
            "conditions": {},
            "metric_status": [[] for _ in range(metrics)],
            "events": [],
            "hpa_status": [],
            "errors": [],
        }

    def add(self, tick: int, result: PassResult, before: int) -> None:
        out, decision, status = self.out, result.decision, result.status
        winner = decision.winner.proposal if decision.winner else None
        out["recommendation"].append(winner.replicas if winner else None)
        stable = decision.stabilization
        out["stabilized"].append(stable.replicas if stable else None)
        out["spec_replicas_after"].append(result.desired if result.rescaled else before)
        out["status_current_replicas"].append(status.current_replicas)
        out["status_desired_replicas"].append(status.desired_replicas)
        if result.rescaled:
            out["rescaled_ticks"].append(tick)
        if not result.status_changed:
            out["no_status_write_ticks"].append(tick)
        if result.error:
            out["error_ticks"].append(tick)
            out["errors"].append([tick, result.error])
        out["events"] += [[tick, *event] for event in result.events]
        out["hpa_status"].append(status.to_json())
        self._log_conditions(tick, status)
        for index, shown in enumerate(out["metric_status"]):
            metrics = status.current_metrics
            shown.append(_shown(metrics[index]) if index < len(metrics) else None)

    def _log_conditions(self, tick: int, status: HpaStatus) -> None:
        logs = self.out["conditions"]
        present = {one.type: [one.status, one.reason] for one in status.conditions}
        for kind in {*logs, *present}:
            entry = present.get(kind, ["", ""])
            log = logs.setdefault(kind, [])
            if not log or log[-1][1:] != entry:
                log.append([tick, *entry])


def _shown(metric: MetricStatus) -> Any:
    if metric.average_utilization is not None:
        return [metric.average_utilization, metric.average_value]
    return metric.value if metric.value is not None else metric.average_value
