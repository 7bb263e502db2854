"""What is known, what is assumed, and where the controller differs."""

from __future__ import annotations

import pytest

from jetscale_tui.domain.decision.doubts import Cause
from jetscale_tui.domain.decision.explain import Explained, Unexplained, explain
from jetscale_tui.domain.decision.inputs import pods_at, readings_of, roundest
from jetscale_tui.domain.decision.passes import earlier_passes, last_pass, period_of
from jetscale_tui.domain.hpa.arithmetic import INT64_MAX
from jetscale_tui.domain.hpa.readings import Pod, Pods
from jetscale_tui.domain.hpa.spec import parse_spec
from jetscale_tui.domain.kinds import HPA
from jetscale_tui.domain.live import Listed
from tests.unit.domain.decision.scene import (
    START,
    Scene,
    external,
    pod,
    pods_metric,
    stamp,
    utilization,
)

TWO = (pod("a"), pod("b", node="tpu-1"))
T0 = START.timestamp()


def cause(scene: Scene) -> Cause | None:
    difference = scene.explained().difference
    return None if difference is None else difference.cause


@pytest.mark.parametrize(
    "nonsense",
    [
        {"maxReplicas": "many"},
        {"maxReplicas": None, "metrics": 5},
        {"behavior": {"scaleUp": {"stabilizationWindowSeconds": "60"}}},
        {
            "behavior": {
                "scaleUp": {"policies": [{"type": "Pods", "value": "4", "periodSeconds": 1}]}
            }
        },
    ],
    ids=["maximum", "metrics", "window", "policy"],
)
def test_a_spec_that_makes_no_sense_is_not_explained(nonsense: dict[str, object]) -> None:
    scene = Scene().at(0, 1, 1, "5")
    scene.spec |= nonsense
    if "metrics" in nonsense:
        scene.metrics = ({"type": "Pods"},)
    assert isinstance(scene.change(5).why(), Unexplained)


def test_a_size_that_could_not_be_written() -> None:
    scene = Scene(age=3, pods=TWO).change(0).at(15, 2, 2, "30", able="FailedUpdateScale")
    assert cause(scene) is Cause.NOT_WRITTEN


def test_a_spec_that_was_edited_after_the_last_look() -> None:
    scene = Scene(age=3, pods=TWO, high=2).change(0).at(15, 2, 2, "30")
    assert cause(scene) is None
    assert cause(scene.change(20, maxReplicas=5)) is Cause.EDITED


def test_a_rescale_from_before_the_watch() -> None:
    behavior = {"scaleUp": {"policies": [{"type": "Pods", "value": 4, "periodSeconds": 600}]}}
    scene = Scene(pods=TWO, behavior=behavior).at(0, 2, 2, "60", limited="ScaleUpLimit")
    assert cause(scene) is Cause.UNSEEN_RESCALE


def test_a_window_that_ended_early() -> None:
    scene = Scene(age=3, pods=TWO).change(0).at(15, 2, 2, "10").at(30, 2, 1, "2")
    assert cause(scene) is Cause.FORGOTTEN


def test_pods_that_nobody_may_list() -> None:
    scene = Scene(age=3, pods=None).change(0).at(15, 2, 6, "20")
    explained = scene.explained()
    assert cause(scene) is Cause.BLIND
    assert explained.case.decision.desired == 4
    assert explained.assumptions == ("the pods cannot be listed: all are taken to be ready",)


def test_pods_do_not_matter_to_a_mean_of_a_total() -> None:
    scene = Scene(external(averageValue="10"), pods=None).at(0, 2, 4, "20")
    assert scene.explained().assumptions == ()


def test_single_readings_that_are_not_published() -> None:
    waiting = pod("c", ready=None, created=-20)
    scene = Scene(age=3, pods=(*TWO, waiting)).change(0).at(15, 3, 5, "20")
    assert cause(scene) is Cause.SAMPLES


