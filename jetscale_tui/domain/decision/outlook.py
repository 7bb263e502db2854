"""What would change the size next: readings, windows that run out, room for more replicas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.hpa.proposal import tolerances
from jetscale_tui.domain.hpa.spec import Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.decision.case import Case
    from jetscale_tui.domain.hpa.spec import MetricSpec
    from jetscale_tui.domain.live import NodeRow


@dataclass(frozen=True, slots=True)
class Hold:
    """A stabilization window that keeps the size from following the metrics."""

    downscale: bool
    window: float
    """Seconds."""
    until: float
    """When the last recommendation in it stops counting, seconds since the epoch."""
    seen: bool = True
    """False: that recommendation is from before the watch, and `until` the latest it can be."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Readings of one metric that would change the size once all of its pods are ready."""

    metric: MetricSpec
    rise: float | None
    """Above this the size grows; None: it is at its maximum. In units of the metric."""
    fall: float | None
    """At or below this the metric asks for less; None: nothing is less than the minimum."""
    fall_excluded: bool = False
    """Exactly `fall` is not enough."""


@dataclass(frozen=True, slots=True)
class Room:
    """What the maximum cuts off, and whether the nodes could carry it."""

    wanted: int
    """Replicas the metrics ask for."""
    chips_each: int
    """TPU chips of one replica; 0 when unknown."""
    chips: int
    """Chips of the node pools the replicas run in."""

    @property
    def chips_needed(self) -> int:
        """Chips for all that is wanted."""
        return self.wanted * self.chips_each


def hold(case: Case) -> Hold | None:
    """The window that keeps the size where it is, though the metrics ask for another one."""
    stable, size, time = case.decision.stabilization, case.size, case.seen.time
    if stable is None or stable.raw == size:
        return None
    downscale = stable.raw < size
    window = case.reach.down_window if downscale else case.reach.up_window
    last = max(
        (
            entry.time / 1000
            for entry in case.memory.recommendations or ()
            if (entry.replicas >= size if downscale else entry.replicas <= size)
        ),
        default=0.0,
    )
    if last + window > time:
        return Hold(downscale, window, last + window)
    since = case.known_since
    if since is not None and case.decision.desired != size and since + window > time:
        return Hold(downscale, window, since + window, seen=False)
    return None


def thresholds(case: Case) -> tuple[Threshold, ...]:
    """The readings that would change the size, one entry a metric."""
    return tuple(_threshold(metric, case) for metric in case.spec.metrics)


def _threshold(metric: MetricSpec, case: Case) -> Threshold:
    """Proposals are the size times the ratio, rounded up, unless the ratio is within tolerance."""
    spec, size = case.spec, case.size
    allowed = tolerances(spec.behavior, case.flags)
    percent = metric.target is Target.UTILIZATION
    target = metric.amount if percent else metric.amount / 1000
    rise = target * (1 + allowed.up) if 0 < size < spec.max_replicas else None
    if size <= max(spec.min_replicas, 1):
        return Threshold(metric, rise, None)
    one_less = (size - 1) / size
    if one_less < 1 - allowed.down:
        fall = target * one_less
        return Threshold(metric, rise, fall // 1 if percent else fall)
    return Threshold(metric, rise, target * (1 - allowed.down), fall_excluded=True)


def room(case: Case, nodes: Iterable[NodeRow]) -> Room | None:
    """What it takes to serve what the maximum cuts off; None while it cuts nothing off."""
    stable = case.decision.stabilization
    if stable is None or stable.raw <= case.spec.max_replicas:
        return None
    used = {pod.node for pod in case.rows}
    ready = [node for node in nodes if node.ready]
    pools = {node.pool for node in ready if node.name in used}
    return Room(
        wanted=stable.raw,
        chips_each=max((pod.chips for pod in case.rows), default=0),
        chips=sum(node.chips for node in ready if node.pool in pools or not pools),
    )
