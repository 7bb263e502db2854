"""Rows are read out of objects as kubectl and the cluster mean them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jetscale_tui.domain.live import Condition, HpaView, MetricView
from jetscale_tui.domain.live_rows import chips_of, read_hpa, read_node
from jetscale_tui.domain.pod_rows import read_pod

EXCHANGES = Path(__file__).parents[2] / "data" / "kube" / "exchanges.json"
RECORDED: dict[str, Any] = {each["name"]: each for each in json.loads(EXCHANGES.read_text())}


def recorded(name: str) -> dict[str, Any]:
    items: list[dict[str, Any]] = RECORDED[name]["response"]["body"]["items"]
    return items[0]


def test_a_recorded_node_shows_its_tpu() -> None:
    row = read_node(recorded("nodes-tpu"), used=3)
    assert row is not None
    assert (row.name, row.accelerator, row.topology, row.pool) == (
        "gke-lab-tpu-0",
        "tpu-v5-lite-podslice",
        "2x4",
        "tpu-pool",
    )
    assert (row.chips, row.used, row.free, row.ready, row.schedulable) == (8, 3, 5, True, True)


def test_a_node_without_chips_is_no_row() -> None:
    assert read_node({"metadata": {"name": "cpu-0"}, "status": {}}) is None


def test_a_cordoned_node_that_is_not_ready_says_so() -> None:
    row = read_node(
        {
            "metadata": {"labels": {"cloud.google.com/gke-tpu-accelerator": "tpu-v5-lite"}},
            "spec": {"unschedulable": True},
            "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]},
        }
    )
    assert row is not None
    assert (row.ready, row.schedulable, row.chips) == (False, False, 0)


def test_a_recorded_pod_is_read_whole() -> None:
    row = read_pod(recorded("pods-by-selector"))
    assert row.key == ("default", "maxengine-server-f559bf7c9-lcqnn")
    assert (row.phase, row.ready, row.containers, row.restarts) == ("Running", 2, 2, 0)
    assert (row.node, row.chips, row.workload) == (
        "gke-lab-tpu-0",
        8,
        "Deployment/maxengine-server",
    )
    assert row.scheduled == row.became_ready == datetime(2026, 11, 23, 14, 22, 19, tzinfo=UTC)
    assert row.is_ready
    assert row.reason == ""


def pod(status: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"containers": [{"name": "web"}], **spec},
        "status": status,
    }


def container(state: dict[str, Any], *, ready: bool = False, **more: Any) -> dict[str, Any]:
    return {"name": "web", "ready": ready, "state": state, **more}


READY = [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-23T14:00:00Z"}]
INIT = [{"name": "init"}]
SIDECAR = [{"name": "proxy", "restartPolicy": "Always"}]


@pytest.mark.parametrize(
    ("status", "spec", "phase"),
    [
        ({"phase": "Pending"}, {}, "Pending"),
        ({}, {}, "Unknown"),
        ({"phase": "Failed", "reason": "Evicted"}, {}, "Evicted"),
        (
            {"phase": "Pending", "containerStatuses": [container({"waiting": {"reason": "X"}})]},
            {},
            "X",
        ),
        (
            {
                "phase": "Running",
                "containerStatuses": [container({"terminated": {"reason": "OOMKilled"}})],
            },
            {},
            "OOMKilled",
        ),
        (
            {"phase": "Running", "containerStatuses": [container({"terminated": {"exitCode": 3}})]},
            {},
            "ExitCode:3",
        ),
        (
            {"phase": "Running", "containerStatuses": [container({"terminated": {"signal": 9}})]},
            {},
            "Signal:9",
        ),
        (
            {
                "phase": "Running",
                "conditions": READY,
                "containerStatuses": [
                    container({"terminated": {"reason": "Completed"}}),
                    container({"running": {}}, ready=True),
                ],
            },
            {},
            "Running",
        ),
        (
            {
                "phase": "Running",
                "containerStatuses": [
                    container({"terminated": {"reason": "Completed"}}),
                    container({"running": {}}, ready=True),
                ],
            },
            {},
            "NotReady",
        ),
        (
            {"phase": "Pending", "initContainerStatuses": [container({"running": {}})]},
            {"initContainers": INIT},
            "Init:0/1",
        ),
        (
            {
                "phase": "Pending",
                "initContainerStatuses": [
                    container({"terminated": {"exitCode": 0}}),
                    container({"waiting": {"reason": "PodInitializing"}}),
                ],
            },
            {"initContainers": INIT * 2},
            "Init:1/2",
        ),
        (
            {
                "phase": "Pending",
                "initContainerStatuses": [container({"waiting": {"reason": "CrashLoopBackOff"}})],
            },
            {"initContainers": INIT},
            "Init:CrashLoopBackOff",
        ),
        (
            {
                "phase": "Running",
                "initContainerStatuses": [container({"running": {}}, started=True)],
            },
            {"initContainers": SIDECAR},
            "Running",
        ),
    ],
)
def test_the_status_word_is_kubectls(
    status: dict[str, Any], spec: dict[str, Any], phase: str
) -> None:
    assert read_pod(pod(status, **spec)).phase == phase


@pytest.mark.parametrize(("reason", "phase"), [("", "Terminating"), ("NodeLost", "Unknown")])
def test_a_pod_on_its_way_out_says_so(reason: str, phase: str) -> None:
    going = pod({"phase": "Running", "reason": reason})
    going["metadata"]["deletionTimestamp"] = "2026-11-23T14:00:00Z"
    assert read_pod(going).phase == phase


def test_a_sidecar_counts_as_a_container_with_its_restarts() -> None:
    status = {
        "initContainerStatuses": [
            {"name": "proxy", "ready": True, "restartCount": 2, "started": True},
            {"name": "init", "ready": True, "restartCount": 7, "started": True},
        ],
        "containerStatuses": [container({}, ready=True, restartCount=1)],
    }
    row = read_pod(pod(status, initContainers=[*SIDECAR, *INIT]))
    assert (row.ready, row.containers, row.restarts) == (2, 2, 3)


@pytest.mark.parametrize(
    ("status", "reason", "message"),
    [
        (
            {
                "conditions": [
                    {
                        "type": "PodScheduled",
                        "status": "False",
                        "reason": "Unschedulable",
                        "message": "0/3 nodes are available: 3 Insufficient google.com/tpu.",
                    }
                ]
            },
            "Unschedulable",
            "0/3 nodes are available: 3 Insufficient google.com/tpu.",
        ),
        (
            {
                "containerStatuses": [
                    container({"running": {}}),
                    container({"waiting": {"reason": "ImagePullBackOff", "message": "no image"}}),
                ]
            },
            "ImagePullBackOff",
            "no image",
        ),
        ({"reason": "Evicted", "message": "low on memory"}, "Evicted", "low on memory"),
        (
            {"conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}]},
            "ContainersNotReady",
            "",
        ),
        ({}, "", ""),
    ],
)
def test_a_pod_that_does_not_serve_says_why(
    status: dict[str, Any], reason: str, message: str
) -> None:
    row = read_pod(pod(status))
    assert (row.reason, row.message, row.is_ready) == (reason, message, False)


@pytest.mark.parametrize(
    ("owner", "labels", "workload"),
    [
        ({"kind": "ReplicaSet", "name": "web-5d4"}, {"pod-template-hash": "5d4"}, "Deployment/web"),
        ({"kind": "ReplicaSet", "name": "web-5d4"}, {}, "ReplicaSet/web-5d4"),
        ({"kind": "StatefulSet", "name": "db"}, {}, "StatefulSet/db"),
    ],
)
def test_a_pod_knows_its_workload(
    owner: dict[str, str], labels: dict[str, str], workload: str
) -> None:
    item = pod({})
    item["metadata"] |= {"labels": labels, "ownerReferences": [{**owner, "controller": True}]}
    assert read_pod(item).workload == workload
    item["metadata"]["ownerReferences"] = [owner]
    assert read_pod(item).workload == ""


def chips(**resources: Any) -> dict[str, Any]:
    return {"resources": {kind: {"google.com/tpu": value} for kind, value in resources.items()}}


@pytest.mark.parametrize(
    ("spec", "asked"),
    [
        ({"containers": [chips(requests="4"), chips(limits="4")]}, 8),
        ({"containers": [chips(requests=4, limits="8")]}, 4),
        ({"containers": [chips(limits="1")], "initContainers": [chips(limits="8")]}, 8),
        ({"containers": [chips(limits="-1")]}, 0),
        ({"containers": [{}]}, 0),
    ],
)
def test_chips_are_what_the_scheduler_counts(spec: dict[str, Any], asked: int) -> None:
    assert chips_of({"spec": spec}) == asked


def view(**fields: Any) -> HpaView:
    return read_hpa({"metadata": {"name": "web", "namespace": "default"}, **fields})


def test_every_kind_of_metric_is_read_with_its_ratio() -> None:
    spec = {
        "metrics": [
            {
                "type": "External",
                "external": {
                    "metric": {"name": "backlog"},
                    "target": {"type": "AverageValue", "averageValue": "10"},
                },
            },
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": 80},
                },
            },
            {
                "type": "Object",
                "object": {
                    "metric": {"name": "rps"},
                    "target": {"type": "Value", "value": "1k"},
                },
            },
            {"type": "Pods", "pods": {"metric": {"name": "slots"}, "target": {}}},
        ]
    }
    status = {
        "currentMetrics": [
            {"type": "External", "external": {"current": {"averageValue": "12500m"}}},
            {"type": "Resource", "resource": {"current": {"averageUtilization": 20}}},
            {"type": "Object", "object": {"current": {"value": "many"}}},
        ]
    }
    backlog, cpu, rps, slots = view(spec=spec, status=status).metrics
    assert backlog == MetricView("External", "backlog", "AverageValue", "10", "12500m", 10, 12.5)
    assert backlog.ratio == 1.25
    assert (cpu.name, cpu.target, cpu.current, cpu.ratio) == ("cpu", "80", "20", 0.25)
    assert (rps.current, rps.current_value, rps.ratio) == ("many", None, None)
    assert (slots.target, slots.current, slots.ratio) == ("", None, None)


def test_an_hpa_that_cannot_scale_names_the_condition_in_the_way() -> None:
    conditions = [
        {"type": "AbleToScale", "status": "True"},
        {"type": "ScalingActive", "status": "False", "reason": "FailedGetExternalMetric"},
    ]
    hpa = view(status={"conditions": conditions})
    assert hpa.problem == Condition("ScalingActive", "False", "FailedGetExternalMetric")
    assert not hpa.capped
    assert view().problem is None
    assert view().condition("ScalingLimited") is None


@pytest.mark.parametrize(
    ("reason", "capped"), [("TooManyReplicas", True), ("TooFewReplicas", False)]
)
def test_an_hpa_is_capped_when_the_maximum_limits_it(reason: str, capped: bool) -> None:
    limited = {"type": "ScalingLimited", "status": "True", "reason": reason}
    assert view(status={"conditions": [limited]}).capped is capped


def test_an_autoscaler_is_paused_when_it_may_move_neither_way() -> None:
    off = {"selectPolicy": "Disabled"}
    assert view(spec={"maxReplicas": 2, "behavior": {"scaleUp": off, "scaleDown": off}}).paused
    assert not view(spec={"maxReplicas": 2, "behavior": {"scaleUp": off}}).paused
