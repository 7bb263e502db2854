"""HPAs somebody made by hand: understood, forecast, and advised on."""

from __future__ import annotations

from typing import Any, cast

import pytest
import yaml

from jetscale_tui.domain.forecast.facts import Facts
from jetscale_tui.domain.forecast.gauges import Across
from jetscale_tui.domain.forecast.load import Burst, Ramp
from jetscale_tui.domain.forecast.result import answer
from jetscale_tui.domain.spec import AdapterKind, Guide
from jetscale_tui.engine.existing_hpa import (
    ExistingHpa,
    from_cluster,
    from_text,
    queries,
    question_of,
    understand,
)
from jetscale_tui.engine.forecasting import advise
from jetscale_tui.errors import ConfigError, NotFound
from tests.fakes import FakeCluster
from tests.unit.engine.scene import PROFILE, SETUP, api_service

BACKLOG = "jetstream_prefill_backlog_size"
SLOTS = "jetstream_slots_used_percentage"
EXTERNAL_API = "v1beta1.external.metrics.k8s.io"
FOUR_FIT = Facts(fits_now=4)


def metric(
    name: str, target: str, *, source: str = "External", kind: str = "AverageValue", **more: Any
) -> dict[str, Any]:
    wanted = {"type": kind, kind[0].lower() + kind[1:]: target}
    return {"type": source, source.lower(): {"metric": {"name": name, **more}, "target": wanted}}


def hpa(*metrics: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "by-hand", "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "server"},
            "maxReplicas": 4,
            "metrics": [*metrics],
            **spec,
        },
    }


def understood(manifest: dict[str, Any], **rules: str) -> ExistingHpa:
    return understand(manifest, SETUP, PROFILE, rules)


def across(manifest: dict[str, Any], **rules: str) -> list[Across | None]:
    return [each and each[1] for each in understood(manifest, **rules).metrics]


def test_it_is_taken_from_the_cluster_by_name() -> None:
    cluster = cast("Any", FakeCluster(hpa(metric(BACKLOG, "10"))))
    assert from_cluster(cluster, "default", "by-hand")["spec"]["maxReplicas"] == 4
    with pytest.raises(NotFound) as missing:
        from_cluster(cluster, "default", "other")
    assert missing.value.why == "There: by-hand."
    with pytest.raises(NotFound) as none:
        from_cluster(cast("Any", FakeCluster()), "default", "other")
    assert none.value.why == "There is none at all."


def test_it_is_taken_from_a_manifest() -> None:
    manifest = hpa(metric(BACKLOG, "10"))
    assert from_text(yaml.safe_dump(manifest), "hpa.yaml") == manifest


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "- 1",
        "kind: HorizontalPodAutoscaler",
        "apiVersion: v1",
        pytest.param("[" * 5_000, id="nested beyond reason"),
        "since: 2026-13-45",
    ],
)
def test_what_is_no_hpa_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"hpa\.yaml is no"):
        from_text(text, "hpa.yaml")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (metric(f"prometheus.googleapis.com|{BACKLOG}|gauge", "10", source="Pods"), Across.PODS),
        (metric(f"prometheus.googleapis.com|{BACKLOG}|gauge", "10"), Across.SERIES),
        (
            metric(
                "prometheus.googleapis.com|memory_used|gauge",
                "10",
                selector={"matchLabels": {"reducer": "REDUCE_MAX"}},
            ),
            Across.MAX,
        ),
        (metric("kubernetes.io|node|accelerator|memory_used", "10"), Across.SERIES),
        (metric(BACKLOG, "10"), Across.MEAN),
    ],
    ids=["pods", "series", "reducer", "system", "no rules known"],
)
def test_a_metric_is_recognised_however_the_adapter_spells_it(
    entry: dict[str, Any], expected: Across
) -> None:
    assert across(hpa(entry)) == [expected]


def test_the_adapters_rules_say_what_becomes_of_the_series() -> None:
    manifest = hpa(metric(BACKLOG, "10"))
    assert across(manifest, **{BACKLOG: "sum(x{})"}) == [Across.SUM]
    assert across(manifest, **{BACKLOG: "avg(x{})"}) == [Across.MEAN]


