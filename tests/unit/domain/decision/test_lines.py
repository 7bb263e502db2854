"""What the panel says: each line as a tired person reads it."""

from __future__ import annotations

import pytest

from jetscale_tui.domain.decision.lines import Part, Tone, ascii_of, next_look_text
from jetscale_tui.domain.decision.words import amount, clock, metric_title, span
from tests.unit.domain.decision.scene import (
    Scene,
    external,
    node,
    pod,
    pods_metric,
    utilization,
)

TWO = (pod("a"), pod("b", node="tpu-1"))
FOUR = tuple(pod(name) for name in "abcd")


def test_the_maximum_decides_and_what_it_would_take_is_said() -> None:
    scene = Scene(high=2, pods=TWO).with_nodes(node("tpu-0"), node("tpu-1"))
    scene.at(0, 2, 2, "25", limited="TooManyReplicas")
    assert scene.said() == [
        "prefill backlog: 25 per pod ÷ 10 → wants 5",
        "rate limit: ×2, or to 4 → 4",
        "maximum 2: → 2 <<",
        "to serve it: max 5 needs 40 chips; the pool has 16",
        "down again: when at most 5 for 5 min",
    ]


def test_only_the_pools_of_the_replicas_count_as_room() -> None:
    scene = Scene(high=2, pods=TWO).with_nodes(
        node("tpu-0"), node("tpu-1"), node("tpu-2", ready=False), node("other-0", pool="other")
    )
    scene.at(0, 2, 2, "25")
    assert "to serve it: max 5 needs 40 chips; the pool has 16" in scene.said()


def test_replicas_without_chips_need_a_larger_maximum_only() -> None:
    scene = Scene(high=2, pods=(pod("a", chips=0), pod("b", chips=0))).at(0, 2, 2, "25")
    assert "to serve it: a maximum of 5" in scene.said()


def test_within_tolerance_the_size_stays() -> None:
    scene = Scene(pods=TWO).at(0, 2, 2, "10500m")
    assert scene.said() == [
        "prefill backlog: 10.5 per pod ÷ 10, within 10 % → stays 2 <<",
        "up: when above 11",
        "down again: when at most 5 for 5 min",
    ]


def test_each_direction_has_the_tolerance_it_was_given() -> None:
    behavior = {"scaleUp": {"tolerance": "0.3"}, "scaleDown": {"tolerance": "0.05"}}
    up = Scene(pods=TWO, behavior=behavior).at(0, 2, 2, "12").said()
    assert up[0] == "prefill backlog: 12 per pod ÷ 10, within 30 % → stays 2 <<"
    down = Scene(pods=TWO, behavior=behavior).at(0, 2, 2, "9600m").said()
    assert down[0] == "prefill backlog: 9.6 per pod ÷ 10, within 5 % → stays 2 <<"


def test_the_window_counts_down_while_the_size_is_held() -> None:
    scene = Scene(pods=TWO).at(0, 2, 2, "10").at(30, 2, 2, "2", able="ScaleDownStabilized")
    assert scene.later(42).said() == [
        "prefill backlog: 2 per pod ÷ 10 → wants 1",
        "stabilization: highest of the last 5 min → 2 <<",
        "up: when above 11",
        "down again: when at most 5 for 5 min (4:33 left)",
    ]


def test_a_window_from_before_the_watch_has_a_latest_end() -> None:
    scene = Scene(pods=TWO).at(0, 2, 2, "2", able="ScaleDownStabilized").later(30)
    said = scene.said()
    assert "stabilization: held by what the metrics asked for before we watched → 2 <<" in said
    assert "down again: when at most 5 for 5 min (at most 4:30 left)" in said


def test_a_scale_up_is_held_by_its_own_window() -> None:
    behavior = {"scaleUp": {"stabilizationWindowSeconds": 60}}
    scene = Scene(pods=TWO, behavior=behavior).at(0, 2, 2, "10")
    scene.at(30, 2, 2, "30", able="ScaleUpStabilized")
    assert scene.said() == [
        "prefill backlog: 30 per pod ÷ 10 → wants 6",
        "stabilization: lowest of the last 1 min → 2 <<",
        "up: when above 11 for 1 min (0:45 left)",
        "down again: when at most 5 for 5 min",
    ]


def test_rates_of_the_behavior_are_named_with_their_periods() -> None:
    behavior = {
        "scaleUp": {
            "selectPolicy": "Min",
            "policies": [
                {"type": "Pods", "value": 3, "periodSeconds": 60},
                {"type": "Percent", "value": 50, "periodSeconds": 15},
            ],
        },
        "scaleDown": {
            "stabilizationWindowSeconds": 0,
            "policies": [{"type": "Pods", "value": 1, "periodSeconds": 90}],
        },
    }
    up = Scene(pods=FOUR, behavior=behavior).at(0, 4, 6, "60", limited="ScaleUpLimit")
    assert up.said()[1:] == [
        "rate limit: +3 in 1 min and +50 % in 15 s → 6 <<",
        "to serve it: max 24 needs 192 chips",
        "up: goes on as the rate limit allows",
        "down again: when at most 8.33",
    ]
    down = Scene(pods=FOUR, behavior=behavior).at(0, 4, 3, "1", limited="ScaleDownLimit")
    assert down.said()[1:] == [
        "rate limit: −1 in 1 min 30 s → 3 <<",
        "up: when above 11",
        "down again: goes on as the rate limit allows",
    ]


