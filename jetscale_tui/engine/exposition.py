"""Reads the Prometheus text format, as far as gauges and counters on a metrics page go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SAMPLE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"
    r"(?:\{(?P<labels>(?:[^\"}]|\"(?:[^\"\\]|\\.)*\")*)\})?"
    r"[ \t]+(?P<value>\S+)(?:[ \t]+-?\d+)?\s*"
)
_LABEL = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*\"((?:[^\"\\]|\\.)*)\"")
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}
_ESCAPE = re.compile(r"\\[\\\"n]")


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of a metrics page."""

    name: str
    labels: Mapping[str, str]
    value: float


def parse(text: str) -> tuple[Sample, ...]:
    """The samples of a page; lines that are none, comments included, are passed over."""
    return tuple(sample for line in text.splitlines() if (sample := _sample(line)) is not None)


def names(samples: Iterable[Sample]) -> tuple[str, ...]:
    """Names of the metrics, sorted, each once."""
    return tuple(sorted({sample.name for sample in samples}))


def total(samples: Iterable[Sample], name: str) -> float | None:
    """Sum over all series of a metric, None when there is none: what an adapter would add up."""
    values = [sample.value for sample in samples if sample.name == name]
    return sum(values) if values else None


def _sample(line: str) -> Sample | None:
    match = _SAMPLE.fullmatch(line.strip())
    if match is None:
        return None
    try:
        value = float(match["value"])
    except ValueError:
        return None
    labels = {key: _unescaped(text) for key, text in _LABEL.findall(match["labels"] or "")}
    return Sample(match["name"], labels, value)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPES[found.group()], text)
