"""The HPA as the API writes it, and as typed values."""

from __future__ import annotations

import pytest

from jetscale_tui.domain.hpa.conditions import Condition, Finding, applied
from jetscale_tui.domain.hpa.defaults import with_defaults
from jetscale_tui.domain.hpa.spec import Select, Target, parse_metric, parse_spec
from jetscale_tui.domain.hpa.status import HpaStatus, MetricStatus, milliseconds, rfc3339
from jetscale_tui.domain.quantity import QuantityError
from tests.unit.domain.hpa_cases import START, external


def test_an_absent_behavior_stays_absent_and_an_empty_one_is_filled() -> None:
    assert parse_spec({"maxReplicas": 3}).behavior is None
    filled = parse_spec({"maxReplicas": 3, "behavior": {}}).behavior
    assert filled is not None
    assert [policy.value for policy in filled.scale_up.policies] == [4, 100]
    assert filled.scale_up.window == 0
    assert filled.scale_down.window is None
    assert filled.scale_down.select is Select.MAX


def test_defaults_are_filled_once() -> None:
    once = with_defaults({"maxReplicas": 3, "behavior": {"scaleUp": {"tolerance": "0"}}})
    assert with_defaults(once) == once
    assert once["metrics"][0]["resource"]["target"]["averageUtilization"] == 80


def test_without_metrics_the_cpu_is_followed() -> None:
    hpa = parse_spec({"maxReplicas": 3})
    assert [metric.name for metric in hpa.metrics] == ["cpu"]
    assert not hpa.follows_external_or_object


def test_a_target_may_be_a_bare_number() -> None:
    metric = external()
    metric["external"]["target"]["averageValue"] = 10
    assert parse_metric(metric).amount == 10_000


def test_a_target_below_a_thousandth_becomes_one() -> None:
    assert parse_metric(external(average="100u")).amount == 1


def test_a_target_that_is_no_quantity_is_refused() -> None:
    with pytest.raises(QuantityError):
        parse_metric(external(average="ten"))


def test_an_object_metric_with_an_average_is_called_external_as_upstream_does() -> None:
    described = {"kind": "Service", "name": "svc", "apiVersion": "v1"}
    source = {"metric": {"name": "rps"}, "describedObject": described}
    by_value = {"type": "Object", "object": source | {"target": {"type": "Value", "value": "5"}}}
    average = {"type": "AverageValue", "averageValue": "5"}
    by_average = {"type": "Object", "object": source | {"target": average}}
    assert parse_metric(by_value).description == "Service metric rps"
    assert parse_metric(by_average).description == "external metric rps(nil)"
    assert parse_metric(by_average).target is Target.AVERAGE_VALUE


def test_a_status_survives_the_api() -> None:
    status = HpaStatus(
        current_replicas=2,
        desired_replicas=3,
        current_metrics=(
            MetricStatus("External", {"metric": {"name": "q"}}, None, 1_500),
            MetricStatus(),
            MetricStatus("Resource", {"name": "memory"}, None, 330_301_440_000, 40),
            MetricStatus("Object", {"metric": {"name": "rps"}, "describedObject": {}}, 2_000),
        ),
        conditions=(Condition("AbleToScale", "True", "ReadyForNewScale", "fine", START),),
        last_scale_time=START,
    )
    shown = status.to_json()
    assert shown["currentMetrics"][0]["external"]["current"] == {"averageValue": "1500m"}
    assert shown["currentMetrics"][2]["resource"]["current"] == {
        "averageValue": "315Mi",
        "averageUtilization": 40,
    }
    assert HpaStatus.parse(shown) == status
    assert status.condition("AbleToScale") is status.conditions[0]
    assert status.condition("ScalingActive") is None


def test_an_empty_status_is_what_a_new_hpa_has() -> None:
    assert HpaStatus.parse({}) == HpaStatus()
    assert HpaStatus().to_json() == {"desiredReplicas": 0, "currentMetrics": None}
    sparse = {
        "currentMetrics": [{"type": "Pods"}],
        "conditions": [{"type": "AbleToScale", "status": "True"}],
    }
    parsed = HpaStatus.parse(sparse)
    assert parsed.current_metrics == (MetricStatus("Pods"),)
    assert parsed.conditions[0].changed == 0


def test_times_are_cut_to_seconds_and_need_a_zone() -> None:
    assert rfc3339(START + 999) == "2026-01-01T00:00:00Z"
    assert milliseconds("2026-01-01T01:00:00+01:00") == START
    with pytest.raises(ValueError, match="time zone"):
        milliseconds("2026-01-01T00:00:00")


def test_a_condition_keeps_its_time_while_its_status_stays() -> None:
    ready = Finding("AbleToScale", "True", "Ready", "")
    first = applied((), [ready], 1)
    again = applied(first, [Finding("AbleToScale", "True", "Held", "")], 2)
    assert again == (Condition("AbleToScale", "True", "Held", "", 1),)
    failed = applied(again, [Finding("AbleToScale", "False", "Failed", "")], 3)
    assert failed[0].changed == 3
    assert applied(failed, [Finding("AbleToScale", "")], 4) == ()
    assert applied((), [Finding("AbleToScale", "")], 4) == ()
