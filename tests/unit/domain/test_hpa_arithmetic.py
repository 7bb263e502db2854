"""Go's arithmetic at its edges."""

from __future__ import annotations

import math

import pytest

from jetscale_tui.domain.hpa.arithmetic import (
    INT32_MAX,
    INT32_MIN,
    INT64_MAX,
    INT64_MIN,
    ceil32,
    ceil64,
    quotient,
    trunc32,
    truncated,
    wrap32,
    wrap64,
)


def test_sums_wrap_around() -> None:
    assert wrap32(INT32_MAX + 1) == INT32_MIN
    assert wrap32(INT32_MIN - 1) == INT32_MAX
    assert wrap64(INT64_MAX + 1) == INT64_MIN
    assert wrap64(INT64_MIN - 1) == INT64_MAX
    assert wrap64(7) == wrap32(7) == 7


def test_division_by_zero_is_infinite_or_no_number() -> None:
    assert quotient(1.0, 0.0) == math.inf
    assert quotient(-1.0, 0.0) == -math.inf
    assert math.isnan(quotient(0.0, 0.0))


@pytest.mark.parametrize(
    ("dividend", "divisor", "whole"), [(7, 2, 3), (-7, 2, -3), (7, -2, -3), (-7, -2, 3), (0, 5, 0)]
)
def test_integer_division_truncates_towards_zero(dividend: int, divisor: int, whole: int) -> None:
    assert truncated(dividend, divisor) == whole


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 2.0**63, 1e300])
def test_a_double_out_of_range_becomes_the_smallest_integer(number: float) -> None:
    assert ceil32(number) == trunc32(number) == INT32_MIN
    assert ceil64(number) == INT64_MIN


def test_doubles_at_the_ends_of_the_range_are_kept() -> None:
    assert ceil32(float(INT32_MAX)) == trunc32(INT32_MAX + 0.9) == INT32_MAX
    assert ceil32(INT32_MIN - 0.5) == trunc32(INT32_MIN - 0.5) == INT32_MIN
    assert ceil32(INT32_MAX + 0.5) == INT32_MIN
    assert ceil64(-0.5) == 0
    assert ceil64(float(INT64_MIN)) == INT64_MIN
