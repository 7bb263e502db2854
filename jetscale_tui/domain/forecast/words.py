"""Numbers of a forecast as people read them."""

from __future__ import annotations

_MINUTE, _HOUR = 60, 3600
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth"}


def span(seconds: float) -> str:
    """`74 s`, `2 min 30 s`, `5 min`, `1 h 15 min`."""
    whole = round(seconds)
    if whole < 2 * _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        minutes, rest = divmod(whole, _MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(round(whole / _MINUTE), _MINUTE)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def count(number: float) -> str:
    """`36`, `0.4`, `29,344`."""
    if number >= 1 or number == 0:
        return f"{round(number):,}"
    return f"{number:.1f}"


def ordinal(number: int) -> str:
    """`third`; from the seventh on `7th`."""
    if number in _ORDINALS:
        return _ORDINALS[number]
    last, teen = number % 10, number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th')}"


def of(number: int, one: str, many: str) -> str:
    """`1 replica`, `2 replicas`."""
    return f"{number} {one if number == 1 else many}"
