"""What holds of every pass, whatever the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from jetscale_tui.domain.hpa.behavior import Memory, Recommendation, ScaleEvent
from jetscale_tui.domain.hpa.loop import decide
from jetscale_tui.domain.hpa.readings import Pods, Scale
from jetscale_tui.domain.hpa.status import HpaStatus
from tests.unit.domain.hpa_cases import SECOND, START, World, external, spec

if TYPE_CHECKING:
    from jetscale_tui.domain.hpa.spec import HpaSpec
    from jetscale_tui.domain.kinds import Json

SIZES = st.integers(1, 40)
LOADS = st.integers(0, 2_000_000)
TIMES = st.integers(0, 900).map(lambda seconds: START - seconds * SECOND)

POLICIES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Pods", "Percent"]),
        "value": st.integers(1, 300),
        "periodSeconds": st.integers(1, 1800),
    }
)
RULES = st.fixed_dictionaries(
    {},
    optional={
        "stabilizationWindowSeconds": st.integers(0, 600),
        "selectPolicy": st.sampled_from(["Max", "Min", "Disabled"]),
        "policies": st.lists(POLICIES, min_size=1, max_size=3),
        "tolerance": st.sampled_from(["0", "50m", "0.1", "1"]),
    },
)
BEHAVIORS: st.SearchStrategy[Json | None] = st.none() | st.fixed_dictionaries(
    {}, optional={"scaleUp": RULES, "scaleDown": RULES}
)
TARGETS = st.one_of(
    st.integers(1, 50).map(lambda amount: external(average=str(amount))),
    st.integers(1, 500).map(lambda amount: external(value=str(amount))),
)
EVENTS = st.lists(st.builds(ScaleEvent, st.integers(1, 20), TIMES), max_size=4).map(tuple)
MEMORIES = st.builds(
    Memory,
    st.none()
    | st.lists(st.builds(Recommendation, st.integers(0, 60), TIMES), max_size=8).map(tuple),
    EVENTS,
    EVENTS,
)


@st.composite
def hpas(draw: st.DrawFn) -> HpaSpec:
    low = draw(st.integers(1, 20))
    high = draw(st.integers(low, 60))
    return spec(draw(TARGETS), low=low, high=high, behavior=draw(BEHAVIORS))


def desired(hpa: HpaSpec, memory: Memory, size: int, load: int) -> int:
    scale, pods = Scale(size, size), Pods(size, size)
    return decide(hpa, memory, HpaStatus(), scale, pods, [(load,)], START).desired


@given(hpas(), MEMORIES, SIZES, LOADS, LOADS)
def test_more_load_never_asks_for_fewer_replicas(
    hpa: HpaSpec, memory: Memory, size: int, one: int, other: int
) -> None:
    less, more = sorted((one, other))
    assert desired(hpa, memory, size, less) <= desired(hpa, memory, size, more)


@given(hpas(), MEMORIES, SIZES, LOADS)
def test_the_size_stays_or_comes_within_the_bounds(
    hpa: HpaSpec, memory: Memory, size: int, load: int
) -> None:
    assert hpa.min_replicas <= desired(hpa, memory, size, load) <= hpa.max_replicas


@given(hpas(), st.lists(LOADS, min_size=1, max_size=12), SIZES)
@settings(max_examples=50)
def test_every_value_on_the_way_agrees_with_the_next(
    hpa: HpaSpec, loads: list[int], size: int
) -> None:
    world = World(hpa, size=size)
    for load in loads:
        result, after = world.step((load,))
        decision, stable, bounded = (
            result.decision,
            result.decision.stabilization,
            result.decision.bounded,
        )
        if stable is not None and bounded is not None:
            proposal = decision.winner and decision.winner.proposal
            assert proposal is not None
            assert stable.raw == max(0, proposal.replicas)
            assert stable.changed == (stable.held_by is not None)
            assert stable.held_by is None or stable.until is not None
            assert bounded.replicas == result.desired
            limited = result.status.condition("ScalingLimited")
            assert limited is not None
            assert (limited.status == "True") == (bounded.replicas != stable.replicas)
        assert result.status == HpaStatus.parse(result.status.to_json())
        world = after


@given(st.integers(1, 20), st.integers(1, 50), BEHAVIORS)
@settings(max_examples=50)
def test_at_rest_a_pass_changes_nothing_and_writes_nothing(
    size: int, target: int, behavior: Json | None
) -> None:
    world = World(spec(external(average=str(target)), low=1, high=20, behavior=behavior), size=size)
    load = (target * size * 1000,)
    first, world = world.step(load)
    assert (first.rescaled, first.events) == (False, ())
    for _ in range(25):
        result, world = world.step(load)
        assert not result.rescaled
        assert not result.status_changed
        assert result.events == ()


@given(hpas(), MEMORIES, SIZES, LOADS)
def test_the_same_inputs_give_the_same_pass(
    hpa: HpaSpec, memory: Memory, size: int, load: int
) -> None:
    world = World(hpa, size=size, memory=memory)
    assert world.step((load,)) == world.step((load,))


@given(st.lists(LOADS, min_size=1, max_size=200), BEHAVIORS)
@settings(max_examples=20)
def test_history_does_not_grow_without_end(loads: list[int], behavior: Json | None) -> None:
    world = World(spec(high=40, behavior=behavior))
    for load in loads:
        _, world = world.step((load,))
    assert len(world.memory.recommendations or ()) <= 600 // 15 + 2
    assert len(world.memory.scale_ups) + len(world.memory.scale_downs) <= 2 * (1800 // 15 + 2)
