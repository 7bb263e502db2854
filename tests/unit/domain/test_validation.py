from __future__ import annotations

from typing import Any

import pytest

from jetscale_tui.domain import names
from jetscale_tui.domain.spec import Setup
from jetscale_tui.domain.validation import (
    duration_seconds,
    problems,
    resolved,
    resolved_target,
)
from jetscale_tui.setupfile.profiles import load_profile

PROFILE = load_profile("jetstream-maxtext")
PLACE = {"project": "my-project", "location": "us-central1", "cluster": "tpu-cluster"}


def found(**document: Any) -> list[tuple[str, str, str]]:
    setup = Setup.model_validate({"google": PLACE, **document})
    return [(problem.path, problem.what, problem.fix) for problem in problems(setup, PROFILE)]


def metric(name: str, target: str = "10") -> dict[str, Any]:
    return {"scaling": {"metrics": [{"name": name, "target": target}]}}


def test_the_defaults_have_no_problem() -> None:
    assert found() == []


def test_a_minimum_above_the_maximum_is_refused() -> None:
    [(path, what, _)] = found(scaling={"minReplicas": 3, "maxReplicas": 2})
    assert path == "scaling.minReplicas"
    assert what == "is 3, above maxReplicas 2"


def test_eighty_on_a_gauge_that_ends_at_one_is_taken_for_a_percentage_and_refused() -> None:
    [(path, what, fix)] = found(**metric("jetstream_slots_used_percentage", "80"))
    assert path == "scaling.metrics[0].target"
    assert "goes from 0 to 1" in what
    assert "80% (stored as 800m)" in fix


def test_a_target_far_above_the_range_names_the_range() -> None:
    [(_, _, fix)] = found(**metric("jetstream_slots_used_percentage", "5k"))
    assert fix == "Use at most 1."


@pytest.mark.parametrize("target", ["0", "-1", "0%"])
def test_a_target_must_be_more_than_zero(target: str) -> None:
    [(_, what, _)] = found(**metric("jetstream_slots_used_percentage", target))
    assert "more than zero" in what or "no quantity" in what


def test_a_percentage_of_something_that_is_no_ratio_is_refused() -> None:
    [(_, what, _)] = found(**metric("jetstream_prefill_backlog_size", "10%"))
    assert "is a percentage" in what


@pytest.mark.parametrize(
    ("name", "example"),
    [("jetstream_prefill_backlog_size", "12Gi"), ("jetstream_slots_used_percentage", "900m")],
)
def test_a_target_that_is_no_quantity_is_refused_with_an_example(name: str, example: str) -> None:
    [(_, what, fix)] = found(**metric(name, "lots"))
    assert "no quantity" in what
    assert example in fix


def test_frozen_gauges_must_not_be_scaled_on() -> None:
    [(path, what, _)] = found(**metric("jetstream_generate_backlog_size"))
    assert path == "scaling.metrics[0].name"
    assert "stays at 0" in what


def test_an_unknown_metric_is_answered_with_the_nearest_one() -> None:
    [(_, _, fix)] = found(**metric("jetstream_prefil_backlog"))
    assert fix == "Did you mean jetstream_prefill_backlog_size?"
    [(_, _, fix)] = found(**metric("cpu"))
    assert fix.startswith("Known here: jetstream_prefill_backlog_size")


def test_a_metric_the_adapter_cannot_serve_is_refused() -> None:
    [(_, what, fix)] = found(**metric("memory_used_percentage", "90%"))
    assert "stackdriver adapter cannot serve" in what
    assert "prometheus" in fix


def test_the_same_metric_twice_is_refused() -> None:
    twice = [{"name": "jetstream_prefill_backlog_size", "target": "10"}] * 2
    [(path, what, _)] = found(scaling={"metrics": twice})
    assert path == "scaling.metrics[1].name"
    assert "twice" in what


def test_no_metric_at_all_is_refused() -> None:
    assert found(scaling={"metrics": []})[0][0] == "scaling.metrics"


@pytest.mark.parametrize(
    "document",
    [
        {"adapter": {"kind": "prometheus"}},
        {"adapter": {"identity": "service-account"}},
        {"adapter": {"kind": "prometheus"}, "guide": "literal"},
    ],
)
def test_what_speaks_of_the_project_needs_it_named(document: dict[str, Any]) -> None:
    [(path, what, _)] = found(google={**PLACE, "project": None}, **document)
    assert path == "google.project"
    assert what.startswith("is not set, but is the project that")


def test_without_a_project_the_principal_is_handed_over_instead() -> None:
    assert found(google={**PLACE, "project": None}) == []


def test_the_guides_rules_need_the_cluster_named() -> None:
    google = {**PLACE, "cluster": None}
    [(path, _, _)] = found(google=google, guide="literal", adapter={"kind": "prometheus"})
    assert path == "google.cluster"


def test_a_release_that_no_service_could_be_named_after_is_refused() -> None:
    [(path, what, _)] = found(adapter={"prometheus": {"release": "1st"}})
    assert path == "adapter.prometheus.release"
    assert "starts with a letter" in what


@pytest.mark.parametrize(
    "document",
    [
        metric("memory_used", "12Gi"),
        {"adapter": {"kind": "prometheus"}},
    ],
)
def test_a_metric_read_across_the_project_needs_the_cluster_named(document: dict[str, Any]) -> None:
    [(_, what, fix)] = found(google={"project": "my-project"}, **document)
    assert "across the whole project" in what
    assert "google.cluster" in fix
    assert found(**document) == []
    assert found(google={**PLACE, "location": None}, guide="literal", **document) == []