def test_metrics_of_others_are_left_to_the_unknown() -> None:
    cpu = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
    }
    described = metric(BACKLOG, "10", source="Object")
    described["object"]["describedObject"] = {"kind": "Service", "name": "s", "apiVersion": "v1"}
    dead = metric("jetstream_transfer_backlog_size", "10")
    existing = understood(hpa(metric(BACKLOG, "10"), cpu, described, dead))
    followed = question_of(existing, FOUR_FIT, Burst(), 30.0).followed
    for known in (existing.metrics, followed):
        assert [each is not None for each in known] == [True, False, False, False]
    assert [target.name for target in existing.setup.scaling.metrics] == [BACKLOG]


@pytest.mark.parametrize(
    "manifest",
    [hpa(metric("queue_depth", "10")), hpa(), hpa(metric("jetstream_transfer_backlog_size", "1"))],
)
def test_an_hpa_of_which_nothing_is_known_is_refused(manifest: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="no metric of profile jetstream-maxtext"):
        understood(manifest)


@pytest.mark.parametrize(
    "spec",
    [
        {"maxReplicas": None},
        {"metrics": [{"type": "External"}]},
        {"metrics": [metric(BACKLOG, "ten")]},
        {"metrics": 3},
        {"behavior": {"scaleUp": {"policies": [{"type": "Pods"}]}}},
    ],
)
def test_a_spec_that_makes_no_sense_is_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="spec of HPA by-hand"):
        understood(hpa(metric(BACKLOG, "10"), **spec))


def test_the_nearest_setup_has_its_limits_targets_and_behavior() -> None:
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 60}}
    setup = understood(
        hpa(metric(SLOTS, "80"), minReplicas=2, behavior=behavior), **{SLOTS: "avg(x)"}
    ).setup
    scaling = setup.scaling
    assert (scaling.min_replicas, scaling.max_replicas) == (2, 4)
    assert (scaling.metrics[0].name, scaling.metrics[0].target) == (SLOTS, "80")
    assert scaling.behavior == behavior
    assert setup.adapter.kind is AdapterKind.PROMETHEUS
    assert setup.guide is Guide.LITERAL


def test_the_nearest_setup_of_a_right_one_is_not_the_guides() -> None:
    name = f"prometheus.googleapis.com|{BACKLOG}|gauge"
    setup = understood(hpa(metric(name, "10", source="Pods"))).setup
    assert setup.guide is Guide.CORRECTED
    assert setup.adapter.kind is AdapterKind.STACKDRIVER
    assert setup.scaling.behavior is None


def test_rules_are_read_from_the_adapter_that_serves_external_metrics() -> None:
    config = {
        "externalRules": [
            {"seriesQuery": "a{}", "metricsQuery": "avg(a)"},
            {"seriesQuery": "b{}", "name": {"as": "renamed"}, "metricsQuery": "sum(b)"},
            {"seriesQuery": "c{}"},
            {"seriesQuery": "d{}", "name": "a word", "metricsQuery": "max(d)"},
            "nonsense",
        ]
    }
    maps = {
        "config": {"config.yaml": yaml.safe_dump(config)},
        "broken": {"x": "{", "y": "- 1", "z": 3, "w": "externalRules: 5"},
        "hostile": {"deep": "[" * 5_000, "date": "a: 2026-13-45"},
        "empty": None,
    }
    objects = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "monitoring"},
            "data": data,
        }
        for name, data in maps.items()
    ]
    owner = api_service(EXTERNAL_API, "monitoring/adapter")
    assert queries(cast("Any", FakeCluster(owner, *objects))) == {
        "a": "avg(a)",
        "renamed": "sum(b)",
        "d": "max(d)",
    }
    assert queries(cast("Any", FakeCluster(*objects))) == {}


def test_a_percentage_target_never_scales_and_the_advice_says_what_does() -> None:
    name = f"prometheus.googleapis.com|{SLOTS}|gauge"
    existing = understood(hpa(metric(name, "80", source="Pods")))
    asked = question_of(existing, FOUR_FIT, Ramp(1.0, 4.0, 3600.0), 30.0)
    now = answer(asked)
    assert now.figures.added is None
    assert now.headlines[0].warning
    found = advise(existing.setup, PROFILE, asked, now.figures)
    targets = [
        change.text
        for advice in found.advice
        for change in advice.changes
        if change.path == "scaling.metrics[0].target"
    ]
    assert any(text.startswith("scaling.metrics[0].target: 80 → ") for text in targets)
    assert found.advice[0].after.unserved < now.figures.unserved / 10