def test_the_default_rates_read_as_in_the_documentation() -> None:
    scene = Scene(high=20, pods=FOUR, behavior={}).at(0, 4, 8, "60", limited="ScaleUpLimit")
    assert "rate limit: +4 or ×2 in 15 s → 8 <<" in scene.said()


def test_an_earlier_rescale_uses_up_the_rate() -> None:
    behavior = {"scaleUp": {"policies": [{"type": "Pods", "value": 4, "periodSeconds": 60}]}}
    scene = Scene(high=20, pods=FOUR, behavior=behavior)
    scene.at(0, 2, 2, "10").at(15, 2, 4, "18", able="SucceededRescale")
    scene.at(30, 4, 6, "60", limited="ScaleUpLimit")
    assert "rate limit: +4 in 1 min from 2 → 6 <<" in scene.said()


@pytest.mark.parametrize(
    ("direction", "value", "line", "never"),
    [
        ("scaleUp", "60", "scale-up: switched off in the behavior → 4 <<", "up"),
        ("scaleDown", "1", "scale-down: switched off in the behavior → 4 <<", "down again"),
    ],
)
def test_a_direction_that_is_switched_off_is_said_to_be(
    direction: str, value: str, line: str, never: str
) -> None:
    behavior = {direction: {"selectPolicy": "Disabled"}}
    if direction == "scaleDown":
        behavior[direction]["stabilizationWindowSeconds"] = 0  # type: ignore[assignment]
    said = Scene(pods=FOUR, behavior=behavior).at(0, 4, 4, value).said()
    assert line in said
    assert f"{never}: never: switched off in the behavior" in said


def test_the_minimum_decides() -> None:
    scene = Scene(low=2, pods=TWO).at(0, 2, 2, "0", limited="TooFewReplicas")
    scene.at(400, 2, 2, "100m", limited="TooFewReplicas")
    assert scene.said() == [
        "prefill backlog: 0.1 per pod ÷ 10 → wants 1",
        "minimum 2: → 2 <<",
        "up: when above 11",
    ]


def test_of_several_metrics_the_highest_decides_and_all_must_fall() -> None:
    scene = Scene(pods_metric(), external("slots", value="4"), pods=TWO)
    scene.at(0, 2, 4, "20", "3")
    assert scene.said() == [
        "prefill backlog: 20 per pod ÷ 10 → wants 4 <<",
        "slots: 3 in all ÷ 4 × 2 ready → wants 2",
        "up: when prefill backlog above 11 or slots above 4.4",
        "down again: when prefill backlog at most 7.5 and slots at most 3 for 5 min",
    ]


def test_one_metric_from_two_sources_is_named_once() -> None:
    scene = Scene(pods_metric(), external("jetstream_prefill_backlog_size", averageValue="10"))
    scene.at(0, 2, 2, "10", "10")
    assert "up: when prefill backlog above 11" in scene.said()


def test_a_missing_metric_lets_it_grow_but_not_shrink() -> None:
    scene = Scene(pods_metric(), external("gone", averageValue="5"), pods=TWO)
    scene.at(0, 2, 4, "20", None)
    assert scene.said()[1] == "gone: <unknown>"
    assert scene.lines()[1].tone is Tone.TROUBLE
    assert "down again: not while a metric is unknown" in scene.said()


def test_without_any_metric_the_controllers_cause_is_quoted() -> None:
    words = "the HPA was unable to compute the replica count: unable to get metric m: no API"
    scene = Scene(pods=TWO).at(0, 2, 2, None, active="FailedGetPodsMetric", words=words)
    assert scene.said() == ["prefill backlog: <unknown>", "no decision: no API"]


def test_a_cause_without_words_is_named_by_its_reason() -> None:
    scene = Scene(pods=TWO).at(0, 2, 2, None, active="FailedGetPodsMetric")
    assert scene.said()[-1] == "no decision: FailedGetPodsMetric"
    wrapped = "the HPA was unable to compute the replica count: "
    scene.at(15, 2, 2, None, active="FailedGetPodsMetric", words=wrapped)
    assert scene.said()[-1] == "no decision: FailedGetPodsMetric"


def test_a_missing_metric_that_blocks_a_scale_down_is_said_to() -> None:
    scene = Scene(pods_metric(), external("gone", averageValue="5"), pods=TWO)
    scene.at(0, 2, 2, "2", None)
    assert (
        scene.said()[-1] == "no decision: a metric is missing, and without it nothing is taken away"
    )