@pytest.mark.parametrize(
    ("scrape", "path"),
    [
        ({"server": {"interval": "4s"}}, "scrape.server.interval"),
        ({"server": {"interval": "soon"}}, "scrape.server.interval"),
        ({"server": {"path": "metrics"}}, "scrape.server.path"),
        ({"tpu": {"interval": "14s"}}, "scrape.tpu.interval"),
    ],
)
def test_scraping_faster_than_google_supports_is_refused(scrape: dict[str, Any], path: str) -> None:
    assert [problem[0] for problem in found(scrape=scrape)] == [path]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15s", 15), ("1m30s", 90), ("500ms", 0.5), ("1d", 86400), ("", None), ("5", None)],
)
def test_durations_are_those_of_prometheus(text: str, seconds: float | None) -> None:
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"google": {"project": "My_Project"}}, "google.project"),
        ({"google": {"project": "123456789"}}, "google.project"),
        ({"google": {"location": "america"}}, "google.location"),
        ({"google": {"cluster": "C"}}, "google.cluster"),
        ({"metadata": {"name": "-x"}}, "metadata.name"),
        ({"metadata": {"name": "x" * 64}}, "metadata.name"),
        ({"workload": {"namespace": "a.b"}}, "workload.namespace"),
        ({"workload": {"namespace": "a" * 64}}, "workload.namespace"),
        ({"workload": {"deployment": "A"}}, "workload.deployment"),
        ({"workload": {"deployment": ""}}, "workload.deployment"),
        ({"workload": {"deployment": "a" * 254}}, "workload.deployment"),
        ({"workload": {"service": "1a"}}, "workload.service"),
        ({"workload": {"service": "a" * 64}}, "workload.service"),
        ({"workload": {"selector": {"app": "a b"}}}, "workload.selector.app"),
        ({"workload": {"selector": {"app": "a" * 64}}}, "workload.selector.app"),
        ({"workload": {"selector": {"-": "a"}}}, "workload.selector.-"),
        ({"workload": {"selector": {"A_/b": "a"}}}, "workload.selector.A_/b"),
        ({"adapter": {"prometheus": {"release": "r" * 54}}}, "adapter.prometheus.release"),
        (
            {"adapter": {"prometheus": {"googleServiceAccount": "sa"}}},
            "adapter.prometheus.googleServiceAccount",
        ),
        ({"scaling": {"name": "jetstream_hpa"}}, "scaling.name"),
    ],
)
def test_names_that_kubernetes_or_google_refuse_are_refused_first(
    document: dict[str, Any], path: str
) -> None:
    assert [problem[0] for problem in found(**document)] == [path]


def test_names_they_accept_are_accepted() -> None:
    assert names.label_key("example.com/app") is None
    assert names.project_id("example.com:my-project") is None
    assert names.location("europe-west4-b") is None


@pytest.mark.parametrize(
    ("behavior", "path"),
    [
        ({"scaleup": {}}, "scaling.behavior.scaleup"),
        ({"x": {}}, "scaling.behavior.x"),
        ({"scaleUp": []}, "scaling.behavior.scaleUp"),
        (
            {"scaleDown": {"stabilizationWindowSeconds": 3601}},
            "scaling.behavior.scaleDown.stabilizationWindowSeconds",
        ),
        ({"scaleUp": {"selectPolicy": "Most"}}, "scaling.behavior.scaleUp.selectPolicy"),
        ({"scaleUp": {"tolerance": "-0.1"}}, "scaling.behavior.scaleUp.tolerance"),
        ({"scaleUp": {"tolerance": "some"}}, "scaling.behavior.scaleUp.tolerance"),
        ({"scaleUp": {"policies": []}}, "scaling.behavior.scaleUp.policies"),
        ({"scaleUp": {"policies": ["x"]}}, "scaling.behavior.scaleUp.policies[0]"),
        (
            {"scaleUp": {"policies": [{"type": "Pod", "value": 1, "periodSeconds": 15}]}},
            "scaling.behavior.scaleUp.policies[0].type",
        ),
        (
            {"scaleUp": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 15}]}},
            "scaling.behavior.scaleUp.policies[0].value",
        ),
        (
            {"scaleUp": {"policies": [{"type": "Pods", "value": True, "periodSeconds": 15}]}},
            "scaling.behavior.scaleUp.policies[0].value",
        ),
        (
            {"scaleUp": {"policies": [{"type": "Percent", "value": 100}]}},
            "scaling.behavior.scaleUp.policies[0].periodSeconds",
        ),
    ],
)
def test_behavior_is_held_to_what_the_api_server_accepts(
    behavior: dict[str, Any], path: str
) -> None:
    assert [problem[0] for problem in found(scaling={"behavior": behavior})] == [path]


def test_a_whole_behavior_passes() -> None:
    policy = {"type": "Pods", "value": 1, "periodSeconds": 60}
    up = {"stabilizationWindowSeconds": 30, "policies": [policy], "tolerance": "50m"}
    assert found(scaling={"behavior": {"scaleUp": up, "scaleDown": {"selectPolicy": "Min"}}}) == []


@pytest.mark.parametrize(
    ("written", "stored"), [("90%", "900m"), ("12.5 %", "125m"), ("100%", "1"), (" 10 ", "10")]
)
def test_percentages_become_milli_units(written: str, stored: str) -> None:
    assert resolved_target(written) == stored


def test_resolving_twice_changes_nothing_more() -> None:
    setup = Setup.model_validate(metric("jetstream_slots_used_percentage", "90%"))
    once = resolved(setup)
    assert once.scaling.metrics[0].target == "900m"
    assert resolved(once) is once
