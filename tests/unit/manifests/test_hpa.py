from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain import quantity
from jetscale_tui.domain.profile import Metric, Origin, Profile, Unit
from jetscale_tui.domain.spec import Guide, Setup
from jetscale_tui.errors import ConfigError
from jetscale_tui.manifests.hpa import autoscaler, hpa_name
from jetscale_tui.manifests.metric_query import MetricQuery, metric_query
from tests.unit.manifests.variants import (
    BACKLOG,
    HBM_NODE,
    PROFILE,
    VARIANTS,
    setup_of,
    variant,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


def metrics_of(setup: Setup, profile: Profile = PROFILE) -> list[Json]:
    written: list[Json] = autoscaler(setup, profile)["spec"]["metrics"]
    return written


def external(metric: str, target: Json, selector: dict[str, str] | None = None) -> Json:
    name: Json = {"name": metric}
    if selector:
        name["selector"] = {"matchLabels": selector}
    return {"type": "External", "external": {"metric": name, "target": target}}


def pods(metric: str, target: str) -> Json:
    return {
        "type": "Pods",
        "pods": {
            "metric": {"name": metric},
            "target": {"type": "AverageValue", "averageValue": target},
        },
    }


EXPORTER_SELECTOR = {
    "metric.labels.container": "maxengine-server",
    "metric.labels.exported_namespace": "default",
    "resource.labels.cluster": "tpu-cluster",
    "resource.labels.location": "us-central1",
    "resource.labels.namespace": "kube-system",
}
BYTES = {"type": "AverageValue", "averageValue": "100Gi"}
SHARE = {"type": "Value", "value": "900m"}
V1 = pods("prometheus.googleapis.com|jetstream_prefill_backlog_size|gauge", "10")
V3 = external("prometheus.googleapis.com|memory_used|gauge", BYTES, EXPORTER_SELECTOR)
V4 = external("jetstream_prefill_backlog_size", {"type": "AverageValue", "averageValue": "10"})
V6 = external("memory_used_percentage", SHARE)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("V1", [V1]),
        ("V2", [pods("prometheus.googleapis.com|jetstream_slots_used_percentage|gauge", "900m")]),
        ("V3", [V3]),
        (
            "V3b",
            [
                external(
                    "kubernetes.io|node|accelerator|memory_used",
                    BYTES,
                    {
                        "resource.labels.cluster_name": "tpu-cluster",
                        "resource.labels.location": "us-central1",
                    },
                )
            ],
        ),
        ("V4", [V4]),
        ("V5", [external("jetstream_slots_used_percentage", SHARE)]),
        ("V6", [V6]),
        ("V7-stackdriver", [V1, V3]),
        ("V7-prometheus", [V4, V6]),
    ],
)
def test_each_variant_names_its_metrics_as_the_chosen_adapter_serves_them(
    name: str, expected: list[Json]
) -> None:
    assert metrics_of(variant(name)) == expected


@pytest.mark.parametrize("name", VARIANTS)
def test_every_target_is_a_quantity_kubernetes_accepts(name: str) -> None:
    for metric in metrics_of(variant(name)):
        target = metric[metric["type"].lower()]["target"]
        quantity.parse(target.get("averageValue") or target["value"])


def test_the_autoscaler_scales_the_deployment_within_the_limits() -> None:
    setup = setup_of(
        workload={"namespace": "llm", "deployment": "server"},
        scaling={"name": "mine", "minReplicas": 2, "maxReplicas": 7, "metrics": [BACKLOG]},
    )
    written = autoscaler(setup, PROFILE)
    assert written["metadata"]["name"] == "mine"
    assert written["metadata"]["namespace"] == "llm"
    spec = written["spec"]
    assert spec["scaleTargetRef"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "server",
    }
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 7)
    assert "behavior" not in spec


def test_behavior_is_passed_through_as_written() -> None:
    behavior: dict[str, Any] = {
        "scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 300}]},
        "scaleDown": {"stabilizationWindowSeconds": 600},
    }
    setup = setup_of(scaling={"metrics": [BACKLOG], "behavior": behavior})
    assert autoscaler(setup, PROFILE)["spec"]["behavior"] == behavior