@pytest.mark.parametrize(
    ("active", "words"),
    [
        ("InvalidSelector", "the HPA target's scale is missing a selector"),
        ("AmbiguousSelector", "pods by selector app=a are controlled by multiple HPAs: [a b]"),
    ],
)
def test_selectors_that_cannot_be_used_are_quoted_whole(active: str, words: str) -> None:
    scene = Scene(pods=TWO).at(0, 2, 2, active=active, words=words)
    assert scene.said() == [f"no decision: {words}"]


def test_a_target_that_is_not_there() -> None:
    words = "the HPA controller was unable to get the target's current scale: deployments.apps"
    words += ' "server" not found'
    scene = Scene(pods=()).at(0, 0, 0, able="FailedGetScale", words=words)
    assert scene.said() == ['no decision: deployments.apps "server" not found']


def test_a_size_beyond_the_limits_is_set_without_a_look_at_metrics() -> None:
    above = Scene(high=3, pods=FOUR).at(0, 4, 3)
    assert above.said() == ["maximum 3: 4 is more → 3; metrics were not read <<"]
    below = Scene(low=3, pods=TWO).at(0, 2, 3)
    assert below.said() == ["minimum 3: 2 is less → 3; metrics were not read <<"]


def test_zero_replicas_switch_scaling_off() -> None:
    scene = Scene(pods=()).at(0, 0, 0, active="ScalingDisabled")
    assert scene.said() == ["0 replicas: switches scaling off, until the target is given a size <<"]
    assert scene.lines()[0].tone is Tone.WARNING


def test_shares_are_in_percent() -> None:
    scene = Scene(utilization(60), pods=FOUR).at(0, 4, 6, 90)
    assert scene.said() == [
        "cpu: 90 % of request ÷ 60 % → wants 6 <<",
        "up: when above 66 %",
        "down again: when at most 50 % for 5 min",
    ]


def test_many_replicas_shrink_below_the_tolerance() -> None:
    crowd = tuple(pod(f"p{number}") for number in range(20))
    scene = Scene(pods=crowd, high=30).at(0, 20, 20, "10")
    assert "down again: when below 9 for 5 min" in scene.said()


def test_pods_that_do_not_count_are_said_and_the_assumption_too() -> None:
    scene = Scene(pods=(*TWO, pod("c", ready=None, created=-20)))
    scene.at(0, 3, 4, "20")
    said = scene.said()
    assert said[0] == "prefill backlog: 20 per pod ÷ 10, 1 not ready → wants 4 <<"
    assert "assumed: a pod that is not ready is taken to report nothing" in said


def test_another_size_than_computed_is_said_and_nothing_decides() -> None:
    scene = Scene(age=3, pods=TWO).change(0).at(15, 2, 7, "30")
    lines = scene.lines()
    assert not any(line.decides for line in lines)
    (doubt,) = [line for line in lines if line.part is Part.DOUBT]
    assert doubt.text.startswith("set 7, not 4: nothing seen from here explains it")
    assert doubt.tone is Tone.WARNING


def test_before_the_first_look_there_is_nothing_to_explain() -> None:
    scene = Scene(age=3).change(0)
    assert scene.said() == [": Not evaluated yet: the first look comes 15 s after an HPA appears."]
    assert next_look_text(scene.why()) == "next look: unknown"


def test_the_next_look_is_counted_from_the_last_write() -> None:
    scene = Scene(pods=TWO).at(0, 2, 2, "10").at(15, 2, 2, "10100m")
    assert next_look_text(scene.later(21).why()) == "next look in 9 s"
    assert next_look_text(scene.later(51).why()) == "next look in 9 s"
    assert next_look_text(scene.later(15 + 400).why()) == "next look: unknown"


def test_signs_have_ascii_twins() -> None:
    assert ascii_of("25 ÷ 10 → ×2 −1") == "25 / 10 -> x2 -1"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.41, "0.41"),
        (12.5, "12.5"),
        (1250, "1 250"),
        (109_521_666_048, "110 G"),
        (5e21, "5e+03 E"),
        (float("inf"), "?"),
    ],
)
def test_amounts(value: float, text: str) -> None:
    assert amount(value) == text


def test_times() -> None:
    assert [clock(seconds) for seconds in (-3, 8.2, 252)] == ["0:00", "0:09", "4:12"]
    assert [span(seconds) for seconds in (15, 300, 90)] == ["15 s", "5 min", "1 min 30 s"]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("prometheus.googleapis.com|jetstream_prefill_backlog_size|gauge", "prefill backlog"),
        ("kubernetes.io/node/accelerator/memory_used", "memory used"),
        ("jetstream_slots_used_percentage", "slots used percentage"),
        ("cpu", "cpu"),
        ("|", "|"),
    ],
)
def test_metrics_are_named_by_the_telling_part(name: str, title: str) -> None:
    assert metric_title(name) == title
