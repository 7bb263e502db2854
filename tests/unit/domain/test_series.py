"""Series hold a value until it changes, for as long as anybody watches, in bounded space."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from jetscale_tui.domain.series import Series


def of(*values: float | None, capacity: int = 720) -> Series:
    series = Series(capacity=capacity)
    for time, value in enumerate(values):
        series = series.append(float(time), value)
    return series


def test_an_unchanged_value_costs_nothing() -> None:
    series = of(2.0)
    assert series.append(9.0, 2.0) is series
    unknown = series.append(9.0, None)
    assert unknown.append(10.0, None) is unknown


def test_a_value_holds_until_the_next_one() -> None:
    series = of(1, 1, 3, None)
    assert [series.at(time) for time in (-1, 0, 1.5, 2, 3, 99)] == [None, 1, 1, 3, None, None]
    assert series.latest is None
    assert of(1, 2).latest == 2
    assert of().latest is None


def test_two_values_of_one_instant_leave_the_last() -> None:
    series = of(1, 2).append(1.0, 5)
    assert list(series.times) == [0, 1]
    assert series.latest == 5


def test_a_window_begins_with_the_value_that_held_then() -> None:
    series = of(1, 2, 3)
    assert series.since(0) == ((0, 1), (1, 2), (2, 3))
    assert series.since(1) == ((1, 2), (2, 3))
    assert series.since(1.5) == ((1.5, 2), (2, 3))
    assert series.since(7) == ((7, 3),)
    assert of().since(0) == ()


def test_appending_leaves_the_former_value_as_it_was() -> None:
    before = of(1, 2)
    before.append(9, 3)
    assert len(before) == 2


def test_a_peak_of_the_past_survives_thinning() -> None:
    values = [1.0 + n % 2 / 10 for n in range(4000)]
    values[50], values[91] = 1000.0, -1000.0
    series = of(*values, capacity=100)
    assert len(series) <= 100
    assert max(series.values) == 1000
    assert min(series.values) == -1000


def test_a_gap_of_the_past_survives_thinning() -> None:
    values: list[float | None] = [float(n % 7) for n in range(150)]
    values[20] = None
    series = of(*values, capacity=100)
    assert sum(map(math.isnan, series.values)) == 1


def test_the_newer_half_stays_whole() -> None:
    series = of(*range(101), capacity=100)
    assert list(series.values)[-50:] == list(range(51, 101))


@given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), max_size=300), st.integers(8, 40))
def test_any_series_stays_within_its_capacity_in_order_and_ends_with_the_latest_value(
    values: list[float | None], capacity: int
) -> None:
    series = of(*values, capacity=capacity)
    assert len(series) <= capacity
    assert list(series.times) == sorted(set(series.times))
    if values:
        assert series.latest == values[-1]
