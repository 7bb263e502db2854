from __future__ import annotations

from itertools import pairwise
from statistics import fmean, pvariance

import pytest

from jetscale_tui.domain.forecast.clumps import STEP, clumped
from jetscale_tui.domain.forecast.load import Ramp


@pytest.mark.parametrize("rate", [0.2, 2.0, 40.0])
def test_arrivals_scatter_around_the_rate_as_independent_ones_do(rate: float) -> None:
    totals = clumped(Ramp(rate, rate, 50_000.0))
    steps = [after - before for before, after in pairwise(totals)]
    assert fmean(steps) == pytest.approx(rate * STEP, rel=0.05)
    assert pvariance(steps) == pytest.approx(rate * STEP, rel=0.1)
    assert min(steps) >= 0


def test_the_same_load_comes_the_same_way_each_time() -> None:
    first = clumped(Ramp(1.0, 1.0, 600.0))
    clumped.cache_clear()
    assert clumped(Ramp(1.0, 1.0, 600.0)) == first


def test_no_rate_brings_nothing() -> None:
    assert set(clumped(Ramp(0.0, 0.0, 60.0))) == {0.0}
