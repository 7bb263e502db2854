"""Durations as Prometheus and scenario files write them: `15s`, `1m30s`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
_UNITS = (3600.0, 60.0, 1.0, 0.001)


def seconds(text: str) -> float | None:
    """The length of a duration; None for what is none."""
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        return None
    return sum(
        int(part) * unit for part, unit in zip(match.groups(default="0"), _UNITS, strict=True)
    )


def _parsed(value: Any) -> Any:
    parsed = seconds(value) if isinstance(value, str) else value
    if parsed is None:
        raise ValueError("is no duration such as 30s or 5m")
    return parsed


Seconds = Annotated[float, BeforeValidator(_parsed), Field(ge=0)]
"""A field of a file that takes a duration, or a number of seconds."""