def test_a_difference_without_a_reason_says_so() -> None:
    scene = Scene(age=3, pods=TWO).change(0).at(15, 2, 5, "20")
    assert cause(scene) is Cause.UNKNOWN


def test_no_decision_is_no_difference() -> None:
    scene = Scene(pods=TWO).at(0, 2, 1, None, active="FailedGetPodsMetric")
    assert cause(scene) is None
    assert scene.explained().case.size == 2


def test_other_targets_make_earlier_readings_worthless() -> None:
    scene = Scene(age=3, pods=TWO).change(0).at(15, 2, 2, "10")
    scene.metrics = (pods_metric(average="100"),)
    scene.change(20).at(30, 2, 2, "10", able="ScaleDownStabilized")
    assert cause(scene) is Cause.UNSEEN_WINDOW
    assert scene.explained().case.memory.recommendations == ()


def test_a_total_that_may_be_another_is_said_to_be_assumed() -> None:
    pods = tuple(pod(name) for name in "abc")
    scene = Scene(external(averageValue="10"), pods=pods).at(0, 3, 3, "6667m")
    explained = scene.explained()
    assert explained.case.decision.stabilization is not None
    assert explained.case.decision.stabilization.raw == 2
    assert explained.assumptions == (
        "only the mean is published, rounded up: the total is taken to be a round one",
    )


