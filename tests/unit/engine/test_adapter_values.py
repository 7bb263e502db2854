from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.spec import AdapterKind
from jetscale_tui.engine import adapter_values
from jetscale_tui.errors import AuthError, JetScaleError, NotFound, Unreachable
from jetscale_tui.manifests.hpa import autoscaler
from tests.fakes import FakeCluster
from tests.unit.engine.scene import PROFILE, SELECTOR, SETUP, setup_with

if TYPE_CHECKING:
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.waiting import Seen

PROMETHEUS = setup_with(adapter={"kind": AdapterKind.PROMETHEUS})
METRIC = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/jetstream_prefill_backlog_size"
QUERY = "/api/v1/namespaces/default/services/jetscale-frontend:9090/proxy/api/v1/query"


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


def look(cluster: FakeCluster, setup: Setup = PROMETHEUS, hint: str = "") -> Seen:
    return adapter_values.look(autoscaler(setup, PROFILE), SELECTOR, setup, cluster, hint)


def test_every_value_is_told(cluster: FakeCluster) -> None:
    cluster.answers[METRIC] = '{"items": [{"value": "3"}, {"value": "4"}]}'
    assert look(cluster).detail == "jetstream_prefill_backlog_size = 3, 4"


def test_a_refused_frontend_is_the_reason(cluster: FakeCluster) -> None:
    cluster.answers[QUERY] = JetScaleError("HTTP 403 Forbidden", why="timeSeries.list denied")
    seen = look(cluster, hint="Handed over: identity.")
    assert not seen.done
    assert seen.detail.startswith("Cloud Monitoring does not answer the frontend; waiting for")
    assert seen.why == "HTTP 403 Forbidden timeSeries.list denied Handed over: identity."


def test_behind_a_frontend_that_is_answered_the_metric_is_new(cluster: FakeCluster) -> None:
    cluster.answers[QUERY] = "{}"
    seen = look(cluster)
    assert seen.detail == "the adapter has no value of jetstream_prefill_backlog_size yet"
    assert "up to 10 minutes" in seen.why


def test_the_stackdriver_adapter_has_no_frontend(cluster: FakeCluster) -> None:
    assert "has no value of prometheus.googleapis.com|" in look(cluster, SETUP).detail


def test_credentials_that_are_no_good_are_no_answer_of_the_frontend(cluster: FakeCluster) -> None:
    cluster.answers[QUERY] = AuthError("Log in again.")
    with pytest.raises(AuthError):
        look(cluster)


def test_an_api_that_does_not_answer_says_so(cluster: FakeCluster) -> None:
    cluster.answers[METRIC] = Unreachable("no answer", why="w", fix="f")
    seen = look(cluster)
    assert (seen.detail, seen.why, seen.fix) == (
        "jetstream_prefill_backlog_size: no answer",
        "w",
        "f",
    )
    cluster.answers[METRIC] = NotFound("not served")
    assert not look(cluster).done
