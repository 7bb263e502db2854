"""What Cloud Monitoring knows of a metric: nothing, a name without values, or values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class Availability(StrEnum):
    """How far a metric has come, as far as one may see."""

    FORBIDDEN = "forbidden"
    """Not to be seen by this identity; whether there are values is not known."""

    UNKNOWN = "unknown"
    """No such metric: never written under that name, or minutes ago for the first time."""
    SILENT = "silent"
    """The metric exists, but no series of it has a value where and when it was asked for."""
    DATA = "data"


class Sample(NamedTuple):
    """One value of a series."""

    at: datetime
    """Aware, UTC."""
    value: float


@dataclass(frozen=True, slots=True)
class MetricSeries:
    """One time series of a metric."""

    resource_type: str
    """`prometheus_target`, `k8s_container`, `k8s_node`."""
    resource_labels: dict[str, str]
    metric_labels: dict[str, str]
    samples: tuple[Sample, ...]
    """Oldest first, never empty."""

    @property
    def latest(self) -> Sample:
        """The newest value."""
        return self.samples[-1]


@dataclass(frozen=True, slots=True)
class MetricHistory:
    """A metric over some time."""

    metric_type: str
    """`prometheus.googleapis.com/jetstream_prefill_backlog_size/gauge`."""
    availability: Availability
    series: tuple[MetricSeries, ...] = ()
    why: str = ""
    """Why it is forbidden, or what else could not be looked up."""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class QueryRow:
    """One element of a PromQL query's result; a scalar has no labels."""

    labels: dict[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """What a PromQL query comes to at one moment."""

    query: str
    availability: Availability
    rows: tuple[QueryRow, ...] = ()
    """Never empty where there is DATA."""
    why: str = ""
    """Why it is forbidden, or what else could not be looked up."""
    fix: str = ""
