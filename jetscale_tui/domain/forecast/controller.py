"""The HPA controller of a simulated cluster: the exact control loop, and what it remembers.

Two things make a day's passes cheap without changing any: proposals are remembered by what the
metrics read, and a pass that cannot differ from the one before is not computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jetscale_tui.domain.hpa import behavior
from jetscale_tui.domain.hpa.behavior import Memory, Recommendation
from jetscale_tui.domain.hpa.limits import Limit
from jetscale_tui.domain.hpa.loop import decide
from jetscale_tui.domain.hpa.metrics import evaluate_metrics
from jetscale_tui.domain.hpa.normalization import normalize
from jetscale_tui.domain.hpa.readings import DEFAULT_FLAGS, Scale
from jetscale_tui.domain.hpa.status import HpaStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.hpa.readings import Pods, Reading
    from jetscale_tui.domain.hpa.spec import HpaSpec

_SELECTOR = "app=model"
_NO_STATUS = HpaStatus()
_RATE_LIMITS = (Limit.SCALE_UP, Limit.SCALE_DOWN)
REMEMBERED = 10_000
"""Proposals that are kept at most."""

_Key = tuple[object, ...]


class Look(NamedTuple):
    """What one pass came to."""

    size: int
    """What it sets."""
    asked: int
    """What the metrics asked for, before windows and limits; the size where they were not read."""


class Controller:
    """One HPA, pass by pass. Follows no metric whose proposal depends on the time, as cpu does."""

    def __init__(self, spec: HpaSpec) -> None:
        self._spec = spec
        self._memory = Memory()
        self._pods: Pods | None = None
        self._proposals: dict[_Key, int | None] = {}
        """What the metrics ask for by what they read, for the present pods."""
        self._rest: _Key | None = None
        """What the last pass read, if reading it again would bring the same."""
        self._last = Look(0, 0)
        self._time = 0
        self._window = _longest_window(spec)

    def look(self, size: int, pods: Pods, readings: Sequence[Reading], now: float) -> Look:
        """A pass at a second; what it decides is taken as done.

        `pods` is the same object for as long as the pods are the same.
        """
        key = (size, *map(_hashable, readings))
        if pods is not self._pods:
            self._pods = pods
            self._proposals.clear()
            self._wake()
        elif key != self._rest:
            self._wake()
        self._time = int(now * 1000)
        if self._rest is None:
            self._last = self._pass(size, pods, readings, key)
        return self._last

    def _pass(self, size: int, pods: Pods, readings: Sequence[Reading], key: _Key) -> Look:
        spec, time = self._spec, self._time
        scale = Scale(size, size, _SELECTOR)
        if not max(1, spec.min_replicas) <= size <= spec.max_replicas:
            decision = decide(spec, self._memory, _NO_STATUS, scale, pods, readings, time)
            self._memory = decision.memory
            return self._set(size, decision.desired, size)
        self._memory = behavior.remembering(self._memory, size, time)
        raw = self._proposal(scale, pods, readings, key)
        if raw is None:
            return Look(size, size)
        stable, bounded, self._memory = normalize(
            spec, self._memory, raw, size, time, DEFAULT_FLAGS
        )
        if (
            stable.replicas == raw
            and bounded.replicas == size
            and self._steady(raw, bounded.reason)
        ):
            self._rest = key
        return self._set(size, bounded.replicas, raw)

    def _proposal(
        self, scale: Scale, pods: Pods, readings: Sequence[Reading], key: _Key
    ) -> int | None:
        """What the metrics ask for; None: there is no usable proposal."""
        if key not in self._proposals:
            if len(self._proposals) >= REMEMBERED:
                self._proposals.clear()
            verdicts = evaluate_metrics(
                self._spec, scale, pods, readings, self._time, DEFAULT_FLAGS
            )
            usable = verdicts.winner is not None
            self._proposals[key] = max(0, verdicts.replicas) if usable else None
        return self._proposals[key]

    def _set(self, size: int, desired: int, asked: int) -> Look:
        if desired != size:
            self._memory = behavior.with_scale_event(
                self._memory, self._spec.behavior, size, desired, self._time
            )
        return Look(desired, asked)

    def _steady(self, raw: int, limit: Limit) -> bool:
        """Whether no later pass on the same readings can decide otherwise.

        That holds when every recommendation that still counts is the present one and no rate
        limit is at work.
        """
        oldest = self._time - self._window
        return limit not in _RATE_LIMITS and all(
            replicas == raw
            for replicas, since in self._memory.recommendations or ()
            if since >= oldest
        )

    def _wake(self) -> None:
        """Remember of the passes that were not computed what they would have left."""
        if self._rest is not None:
            self._rest = None
            newest = Recommendation(self._last.asked, self._time)
            self._memory = self._memory._replace(recommendations=(newest,))


def _longest_window(spec: HpaSpec) -> int:
    """Milliseconds for which a recommendation may count."""
    rules = spec.behavior
    if rules is None:
        return DEFAULT_FLAGS.downscale_stabilization
    down = rules.scale_down.window
    down = DEFAULT_FLAGS.downscale_stabilization if down is None else down
    return max(down, rules.scale_up.window or 0)


def _hashable(reading: Reading) -> object:
    return tuple(reading.items()) if isinstance(reading, dict) else reading
