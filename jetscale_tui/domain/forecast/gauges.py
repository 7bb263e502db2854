"""From the server's gauges to what the HPA controller reads: scraped, delayed, put together."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from jetscale_tui.domain.serving import HBM_BYTES_PER_CHIP, hbm_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jetscale_tui.domain.hpa.readings import ExternalReading, PodsReading


class Gauge(StrEnum):
    """What one replica's value is."""

    BACKLOG = "requests in the prefill queue"
    SLOTS_USED = "share of slots used"
    HBM_BYTES = "HBM bytes"
    HBM_SHARE = "share of HBM"

    def reads(self, backlog: float, slots_used: float, chips: int) -> float:
        """The gauge of a replica that holds so much."""
        if self is Gauge.BACKLOG:
            return backlog
        if self is Gauge.SLOTS_USED:
            return slots_used
        share = hbm_share(slots_used)
        return chips * HBM_BYTES_PER_CHIP * share if self is Gauge.HBM_BYTES else share


class Across(StrEnum):
    """How the values of several replicas reach the controller."""

    PODS = "one value a pod"
    """Pods metric: only pods that exist, and the controller takes their mean."""
    SERIES = "every series"
    """External metric without a reducer: the controller adds them."""
    SUM = "sum"
    MEAN = "mean"
    MAX = "max"
    MIN = "min"


_REDUCED: dict[Across, Callable[[Iterable[float]], float]] = {
    Across.SUM: math.fsum,
    Across.MAX: max,
    Across.MIN: min,
}


@dataclass(frozen=True, slots=True)
class Followed:
    """One metric of an HPA as the model sees it."""

    gauge: Gauge
    across: Across
    interval: float = 15.0
    """Seconds between two scrapes."""
    delay: float = 5.0
    """Seconds from a scrape to a value that can be read."""


class Scraped:
    """A followed metric over time: snapshots are taken, and become readable a little later."""

    def __init__(self, followed: Followed, window: float) -> None:
        self._followed = followed
        self._window = window
        self._coming: deque[tuple[float, dict[str, float]]] = deque()
        self._readable: dict[str, tuple[int, float]] = {}
        """By replica: the newest readable value in thousandths, and when it was taken."""

    def take(self, now: float, values: dict[str, float]) -> None:
        """A scrape: the gauge of every replica that answers."""
        self._coming.append((now, values))

    def pods(self, now: float, names: Iterable[str]) -> PodsReading:
        """The reading of a Pods metric: those of the named pods that have a value."""
        self._catch_up(now)
        readable = self._readable
        return {name: readable[name][0] for name in names if name in readable}

    def external(self, now: float) -> ExternalReading:
        """The reading of an External metric; values of replicas that are gone linger in it."""
        self._catch_up(now)
        values = [value for value, _ in self._readable.values()]
        match self._followed.across:
            case Across.PODS | Across.SERIES:
                return tuple(values)
            case Across.MEAN:
                return (int(math.fsum(values) / len(values)),) if values else ()
            case across:
                return (int(_REDUCED[across](values)),) if values else ()

    def _catch_up(self, now: float) -> None:
        readable, coming = self._readable, self._coming
        while coming and coming[0][0] + self._followed.delay <= now:
            taken, values = coming.popleft()
            for name, value in values.items():
                readable[name] = int(value * 1000), taken
            if len(readable) > len(values):
                self._forget(now - self._window)

    def _forget(self, oldest: float) -> None:
        """Drop values of replicas that are gone for longer than the adapter looks back."""
        stale = [name for name, (_, taken) in self._readable.items() if taken < oldest]
        for name in stale:
            del self._readable[name]
