"""The Prometheus text format, written by simulated servers and read by simulated scrapes."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Histogram:
    """Counts of observations in buckets."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Exposition:
    """One page of metrics; `labels` are on every series."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = dict(labels)
        self._lines: list[str] = []

    def gauge(
        self, name: str, text: str, value: float, labels: Mapping[str, str] | None = None
    ) -> None:
        """Add a series of a gauge; call again with other labels for more series of it."""
        self._head(name, "gauge", text)
        self._sample(name, value, labels)

    def counter(self, name: str, text: str, value: float) -> None:
        """Add a counter; its series ends in `_total`."""
        self._head(f"{name}_total", "counter", text)
        self._sample(f"{name}_total", value)

    def histogram(self, name: str, text: str, histogram: Histogram) -> None:
        """Add a histogram: cumulative buckets, count and sum."""
        self._head(name, "histogram", text)
        seen = 0
        for bound, count in zip((*histogram.bounds, None), histogram.counts, strict=True):
            seen += count
            edge = "+Inf" if bound is None else repr(float(bound))
            self._sample(f"{name}_bucket", seen, {"le": edge})
        self._sample(f"{name}_count", seen)
        self._sample(f"{name}_sum", histogram.total)

    def text(self) -> str:
        """The page."""
        return "\n".join(self._lines) + "\n"

    def _head(self, name: str, kind: str, text: str) -> None:
        head = f"# TYPE {name} {kind}"
        if head not in self._lines:
            self._lines += [f"# HELP {name} {text}", head]

    def _sample(self, name: str, value: float, labels: Mapping[str, str] | None = None) -> None:
        everything = {**self._labels, **(labels or {})}
        inner = ",".join(f'{key}="{_escape(each)}"' for key, each in everything.items())
        self._lines.append(f"{name}{{{inner}}} {float(value)!r}")


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of a page, with the type its metric was declared with."""

    name: str
    kind: str
    labels: tuple[tuple[str, str], ...]
    value: float


_LINE = re.compile(r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


def parse(page: str) -> Iterator[Sample]:
    """The samples of a page; lines that are none are skipped."""
    kinds: dict[str, str] = {}
    for line in page.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ", 3)
            kinds[name] = kind
            continue
        match = _LINE.fullmatch(line)
        if line.startswith("#") or match is None:
            continue
        labels = tuple(
            (key, re.sub(r"\\.", lambda escape: _ESCAPES.get(escape[0], escape[0]), value))
            for key, value in _LABEL.findall(match["labels"] or "")
        )
        base = re.sub(r"_(bucket|count|sum)$", "", match["name"])
        kind = kinds.get(match["name"]) or kinds.get(base) or "unknown"
        yield Sample(match["name"], kind, labels, float(match["value"]))
