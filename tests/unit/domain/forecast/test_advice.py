from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.advice import FRUGAL, Search, search
from jetscale_tui.domain.forecast.changes import Change, Concern
from jetscale_tui.domain.forecast.figures import Figures
from jetscale_tui.domain.spec import Setup

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = Figures(
    requests=100,
    late=36,
    lost=0,
    longest_wait=70,
    decided=20,
    added=95,
    at_maximum=20,
    seconds_at_maximum=300,
    most_asked=7,
    most_ready=2,
    most_waiting=2,
    stuck_seconds=600,
    peak_backlog=100,
    peak_at=0,
    drained=75,
    chip_hours=4.0,
    changes=2,
    flaps=1,
)


def change(concern: Concern, mark: str) -> Change:
    """A change that can be told from the setup's name afterwards."""

    def apply(setup: Setup) -> Setup:
        named = setup.metadata.model_copy(update={"name": f"{setup.metadata.name}-{mark}"})
        return setup.model_copy(update={"metadata": named})

    return Change(concern, f"scaling.{concern}", "old", mark, apply)


def found(results: dict[str, Figures | None], *changes: Change, now: Figures = NOW) -> Search:
    """The advice where the changes, by their marks, bring these figures."""

    def evaluate(setup: Setup) -> Figures | None:
        marks = setup.metadata.name.removeprefix("jetstream-").split("-")
        return results.get("-".join(sorted(marks)), now)

    return search(Setup(), now, changes, evaluate, limit=30.0)


def marks(answer: Search) -> list[list[str]]:
    return [[each.after for each in advice.changes] for advice in answer.advice]


def test_the_best_of_each_concern_is_advised_the_best_first() -> None:
    results: dict[str, Figures | None] = {
        "a": replace(NOW, late=30),
        "b": replace(NOW, late=10, chip_hours=9.0),
        "c": replace(NOW, late=20, chip_hours=9.0),
        "d": replace(NOW, late=50),
    }
    answer = found(
        results,
        change(Concern.TARGET, "a"),
        change(Concern.MINIMUM, "b"),
        change(Concern.MINIMUM, "c"),
        change(Concern.MAXIMUM, "d"),
    )
    assert marks(answer) == [["b"], ["a"]]
    assert answer.tried >= 4


def test_what_gets_better_and_worse_is_said_in_numbers() -> None:
    after = replace(
        NOW,
        late=0,
        longest_wait=27,
        added=None,
        drained=30,
        chip_hours=6.0,
        flaps=2,
        lost=5,
        most_waiting=0,
    )
    (advice,) = found({"a": after}, change(Concern.MINIMUM, "a")).advice
    assert advice.better == (
        "requests that wait longer than 30 s, of 100: 36 → 0",
        "replicas Pending for want of a node: 2 → 0",
        "longest wait: 70 s → 27 s",
        "backlog drained in: 75 s → 30 s",
    )
    assert advice.worse == (
        "requests that get no answer: 0 → 5",
        "replicas taken away and soon wanted again: 1 → 2",
        "chip-hours: 4.0 → 6.0 (+50 %)",
    )
    assert advice.after is after
    assert advice.setup.metadata.name == "jetstream-a"


def test_fewer_stuck_replicas_count_before_fewer_chips_and_those_before_flapping() -> None:
    results: dict[str, Figures | None] = {
        "a": replace(NOW, flaps=0),
        "b": replace(NOW, chip_hours=3.0),
        "c": replace(NOW, stuck_seconds=0, most_waiting=0),
    }
    answer = found(
        results,
        change(Concern.TARGET, "a"),
        change(Concern.SCALE_DOWN, "b"),
        change(Concern.MAXIMUM, "c"),
    )
    assert marks(answer)[:3] == [["c"], ["b"], ["a"]]


def test_changes_that_help_together_are_advised_together() -> None:
    results: dict[str, Figures | None] = {
        "a": replace(NOW, late=20),
        "b": replace(NOW, chip_hours=3.0),
        "a-b": replace(NOW, late=20, chip_hours=3.0),
    }
    answer = found(results, change(Concern.TARGET, "a"), change(Concern.SCALE_DOWN, "b"))
    assert marks(answer) == [["a", "b"], ["a"], ["b"]]


def test_nothing_much_dearer_is_added_to_what_is_taken_together() -> None:
    results: dict[str, Figures | None] = {
        "a": replace(NOW, late=20),
        "b": replace(NOW, late=0, chip_hours=NOW.chip_hours * FRUGAL * 1.1),
        "c": replace(NOW, late=30),
        "a-c": replace(NOW, late=10, chip_hours=NOW.chip_hours * FRUGAL * 1.1),
    }
    answer = found(
        results,
        change(Concern.TARGET, "a"),
        change(Concern.MINIMUM, "b"),
        change(Concern.METRIC, "c"),
    )
    assert marks(answer) == [["b"], ["a"], ["c"]]


def test_settings_that_are_not_valid_are_passed_over() -> None:
    results: dict[str, Figures | None] = {"a": None, "b": replace(NOW, late=0), "a-b": None}
    answer = found(results, change(Concern.TARGET, "a"), change(Concern.MINIMUM, "b"))
    assert marks(answer) == [["b"]]


def test_a_second_change_that_makes_the_setup_invalid_is_not_added() -> None:
    results: dict[str, Figures | None] = {
        "a": replace(NOW, late=0),
        "b": replace(NOW, late=30),
        "a-b": None,
    }
    answer = found(results, change(Concern.TARGET, "a"), change(Concern.MINIMUM, "b"))
    assert marks(answer) == [["a"], ["b"]]


def test_without_anything_better_there_is_no_advice() -> None:
    answer = found({"a": replace(NOW, late=80)}, change(Concern.TARGET, "a"))
    assert (answer.advice, answer.tried) == ((), 2)


def test_a_gain_too_small_to_be_told_is_no_advice() -> None:
    slight = replace(NOW, late=35.6)
    assert found({"a": slight}, change(Concern.TARGET, "a")).advice == ()


def test_a_better_rank_of_which_nothing_could_be_said_is_no_advice() -> None:
    many = replace(NOW, requests=100.0, late=0.6)
    assert found({"a": replace(many, late=0.2)}, change(Concern.TARGET, "a"), now=many).advice == ()


def recording(seen: list[str]) -> Callable[[Setup], Figures]:
    def evaluate(setup: Setup) -> Figures:
        seen.append(setup.metadata.name)
        return NOW

    return evaluate


def test_every_change_is_simulated() -> None:
    seen: list[str] = []
    changes = (change(Concern.TARGET, "a"), change(Concern.TARGET, "b"))
    search(Setup(), NOW, changes, recording(seen), 30.0)
    assert seen[:2] == ["jetstream-a", "jetstream-b"]
