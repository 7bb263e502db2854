"""The HPA controller of a simulated cluster: the exact control loop, and what it remembers.

Two things make a day's passes cheap without changing any: proposals are remembered by what the
metrics read, and windows and limits are not gone through where nothing can come of it.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from jetscale_tui.domain.hpa import behavior
from jetscale_tui.domain.hpa.behavior import Memory, Recommendation
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
REMEMBERED = 10_000
"""Proposals that are kept at most."""

_Key = tuple[object, ...]


class Look(NamedTuple):
    """What one pass came to."""

    size: int
    """What it sets."""
    asked: int
    """What the metrics asked for, before windows and limits; the size where they were not read."""


class Wish(Enum):
    """What the metrics ask for, seen from the present size, where that changes nothing.

    A controller that has seen nothing else for as long as its windows reach keeps the size: what
    it remembers is all of one kind, and of that kind it is no matter which.
    """

    MORE = auto()
    """As many as the maximum or more, which is reached."""
    LESS = auto()
    """As few as the minimum or fewer, which is reached."""
    THIS = auto()
    """The present size."""


class Controller:
    """One HPA, pass by pass. Follows no metric whose proposal depends on the time, as cpu does."""

    def __init__(self, spec: HpaSpec) -> None:
        self._spec = spec
        self._lowest = max(1, spec.min_replicas)
        self._window = _longest_window(spec)
        self._memory = Memory()
        self._pods: Pods | None = None
        self._proposals: dict[_Key, int | None] = {}
        """What the metrics ask for by what they read, for the present pods."""
        self._rest: tuple[int, Wish] | None = None
        """Size and wish that all the memory is of; None: it is of several kinds."""
        self._newest = Recommendation(0, 0)
        """Stands for all the memory while that is of one kind."""

    def look(self, size: int, pods: Pods, readings: Sequence[Reading], now: float) -> Look:
        """A pass at a second; what it decides is taken as done.

        `pods` is the same object for as long as the pods are the same.
        """
        time = int(now * 1000)
        scale = Scale(size, size, _SELECTOR)
        if not self._lowest <= size <= self._spec.max_replicas:
            self._wake()
            decision = decide(self._spec, self._memory, _NO_STATUS, scale, pods, readings, time)
            self._memory = decision.memory
            return self._set(size, decision.desired, size, time)
        raw = self._proposal(scale, pods, readings, time)
        if raw is None:
            self._wake()
            self._memory = behavior.remembering(self._memory, size, time)
            return Look(size, size)
        wish = self._wish(raw, size)
        if wish is None or (size, wish) != self._rest:
            self._wake()
            return self._pass(size, raw, wish, time)
        self._newest = Recommendation(raw, time)
        return Look(size, raw)

    def _pass(self, size: int, raw: int, wish: Wish | None, time: int) -> Look:
        """Windows and limits."""
        memory = behavior.remembering(self._memory, size, time)
        _, bounded, self._memory = normalize(self._spec, memory, raw, size, time, DEFAULT_FLAGS)
        if wish is not None and self._remembers_only(wish, size, time):
            self._rest = (size, wish)
            self._newest = Recommendation(raw, time)
        return self._set(size, bounded.replicas, raw, time)

    def _proposal(
        self, scale: Scale, pods: Pods, readings: Sequence[Reading], time: int
    ) -> int | None:
        """What the metrics ask for; None: there is no usable proposal."""
        if pods is not self._pods or len(self._proposals) >= REMEMBERED:
            self._pods = pods
            self._proposals.clear()
        key = (scale.replicas, *map(_hashable, readings))
        if key not in self._proposals:
            verdicts = evaluate_metrics(self._spec, scale, pods, readings, time, DEFAULT_FLAGS)
            usable = verdicts.winner is not None
            self._proposals[key] = max(0, verdicts.replicas) if usable else None
        return self._proposals[key]

    def _set(self, size: int, desired: int, asked: int, time: int) -> Look:
        if desired != size:
            self._memory = behavior.with_scale_event(
                self._memory, self._spec.behavior, size, desired, time
            )
        return Look(desired, asked)

    def _wish(self, raw: int, size: int) -> Wish | None:
        if size == self._spec.max_replicas and raw >= size:
            return Wish.MORE
        if size == self._spec.min_replicas and raw <= size:
            return Wish.LESS
        return Wish.THIS if raw == size else None

    def _remembers_only(self, wish: Wish, size: int, time: int) -> bool:
        """Whether every recommendation that still counts is of one kind."""
        oldest = time - self._window
        return all(
            self._wish(replicas, size) is wish
            for replicas, since in self._memory.recommendations or ()
            if since >= oldest
        )

    def _wake(self) -> None:
        """Remember of the passes that were not computed what still matters of them."""
        if self._rest is not None:
            self._rest = None
            self._memory = self._memory._replace(recommendations=(self._newest,))


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
