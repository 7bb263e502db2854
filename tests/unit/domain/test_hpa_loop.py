"""A pass of the control loop, and what it says about itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jetscale_tui.domain.hpa.behavior import Memory, Recommendation, ScaleEvent
from jetscale_tui.domain.hpa.conditions import Condition
from jetscale_tui.domain.hpa.limits import Limit
from jetscale_tui.domain.hpa.loop import Branch, decide, settle
from jetscale_tui.domain.hpa.readings import Flags, Pods, ReadFailure, Scale, ScaleUnreadable
from jetscale_tui.domain.hpa.status import HpaStatus
from tests.unit.domain.hpa_cases import SECOND, START, World, external, spec


def reasons(status: HpaStatus) -> dict[str, str]:
    return {one.type: one.reason for one in status.conditions}


def test_load_above_target_scales_up_and_says_which_metric_asked() -> None:
    result, after = World(spec()).step((40_000,))
    assert (result.rescaled, after.size) == (True, 4)
    assert result.status.to_json() == {
        "lastScaleTime": "2026-01-01T00:00:00Z",
        "currentReplicas": 2,
        "desiredReplicas": 4,
        "currentMetrics": [
            {
                "type": "External",
                "external": {"metric": {"name": "queue"}, "current": {"averageValue": "20"}},
            }
        ],
        "conditions": [
            {
                "type": "AbleToScale",
                "status": "True",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
                "reason": "SucceededRescale",
                "message": "the HPA controller was able to update the target scale to 4",
            },
            {
                "type": "ScalingActive",
                "status": "True",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
                "reason": "ValidMetricFound",
                "message": "the HPA was able to successfully calculate a replica count from "
                "external metric queue(nil)",
            },
            {
                "type": "ScalingLimited",
                "status": "False",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
                "reason": "DesiredWithinRange",
                "message": "the desired count is within the acceptable range",
            },
        ],
    }
    assert result.events == (
        (
            "Normal",
            "SuccessfulRescale",
            "New size: 4; reason: external metric queue(nil) above target",
        ),
    )


def test_the_largest_proposal_wins_and_every_proposal_is_kept() -> None:
    world = World(spec(external("a"), external("b"), external("c")), size=2)
    result, _ = world.step((21_000,), (35_000,), (5_000,))
    verdicts = result.decision.verdicts or ()
    proposals = [one.proposal for one in verdicts]
    assert [one and one.replicas for one in proposals] == [2, 4, 1]
    assert [one and one.ratio for one in proposals] == [1.05, 1.75, 0.25]
    assert [one and one.within_tolerance for one in proposals] == [True, False, False]
    assert result.decision.winner is verdicts[1]
    assert result.decision.winner.metric.name == "b"


def test_on_equal_proposals_the_earlier_metric_keeps_the_credit() -> None:
    result, _ = World(spec(external("a"), external("b"))).step((40_000,), (40_000,))
    assert result.decision.reason == "external metric a(nil) above target"


def test_after_a_proposal_of_zero_the_next_metric_takes_over() -> None:
    result, _ = World(spec(external("a"), external("b"))).step((0,), (0,))
    winner = result.decision.winner
    assert winner is not None
    assert winner.metric.name == "b"


def test_a_total_value_is_multiplied_by_ready_pods_not_by_the_size() -> None:
    world = World(spec(external(value="10")), size=4)
    result, _ = world.step((20_000,), pods=Pods(4, 1))
    proposal = (result.decision.verdicts or ())[0].proposal
    assert proposal is not None
    assert (proposal.replicas, proposal.multiplied_by) == (2, 1)


def test_a_fallen_load_waits_for_the_highest_recent_recommendation() -> None:
    _, world = World(spec(), size=4).step((40_000,))
    result, _ = world.step((10_000,))
    stable = result.decision.stabilization
    assert stable is not None
    assert (stable.raw, stable.replicas, stable.changed) == (1, 4, True)
    assert stable.held_by == Recommendation(4, START)
    assert stable.until == START + 300 * SECOND
    assert reasons(result.status)["AbleToScale"] == "ScaleDownStabilized"
    assert not result.rescaled


def test_without_a_hold_stabilization_names_no_entry() -> None:
    result, _ = World(spec()).step((20_000,))
    stable = result.decision.stabilization
    assert stable is not None
    assert stable.held_by is None
    assert stable.until is None


def test_a_window_for_scaling_up_holds_the_size_at_the_lowest_recommendation() -> None:
    slow = spec(behavior={"scaleUp": {"stabilizationWindowSeconds": 60}})
    _, world = World(slow, size=2).step((20_000,))
    result, _ = world.step((60_000,))
    stable = result.decision.stabilization
    assert stable is not None
    assert (stable.replicas, stable.held_by) == (2, Recommendation(2, START))
    assert stable.until == START + 60 * SECOND
    assert reasons(result.status)["AbleToScale"] == "ScaleUpStabilized"


def test_a_rate_limit_names_its_policy_and_where_its_period_began() -> None:
    policy = {"type": "Pods", "value": 2, "periodSeconds": 60}
    slow = spec(behavior={"scaleUp": {"policies": [policy]}})
    first, world = World(slow, size=2).step((90_000,))
    second, _ = world.step((90_000,))
    assert (first.desired, second.desired) == (4, 4)
    bounded = second.decision.bounded
    assert bounded is not None
    assert bounded.rate is not None
    assert (bounded.reason, bounded.rate.replicas) == (Limit.SCALE_UP, 4)
    assert bounded.rate.policy == slow.behavior.scale_up.policies[0] if slow.behavior else False
    assert bounded.rate.period_start == 2
    assert second.memory.scale_ups == (ScaleEvent(2, START),)


def test_without_behavior_a_pass_at_most_doubles_and_remembers_no_changes() -> None:
    result, world = World(spec(high=100), size=3).step((900_000,))
    assert (result.desired, result.decision.bounded and result.decision.bounded.reason) == (
        6,
        Limit.SCALE_UP,
    )
    assert world.memory.scale_ups == ()


@pytest.mark.parametrize(
    ("size", "wanted", "branch", "words"),
    [
        (12, 10, Branch.ABOVE_MAXIMUM, "Current number of replicas above Spec.MaxReplicas"),
        (1, 2, Branch.BELOW_MINIMUM, "Current number of replicas below Spec.MinReplicas"),
    ],
)
def test_a_size_outside_the_bounds_is_corrected_without_reading_metrics(
    size: int, wanted: int, branch: Branch, words: str
) -> None:
    result, _ = World(spec(low=2), size=size).step(ReadFailure("not read"))
    assert (result.desired, result.decision.branch) == (wanted, branch)
    assert result.decision.verdicts is None
    assert result.events == (
        ("Normal", "SuccessfulRescale", f"New size: {wanted}; reason: {words}"),
    )
    assert result.status.to_json()["currentMetrics"] is None


def test_a_size_of_zero_pauses_scaling() -> None:
    result, _ = World(spec(), size=0).step((90_000,))
    assert (result.decision.branch, result.desired) == (Branch.PAUSED, 0)
    assert reasons(result.status)["ScalingActive"] == "ScalingDisabled"


def test_a_broken_metric_blocks_scaling_down() -> None:
    world = World(spec(external("a"), external("b")), size=4)
    result, _ = world.step((10_000,), ReadFailure("boom"))
    assert (result.decision.branch, result.rescaled) == (Branch.GIVEN_UP, False)
    words = (
        "unable to get external metric default/b/nil: "
        "unable to fetch metrics from external metrics API: boom"
    )
    error = (
        "invalid metrics (1 invalid out of 2), first error is: failed to get b external metric "
        f"value: failed to get b external metric: {words}"
    )
    assert result.events == (
        ("Warning", "FailedGetExternalMetric", words),
        ("Warning", "FailedComputeMetricsReplicas", error),
    )
    assert result.error.endswith(f"for Deployment/default/server: {error}")
    shown = result.status.to_json()["currentMetrics"]
    assert [one["type"] for one in shown] == ["External", ""]


def test_a_broken_metric_does_not_block_scaling_up() -> None:
    world = World(spec(external("a"), external("b")), size=2)
    result, _ = world.step(ReadFailure("boom"), (40_000,))
    assert (result.desired, result.rescaled) == (4, True)
    assert [event.reason for event in result.events] == [
        "FailedGetExternalMetric",
        "SuccessfulRescale",
    ]
    assert result.error.startswith("invalid metrics (1 invalid out of 2)")


def test_an_unreadable_scale_changes_nothing_but_one_condition() -> None:
    _, world = World(spec()).step((20_000,))
    result, _ = world.step((20_000,), scale=ScaleUnreadable("gone"))
    assert result.decision.branch is Branch.UNREADABLE
    assert result.events == (("Warning", "FailedGetScale", "gone"),)
    assert result.memory == world.memory
    kept = replace(result.status, conditions=world.status.conditions)
    assert kept == world.status
    able = result.status.condition("AbleToScale")
    assert able is not None
    assert (able.status, able.changed) == ("False", START + 15 * SECOND)


def test_a_refused_write_leaves_size_and_desired_as_they_were() -> None:
    _, world = World(spec(behavior={})).step((20_000,))
    result, after = world.step((40_000,), write_error="conflict")
    assert (result.rescaled, result.desired, after.size) == (False, 2, 2)
    assert result.status.desired_replicas == 2
    assert result.events == (
        (
            "Warning",
            "FailedRescale",
            "New size: 4; reason: external metric queue(nil) above target; error: conflict",
        ),
    )
    assert reasons(result.status)["AbleToScale"] == "FailedUpdateScale"
    assert result.error == "failed to rescale Deployment/default/server: conflict"
    assert result.memory.scale_ups == ()


@pytest.mark.parametrize(
    ("scale", "event", "words"),
    [
        (Scale(2, 2, ""), "SelectorRequired", "selector is required"),
        (
            Scale(2, 2, "a b"),
            "InvalidSelector",
            "couldn't convert selector into a corresponding internal selector object: "
            "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
        ),
        (
            Scale(2, 2, "app=server", ("default/one", "default/two")),
            "AmbiguousSelector",
            "pods by selector app=server are controlled by multiple HPAs: "
            "[default/one default/two]",
        ),
    ],
)
def test_pods_that_cannot_be_told_stop_the_pass(scale: Scale, event: str, words: str) -> None:
    result, _ = World(spec()).step((40_000,), scale=scale)
    assert not result.rescaled
    assert result.events == (
        ("Warning", event, words),
        ("Warning", "FailedComputeMetricsReplicas", words),
    )
    assert result.status.current_metrics == ()


def test_deciding_writes_nothing_and_settling_draws_the_consequences() -> None:
    hpa, before = spec(behavior={}), HpaStatus()
    decision = decide(hpa, Memory(), before, Scale(2, 2), Pods(2, 2), [(40_000,)], START)
    assert decision.rescale
    assert decision.memory.scale_ups == ()
    result = settle(decision, hpa, before, START)
    assert result.memory.scale_ups == (ScaleEvent(2, START),)


def test_an_edited_hpa_keeps_its_history_and_a_restarted_controller_starts_anew() -> None:
    _, world = World(spec(), size=4).step((40_000,))
    edited, _ = replace(world, spec=spec(high=20)).step((10_000,))
    assert edited.desired == 4
    restarted, _ = replace(world, memory=Memory(), size=4).step((10_000,))
    assert restarted.memory.recommendations == (
        Recommendation(4, START + 15 * SECOND),
        Recommendation(1, START + 15 * SECOND),
    )


def zero_status(value: str) -> HpaStatus:
    return HpaStatus(conditions=(Condition("ScaledToZero", value, "", "", START),))


def test_with_the_gate_an_hpa_scales_to_zero_and_says_so() -> None:
    gate = Flags(scale_to_zero=True, downscale_stabilization=0)
    result, _ = World(spec(low=0), size=1, now=START, flags=gate).step((0,))
    assert result.desired == 1, "the first pass's own size counts for the instant it was made"
    world = World(spec(low=0), size=1, memory=Memory(()), flags=gate)
    result, _ = world.step((0,))
    assert result.desired == 0
    assert reasons(result.status)["ScaledToZero"] == "ScaledToZero"


def test_from_zero_it_comes_back_to_at_least_the_minimum() -> None:
    gate = Flags(scale_to_zero=True)
    raised = World(spec(low=3, behavior={}), size=0, status=zero_status("True"), flags=gate)
    result, _ = raised.step((0,))
    assert result.desired == 3
    assert result.events[0].message == (
        "New size: 3; reason: Current number of replicas below Spec.MinReplicas"
    )
    assert reasons(result.status)["ScaledToZero"] == "NotScaledToZero"


def test_from_zero_without_such_a_metric_it_stays_paused() -> None:
    gate = Flags(scale_to_zero=True)
    cpu = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
    }
    result, _ = World(spec(cpu, low=0), size=0, status=zero_status("True"), flags=gate).step(())
    assert result.decision.branch is Branch.PAUSED
    assert "ScaledToZero" in reasons(result.status)


def test_coming_from_zero_by_load_the_metric_stays_the_reason() -> None:
    gate = Flags(scale_to_zero=True)
    raised = World(spec(low=5, behavior={}), size=0, status=zero_status("True"), flags=gate)
    result, _ = raised.step((20_000,))
    assert result.desired == 5
    assert result.events[0].message.endswith("reason: external metric queue(nil) above target")
