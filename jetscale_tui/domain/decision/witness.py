"""Puts passes that were seen through the controller's functions."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from jetscale_tui.domain.decision import inputs
from jetscale_tui.domain.hpa import behavior
from jetscale_tui.domain.hpa.loop import Branch, decide
from jetscale_tui.domain.hpa.status import HpaStatus

if TYPE_CHECKING:
    from jetscale_tui.domain.decision.passes import Pass
    from jetscale_tui.domain.hpa.behavior import Memory
    from jetscale_tui.domain.hpa.loop import Decision
    from jetscale_tui.domain.hpa.readings import Flags, Pods, Scale, ScaleUnreadable
    from jetscale_tui.domain.hpa.spec import HpaSpec
    from jetscale_tui.domain.live import PodRow

_NO_STATUS = HpaStatus()


@dataclass(frozen=True)
class Witness:
    """What does not differ from one pass to the next. Pods of a moment are worked out once."""

    spec: HpaSpec
    flags: Flags
    rows: tuple[PodRow, ...]
    blind: bool
    """Pods cannot be listed."""
    shrunk: float | None
    """When pods were last taken away, in seconds since the epoch."""
    _seen: dict[tuple[int, int, bool], Pods] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def remembers(self, memory: Memory, one: Pass) -> Memory:
        """What the controller remembers after a pass, beginning with a memory."""
        scale = inputs.sound_scale(one.current, self.pods(one))
        decision = self.decides(memory, one, scale)
        if one.rescaled and decision.branch is not Branch.GIVEN_UP:
            return behavior.with_scale_event(
                decision.memory, self.spec.behavior, one.current, one.desired, _time(one)
            )
        return decision.memory

    def decides(self, memory: Memory, one: Pass, scale: Scale | ScaleUnreadable) -> Decision:
        """What the controller decides in a pass."""
        pods, time = self.pods(one), _time(one)
        size = inputs.observed(one.current, pods)
        readings = inputs.readings_of(self.spec, one.readings, pods, size, time)
        return decide(self.spec, memory, _NO_STATUS, scale, pods, readings, time, self.flags)

    def pods(self, one: Pass) -> Pods:
        """The pods of a pass; those that were taken away since are put back."""
        before = self.shrunk is not None and one.time <= self.shrunk
        fill = one.current if before or self.blind else 0
        moment = bisect_right(self._moments, one.time), fill, before
        if moment not in self._seen:
            self._seen[moment] = inputs.pods_at(
                self.rows, one.time, self.spec, fill=fill, undo_deletions=before
            )
        return self._seen[moment]

    @cached_property
    def _moments(self) -> list[float]:
        """When pods came to be otherwise; between two of them they were the same."""
        return inputs.moments(self.rows)


def _time(one: Pass) -> int:
    return round(one.time * 1000)
