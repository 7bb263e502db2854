"""The HPA controller of a simulated cluster: the exact control loop, and what it remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jetscale_tui.domain.hpa import behavior
from jetscale_tui.domain.hpa.behavior import Memory, Recommendation
from jetscale_tui.domain.hpa.limits import Limit
from jetscale_tui.domain.hpa.loop import decide
from jetscale_tui.domain.hpa.readings import DEFAULT_FLAGS, Scale
from jetscale_tui.domain.hpa.status import HpaStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.hpa.loop import Decision
    from jetscale_tui.domain.hpa.readings import Pods, Reading
    from jetscale_tui.domain.hpa.spec import HpaSpec

_SELECTOR = "app=model"
_NO_STATUS = HpaStatus()
_RATE_LIMITS = (Limit.SCALE_UP, Limit.SCALE_DOWN)


class Look(NamedTuple):
    """What one pass came to."""

    size: int
    """What it sets."""
    asked: int
    """What the metrics asked for, before windows and limits; the size where they were not read."""


class Controller:
    """One HPA, pass by pass."""

    def __init__(self, spec: HpaSpec) -> None:
        self._spec = spec
        self._memory = Memory()
        self._seen: tuple[int, Pods, Sequence[Reading]] | None = None
        """What the last pass was given, if the same input would bring the same result."""
        self._last = Look(0, 0)
        self._time = 0

    def look(self, size: int, pods: Pods, readings: Sequence[Reading], now: float) -> Look:
        """A pass at a second; what it decides is taken as done."""
        time = int(now * 1000)
        if self._seen is not None:
            if self._seen == (size, pods, readings):
                self._time = time
                return self._last
            self._wake()
        scale = Scale(size, size, _SELECTOR)
        decision = decide(self._spec, self._memory, _NO_STATUS, scale, pods, readings, time)
        self._memory = decision.memory
        if decision.rescale:
            self._memory = behavior.with_scale_event(
                decision.memory, self._spec.behavior, size, decision.desired, time
            )
        stable = decision.stabilization
        self._last = Look(decision.desired, size if stable is None else stable.raw)
        self._time = time
        if self._at_rest(decision, time):
            self._seen = (size, pods, readings)
        return self._last

    def _at_rest(self, decision: Decision, time: int) -> bool:
        """Whether the next pass decides alike on the same input: nothing waits for a time to pass.

        That holds when every recommendation that still counts is the present one and no rate
        limit is at work; long quiet stretches of a day then cost next to nothing.
        """
        stable, bounded = decision.stabilization, decision.bounded
        if stable is None or bounded is None or decision.rescale or bounded.reason in _RATE_LIMITS:
            return False
        oldest = time - self._longest_window()
        return all(
            replicas == stable.raw
            for replicas, since in self._memory.recommendations or ()
            if since >= oldest
        )

    def _wake(self) -> None:
        """Remember of the passes that were not computed what they would have left."""
        self._seen = None
        newest = Recommendation(self._last.asked, self._time)
        self._memory = self._memory._replace(recommendations=(newest,))

    def _longest_window(self) -> int:
        rules = self._spec.behavior
        if rules is None:
            return DEFAULT_FLAGS.downscale_stabilization
        down = rules.scale_down.window
        down = DEFAULT_FLAGS.downscale_stabilization if down is None else down
        return max(down, rules.scale_up.window or 0)
