"""Values and history of metrics, through the Cloud Monitoring API."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from google.cloud import monitoring_v3

from jetscale_tui.cloud.calls import MONITORING, Call
from jetscale_tui.domain.monitoring import Availability, MetricHistory, MetricSeries, Sample
from jetscale_tui.errors import NotFound, PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from jetscale_tui.cloud.session import Session


class Metrics:
    """Reading what was ingested, and why there is nothing to read."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def types(self, project_id: str, prefix: str) -> tuple[str, ...]:
        """Metric types with that prefix, sorted.

        Raises:
            PermissionDenied: descriptors may not be listed.
        """
        call = Call(
            f"list the metrics of project {project_id}",
            MONITORING,
            "monitoring.metricDescriptors.list",
            project_id,
        )
        request = monitoring_v3.ListMetricDescriptorsRequest(
            name=f"projects/{project_id}",
            filter=f"metric.type = starts_with({_quoted(prefix)})",
        )
        found = self._session.read_all(call, self._client.list_metric_descriptors, request)
        return tuple(sorted(descriptor.type for descriptor in found))

    def history(
        self,
        project_id: str,
        metric_type: str,
        *,
        start: datetime,
        end: datetime,
        where: Mapping[str, str],
    ) -> MetricHistory:
        """Series of a metric in a span of time, or why there are none."""
        call = Call(
            f"read metric {metric_type} of project {project_id}",
            MONITORING,
            "monitoring.timeSeries.list",
            project_id,
        )
        terms = {"metric.type": metric_type, **where}
        request = monitoring_v3.ListTimeSeriesRequest(
            name=f"projects/{project_id}",
            filter=" AND ".join(f"{field} = {_quoted(value)}" for field, value in terms.items()),
            interval=monitoring_v3.TimeInterval(start_time=start, end_time=end),
        )
        try:
            found = self._session.read_all(call, self._client.list_time_series, request)
        except NotFound:
            return MetricHistory(metric_type, Availability.UNKNOWN)
        except PermissionDenied as error:
            why = error.why or error.what
            return MetricHistory(metric_type, Availability.FORBIDDEN, why=why, fix=error.fix)
        series = tuple(_series(message) for message in found if message.points)
        if series:
            return MetricHistory(metric_type, Availability.DATA, series)
        why, availability = self.without_values(project_id, metric_type)
        return MetricHistory(metric_type, availability, why=why)

    def without_values(self, project_id: str, prefix: str) -> tuple[str, Availability]:
        """What no values means for metrics whose types begin like that, and what is not known."""
        try:
            known = self.types(project_id, prefix)
        except PermissionDenied as error:
            return f"Whether the metric exists is not known. {error.why}", Availability.SILENT
        return "", Availability.SILENT if known else Availability.UNKNOWN

    @property
    def _client(self) -> monitoring_v3.MetricServiceClient:
        return self._session.client(monitoring_v3.MetricServiceClient)


def _series(message: monitoring_v3.TimeSeries) -> MetricSeries:
    return MetricSeries(
        resource_type=message.resource.type,
        resource_labels=dict(message.resource.labels),
        metric_labels=dict(message.metric.labels),
        samples=tuple(sorted(map(_sample, message.points))),
    )


def _sample(point: monitoring_v3.Point) -> Sample:
    interval = monitoring_v3.TimeInterval.pb(point.interval)
    return Sample(interval.end_time.ToDatetime(tzinfo=UTC), _number(point.value))


def _number(value: monitoring_v3.TypedValue) -> float:
    kind = monitoring_v3.TypedValue.pb(value).WhichOneof("value")
    return float(getattr(value, kind)) if kind in ("double_value", "int64_value") else 0.0


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
