"""Readings of each kind that the recorded vectors hold few of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.hpa.metrics import Verdict, evaluate_metrics
from jetscale_tui.domain.hpa.proposal import Failure, tolerances
from jetscale_tui.domain.hpa.readings import (
    DEFAULT_FLAGS,
    Flags,
    Pod,
    Pods,
    ReadFailure,
    Reading,
    ResourceSample,
    Scale,
)
from tests.unit.domain.hpa_cases import spec

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


def resource(name: str = "cpu", container: str = "", **target: object) -> Json:
    wanted = target or {"type": "Utilization", "averageUtilization": 50}
    if container:
        source = {"name": name, "container": container, "target": wanted}
        return {"type": "ContainerResource", "containerResource": source}
    return {"type": "Resource", "resource": {"name": name, "target": wanted}}


def verdict(metric: Json, reading: Reading, *pods: Pod, flags: Flags = DEFAULT_FLAGS) -> Verdict:
    scale = Scale(len(pods), len(pods))
    return evaluate_metrics(spec(metric), scale, Pods.of(pods), [reading], 0, flags).each[0]


def sample(
    pod: str, value: int, resource_name: str = "cpu", container: str = "main"
) -> ResourceSample:
    return ResourceSample(pod, {container: {resource_name: value}}, 0, 30_000)


OLD = {"started": -3_600_000, "ready_changed": -3_500_000}


def pod(name: str, request: int | None = 100, **more: object) -> Pod:
    requests = {"main": {} if request is None else {"cpu": request}}
    return Pod(name, **{"requests": requests, **OLD, **more})  # type: ignore[arg-type]


def test_a_container_metric_counts_only_that_container() -> None:
    pods = [
        Pod(f"pod-{n}", requests={"main": {"cpu": 100}, "sidecar": {"cpu": 900}}, **OLD)  # type: ignore[arg-type]
        for n in range(2)
    ]
    reading = tuple(
        ResourceSample(one.name, {"main": {"cpu": 150}, "sidecar": {"cpu": 10}}, 0, 30_000)
        for one in pods
    )
    proposal = verdict(resource(container="main"), reading, *pods).proposal
    assert proposal is not None
    assert (proposal.utilization, proposal.replicas) == (150, 6)


def test_a_failing_container_metric_is_named_after_the_container() -> None:
    failed = verdict(resource(container="main"), ReadFailure("boom"), pod("a"))
    assert failed.reason == "FailedGetContainerResourceMetric"
    assert failed.message == (
        "failed to get cpu utilization: unable to get metrics for resource cpu: "
        "unable to fetch metrics from resource metrics API: boom"
    )
    assert failed.wrapped == f"failed to get main container metric value: {failed.message}"


def test_requests_stated_for_the_pod_replace_those_of_its_containers() -> None:
    stated = pod("a", 100, pod_requests={"cpu": 1_000})
    proposal = verdict(resource(), (sample("a", 500),), stated).proposal
    assert proposal is not None
    assert proposal.utilization == 50
    off = verdict(
        resource(), (sample("a", 500),), stated, flags=Flags(pod_level_resources=False)
    ).proposal
    assert off is not None
    assert off.utilization == 500


def test_where_the_pod_states_only_another_resource_its_containers_count() -> None:
    elsewhere = pod("a", 100, pod_requests={"memory": 1_000})
    proposal = verdict(resource(), (sample("a", 50),), elsewhere).proposal
    assert proposal is not None
    assert proposal.utilization == 50


def test_a_request_that_nobody_states_fails_the_metric() -> None:
    nowhere = pod("a", None, pod_requests={"memory": 1_000})
    failed = verdict(resource(), (sample("a", 50),), nowhere)
    assert failed.failure is Failure.MISSING_POD_REQUEST
    assert failed.message.endswith("missing pod-level request for cpu in Pod a")


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        (
            {"type": "External", "external": {"metric": {"name": "m"}, "target": {}}},
            "invalid external metric source: "
            "neither a value target nor an average value target was set",
        ),
        (
            {
                "type": "Object",
                "object": {
                    "metric": {"name": "m"},
                    "describedObject": {"kind": "Service", "name": "svc"},
                    "target": {"type": "Value"},
                },
            },
            "invalid object metric source: "
            "neither a value target nor an average value target was set",
        ),
        (
            {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization"}}},
            "invalid resource metric source: neither an average utilization target "
            "nor an average value (usage) target was set",
        ),
    ],
)
def test_a_metric_without_a_target_fails_in_the_controllers_words(
    metric: Json, message: str
) -> None:
    failed = verdict(metric, (1,), pod("a"))
    assert (failed.proposal, failed.failure) == (None, Failure.INVALID_SOURCE)
    assert failed.message == message


def test_a_metric_of_an_unknown_type_fails_alone() -> None:
    failed = verdict({"type": "Cheddar"}, (), pod("a"))
    assert failed.reason == "InvalidMetricSourceType"
    assert failed.message == failed.wrapped == 'unknown metric source type "Cheddar"'


def test_an_average_of_a_resource_needs_no_requests() -> None:
    metric = resource("memory", type="AverageValue", averageValue="1Ki")
    reading = (sample("a", 3_072_000, "memory"),)
    proposal = verdict(metric, reading, pod("a", None)).proposal
    assert proposal is not None
    assert (proposal.replicas, proposal.usage, proposal.utilization) == (3, 3_072_000, None)
    failed = verdict(metric, (), pod("a"))
    assert failed.message == (
        "failed to get memory usage: unable to get metrics for resource memory: "
        "no metrics returned from resource metrics API"
    )


def test_missing_pods_damp_a_scale_up_and_the_correction_is_shown() -> None:
    metric = {
        "type": "Pods",
        "pods": {
            "metric": {"name": "backlog"},
            "target": {"type": "AverageValue", "averageValue": "10"},
        },
    }
    pods = [pod(f"pod-{n}") for n in range(4)]
    proposal = verdict(metric, {"pod-0": 40_000, "pod-1": 40_000}, *pods).proposal
    assert proposal is not None
    assert (proposal.ratio, proposal.corrected_ratio) == (4.0, 2.0)
    assert (proposal.missing, proposal.multiplied_by, proposal.replicas) == (2, 4, 8)


def test_each_direction_may_have_its_own_tolerance() -> None:
    hpa = spec(behavior={"scaleUp": {"tolerance": "0.5"}})
    assert tolerances(hpa.behavior, DEFAULT_FLAGS) == (0.1, 0.5)
    assert tolerances(hpa.behavior, Flags(configurable_tolerance=False)) == (0.1, 0.1)
    assert tolerances(None, DEFAULT_FLAGS) == (0.1, 0.1)


def test_every_metric_needs_its_reading() -> None:
    with pytest.raises(ValueError, match="shorter"):
        evaluate_metrics(spec(), Scale(1, 1), Pods(1, 1), [], 0, DEFAULT_FLAGS)
