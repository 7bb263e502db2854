"""From a request in a queue to a replica more: every link of the chain, and what breaks it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import DEPLOYMENT, HPA, POD_MONITORING, Json
from jetscale_tui.sandbox.blueprint import Blueprint, WorkloadBlueprint
from tests.sandbox.still import BACKLOG, external_metric, pods_metric, still_world

if TYPE_CHECKING:
    from tests.sandbox.still import StillWorld

TPU_SELECTOR = {"matchLabels": {"k8s-app": "tpu-device-plugin"}}
MEMORY = "prometheus.googleapis.com|memory_used|gauge"


def ready(still: StillWorld) -> None:
    """Adapter installed and available, server scraped."""
    still.install_adapter()
    still.scrape()
    still.run(200)


def load(still: StillWorld, requests: int = 100, max_tokens: int = 200) -> None:
    """Put requests into the queue of the first replica."""
    model = still.world.jetstream.model(still.pods()[0])
    assert model is not None
    for _ in range(requests):
        model.submit(still.clock.monotonic(), max_tokens=max_tokens)


def status(still: StillWorld, name: str = "jetstream-hpa") -> Json:
    found: Json = still.get(HPA, name).get("status") or {}
    return found


def active(still: StillWorld, name: str = "jetstream-hpa") -> tuple[str, str, str]:
    found = still.condition(HPA, name, "ScalingActive")
    return found["status"], found["reason"], found["message"]


def average(still: StillWorld) -> str:
    (metric,) = status(still)["currentMetrics"]
    text: str = (metric.get("pods") or metric["external"])["current"]["averageValue"]
    return text


def test_an_hpa_is_first_looked_at_one_period_after_it_appears(still: StillWorld) -> None:
    ready(still)
    still.autoscale()
    still.run(14)
    assert "conditions" not in status(still)
    still.run(2)
    assert active(still)[:2] == ("True", "ValidMetricFound")
    assert average(still) == "0"


def test_a_burst_brings_a_second_replica(still: StillWorld) -> None:
    ready(still)
    still.autoscale()
    still.run(20)
    load(still)
    still.run(45)
    assert still.get(DEPLOYMENT, "maxengine-server")["spec"]["replicas"] == 2
    assert f"New size: 2; reason: pods metric {BACKLOG} above target" in still.messages(
        "SuccessfulRescale"
    )
    assert still.condition(HPA, "jetstream-hpa", "ScalingLimited")["reason"] == "TooManyReplicas"
    still.run(100)
    assert still.get(DEPLOYMENT, "maxengine-server")["status"]["readyReplicas"] == 2


def test_after_the_burst_it_comes_back_when_the_window_is_over(still: StillWorld) -> None:
    ready(still)
    still.autoscale()
    still.run(20)
    load(still)
    still.run(200)
    assert still.get(DEPLOYMENT, "maxengine-server")["spec"]["replicas"] == 2
    able = still.condition(HPA, "jetstream-hpa", "AbleToScale")
    assert able["reason"] == "ScaleDownStabilized"
    still.run(300)
    assert still.get(DEPLOYMENT, "maxengine-server")["spec"]["replicas"] == 1


def test_without_an_adapter_the_metric_is_unknown(still: StillWorld) -> None:
    still.scrape()
    still.autoscale()
    still.run(40)
    assert active(still) == (
        "False",
        "FailedGetPodsMetric",
        f"the HPA was unable to compute the replica count: unable to get metric {BACKLOG}: "
        "unable to fetch metrics from custom metrics API: "
        "no custom metrics API (custom.metrics.k8s.io) registered",
    )
    assert set(still.reasons("HorizontalPodAutoscaler")) == {
        "FailedGetPodsMetric",
        "FailedComputeMetricsReplicas",
    }


def test_without_the_role_the_api_is_unavailable(still: StillWorld) -> None:
    still.install_adapter(granted=False)
    still.scrape()
    still.autoscale(metrics=[external_metric(BACKLOG, "10")])
    still.run(40)
    assert active(still)[2].endswith(
        "the server is currently unable to handle the request "
        f"(get {BACKLOG}.external.metrics.k8s.io)"
    )


def test_a_role_that_is_taken_away_later_looks_like_a_missing_descriptor(
    still: StillWorld,
) -> None:
    ready(still)
    still.autoscale()
    still.run(20)
    assert active(still)[0] == "True"
    policy = still.google.policy.read()
    del policy.bindings[-1]
    still.google.policy.write(policy)
    still.run(90)
    assert active(still)[2].endswith(
        "the server could not find the descriptor for metric "
        '"prometheus.googleapis.com/jetstream_prefill_backlog_size/gauge"'
    )


@pytest.mark.parametrize(
    "broken",
    [
        {"selector": {"matchLabels": {"app": "other"}}},
        {"endpoint": {"port": "PROMETHEUS_PORT"}},
        {"endpoint": {"port": 9101}},
        {"namespace": "kube-system"},
    ],
)
def test_a_podmonitoring_that_fits_nothing_looks_healthy_and_scrapes_nothing(
    still: StillWorld, broken: Json
) -> None:
    still.install_adapter()
    still.scrape(**broken)
    still.autoscale()
    still.run(250)
    namespace = broken.get("namespace", "default")
    created = still.condition(POD_MONITORING, "server", "ConfigurationCreateSuccess", namespace)
    assert created["status"] == "True"
    assert "could not find the descriptor" in active(still)[2]


def test_a_server_without_its_metrics_argument_has_no_metrics() -> None:
    off = replace(Blueprint(), workload=WorkloadBlueprint(metrics_port=0))
    with still_world(off) as still:
        ready(still)
        still.autoscale()
        still.run(20)
        assert "could not find the descriptor" in active(still)[2]


def test_series_without_a_pod_label_cannot_be_used_as_pods_metric(still: StillWorld) -> None:
    still.install_adapter()
    still.scrape(targetLabels={"metadata": ["container"]})
    still.autoscale()
    still.run(250)
    assert "label = pod" in active(still)[2]


def test_a_named_port_keeps_the_container_label_and_a_number_does_not(still: StillWorld) -> None:
    template = still.get(DEPLOYMENT, "maxengine-server")["spec"]["template"]
    template["spec"]["containers"][0]["ports"].append(
        {"name": "metrics", "containerPort": 9100, "protocol": "TCP"}
    )
    still.change(DEPLOYMENT, "maxengine-server", template=template)
    still.run(400)
    still.scrape("by-name", endpoint={"port": "metrics"})
    still.scrape("by-number")
    still.run(60)
    found = {}
    kind = "prometheus.googleapis.com/jetstream_prefill_backlog_size/gauge"
    for series, _ in still.world.monitoring.read(kind, 300, lambda _: True):
        found[series.resource_label("job")] = series.metric_label("container")
    assert found == {"by-name": "maxengine-server", "by-number": None}


def test_two_podmonitorings_of_one_pod_count_it_twice(still: StillWorld) -> None:
    ready(still)
    still.scrape("again")
    still.autoscale(maxReplicas=1)
    still.run(20)
    load(still)
    still.run(30)
    assert average(still) == "136"


def test_the_value_lags_by_scrape_and_ingestion(still: StillWorld) -> None:
    still.install_adapter()
    still.scrape(endpoint={"interval": "30s"})
    still.run(200)
    kind = "prometheus.googleapis.com/jetstream_prefill_backlog_size/gauge"

    def newest() -> float:
        return max(
            points[0].value for _, points in still.world.monitoring.read(kind, 300, lambda _: True)
        )

    load(still)
    seen = []
    for _ in range(40):
        seen.append(newest())
        still.run(1)
    assert seen[0] == 0
    assert 0 < next(at for at, value in enumerate(seen) if value > 0) <= 36


def test_a_dead_series_keeps_its_last_value_for_five_minutes(still: StillWorld) -> None:
    ready(still)
    still.autoscale(maxReplicas=1, metrics=[external_metric(BACKLOG, "10")])
    still.run(20)
    assert average(still) == "0"
    still.store.delete(POD_MONITORING, "default", "server")
    still.run(240)
    assert active(still)[0] == "True"
    still.run(90)
    assert active(still)[2].endswith("no metrics returned from external metrics API")


def test_external_metrics_are_not_bound_to_a_namespace_unless_the_selector_says_so(
    still: StillWorld,
) -> None:
    still.install_adapter()
    still.scrape(
        "tpu",
        namespace="kube-system",
        selector=TPU_SELECTOR,
        endpoint={"port": 2112, "path": "/metrics"},
    )
    labels = {
        "metric.labels.container": "maxengine-server",
        "metric.labels.exported_namespace": "default",
        "resource.labels.namespace": "kube-system",
    }
    still.autoscale(metrics=[external_metric(MEMORY, "200G", labels)], maxReplicas=1)
    still.run(250)
    assert active(still)[0] == "True"
    # Eight chips, each four fifths full.
    assert average(still).startswith("1082331")


def test_a_selector_that_matches_no_series_reads_nothing(still: StillWorld) -> None:
    ready(still)
    labels = {"resource.labels.cluster": "another"}
    still.autoscale(metrics=[external_metric(BACKLOG, "10", labels)])
    still.run(20)
    assert active(still)[2].endswith("no metrics returned from external metrics API")


def test_a_label_outside_the_allowed_ones_is_refused(still: StillWorld) -> None:
    ready(still)
    still.autoscale(metrics=[external_metric(BACKLOG, "10", {"pod": "x"})])
    still.run(20)
    assert active(still)[2].endswith('Metric label: "pod" is not allowed')


def test_a_bare_name_is_taken_for_a_custom_metric(still: StillWorld) -> None:
    ready(still)
    still.autoscale(metrics=[pods_metric("jetstream_prefill_backlog_size", "10")])
    still.run(20)
    assert '"custom.googleapis.com/jetstream_prefill_backlog_size"' in active(still)[2]


def test_a_total_is_shown_per_replica(still: StillWorld) -> None:
    ready(still)
    still.change(DEPLOYMENT, "maxengine-server", replicas=2)
    still.run(200)
    still.autoscale(metrics=[external_metric(BACKLOG, "100")], minReplicas=2)
    load(still, requests=57, max_tokens=2000)
    still.run(40)
    # 25 wait, 32 are served: 25 on two replicas.
    assert average(still) == "12500m"


def test_two_hpas_on_one_target_switch_each_other_off(still: StillWorld) -> None:
    ready(still)
    still.autoscale("one")
    still.autoscale("two")
    still.run(60)
    for name in ("one", "two"):
        state, reason, message = active(still, name)
        assert (state, reason) == ("False", "AmbiguousSelector")
        assert message.startswith(
            "pods by selector app=maxengine-server are controlled by multiple HPAs: [default/"
        )
    still.store.delete(HPA, "default", "two")
    still.run(40)
    assert active(still, "one")[:2] == ("True", "ValidMetricFound")


def test_a_missing_target_is_named(still: StillWorld) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "nosuch"}
    still.autoscale(scaleTargetRef=target)
    still.run(20)
    able = still.condition(HPA, "jetstream-hpa", "AbleToScale")
    assert able["message"] == (
        "the HPA controller was unable to get the target's current scale: "
        'deployments.apps "nosuch" not found'
    )
    assert "FailedGetScale" in still.reasons("HorizontalPodAutoscaler")


def test_a_target_scaled_to_zero_pauses_its_hpa(still: StillWorld) -> None:
    ready(still)
    still.autoscale()
    still.change(DEPLOYMENT, "maxengine-server", replicas=0)
    still.run(40)
    assert active(still)[1] == "ScalingDisabled"


def test_a_size_above_the_maximum_is_brought_down_without_reading_metrics(
    still: StillWorld,
) -> None:
    still.change(DEPLOYMENT, "maxengine-server", replicas=2)
    still.autoscale(maxReplicas=1)
    still.run(20)
    assert still.get(DEPLOYMENT, "maxengine-server")["spec"]["replicas"] == 1
    assert (
        "New size: 1; reason: Current number of replicas above Spec.MaxReplicas"
        in still.messages("SuccessfulRescale")
    )


def test_a_pass_that_changes_nothing_writes_nothing(still: StillWorld) -> None:
    ready(still)
    still.autoscale()
    still.run(400)
    before = still.get(HPA, "jetstream-hpa")["metadata"]["resourceVersion"]
    still.run(120)
    assert still.get(HPA, "jetstream-hpa")["metadata"]["resourceVersion"] == before


def test_system_metrics_need_no_scrape_and_come_late(still: StillWorld) -> None:
    still.install_adapter()
    labels = {
        "resource.labels.cluster_name": "tpu-cluster",
        "resource.labels.node_name": still.pods()[0]["spec"]["nodeName"],
    }
    name = "kubernetes.io|node|accelerator|memory_used"
    still.autoscale(metrics=[external_metric(name, "200G", labels)], maxReplicas=1)
    still.run(250)
    assert active(still)[0] == "True"
    kind = name.replace("|", "/")
    ((_, points),) = list(still.world.monitoring.read(kind, 600, lambda each: "-0" in str(each)))
    assert still.clock.monotonic() - points[0].at >= 120


def test_the_container_metric_can_be_followed_per_pod(still: StillWorld) -> None:
    still.install_adapter()
    name = "kubernetes.io|container|accelerator|duty_cycle"
    still.autoscale(metrics=[pods_metric(name, "1k")], maxReplicas=1)
    load(still, requests=100, max_tokens=20_000)
    still.run(400)
    # Eight busy chips, added up.
    assert average(still) == "800"
