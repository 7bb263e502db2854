"""Reading Cloud Monitoring: values, and the three different reasons for having none."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.monitoring import Availability
from jetscale_tui.errors import Rejected
from jetscale_tui.sandbox.monitoring import Monitoring, Series, labels
from tests.sandbox.google.running import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.cloud.client import GoogleCloud
    from jetscale_tui.domain.monitoring import MetricHistory
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.google.state import GoogleState
    from tests.sandbox.google.running import RunningGoogle

PROJECT = "sandbox-project"
BACKLOG = "prometheus.googleapis.com/jetstream_prefill_backlog_size/gauge"


@pytest.fixture
def monitoring(clock: SimClock) -> Monitoring:
    return Monitoring(clock, ingestion_delay=0.0)


@pytest.fixture
def google(state: GoogleState, monitoring: Monitoring) -> Iterator[RunningGoogle]:
    with running(state, monitoring=monitoring) as server:
        yield server


def backlog(pod: str, cluster: str = "tpu-cluster") -> Series:
    return Series(
        BACKLOG,
        "GAUGE",
        labels({"pod": pod, "id": 'say "hi" \\ there'}),
        "prometheus_target",
        labels({"cluster": cluster, "namespace": "default"}),
    )


def last_minutes(cloud: GoogleCloud, clock: SimClock) -> MetricHistory:
    now = clock.now()
    return cloud.metric_history(PROJECT, BACKLOG, start=now - timedelta(minutes=5), end=now)


def test_values_come_with_their_labels_oldest_first(
    cloud: GoogleCloud, clock: SimClock, monitoring: Monitoring
) -> None:
    now = clock.monotonic()
    monitoring.write(backlog("pod-1"), 3.0, now - 20)
    monitoring.write(backlog("pod-1"), 25.5, now - 5)
    history = last_minutes(cloud, clock)
    (series,) = history.series
    assert history.availability is Availability.DATA
    assert [sample.value for sample in series.samples] == [3.0, 25.5]
    assert series.latest.value == 25.5
    assert abs(series.latest.at - clock.at(now - 5)) < timedelta(milliseconds=1)
    assert series.resource_type == "prometheus_target"
    assert series.resource_labels == {"cluster": "tpu-cluster", "namespace": "default"}
    assert series.metric_labels["pod"] == "pod-1"


def test_a_series_can_be_chosen_by_any_label_however_it_is_spelled(
    cloud: GoogleCloud, clock: SimClock, monitoring: Monitoring
) -> None:
    now = clock.monotonic()
    monitoring.write(backlog("pod-1"), 1.0, now)
    monitoring.write(backlog("pod-2", cluster="other"), 2.0, now)
    where = {"resource.labels.cluster": "tpu-cluster", "metric.labels.id": 'say "hi" \\ there'}
    history = cloud.metric_history(
        PROJECT, BACKLOG, start=clock.at(now - 60), end=clock.now(), where=where
    )
    assert [series.metric_labels["pod"] for series in history.series] == ["pod-1"]


def test_a_metric_nobody_ever_wrote_is_unknown(cloud: GoogleCloud, clock: SimClock) -> None:
    assert last_minutes(cloud, clock).availability is Availability.UNKNOWN


def test_a_metric_without_values_in_the_span_is_silent(
    cloud: GoogleCloud, clock: SimClock, monitoring: Monitoring
) -> None:
    monitoring.write(backlog("pod-1"), 1.0, clock.monotonic() - 1200)
    history = last_minutes(cloud, clock)
    assert history.availability is Availability.SILENT
    assert history.series == ()


def test_not_being_allowed_to_look_is_never_an_empty_answer(
    cloud: GoogleCloud, clock: SimClock, monitoring: Monitoring, state: GoogleState
) -> None:
    monitoring.write(backlog("pod-1"), 1.0, clock.monotonic())
    state.deny("monitoring.timeSeries.list")
    history = last_minutes(cloud, clock)
    assert history.availability is Availability.FORBIDDEN
    assert "lacks monitoring.timeSeries.list." in history.why
    assert "roles/monitoring.viewer" in history.fix


def test_where_descriptors_are_kept_secret_no_values_says_no_more_than_that(
    cloud: GoogleCloud, clock: SimClock, monitoring: Monitoring, state: GoogleState
) -> None:
    monitoring.write(backlog("pod-1"), 1.0, clock.monotonic() - 1200)
    state.deny("monitoring.metricDescriptors.list")
    history = last_minutes(cloud, clock)
    assert history.availability is Availability.SILENT
    assert history.why.startswith("Whether the metric exists is not known.")


def test_a_disabled_monitoring_api_is_told_as_such(
    cloud: GoogleCloud, clock: SimClock, state: GoogleState
) -> None:
    state.disable("monitoring.googleapis.com")
    with pytest.raises(Rejected, match=r"gcloud services enable monitoring\.googleapis\.com"):
        last_minutes(cloud, clock)


def test_metric_types_are_found_by_prefix(
    cloud: GoogleCloud, clock: SimClock, monitoring: Monitoring
) -> None:
    monitoring.write(backlog("pod-1"), 1.0, clock.monotonic())
    assert cloud.metric_types(PROJECT, "prometheus.googleapis.com/jetstream_") == (BACKLOG,)
    assert cloud.metric_types(PROJECT, "kubernetes.io/") == ()
