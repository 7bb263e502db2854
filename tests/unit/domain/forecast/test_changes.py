from __future__ import annotations

from typing import Any

import pytest

from jetscale_tui.domain.forecast.changes import Change, Concern, possible_changes
from jetscale_tui.domain.forecast.facts import Facts
from jetscale_tui.domain.spec import Guide, MetricTarget, Scaling, Setup
from jetscale_tui.domain.validation import problems
from jetscale_tui.setupfile.profiles import load_profile

PROFILE = load_profile("jetstream-maxtext")
SLOTS = "jetstream_slots_used_percentage"


def changes(setup: Setup, concern: Concern, facts: Facts | None = None) -> list[Change]:
    found = possible_changes(setup, PROFILE, facts or Facts(fits_now=4))
    return [change for change in found if change.concern is concern]


def setup_of(**scaling: Any) -> Setup:
    return Setup(scaling=Scaling(**scaling))


@pytest.mark.parametrize("most", [2, 6])
def test_every_change_makes_another_setup_without_problems(most: int) -> None:
    setup = setup_of(max_replicas=most)
    found = possible_changes(setup, PROFILE, Facts(fits_now=4))
    changed = [change.apply(setup) for change in found]
    assert setup not in changed
    sensible = [each for each in changed if each.scaling.min_replicas <= each.scaling.max_replicas]
    assert not [problems(each, PROFILE) for each in sensible if problems(each, PROFILE)]


def test_targets_are_offered_in_the_metrics_unit_and_never_the_present_one() -> None:
    setup = setup_of(
        metrics=(
            MetricTarget(name="jetstream_prefill_backlog_size", target="10"),
            MetricTarget(name=SLOTS, target="90%"),
            MetricTarget(name="memory_used", target="100Gi"),
            MetricTarget(name="unheard_of", target="1"),
        )
    )
    found = changes(setup, Concern.TARGET)
    backlog = [each.after for each in found if each.path == "scaling.metrics[0].target"]
    slots = [each.after for each in found if each.path == "scaling.metrics[1].target"]
    assert "5" in backlog
    assert "10" not in backlog
    assert "800m" in slots
    assert "900m" not in slots
    assert {each.path for each in found} == {
        "scaling.metrics[0].target",
        "scaling.metrics[1].target",
    }
    changed = found[0].apply(setup)
    assert changed.scaling.metrics[0].target == found[0].after
    assert changed.scaling.metrics[1:] == setup.scaling.metrics[1:]


def test_other_metrics_of_the_server_are_offered_as_well_and_instead() -> None:
    found = changes(Setup(), Concern.METRIC)
    followed = {
        tuple(each.name for each in change.apply(Setup()).scaling.metrics) for change in found
    }
    assert followed == {("jetstream_prefill_backlog_size", SLOTS), (SLOTS,)}


def test_nothing_is_added_to_the_guides_single_metric() -> None:
    assert not changes(Setup(guide=Guide.LITERAL), Concern.METRIC)


def test_limits_stay_sensible_and_within_what_fits() -> None:
    setup = setup_of(min_replicas=2, max_replicas=3)
    least = [change.apply(setup).scaling.min_replicas for change in changes(setup, Concern.MINIMUM)]
    most = [change.apply(setup).scaling.max_replicas for change in changes(setup, Concern.MAXIMUM)]
    assert least == [1, 3]
    assert most == [4]


def test_a_maximum_beyond_the_pool_may_come_down_to_it() -> None:
    setup = setup_of(max_replicas=8)
    facts = Facts(fits_now=2, nodes_to_come=2)
    most = [change.after for change in changes(setup, Concern.MAXIMUM, facts)]
    assert most == ["2", "4"]


def test_a_maximum_may_double_where_the_chips_are_not_known() -> None:
    most = [change.after for change in changes(setup_of(max_replicas=4), Concern.MAXIMUM, Facts())]
    assert most == ["3", "5", "6", "8"]


def test_behavior_is_offered_to_fit_the_start_up_time() -> None:
    facts = Facts(start_seconds=100.0)
    found = changes(Setup(), Concern.SCALE_UP, facts)
    assert [change.after for change in found] == [
        "1 pod in 105 s",
        "2 pods in 105 s",
        "window 60 s",
    ]
    behavior = found[0].apply(Setup()).scaling.behavior
    policy = {"type": "Pods", "value": 1, "periodSeconds": 105}
    assert behavior == {"scaleUp": {"policies": [policy]}}
    longest = changes(Setup(), Concern.SCALE_UP, Facts(start_seconds=10_000.0))
    assert longest[0].after == "1 pod in 30 min"


def test_a_behavior_that_is_there_may_go_and_the_other_direction_stays() -> None:
    percent = {"type": "Percent", "value": 50, "periodSeconds": 60}
    down = {"stabilizationWindowSeconds": 0, "policies": [percent]}
    up = {"stabilizationWindowSeconds": 30}
    setup = setup_of(behavior={"scaleUp": up, "scaleDown": down})
    (default, *_) = changes(setup, Concern.SCALE_DOWN)
    assert default.text == "scaling.behavior.scaleDown: window 0 s, 50 % in 60 s → default"
    assert default.apply(setup).scaling.behavior == {"scaleUp": up}
    alone = setup_of(behavior={"scaleDown": down})
    assert default.apply(alone).scaling.behavior is None


def test_the_guides_queries_may_be_corrected() -> None:
    assert not changes(Setup(), Concern.QUERY)
    literal = Setup(guide=Guide.LITERAL)
    (change,) = changes(literal, Concern.QUERY)
    assert change.text == "guide: literal → corrected"
    assert change.apply(literal).guide is Guide.CORRECTED
