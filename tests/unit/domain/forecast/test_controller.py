"""The controller of the forecast is held against the whole control loop, pass by pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jetscale_tui.domain.forecast import controller
from jetscale_tui.domain.forecast.controller import Controller
from jetscale_tui.domain.hpa.behavior import Memory
from jetscale_tui.domain.hpa.loop import evaluate
from jetscale_tui.domain.hpa.readings import Pod, Pods, ReadFailure, Scale
from jetscale_tui.domain.hpa.status import HpaStatus
from tests.unit.domain.forecast.asking import hpa

if TYPE_CHECKING:
    from jetscale_tui.domain.hpa.spec import HpaSpec

ONE_A_MINUTE = {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}
BEHAVIORS: tuple[dict[str, Any] | None, ...] = (
    None,
    {},
    {"scaleUp": {"stabilizationWindowSeconds": 60}, "scaleDown": ONE_A_MINUTE},
    {"scaleUp": ONE_A_MINUTE, "scaleDown": {"stabilizationWindowSeconds": 600}},
)


def pods_of(size: int) -> Pods:
    return Pods.of(Pod(f"r{index}") for index in range(size))


def both(spec: HpaSpec, values: list[int], size: int) -> tuple[list[int], list[int]]:
    """Sizes by the forecast's controller and by the whole loop, one value of all pods a pass."""
    ours, theirs = [size], [size]
    quick, memory, status = Controller(spec), Memory(), HpaStatus()
    known = {number: pods_of(number) for number in range(20)}
    for index, value in enumerate(values):
        now = 15.0 * (index + 1)
        pods = known[ours[-1]]
        ours.append(quick.look(ours[-1], pods, [reading(pods, value)], now).size)
        pods = known[theirs[-1]]
        scale = Scale(theirs[-1], theirs[-1], "app=model")
        result = evaluate(
            spec, memory, status, scale, pods, [reading(pods, value)], int(now * 1000)
        )
        memory, status = result.memory, result.status
        theirs.append(result.desired)
    return ours, theirs


def reading(pods: Pods, value: int) -> dict[str, int] | ReadFailure:
    if value < 0:
        return ReadFailure("not now")
    return {pod.name: value for pod in pods.each}


@pytest.mark.parametrize("behavior", BEHAVIORS)
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from((-1, 0, 5000, 10_000, 14_000, 60_000)), st.integers(1, 30))),
    st.integers(0, 9),
)
def test_it_decides_as_the_whole_loop_does(
    behavior: dict[str, Any] | None, stretches: list[tuple[int, int]], size: int
) -> None:
    values = [value for value, length in stretches for _ in range(length)]
    ours, theirs = both(hpa(most=7, behavior=behavior), values, size)
    assert ours == theirs


def test_a_quiet_stretch_still_holds_the_size_for_the_window_after_it() -> None:
    quiet = [10_000] * 100
    ours, _ = both(hpa(most=7), [40_000, *quiet, *[0] * 30], 1)
    held = ours[len(quiet) + 1 :]
    assert held[0] == 4
    # A recommendation of 300 s counts, its last moment included.
    assert [size == 4 for size in held].index(False) == 21


def test_proposals_are_forgotten_when_there_are_too_many() -> None:
    quick, pods = Controller(hpa(most=7)), pods_of(1)
    for value in range(controller.REMEMBERED + 10):
        quick.look(1, pods, [reading(pods, value)], 15.0 * value)
    assert quick.look(1, pods, [reading(pods, 50_000)], 1e9).asked == 5


def test_the_size_asked_for_is_shown_beside_the_one_that_is_set() -> None:
    pods = pods_of(1)
    look = Controller(hpa(most=2)).look(1, pods, [reading(pods, 70_000)], 15.0)
    assert look == (2, 7)
