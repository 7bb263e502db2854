"""Where a result differs from the recorded one."""

from __future__ import annotations

from typing import Any

RELATIVE = 1e-12
"""Doubles that only describe (a quantity as a double) may differ by this much."""


def differences(expected: Any, actual: Any, path: str = "") -> list[str]:
    """One line per place; what `actual` has beyond `expected` in an object does not count."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return [
            line
            for key, value in expected.items()
            for line in differences(value, actual.get(key, _ABSENT), f"{path}.{key}")
        ]
    if isinstance(expected, list) and isinstance(actual, list | tuple):
        lines = [
            line
            for index, (one, other) in enumerate(zip(expected, actual, strict=False))
            for line in differences(one, other, f"{path}[{index}]")
        ]
        if len(expected) != len(actual):
            lines.append(f"{path}: {len(expected)} entries expected, got {len(actual)}")
        return lines
    if isinstance(expected, float) and isinstance(actual, float):
        close = abs(expected - actual) <= RELATIVE * abs(expected)
        return [] if close else [f"{path}: expected {expected!r}, got {actual!r}"]
    if expected != actual or isinstance(expected, bool) != isinstance(actual, bool):
        return [f"{path}: expected {expected!r}, got {actual!r}"]
    return []


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


_ABSENT = _Absent()