def test_a_container_s_system_metric_is_scoped_to_the_workload_s_container() -> None:
    name = "kubernetes.io/container/accelerator/memory_used"
    metric = PROFILE.metric(HBM_NODE["name"])
    assert metric is not None
    profile = PROFILE.model_copy(update={"metrics": (metric.model_copy(update={"name": name}),)})
    setup = setup_of("stackdriver", [{"name": name, "target": "100Gi"}])
    assert metrics_of(setup, profile) == [
        external(
            "kubernetes.io|container|accelerator|memory_used",
            BYTES,
            {
                "resource.labels.cluster_name": "tpu-cluster",
                "resource.labels.container_name": "maxengine-server",
                "resource.labels.location": "us-central1",
                "resource.labels.namespace_name": "default",
            },
        )
    ]


def test_a_share_that_comes_as_one_series_a_chip_is_averaged_before_it_is_compared() -> None:
    duty = Metric(
        name="duty_cycle", title="Duty", origin=Origin.TPU_EXPORTER, unit=Unit.RATIO, why="busy"
    )
    profile = PROFILE.model_copy(update={"metrics": (duty,)})
    setup = setup_of("stackdriver", [{"name": "duty_cycle", "target": "90%"}])
    selector = EXPORTER_SELECTOR | {"reducer": "REDUCE_MEAN"}
    assert metrics_of(setup, profile) == [
        external("prometheus.googleapis.com|duty_cycle|gauge", SHARE, selector)
    ]


def test_a_system_metric_in_literal_mode_has_the_name_from_the_guide_s_text_alone() -> None:
    assert metrics_of(variant("V3b", Guide.LITERAL)) == [
        external("kubernetes.io|node|accelerator|memory_used", BYTES)
    ]


def test_a_metric_the_profile_does_not_know_is_refused() -> None:
    setup = setup_of("stackdriver", [{"name": "nonsense", "target": "1"}])
    with pytest.raises(ConfigError, match="Profile jetstream-maxtext has no metric nonsense"):
        autoscaler(setup, PROFILE)


@pytest.mark.parametrize(
    ("typed", "written"),
    [("90%", "900m"), ("0.9", "900m"), ("900m", "900m"), ("12.5%", "125m")],
)
def test_a_share_is_written_as_the_server_sends_it_back(typed: str, written: str) -> None:
    setup = setup_of("prometheus", [{"name": "jetstream_slots_used_percentage", "target": typed}])
    assert metrics_of(setup)[0]["external"]["target"] == {"type": "Value", "value": written}


def test_a_target_that_is_no_quantity_is_refused() -> None:
    setup = setup_of("stackdriver", [BACKLOG | {"target": "many"}])
    with pytest.raises(ConfigError, match="'many' is not a quantity"):
        autoscaler(setup, PROFILE)


@pytest.mark.parametrize("guide", Guide)
def test_the_autoscaler_s_name_can_be_asked_for(guide: Guide) -> None:
    for name in VARIANTS:
        setup = variant(name, guide)
        assert hpa_name(setup) == autoscaler(setup, PROFILE)["metadata"]["name"]


EXTERNAL = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default"
CUSTOM = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "V1",
            MetricQuery(
                f"{CUSTOM}/pods/*/prometheus.googleapis.com%7Cjetstream_prefill_backlog_size%7Cgauge",
                {"labelSelector": "app=maxengine-server"},
            ),
        ),
        (
            "V3",
            MetricQuery(
                f"{EXTERNAL}/prometheus.googleapis.com%7Cmemory_used%7Cgauge",
                {"labelSelector": ",".join(f"{k}={v}" for k, v in EXPORTER_SELECTOR.items())},
            ),
        ),
        ("V4", MetricQuery(f"{EXTERNAL}/jetstream_prefill_backlog_size", {})),
    ],
)
def test_a_metric_is_asked_for_where_the_autoscaler_s_controller_asks(
    name: str, expected: MetricQuery
) -> None:
    setup = variant(name)
    assert metric_query(setup, PROFILE, setup.scaling.metrics[0].name) == expected
