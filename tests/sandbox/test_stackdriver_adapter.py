"""The adapter's answers over the aggregated APIs, word for word as a client gets them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from jetscale_tui.domain.kinds import POD
from jetscale_tui.sandbox.kube.handlers import AggregatedRequest
from jetscale_tui.sandbox.monitoring import Series, labels
from jetscale_tui.sandbox.reducers import REDUCERS
from tests.sandbox.still import BACKLOG

if TYPE_CHECKING:
    from tests.sandbox.still import StillWorld

EXTERNAL = ("external.metrics.k8s.io", "v1beta1")
CUSTOM = ("custom.metrics.k8s.io", "v1beta2")


def ask(
    still: StillWorld, api: tuple[str, str], path: str = "", **query: str
) -> tuple[int, dict[str, Any]]:
    parts = tuple(unquote(part) for part in path.split("/") if part)
    reply = still.world.aggregated[api](AggregatedRequest(*api, "GET", parts, query))
    return reply.status, json.loads(reply.body)


def external(still: StillWorld, name: str = BACKLOG, selector: str = "") -> list[dict[str, Any]]:
    path = f"namespaces/default/{name.replace('|', '%7C')}"
    status, answer = ask(still, EXTERNAL, path, labelSelector=selector)
    assert status == 200, answer
    items: list[dict[str, Any]] = answer["items"]
    return items


def write(still: StillWorld, name: str, kind: str, points: dict[float, float], **own: str) -> None:
    """A series with points so many seconds ago."""
    series = Series(
        f"prometheus.googleapis.com/{name}/{kind}",
        "CUMULATIVE" if kind == "counter" else "GAUGE",
        labels(own),
        "prometheus_target",
        labels({"cluster": "tpu-cluster", "namespace": "default"}),
    )
    now = still.clock.monotonic()
    for ago, value in sorted(points.items(), reverse=True):
        still.world.monitoring.write(series, value, now - ago)


@pytest.fixture
def served(still: StillWorld) -> StillWorld:
    still.install_adapter()
    still.scrape()
    still.run(200)
    return still


def test_discovery_lists_one_thing_and_proves_nothing(served: StillWorld) -> None:
    _, answer = ask(served, EXTERNAL)
    assert [each["name"] for each in answer["resources"]] == ["externalmetrics"]
    _, answer = ask(served, CUSTOM)
    (resource,) = answer["resources"]
    assert resource["name"].startswith("*/kubernetes.io|")


def test_an_external_value_carries_the_labels_of_its_series(served: StillWorld) -> None:
    (item,) = external(served)
    assert item["metricName"] == BACKLOG
    assert item["value"] == "0"
    assert item["metricLabels"]["resource.labels.cluster"] == "tpu-cluster"
    assert item["metricLabels"]["metric.labels.pod"] == served.pods()[0]["metadata"]["name"]


@pytest.mark.parametrize("version", ["v1beta1", "v1beta2"])
def test_both_versions_of_the_custom_api_answer_in_their_own_shape(
    served: StillWorld, version: str
) -> None:
    path = f"namespaces/default/pods/*/{BACKLOG.replace('|', '%7C')}"
    api = ("custom.metrics.k8s.io", version)
    status, answer = ask(served, api, path, labelSelector="app=maxengine-server")
    assert status == 200
    (item,) = answer["items"]
    assert item["describedObject"]["name"] == served.pods()[0]["metadata"]["name"]
    name = item["metricName"] if version == "v1beta1" else item["metric"]["name"]
    assert name == BACKLOG


def test_one_pod_can_be_asked_for_by_name(served: StillWorld) -> None:
    name = served.pods()[0]["metadata"]["name"]
    _, answer = ask(served, CUSTOM, f"namespaces/default/pods/{name}/{BACKLOG}")
    assert len(answer["items"]) == 1
    status, answer = ask(served, CUSTOM, f"namespaces/default/pods/nosuch/{BACKLOG}")
    assert (status, answer["message"]) == (404, 'pods "nosuch" not found')


def test_pods_that_do_not_exist_are_a_bad_request(served: StillWorld) -> None:
    path = f"namespaces/default/pods/*/{BACKLOG}"
    status, answer = ask(served, CUSTOM, path, labelSelector="app=nosuch")
    assert (status, answer["message"]) == (400, "No objects matched provided selector")


def test_metrics_without_a_namespace_are_not_implemented(served: StillWorld) -> None:
    status, answer = ask(served, CUSTOM, "nodes/some-node/cpu")
    assert status == 501
    assert "is not implemented" in answer["message"]


def test_a_metric_selector_chooses_among_a_pods_series(served: StillWorld) -> None:
    name = "prometheus.googleapis.com|jetstream_slots_used_percentage|gauge"
    path = f"namespaces/default/pods/*/{name}"
    chosen = {"labelSelector": "app=maxengine-server"}
    for selector, count in (("metric.labels.idx=0", 1), ("metric.labels.idx=1", 0)):
        _, answer = ask(served, CUSTOM, path, **chosen, metricLabelSelector=selector)
        assert len(answer["items"]) == count


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ("metric.labels.shard=a", 1),
        ("metric.labels.shard!=a", 2),
        ("metric.labels.shard in (a,b)", 2),
        ("metric.labels.shard notin (a,b)", 1),
        ("metric.labels.shard", 3),
        ("resource.type=prometheus_target", 3),
        ("resource.labels.cluster=tpu-cluster,metric.labels.shard=c", 1),
        ("resource.labels.cluster=other", 0),
    ],
)
def test_external_selectors_know_every_operator_but_absence(
    served: StillWorld, selector: str, count: int
) -> None:
    for shard in "abc":
        write(served, "queue", "gauge", {20: 1.0}, shard=shard)
    assert len(external(served, "prometheus.googleapis.com|queue|gauge", selector)) == count


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("!metric.labels.shard", "Label selector with operator DoesNotExist is not allowed"),
        ("shard=a", 'Metric label: "shard" is not allowed'),
        ("reducer=REDUCE_MEDIAN", "Reducer: REDUCE_MEDIAN is not supported"),
        ("reducer!=REDUCE_SUM", "Reducer must use '=' or '=='"),
    ],
)
def test_a_selector_it_cannot_use_is_refused(
    served: StillWorld, selector: str, message: str
) -> None:
    status, answer = ask(served, EXTERNAL, f"namespaces/default/{BACKLOG}", labelSelector=selector)
    assert (status, answer["message"]) == (400, message)


@pytest.mark.parametrize(
    ("reducer", "value"),
    [
        ("REDUCE_SUM", "20"),
        ("REDUCE_MEAN", "5"),
        ("REDUCE_MAX", "11"),
        ("REDUCE_MIN", "2"),
        ("REDUCE_COUNT", "4"),
        ("REDUCE_PERCENTILE_50", "3500m"),
        ("REDUCE_STDDEV", "3535m"),
    ],
)
def test_a_reducer_makes_one_value_of_all_series(
    served: StillWorld, reducer: str, value: str
) -> None:
    for shard, size in (("a", 2.0), ("b", 3.0), ("c", 4.0), ("d", 11.0)):
        write(served, "queue", "gauge", {20: size}, shard=shard)
    name = "prometheus.googleapis.com|queue|gauge"
    (item,) = external(served, name, f"reducer={reducer}")
    assert (item["value"], item["metricLabels"]) == (value, {})
    assert len(external(served, name, "reducer=REDUCE_NONE")) == 4


@pytest.mark.parametrize("reducer", REDUCERS)
def test_no_reducer_leaves_the_range_of_a_single_value(reducer: str) -> None:
    assert REDUCERS[reducer]([4.0]) in (4.0, 1, 0.0)


def test_a_counter_is_read_as_its_rate(served: StillWorld) -> None:
    write(served, "served", "counter", {70: 0.0, 50: 100.0, 20: 250.0})
    (item,) = external(served, "prometheus.googleapis.com|served|counter")
    assert item["value"] == "5"


def test_a_counter_seen_once_has_no_rate_yet(served: StillWorld) -> None:
    write(served, "served", "counter", {20: 250.0})
    assert external(served, "prometheus.googleapis.com|served|counter") == []


def test_doubles_are_cut_to_thousandths(served: StillWorld) -> None:
    write(served, "share", "gauge", {20: 0.87654})
    assert external(served, "prometheus.googleapis.com|share|gauge")[0]["value"] == "876m"


def test_nobody_answers_for_an_api_whose_pod_is_gone(served: StillWorld) -> None:
    for pod in served.pods("custom-metrics-stackdriver-adapter", "custom-metrics"):
        served.store.delete(POD, "custom-metrics", pod["metadata"]["name"])
    status, answer = ask(served, EXTERNAL, f"namespaces/default/{BACKLOG}")
    assert (status, answer["reason"]) == (503, "ServiceUnavailable")
