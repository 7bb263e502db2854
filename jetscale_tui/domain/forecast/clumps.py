"""Arrivals as independent requests make them: in clumps, but in the same ones each time.

A rate says how many requests come on average. How many really come in the next seconds scatters
around that, and an autoscaler reacts to the highest of them, not to the average.
"""

from __future__ import annotations

import math
from functools import lru_cache
from random import Random
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jetscale_tui.domain.forecast.load import Load

STEP = 5.0
"""Seconds over which arrivals are drawn; within them they come evenly."""
_SEED = 1
_MANY = 30.0
"""Mean from which on a Poisson number is as good as normally distributed."""
_NORMAL = NormalDist()


@lru_cache(maxsize=4)
def clumped(load: Load) -> tuple[float, ...]:
    """Requests from the beginning up to every fifth second; drawn once for each load."""
    random = Random(_SEED)
    total, mean_before = 0.0, load.arrived(0.0)
    found = [0.0]
    for index in range(1, math.ceil(load.seconds / STEP) + 1):
        mean = load.arrived(index * STEP)
        total += _poisson(mean - mean_before, random)
        mean_before = mean
        found.append(total)
    return tuple(found)


def _poisson(mean: float, random: Random) -> float:
    """A number of independent events. Uses `random()` alone, which stays the same for ever."""
    if mean >= _MANY:
        # `random` may be exactly zero, of which there is no quantile.
        return max(0.0, round(mean + math.sqrt(mean) * _NORMAL.inv_cdf(random.random() or 0.5)))
    limit, product, number = math.exp(-mean), random.random(), 0
    while product > limit:
        number += 1
        product *= random.random()
    return float(number)
