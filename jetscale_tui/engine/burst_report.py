"""How a burst goes: what was sent, what came back, how long it took, pod by pod."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PodShare:
    """What one pod got."""

    pod: str
    sent: int
    answered: int
    failed: int

    @property
    def open(self) -> int:
        """Requests it has not answered yet."""
        return self.sent - self.answered - self.failed


@dataclass(frozen=True, slots=True)
class Latency:
    """How long answers took, in seconds of the cluster's time."""

    median: float
    p90: float
    p99: float
    longest: float

    @classmethod
    def of(cls, seconds: list[float]) -> Latency | None:
        """Percentiles by the nearest rank; None without answers."""
        if not seconds:
            return None
        ranked = sorted(seconds)
        return cls(*(_rank(ranked, share) for share in (0.5, 0.9, 0.99, 1.0)))


def _rank(ranked: list[float], share: float) -> float:
    return ranked[math.ceil(share * len(ranked)) - 1]


@dataclass(frozen=True, slots=True)
class BurstReport:
    """How far a burst is."""

    planned: int
    sent: int
    answered: int
    failed: int
    elapsed: float
    """Seconds of the cluster's time since it began."""
    latency: Latency | None
    errors: tuple[tuple[str, int], ...]
    """Kinds of failures with their counts, the most frequent first."""
    pods: tuple[PodShare, ...]
    """By name."""
    done: bool = False
    """No more reports follow."""
    stopped: bool = False
    """It ended because it was told to."""

    @property
    def open(self) -> int:
        """Requests sent that have no answer; abandoned ones once the burst is done."""
        return self.sent - self.answered - self.failed
