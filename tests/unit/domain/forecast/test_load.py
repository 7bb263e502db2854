from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jetscale_tui.domain.forecast.load import DAY, HOUR, Burst, Day, Load, Ramp, Rates

STEPS = Rates(((0.0, 2.0), (10.0, 0.0), (20.0, 5.0)), 30.0)
LOADS: tuple[Load, ...] = (Burst(50), Ramp(1.0, 3.0, 100.0), Day(4.0, 0.5), STEPS)


def test_a_burst_is_there_from_the_first_moment() -> None:
    assert Burst(100).arrived(0.0) == Burst(100).arrived(900.0) == 100
    assert Burst(100).arrived(-1.0) == 0


def test_a_ramp_brings_the_area_under_it() -> None:
    assert Ramp(1.0, 3.0, 100.0).arrived(100.0) == pytest.approx(200.0)
    assert Ramp(2.0, 2.0, 100.0).arrived(50.0) == pytest.approx(100.0)


def test_a_day_is_highest_at_14_and_lowest_at_2() -> None:
    day = Day(peak=4.0, trough=0.5)

    def rate(hour: float) -> float:
        return (day.arrived(hour * HOUR + 1) - day.arrived(hour * HOUR - 1)) / 2

    assert rate(14) == pytest.approx(4.0, rel=1e-3)
    assert rate(2) == pytest.approx(0.5, rel=1e-3)
    assert day.arrived(DAY) == pytest.approx(2.25 * DAY)


def test_given_rates_hold_until_the_next() -> None:
    assert STEPS.arrived(5.0) == 10
    assert STEPS.arrived(15.0) == 20
    assert STEPS.arrived(30.0) == 70


@pytest.mark.parametrize("load", LOADS, ids=lambda load: type(load).__name__)
@given(times=st.lists(st.floats(0.0, 30.0), min_size=2, max_size=20))
def test_what_arrived_only_grows(load: Load, times: list[float]) -> None:
    arrived = [load.arrived(time) for time in sorted(times)]
    assert all(before <= after + 1e-9 for before, after in itertools.pairwise(arrived))


def test_loads_say_what_they_are() -> None:
    assert Burst(1).title == "a burst of 1 requests"
    assert Ramp(2.0, 2.0).title == "2 requests a second"
    assert Ramp(0.5, 4.0).title == "0.5 to 4 requests a second"
    assert Day(4.0, 0.5).title == "a day between 0.5 and 4 requests a second"
