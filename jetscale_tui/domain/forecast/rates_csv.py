"""Rates from a CSV: a time and requests a second in each line."""

from __future__ import annotations

import csv
import math
from datetime import datetime

from jetscale_tui.domain.forecast.load import MAX_TOKENS, Rates
from jetscale_tui.errors import ConfigError

_FIX = "Each line is a time (seconds, or a time stamp such as 2026-03-01T14:00:00Z) and a rate."


def parse_rates(text: str, name: str, max_tokens: int = MAX_TOKENS) -> Rates:
    """The load in a CSV; a first line of headings may be there, times only grow.

    The last rate holds as long as the one before it did.

    Raises:
        ConfigError: a line is not two numbers, times go back, or there are fewer than two lines.
    """
    rows: list[tuple[float, float]] = []
    for line, row in enumerate(csv.reader(text.splitlines()), start=1):
        if not "".join(row).strip():
            continue
        try:
            at, rate = _seconds(row[0]), _finite(row[1])
        except (ValueError, IndexError) as error:
            if line == 1:
                continue
            raise _wrong(line, name, f"is no rate: {','.join(row)[:60]!r}") from error
        if rate < 0:
            raise _wrong(line, name, "has a rate below zero")
        if rows and at <= rows[-1][0]:
            raise _wrong(line, name, "does not come after the one before it")
        rows.append((at, rate))
    if len(rows) < 2:
        raise ConfigError(f"{name} has fewer than two rates.", fix=_FIX)
    begin = rows[0][0]
    steps = tuple((at - begin, rate) for at, rate in rows)
    seconds = 2 * steps[-1][0] - steps[-2][0]
    return Rates(steps, seconds, f"the rates of {name}", max_tokens)


def _wrong(line: int, name: str, what: str) -> ConfigError:
    return ConfigError(f"Line {line} of {name} {what}.", fix=_FIX)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _seconds(text: str) -> float:
    try:
        return _finite(text)
    except ValueError:
        return datetime.fromisoformat(text.strip()).timestamp()
