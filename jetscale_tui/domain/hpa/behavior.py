"""What the controller remembers between passes, and how that steadies the size.

There are two paths. Without `behavior` the highest recommendation of the last minutes counts, an
entry exactly as old as the window included. With `behavior` each direction has its window, and an
entry exactly as old as it no longer counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from jetscale_tui.domain.hpa.spec import Behavior


class Recommendation(NamedTuple):
    """A size some pass computed, before stabilization and limits."""

    replicas: int
    time: int


class ScaleEvent(NamedTuple):
    """A change of size that was made."""

    change: int
    """Always positive; the list it is in says the direction."""
    time: int
    outdated: bool = False
    """Its slot may be used again. Limits do not look at this, only at the time."""


class Memory(NamedTuple):
    """One HPA's history, in slot order: survives edits, lost when the controller restarts."""

    recommendations: tuple[Recommendation, ...] | None = None
    """None: no pass yet. The first one puts in the present size."""
    scale_ups: tuple[ScaleEvent, ...] = ()
    scale_downs: tuple[ScaleEvent, ...] = ()


class Stabilization(NamedTuple):
    """What the windows made of a pass's recommendation."""

    raw: int
    replicas: int
    held_by: Recommendation | None = None
    """The entry that kept the size from following `raw`; None: nothing did."""
    window: int = 0
    """Milliseconds the entry counts for."""
    downscale: bool = False
    """True: a scale-down is held off (or a higher entry pulls up); False: a scale-up is."""

    @property
    def changed(self) -> bool:
        """Whether the result is not what the metrics asked for."""
        return self.replicas != self.raw

    @property
    def until(self) -> int | None:
        """Time from which the holding entry no longer counts; None: nothing is held."""
        return None if self.held_by is None else self.held_by.time + self.window


def remembering(memory: Memory, replicas: int, now: int) -> Memory:
    """The memory a pass starts with: the present size, if there is no list of recommendations."""
    if memory.recommendations is not None:
        return memory
    return Memory((Recommendation(replicas, now),), memory.scale_ups, memory.scale_downs)


def stabilized(
    recommendations: tuple[Recommendation, ...], raw: int, window: int, now: int
) -> tuple[Stabilization, tuple[Recommendation, ...]]:
    """Without behavior: the highest of `raw` and the window's entries, and the list after."""
    cutoff = now - window
    highest, holder, stale = raw, -1, -1
    for index, (replicas, time) in enumerate(recommendations):
        if time < cutoff:
            stale = index
        elif replicas > highest:
            highest, holder = replicas, index
    held_by = None if holder < 0 else recommendations[holder]
    after = _recorded(recommendations, stale, Recommendation(raw, now))
    return Stabilization(raw, highest, held_by, window, downscale=True), after


def stabilized_by_windows(
    recommendations: tuple[Recommendation, ...],
    raw: int,
    current: int,
    up_window: int,
    down_window: int,
    now: int,
) -> tuple[Stabilization, tuple[Recommendation, ...]]:
    """With behavior: as far from `current` as both windows allow, and the list after."""
    up_cutoff, down_cutoff = now - up_window, now - down_window
    oldest = min(up_cutoff, down_cutoff)
    low = high = raw
    lowest = highest = stale = -1
    for index, (replicas, time) in enumerate(recommendations):
        if time > down_cutoff:
            if replicas > high:
                high, highest = replicas, index
        elif time < oldest:
            stale = index
        if time > up_cutoff and replicas < low:
            low, lowest = replicas, index
    after = _recorded(recommendations, stale, Recommendation(raw, now))
    replicas = min(max(current, low), high)
    if replicas == raw:
        return Stabilization(raw, replicas), after
    if raw < current:
        held_by = recommendations[highest]
        return Stabilization(raw, replicas, held_by, down_window, downscale=True), after
    return Stabilization(raw, replicas, recommendations[lowest], up_window), after


def _recorded(
    recommendations: tuple[Recommendation, ...], stale: int, new: Recommendation
) -> tuple[Recommendation, ...]:
    if stale < 0:
        return (*recommendations, new)
    return (*recommendations[:stale], new, *recommendations[stale + 1 :])


def with_scale_event(
    memory: Memory, behavior: Behavior | None, before: int, after: int, now: int
) -> Memory:
    """The memory after the size was changed; without behavior nothing is kept of it."""
    if behavior is None:
        return memory
    if after > before:
        period = behavior.scale_up.longest_period
        ups = stored(memory.scale_ups, after - before, period, now)
        return Memory(memory.recommendations, ups, memory.scale_downs)
    period = behavior.scale_down.longest_period
    downs = stored(memory.scale_downs, before - after, period, now)
    return Memory(memory.recommendations, memory.scale_ups, downs)


def stored(
    events: tuple[ScaleEvent, ...], change: int, longest_period: int, now: int
) -> tuple[ScaleEvent, ...]:
    """The list of one direction with a new event in the last outdated slot, else at the end."""
    cutoff = now - longest_period
    marked = [event._replace(outdated=event.outdated or event.time < cutoff) for event in events]
    slot = max((index for index, event in enumerate(marked) if event.outdated), default=-1)
    if slot < 0:
        return (*marked, ScaleEvent(change, now))
    marked[slot] = ScaleEvent(change, now)
    return tuple(marked)