@pytest.mark.parametrize(
    ("mean", "pods", "total"),
    [(6667, 3, 20_000), (250, 2, 500), (334, 3, 1000), (35, 3, 105), (37, 3, 110), (7, 2, 14)],
)
def test_totals_are_round(mean: int, pods: int, total: int) -> None:
    assert roundest(mean, pods) == total
    assert -(-total // pods) == mean


def test_a_total_beyond_counting_stays_what_it_is() -> None:
    spec = parse_spec({"maxReplicas": 3, "metrics": [external(averageValue="10")]})
    readings = readings_of(spec, [1e16], Pods(2, 2), 2, 0)
    assert readings == ((INT64_MAX,),)


def rows(*pods: dict[str, object]) -> Scene:
    return Scene(pods=pods).at(0, 2, 2, "10")


def phases(scene: Scene, *, at: float = 0) -> list[tuple[str, bool]]:
    spec = scene.explained().case.spec
    found = pods_at(scene.explained().case.rows, T0 + at, spec, fill=0, undo_deletions=False)
    return [(one.phase, one.counts_as_ready) for one in found.each]


def test_pods_are_rolled_back_to_the_moment_of_the_pass() -> None:
    scene = rows(pod("a"), pod("b", created=-60, ready=-10), pod("c", created=5))
    assert phases(scene) == [("Running", True), ("Running", True)]
    assert phases(scene, at=-30) == [("Running", True), ("Running", False)]


def test_what_kubectl_says_of_a_pod_tells_its_phase() -> None:
    scene = rows(
        pod("a", ready=None, node=""),
        pod("b", ready=None, phase="Pending", waiting="ImagePullBackOff"),
        pod("c", ready=None, waiting="CrashLoopBackOff"),
        pod("d", ready=None, phase="Failed"),
    )
    assert [phase for phase, _ in phases(scene)] == ["Pending", "Pending", "Running", "Failed"]


def test_a_pod_on_its_way_out_was_there_when_it_was_taken_away() -> None:
    leaving = (pod("a"), pod("b", deleting=True))
    scene = Scene(pods=leaving).at(0, 2, 1, "2")
    assert not any(one.deleting for one in scene.explained().case.pods.each)
    scene.at(15, 1, 1, "2100m")
    assert [one.deleting for one in scene.explained().case.pods.each] == [False, True]


def test_pods_that_a_scale_down_has_taken_are_put_back() -> None:
    scene = Scene(pods=(pod("a"),)).at(0, 3, 1, "2")
    assert scene.explained().case.pods.ready == 3


def test_a_workload_that_never_got_its_pods_has_none_put_back() -> None:
    scene = Scene(pods=(pod("a"),)).at(0, 9, 5, "2")
    assert scene.explained().case.pods.ready == 1


def test_a_value_without_a_ready_pod_came_from_a_running_one() -> None:
    spec = parse_spec({"maxReplicas": 3, "metrics": [pods_metric()]})
    running = Pods.of([Pod("a", ready="False")])
    assert readings_of(spec, [5.0], running, 1, 0) == ({"a": 5000},)
    assert readings_of(spec, [5.0], Pods.of([]), 1, 0) == ({"unseen": 5000},)


def test_resources_of_containers_are_measured_side_by_side() -> None:
    scene = Scene(utilization(50, "c"), utilization(50), pods=TWO).at(0, 2, 4, 100, 75)
    verdicts = scene.explained().case.decision.verdicts or ()
    assert [one.proposal.utilization for one in verdicts if one.proposal] == [100, 75]


def test_a_resource_in_units_is_measured_as_such() -> None:
    metric = {
        "type": "Resource",
        "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}},
    }
    scene = Scene(metric, pods=TWO).at(0, 2, 4, "2Gi")
    assert cause(scene) is None


def test_an_object_shows_its_value() -> None:
    metric = {
        "type": "Object",
        "object": {
            "metric": {"name": "hits"},
            "describedObject": {"apiVersion": "v1", "kind": "Service", "name": "s"},
            "target": {"type": "Value", "value": "10"},
        },
    }
    assert cause(Scene(metric, pods=TWO).at(0, 2, 4, "20")) is None


def test_of_a_row_of_equal_passes_the_first_and_the_last_are_told() -> None:
    scene = Scene(pods=TWO).at(0, 2, 2, "10").at(15, 2, 2, "11").at(75, 2, 2, "9")
    history = scene.snapshot.history("default", "server-hpa")
    seen = earlier_passes(history, T0 - 300, T0 + 75, born=False)
    assert [(one.time - T0, one.readings, one.wrote) for one in seen] == [
        (0, (10.0,), True),
        (15, (11.0,), True),
        (60, (11.0,), False),
    ]


def test_a_controller_that_looks_more_often_is_noticed() -> None:
    scene = Scene(pods=TWO).at(0, 2, 2, "1")
    for number in range(2, 7):
        scene.at(5 * number, 2, 2, str(number))
    assert period_of(scene.snapshot.history("default", "server-hpa")) == 5


def test_the_first_version_of_an_older_hpa_was_written_when_the_server_says() -> None:
    scene = Scene(pods=TWO)
    scene.at(0, 2, 2, "10")
    assert last_pass(scene.snapshot.history("default", "server-hpa"), scene.snapshot.hpas[0], T0 + 9
    ).time == T0 + 9  # fmt: skip
    managed = scene.object
    managed["metadata"] |= {
        "name": "other",
        "managedFields": [
            {"manager": "kubectl", "time": stamp(-2)},
            {"manager": "kube-controller-manager", "subresource": "status", "time": stamp(-7)},
        ],
    }
    scene.state.take(Listed(HPA, (managed,)), scene.now)
    assert scene.snapshot.history("default", "other").written == T0 - 7


def test_an_hpa_of_unknown_age_is_taken_for_an_old_one() -> None:
    scene = Scene(pods=TWO).at(0, 2, 2, "2", able="ScaleDownStabilized")
    undated = scene.object
    undated["metadata"] |= {"name": "undated", "creationTimestamp": None}
    scene.state.take(Listed(HPA, (undated,)), scene.now)
    snapshot = scene.snapshot
    explained = explain(snapshot, snapshot.hpas[0], scene.now)
    assert isinstance(explained, Explained)
    assert explained.case.known_since == T0


def test_after_a_whole_window_the_past_is_no_excuse() -> None:
    scene = Scene(pods=TWO).at(0, 2, 2, "2").at(400, 2, 5, "1900m")
    assert cause(scene) is Cause.UNKNOWN
