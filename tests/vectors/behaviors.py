"""Sequences of raw recommendations through stabilization and limits, from `behavior` vectors."""

from __future__ import annotations

from typing import Any

from jetscale_tui.domain.hpa import behavior, conditions
from jetscale_tui.domain.hpa.behavior import Memory
from jetscale_tui.domain.hpa.normalization import normalize
from jetscale_tui.domain.hpa.readings import Flags
from jetscale_tui.domain.hpa.spec import parse_spec

Json = dict[str, Any]


def replay_behavior(fn: str, given: Json) -> Json:
    flags = Flags(downscale_stabilization=given["downscale_stabilization_s"] * 1000)
    written = {
        "minReplicas": given["min_replicas"],
        "maxReplicas": given["max_replicas"],
        "behavior": given["behavior"],
    }
    changes = {change["tick"]: change for change in given.get("spec_changes") or ()}
    spec = parse_spec(written)
    memory = Memory()
    out: Json = {"stabilized": [], "desired": [], "able_to_scale": [], "scaling_limited": []}
    ticks = zip(given["t_ms"], given["current"], given["recommendation"], strict=True)
    for tick, (now, current, raw) in enumerate(ticks):
        if tick in changes:
            written |= changed_spec(changes[tick])
            spec = parse_spec(written)
        memory = behavior.remembering(memory, current, now)
        stable, bounded, memory = normalize(spec, memory, raw, current, now, flags)
        if bounded.replicas != current:
            memory = behavior.with_scale_event(
                memory, spec.behavior, current, bounded.replicas, now
            )
        out["stabilized"].append(stable.replicas)
        out["desired"].append(bounded.replicas)
        _log(out["able_to_scale"], tick, conditions.stabilization_found(stable))
        _log(out["scaling_limited"], tick, conditions.limit_found(bounded))
    return {**out, "final_state": _state(memory)}


def changed_spec(change: Json) -> Json:
    """The parts of a written spec that a vector's `spec_changes` entry replaces."""
    keys = {
        "min_replicas": "minReplicas",
        "max_replicas": "maxReplicas",
        "behavior": "behavior",
    }
    return {keys[key]: value for key, value in change.items() if key != "tick"}


def _log(log: list[list[Any]], tick: int, finding: conditions.Finding) -> None:
    entry = [finding.status, finding.reason]
    if not log or log[-1][1:] != entry:
        log.append([tick, *entry])


def _state(memory: Memory) -> Json:
    return {
        "recommendations": [list(entry) for entry in memory.recommendations or ()],
        "scale_up_events": [list(event) for event in memory.scale_ups],
        "scale_down_events": [list(event) for event in memory.scale_downs],
    }
