"""The past played again, as Cloud Monitoring tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.forecast.facts import Facts
from jetscale_tui.domain.monitoring import Availability, MetricHistory, MetricSeries, Sample
from jetscale_tui.domain.serving import Pace, Server
from jetscale_tui.domain.spec import Google
from jetscale_tui.engine.forecasting import forecast
from jetscale_tui.engine.replay import replay
from jetscale_tui.errors import ConfigError, NotFound, PermissionDenied
from tests.fakes import FakeCloud
from tests.unit.engine.scene import PROFILE, SETUP, setup_with

if TYPE_CHECKING:
    from collections.abc import Mapping

PACE = Pace()
END = datetime(2026, 3, 1, 15, tzinfo=UTC)
HOUR = 3600.0
BACKLOG = "prometheus.googleapis.com/jetstream_prefill_backlog_size/gauge"
SLOTS = "prometheus.googleapis.com/jetstream_slots_used_percentage/gauge"


class Recorded(FakeCloud):
    """Cloud Monitoring with what was put into it."""

    def __init__(self, availability: Availability = Availability.DATA) -> None:
        super().__init__()
        self.samples: dict[tuple[str, str], list[Sample]] = {}
        """By metric type and pod."""
        self.availability = availability
        self.narrowed: list[Mapping[str, str]] = []

    def metric_history(
        self,
        project_id: str,
        metric_type: str,
        *,
        start: datetime,
        end: datetime,
        where: Mapping[str, str] | None = None,
    ) -> MetricHistory:
        assert project_id == "my-project"
        self.narrowed.append(where or {})
        if self.availability is not Availability.DATA:
            return MetricHistory(metric_type, self.availability)
        series = tuple(
            MetricSeries(
                "prometheus_target",
                {"instance": pod},
                {} if pod.startswith("node") else {"pod": pod},
                tuple(each for each in samples if start <= each.at <= end),
            )
            for (kind, pod), samples in self.samples.items()
            if kind == metric_type
        )
        return MetricHistory(metric_type, Availability.DATA, series)

    def record(self, pod: str, rate: float, begin: float, end: float) -> None:
        """What a server showed that was loaded at a rate; times in seconds of the hour."""
        server, sent = Server(PACE, loaded=0.0), 0
        for second in range(int(begin), int(end)):
            while sent < rate * (second - begin):
                server.advance(second)
                server.submit(second, max_tokens=200)
                sent += 1
            server.advance(second)
            if second % 15 == 0:
                at = END - timedelta(seconds=HOUR - second)
                for kind, value in ((BACKLOG, server.backlog), (SLOTS, server.slots_used)):
                    self.samples.setdefault((kind, pod), []).append(Sample(at, value))


def test_the_load_of_all_replicas_is_found_again() -> None:
    cloud = Recorded()
    cloud.record("pod-1", 1.0, 0.0, HOUR)
    cloud.record("node-2:9100", 0.8, 1800.0, HOUR)
    load = replay(cloud, SETUP, PROFILE, PACE, end=END, seconds=HOUR)
    assert load.title == "the last 1 h again"
    assert load.arrived(1800.0) == pytest.approx(1800, rel=0.1)
    assert load.arrived(HOUR) - load.arrived(1800.0) == pytest.approx(1800 * 1.8, rel=0.1)
    assert cloud.narrowed[0] == {
        "resource.labels.namespace": "default",
        "resource.labels.cluster": "tpu-cluster",
    }
    assert forecast(SETUP, PROFILE, Facts(fits_now=2), load).figures.requests > 4000


def test_a_replica_that_was_away_brought_nothing_meanwhile() -> None:
    cloud = Recorded()
    cloud.record("pod-1", 1.0, 0.0, 600.0)
    cloud.record("pod-1", 1.0, 3000.0, HOUR)
    load = replay(cloud, SETUP, PROFILE, PACE, end=END, seconds=HOUR)
    assert load.arrived(2900.0) - load.arrived(700.0) == pytest.approx(0.0, abs=1.0)


def test_a_cluster_that_is_not_named_is_not_asked_for() -> None:
    cloud = Recorded()
    cloud.record("pod-1", 1.0, 0.0, 600.0)
    anywhere = setup_with(google={"cluster": None})
    replay(cloud, anywhere, PROFILE, PACE, end=END, seconds=HOUR)
    assert cloud.narrowed[0] == {"resource.labels.namespace": "default"}


@pytest.mark.parametrize(
    ("availability", "why"),
    [
        (Availability.SILENT, "nothing was collected"),
        (Availability.UNKNOWN, "never collected"),
    ],
)
def test_a_past_without_values_is_said(availability: Availability, why: str) -> None:
    with pytest.raises(NotFound) as missing:
        replay(Recorded(availability), SETUP, PROFILE, PACE, end=END, seconds=HOUR)
    assert "no values of prometheus.googleapis.com/jetstream_prefill" in missing.value.what
    assert why in missing.value.why


def test_it_takes_a_project_and_a_server_that_shows_its_queue_and_slots() -> None:
    homeless = SETUP.model_copy(update={"google": Google()})
    with pytest.raises(ConfigError, match=r"google\.project is not set"):
        replay(Recorded(), homeless, PROFILE, PACE, end=END, seconds=HOUR)
    blind = PROFILE.model_copy(update={"metrics": PROFILE.metrics[:1]})
    with pytest.raises(ConfigError, match="no ratio metric"):
        replay(Recorded(), SETUP, blind, PACE, end=END, seconds=HOUR)


def test_a_past_one_may_not_see_is_told_from_an_empty_one() -> None:
    with pytest.raises(PermissionDenied, match="You may not read"):
        replay(Recorded(Availability.FORBIDDEN), SETUP, PROFILE, PACE, end=END, seconds=HOUR)
