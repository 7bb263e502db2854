"""Cloud Monitoring's cross-series reducers that make one number of many."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _percentile(share: float) -> Callable[[Sequence[float]], float]:
    def reduce(values: Sequence[float]) -> float:
        ordered = sorted(values)
        at = share * (len(ordered) - 1)
        low = math.floor(at)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (at - low)

    return reduce


REDUCERS: dict[str, Callable[[Sequence[float]], float]] = {
    "REDUCE_MEAN": statistics.fmean,
    "REDUCE_MIN": min,
    "REDUCE_MAX": max,
    "REDUCE_SUM": math.fsum,
    "REDUCE_STDDEV": statistics.pstdev,
    "REDUCE_COUNT": len,
    "REDUCE_PERCENTILE_99": _percentile(0.99),
    "REDUCE_PERCENTILE_95": _percentile(0.95),
    "REDUCE_PERCENTILE_50": _percentile(0.50),
    "REDUCE_PERCENTILE_05": _percentile(0.05),
}
"""By name; values are never empty."""
