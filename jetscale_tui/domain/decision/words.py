"""Names, amounts and times as the explanation says them."""

from __future__ import annotations

import math

_KINDS = ("gauge", "counter", "unknown")
"""What the Stackdriver adapter appends to the name of a Prometheus metric."""
_PREFIXES = ("jetstream_", "tpu_")
_WHOLE_FROM = 100


def metric_title(name: str) -> str:
    """The telling part of a metric's name: `prefill backlog` of a long Prometheus one."""
    telling = name
    for part in name.replace("/", "|").split("|"):
        if part and "." not in part and part not in _KINDS:
            telling = part
    for prefix in _PREFIXES:
        telling = telling.removeprefix(prefix)
    return telling.removesuffix("_size").replace("_", " ")


def amount(value: float) -> str:
    """`25`, `0.41`, `12.5`, `1 250`; from a million on with a suffix: `110 G`."""
    size = abs(value)
    if not math.isfinite(size):
        return "?"
    if size >= 1e6:
        power = min(int(math.log10(size)) // 3, 6)
        return f"{value / 1000**power:.3g} {' kMGTPE'[power]}"
    if size >= _WHOLE_FROM:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"


def clock(seconds: float) -> str:
    """Time left as a clock shows it: `0:09`, `4:12`."""
    whole = max(0, math.ceil(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def span(seconds: float) -> str:
    """`15 s`, `5 min`, `1 min 30 s`."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def percent(share: float) -> str:
    """`10 %` of 0.1."""
    return f"{share * 100:.3g} %"
