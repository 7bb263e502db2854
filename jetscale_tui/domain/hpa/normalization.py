"""From the size the metrics ask for to the size a pass may set."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jetscale_tui.domain.hpa import behavior, limits

if TYPE_CHECKING:
    from jetscale_tui.domain.hpa.readings import Flags
    from jetscale_tui.domain.hpa.spec import HpaSpec


class Normalized(NamedTuple):
    """A recommendation after the windows and the limits."""

    stabilization: behavior.Stabilization
    bounded: limits.Bounded
    memory: behavior.Memory
    """With the recommendation recorded."""


def normalize(
    spec: HpaSpec, memory: behavior.Memory, raw: int, current: int, now: int, flags: Flags
) -> Normalized:
    """Stabilizes and limits `raw`; an HPA without behavior takes the older path."""
    entries = memory.recommendations or ()
    rules = spec.behavior
    if rules is None:
        stable, entries = behavior.stabilized(entries, raw, flags.downscale_stabilization, now)
        bounded = limits.bounded(stable.replicas, current, spec, flags)
    else:
        down = rules.scale_down.window
        if down is None:
            down = flags.downscale_stabilization // 1000 * 1000
        up = rules.scale_up.window or 0
        stable, entries = behavior.stabilized_by_windows(entries, raw, current, up, down, now)
        bounded = limits.bounded_by_rate(stable.replicas, current, spec, rules, memory, now)
    after = behavior.Memory(entries, memory.scale_ups, memory.scale_downs)
    return Normalized(stable, bounded, after)
