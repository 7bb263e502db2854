"""What arrives at the server, and for how long one looks."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Protocol

HOUR = 3600.0
DAY = 24 * HOUR
MAX_TOKENS = 200
"""Tokens a request generates, if nothing else is said: the load test's."""
_PEAK = 14 * HOUR
_TURN = 2 * math.pi / DAY


class Load(Protocol):
    """Requests over time; a value."""

    def __hash__(self) -> int:
        """Loads that are equal are the same."""

    @property
    def seconds(self) -> float:
        """How long the forecast looks."""

    @property
    def max_tokens(self) -> int:
        """Tokens each request generates."""

    @property
    def title(self) -> str:
        """What it is, for people: `a burst of 100 requests`."""

    def arrived(self, until: float) -> float:
        """Requests from the beginning up to a second; only grows, and may be a fraction."""


@dataclass(frozen=True, slots=True)
class Burst:
    """All requests at once, as the load test sends them."""

    requests: int = 100
    seconds: float = 900.0
    max_tokens: int = MAX_TOKENS

    @property
    def title(self) -> str:
        """`a burst of 100 requests`."""
        return f"a burst of {self.requests} requests"

    def arrived(self, until: float) -> float:
        """All of them, from the first moment."""
        return float(self.requests) if until >= 0 else 0.0


@dataclass(frozen=True, slots=True)
class Ramp:
    """From one rate to another, evenly; a steady rate if they are the same."""

    first: float
    """Requests a second at the beginning."""
    last: float
    """Requests a second at the end."""
    seconds: float = HOUR
    max_tokens: int = MAX_TOKENS

    @property
    def title(self) -> str:
        """`2 requests a second`, or from how many to how many."""
        if self.first == self.last:
            return f"{self.first:g} requests a second"
        return f"{self.first:g} to {self.last:g} requests a second"

    def arrived(self, until: float) -> float:
        """The area under the line."""
        return self.first * until + (self.last - self.first) * until * until / (2 * self.seconds)


@dataclass(frozen=True, slots=True)
class Day:
    """A day's curve from midnight: highest at 14:00, lowest at 02:00, a cosine between."""

    peak: float
    """Requests a second at the highest."""
    trough: float
    """Requests a second at the lowest."""
    seconds: float = DAY
    max_tokens: int = MAX_TOKENS

    @property
    def title(self) -> str:
        """`a day between 0.2 and 2 requests a second`."""
        return f"a day between {self.trough:g} and {self.peak:g} requests a second"

    def arrived(self, until: float) -> float:
        """The area under the curve."""
        swing = (math.sin(_TURN * (until - _PEAK)) + math.sin(_TURN * _PEAK)) / _TURN
        return (self.peak + self.trough) / 2 * until + (self.peak - self.trough) / 2 * swing


@dataclass(frozen=True)
class Rates:
    """Given rates, each from its second until the next one's."""

    steps: tuple[tuple[float, float], ...]
    """Second, requests a second from then on; in order, the first at 0, never empty."""
    seconds: float
    """Until when the last one holds."""
    title: str = "given rates"
    max_tokens: int = MAX_TOKENS

    def arrived(self, until: float) -> float:
        """The area under the steps."""
        index = bisect_right(self._begins, until) - 1
        begin, rate = self.steps[index]
        return self._before[index] + rate * (until - begin)

    @cached_property
    def _begins(self) -> tuple[float, ...]:
        return tuple(begin for begin, _ in self.steps)

    @cached_property
    def _before(self) -> tuple[float, ...]:
        """Requests before each step."""
        total, before = 0.0, [0.0]
        for (begin, rate), (end, _) in pairwise(self.steps):
            total += rate * (end - begin)
            before.append(total)
        return tuple(before)
