"""Bounded time series: a step function that forgets detail, never its peaks.

A value holds until the next point, so an unchanged value costs nothing however long it lasts. When
a series is full, its older half is thinned; memory stays flat over any length of time.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

DEFAULT_CAPACITY = 720
"""Points a series may hold: three hours of a value that changes at every HPA evaluation."""


def _empty() -> array[float]:
    return array("d")


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """An immutable step function of time; `append` returns the next one.

    The arrays are shared with snapshots on other threads and must not be changed.
    """

    times: array[float] = field(default_factory=_empty)
    """Seconds since the epoch, growing."""
    values: array[float] = field(default_factory=_empty)
    """Value from that time on; NaN where it is unknown."""
    capacity: int = DEFAULT_CAPACITY
    """Points it may hold; at least eight."""

    def __len__(self) -> int:
        return len(self.times)

    @property
    def latest(self) -> float | None:
        """The value now; None when there is none or it is unknown."""
        return _known(self.values[-1]) if self.values else None

    def at(self, time: float) -> float | None:
        """The value that held at a time; None before the first point or where unknown."""
        index = bisect_right(self.times, time) - 1
        return _known(self.values[index]) if index >= 0 else None

    def since(self, time: float) -> tuple[tuple[float, float | None], ...]:
        """Points at or after a time, with the value that held at that time as the first one."""
        start = bisect_left(self.times, time)
        points = [
            (when, _known(value))
            for when, value in zip(self.times[start:], self.values[start:], strict=True)
        ]
        if start > 0 and (not points or points[0][0] > time):
            points.insert(0, (time, _known(self.values[start - 1])))
        return tuple(points)

    def append(self, time: float, value: float | None) -> Series:
        """The series with one more point; itself when the value has not changed.

        A time not after the last one replaces the last value: two events of one instant.
        """
        number = math.nan if value is None else float(value)
        if self.values and _same(self.values[-1], number):
            return self
        times, values = self.times[:], self.values[:]
        if times and time <= times[-1]:
            values[-1] = number
        else:
            times.append(time)
            values.append(number)
        if len(times) > self.capacity:
            times, values = _thin(times, values)
        return Series(times, values, self.capacity)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def _thin(times: array[float], values: array[float]) -> tuple[array[float], array[float]]:
    """Keep the newer half whole, and of every four points of the older half two."""
    half = len(times) // 2 // 4 * 4
    kept: list[int] = []
    for start in range(0, half, 4):
        kept.extend(_telling(values, range(start, start + 4)))
    kept.extend(range(half, len(times)))
    return array("d", (times[i] for i in kept)), array("d", (values[i] for i in kept))


def _telling(values: array[float], indexes: range) -> list[int]:
    """The highest point, and a gap or else the lowest: peaks and outages are what one looks for."""
    highest = max(indexes, key=lambda i: -math.inf if math.isnan(values[i]) else values[i])
    lowest = min(indexes, key=lambda i: -math.inf if math.isnan(values[i]) else values[i])
    return sorted({highest, lowest})
