"""Go's integers and doubles where they differ from Python's.

The controller is compiled Go on amd64: its sums wrap, its divisions truncate, and a double out of
range becomes the smallest integer. Results must be the same to the last bit.
"""

from __future__ import annotations

import math

INT32_MAX = 2**31 - 1
INT32_MIN = -(2**31)
INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)


def wrap32(number: int) -> int:
    """The number as a 32-bit sum would hold it."""
    if INT32_MIN <= number <= INT32_MAX:
        return number
    return (number - INT32_MIN) % 2**32 + INT32_MIN


def wrap64(number: int) -> int:
    """The number as a 64-bit sum would hold it."""
    if INT64_MIN <= number <= INT64_MAX:
        return number
    return (number - INT64_MIN) % 2**64 + INT64_MIN


def quotient(dividend: float, divisor: float) -> float:
    """IEEE division: by zero it is infinite, and zero by zero is no number."""
    if divisor:
        return dividend / divisor
    return math.copysign(math.inf, dividend) if dividend else math.nan


def truncated(dividend: int, divisor: int) -> int:
    """Integer division towards zero."""
    whole = abs(dividend) // abs(divisor)
    return whole if (dividend < 0) == (divisor < 0) else -whole


def ceil32(number: float) -> int:
    """The number rounded up, as an int32."""
    # One comparison refuses what does not fit, infinities and NaN alike.
    if INT32_MIN - 1.0 < number <= INT32_MAX:
        return math.ceil(number)
    return INT32_MIN


def ceil64(number: float) -> int:
    """The number rounded up, as an int64."""
    if INT64_MIN <= number < 2.0**63:
        return math.ceil(number)
    return INT64_MIN


def trunc32(number: float) -> int:
    """The number without its fraction, as an int32."""
    if INT32_MIN - 1.0 < number < INT32_MAX + 1.0:
        return int(number)
    return INT32_MIN
