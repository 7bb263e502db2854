"""google.monitoring.v3.MetricService: descriptors and time series of what was scraped."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import grpc
from google.api import metric_pb2, monitored_resource_pb2
from google.cloud import monitoring_v3

from jetscale_tui.sandbox.google.filters import Term, accepts_all, parse
from jetscale_tui.sandbox.google.status import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.sandbox.google.state import GoogleState
    from jetscale_tui.sandbox.google.wire import Method
    from jetscale_tui.sandbox.monitoring import Monitoring, Point, Series

API = "monitoring.googleapis.com"


def methods(state: GoogleState, monitoring: Monitoring) -> list[Method]:
    """What the gRPC service is called with."""
    metrics = Metrics(state, monitoring)
    return [
        metrics.list_metric_descriptors,
        metrics.list_time_series,
    ]


class Metrics:
    """The methods, over the sandbox's own store of series."""

    def __init__(self, state: GoogleState, monitoring: Monitoring) -> None:
        self._state = state
        self._monitoring = monitoring

    def list_metric_descriptors(
        self, request: monitoring_v3.ListMetricDescriptorsRequest
    ) -> monitoring_v3.ListMetricDescriptorsResponse:
        """Descriptors of the metrics that have been written, filtered by type."""
        self._check("monitoring.metricDescriptors.list")
        terms = parse(request.filter)
        found = [
            self._descriptor(metric_type)
            for metric_type in self._monitoring.metric_types()
            if accepts_all(terms, {"metric.type": metric_type}.get)
        ]
        return monitoring_v3.ListMetricDescriptorsResponse(metric_descriptors=found)

    def list_time_series(
        self, request: monitoring_v3.ListTimeSeriesRequest
    ) -> monitoring_v3.ListTimeSeriesResponse:
        """Series of one metric with points in the interval, newest point first."""
        self._check("monitoring.timeSeries.list")
        terms = parse(request.filter)
        named = [term for term in terms if term.field == "metric.type" and not term.prefix]
        if len(named) != 1:
            raise Refusal(
                grpc.StatusCode.INVALID_ARGUMENT,
                "Field filter must specify a single metric type.",
            )
        metric_type = named[0].value
        if self._monitoring.metric_kind(metric_type) is None:
            raise Refusal(
                grpc.StatusCode.NOT_FOUND,
                f'Cannot find metric(s) that match type = "{metric_type}". If a metric was '
                "created recently, it could take up to 10 minutes to become available. Please "
                "try again soon.",
            )
        return monitoring_v3.ListTimeSeriesResponse(
            time_series=self._series(metric_type, terms, request.interval)
        )

    def _series(
        self, metric_type: str, terms: tuple[Term, ...], interval: monitoring_v3.TimeInterval
    ) -> list[monitoring_v3.TimeSeries]:
        clock = self._state.clock
        bounds = monitoring_v3.TimeInterval.pb(interval)
        start, end = (
            bound.ToDatetime(tzinfo=UTC) for bound in (bounds.start_time, bounds.end_time)
        )
        window = (clock.at(clock.monotonic()) - start).total_seconds()
        read = self._monitoring.read(
            metric_type, window, lambda series: accepts_all(terms, _fields(series).get)
        )
        found = []
        for series, points in read:
            inside = [point for point in points if start < clock.at(point.at) <= end]
            if inside:
                found.append(self._message(series, inside))
        return found

    def _message(self, series: Series, points: Sequence[Point]) -> monitoring_v3.TimeSeries:
        clock = self._state.clock
        return monitoring_v3.TimeSeries(
            metric=metric_pb2.Metric(type=series.metric_type, labels=dict(series.metric_labels)),
            resource=monitored_resource_pb2.MonitoredResource(
                type=series.resource_type, labels=dict(series.resource_labels)
            ),
            metric_kind=metric_pb2.MetricDescriptor.MetricKind.Value(series.metric_kind),
            value_type=metric_pb2.MetricDescriptor.ValueType.DOUBLE,
            points=[
                monitoring_v3.Point(
                    interval=monitoring_v3.TimeInterval(
                        start_time=clock.at(point.at), end_time=clock.at(point.at)
                    ),
                    value=monitoring_v3.TypedValue(double_value=point.value),
                )
                for point in points
            ],
        )

    def _descriptor(self, metric_type: str) -> metric_pb2.MetricDescriptor:
        kind = self._monitoring.metric_kind(metric_type) or "GAUGE"
        return metric_pb2.MetricDescriptor(
            name=f"projects/{self._state.project.project_id}/metricDescriptors/{metric_type}",
            type=metric_type,
            metric_kind=kind,
            value_type=metric_pb2.MetricDescriptor.ValueType.DOUBLE,
        )

    def _check(self, permission: str) -> None:
        if not self._state.allowed(permission):
            raise Refusal(
                grpc.StatusCode.PERMISSION_DENIED,
                f"Permission {permission} denied (or the resource may not exist).",
            )


def _fields(series: Series) -> dict[str, str]:
    return {
        "metric.type": series.metric_type,
        "resource.type": series.resource_type,
        **{f"metric.labels.{name}": value for name, value in series.metric_labels},
        **{f"resource.labels.{name}": value for name, value in series.resource_labels},
    }
