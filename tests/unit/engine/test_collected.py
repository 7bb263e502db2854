"""Values of the server from Cloud Monitoring, where no pod may be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.monitoring import Availability, QueryAnswer, QueryRow
from jetscale_tui.engine import detect
from jetscale_tui.engine.collected import collected, completed, in_words
from jetscale_tui.errors import AuthError, PermissionDenied, Rejected
from tests.fakes import FakeCloud
from tests.unit.engine.scene import (
    PAGE_PATH,
    PROFILE,
    SETUP,
    cluster_with_server,
    setup_with,
)

if TYPE_CHECKING:
    from jetscale_tui.engine.detect import ServerLook

BACKLOG = "jetstream_prefill_backlog_size"
ABOUT = f"prometheus.googleapis.com/{BACKLOG}/"


def with_value(value: float) -> FakeCloud:
    cloud = FakeCloud()
    cloud.queried[ABOUT] = QueryAnswer("", Availability.DATA, (QueryRow({}, value),))
    return cloud


def refused_look() -> ServerLook:
    cluster = cluster_with_server()
    cluster.answers[PAGE_PATH] = PermissionDenied("You may not get pods/proxy.")
    return detect.look_at_server(cluster, SETUP)


def test_each_metric_of_the_server_is_asked_for_where_it_runs() -> None:
    cloud = with_value(3.0)
    found = {each.metric: each for each in collected(cloud, SETUP, PROFILE)}
    assert found[BACKLOG].value == 3.0
    assert found["jetstream_slots_used_percentage"].availability is Availability.UNKNOWN
    assert (
        f'avg(sum by (pod) ({BACKLOG}{{cluster="tpu-cluster",location="us-central1",'
        'namespace="default"}))' in cloud.asked
    )


def test_what_is_no_number_is_no_value() -> None:
    (found, *_) = collected(with_value(float("inf")), SETUP, PROFILE)
    assert found.value is None


def test_why_there_is_none_is_passed_on() -> None:
    cloud = FakeCloud()
    cloud.queried[ABOUT] = QueryAnswer("", Availability.FORBIDDEN, why="You lack it.", fix="Ask.")
    found = next(c for c in collected(cloud, SETUP, PROFILE) if c.metric == BACKLOG)
    assert (found.availability, found.why, found.fix) == (
        Availability.FORBIDDEN,
        "You lack it.",
        "Ask.",
    )


def test_without_a_project_nothing_is_asked() -> None:
    cloud = with_value(3.0)
    assert collected(cloud, setup_with(google={"project": None}), PROFILE) == ()
    assert cloud.asked == []


def test_without_google_nothing_can_be_said_of_what_arrived() -> None:
    assert in_words(None, SETUP, PROFILE, [BACKLOG]) == ""
    assert in_words(with_value(3.0), SETUP, PROFILE, []) == ""


class TestCompleted:
    def test_a_pod_that_may_not_be_asked_is_made_up_for(self) -> None:
        look = completed(refused_look(), with_value(3.0), SETUP, PROFILE)
        assert look.collected
        assert look.metrics == {BACKLOG: 3.0}
        assert look.page is not None
        assert not look.page.answered, "why the pod did not answer is still known"

    def test_a_pod_that_answered_is_asked_nowhere_else(self) -> None:
        look = detect.look_at_server(cluster_with_server(), SETUP)
        cloud = with_value(9.0)
        assert completed(look, cloud, SETUP, PROFILE) is look
        assert cloud.asked == []

    @pytest.mark.parametrize("cloud", [None, FakeCloud()])
    def test_where_google_has_nothing_either_the_look_stays(self, cloud: FakeCloud | None) -> None:
        look = refused_look()
        assert completed(look, cloud, SETUP, PROFILE) is look

    def test_a_monitoring_that_refuses_is_no_news(self) -> None:
        cloud, look = FakeCloud(), refused_look()
        cloud.refusals["promql"] = Rejected("It is disabled.")
        assert completed(look, cloud, SETUP, PROFILE) is look

    def test_a_login_that_ended_is(self) -> None:
        cloud = FakeCloud()
        cloud.refusals["promql"] = AuthError("They have expired.")
        with pytest.raises(AuthError):
            completed(refused_look(), cloud, SETUP, PROFILE)
