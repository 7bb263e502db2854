"""Cloud Monitoring as far as the sandbox writes and reads it: series of gauges and counters."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jetscale_tui.sandbox.clock import SimClock

RETENTION_SECONDS = 3600.0
Labels = tuple[tuple[str, str], ...]
"""Sorted name-value pairs."""


def labels(values: Mapping[str, str]) -> Labels:
    """A mapping as labels."""
    return tuple(sorted(values.items()))


@dataclass(frozen=True, slots=True)
class Series:
    """What identifies a time series."""

    metric_type: str
    """`prometheus.googleapis.com/NAME/gauge`."""
    metric_kind: str
    """`GAUGE`, `CUMULATIVE` or `DELTA`."""
    metric_labels: Labels
    resource_type: str
    """`prometheus_target`, `k8s_node` or `k8s_container`."""
    resource_labels: Labels

    def metric_label(self, name: str) -> str | None:
        """A label of the metric."""
        return next((value for key, value in self.metric_labels if key == name), None)

    def resource_label(self, name: str) -> str | None:
        """A label of the monitored resource."""
        return next((value for key, value in self.resource_labels if key == name), None)


class Point(NamedTuple):
    """One value; times are in simulated seconds."""

    at: float
    value: float
    visible: float
    """When it can be read."""


class Monitoring:
    """The project's time series; what is written can be read a little later. Thread-safe."""

    def __init__(self, clock: SimClock, ingestion_delay: float) -> None:
        self._clock = clock
        self._delay = ingestion_delay
        self._lock = threading.Lock()
        self._series: dict[str, dict[Series, deque[Point]]] = {}

    def write(self, series: Series, value: float, at: float, delay: float | None = None) -> None:
        """Add a point; points of a series come in order. `delay` until it can be read."""
        visible = at + (self._delay if delay is None else delay)
        with self._lock:
            points = self._series.setdefault(series.metric_type, {}).setdefault(series, deque())
            points.append(Point(at, value, visible))
            while points[0].at < at - RETENTION_SECONDS:
                points.popleft()

    def metric_types(self) -> list[str]:
        """All metric types that have a descriptor by now, sorted."""
        return sorted(kind for kind in tuple(self._series) if self.metric_kind(kind) is not None)

    def metric_kind(self, metric_type: str) -> str | None:
        """Kind in the metric's descriptor; None while there is no descriptor."""
        now = self._clock.monotonic()
        with self._lock:
            for series, points in self._series.get(metric_type, {}).items():
                if points[0].visible <= now:
                    return series.metric_kind
        return None

    def read(
        self, metric_type: str, window: float, where: Callable[[Series], bool]
    ) -> Iterator[tuple[Series, list[Point]]]:
        """Series with points in the last `window` seconds, their points newest first."""
        now = self._clock.monotonic()
        with self._lock:
            found = [
                (series, [point for point in points if now - window <= point.at])
                for series, points in self._series.get(metric_type, {}).items()
                if where(series)
            ]
        for series, points in found:
            visible = [point for point in reversed(points) if point.visible <= now]
            if visible:
                yield series, visible

    def label_names(self, metric_type: str) -> set[str]:
        """Names of the metric labels that any series of a metric has."""
        with self._lock:
            return {
                name
                for series in self._series.get(metric_type, {})
                for name, _ in series.metric_labels
            }
