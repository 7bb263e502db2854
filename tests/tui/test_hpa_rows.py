"""The table's rows: any way to a picture leads to the same rows, in the same order."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jetscale_tui.domain.kubectl import hpa_row
from jetscale_tui.domain.live_rows import read_hpa
from jetscale_tui.tui.hpa_rows import Roll, Sorting, by_column
from tests.tui import live

if TYPE_CHECKING:
    from jetscale_tui.domain.live import HpaView

RECORDED = Path(__file__).parents[1] / "data" / "kube" / "hpa-watch.jsonl"


def roll_of(*views: HpaView, with_namespace: bool = True) -> Roll:
    roll = Roll(with_namespace=with_namespace)
    roll.take(tuple(sorted(views, key=lambda view: view.key)))
    return roll


def names(roll: Roll) -> list[str]:
    return [roll[index].view.name for index in range(len(roll))]


def view(name: str, value: str | None = "3", replicas: int = 1, limited: bool = False) -> HpaView:
    return read_hpa(live.hpa(value, replicas, name=name, limited=limited))


def test_every_recorded_object_has_the_cells_kubectl_prints() -> None:
    for line in RECORDED.read_text().splitlines():
        recorded = json.loads(line)
        if recorded["type"] == "BOOKMARK":
            continue
        one = read_hpa(recorded["object"])
        assert one.created is not None
        now = one.created + timedelta(seconds=87)
        row = roll_of(one)[0]
        assert (*row.cells, row.age(now)) == hpa_row(one.raw, now, with_namespace=True)


def test_what_is_not_set_is_written_as_kubectl_writes_it() -> None:
    raw = live.hpa()
    del raw["spec"]["minReplicas"], raw["metadata"]["creationTimestamp"]
    row = roll_of(read_hpa(raw), with_namespace=False)[0]
    assert row.cells[3] == "<unset>"
    assert row.age(live.START) == "<unknown>"


def test_those_that_cannot_scale_come_first_then_those_at_their_limit() -> None:
    broken = read_hpa(live.unknown_hpa("z-broken"))
    rows = roll_of(view("a"), view("b", limited=True), view("c"), broken)
    assert names(rows) == ["z-broken", "b", "a", "c"]


@pytest.mark.parametrize(
    ("column", "order"),
    [
        ("NAME", ["a", "b", "c"]),
        ("REPLICAS", ["b", "c", "a"]),
        ("TARGETS", ["c", "a", "b"]),
        ("MINPODS", ["a", "b", "c"]),
        ("REFERENCE", ["a", "b", "c"]),
        ("AGE", ["a", "b", "c"]),
    ],
)
def test_a_column_is_sorted_as_one_wants_to_see_it_first(column: str, order: list[str]) -> None:
    rows = roll_of(view("a", "9", 1), view("b", "2", 3), view("c", None, 2))
    rows.sort(by_column(column))
    assert names(rows) == order


def test_the_other_way_round_equal_figures_stay_in_order_of_name() -> None:
    rows = roll_of(view("a", replicas=1), view("b", replicas=2), view("c", replicas=1))
    rows.sort(by_column("REPLICAS").turned())
    assert names(rows) == ["a", "c", "b"]
    rows.sort(by_column("NAME").turned())
    assert names(rows) == ["c", "b", "a"]
    assert rows.index(("default", "a")) == 2


def test_the_order_of_trouble_has_no_other_way_round() -> None:
    assert Sorting().turned() == Sorting()


def test_only_what_matches_is_there_and_comes_as_it_begins_to() -> None:
    rows = roll_of(view("api"), view("batch"))
    rows.narrow("DEPLOYMENT/other")
    assert len(rows) == 0
    assert rows.index(("default", "api")) is None
    moved = live.hpa(name="api", version=2)
    moved["spec"]["scaleTargetRef"]["name"] = "other"
    many = [view(f"n{number}") for number in range(20)]
    rows.take((read_hpa(moved), view("batch"), *many))
    assert names(rows) == ["api"]


def test_columns_never_shrink_while_rows_change_and_are_measured_anew_when_chosen_anew() -> None:
    rest = tuple(view(f"n{number:02}") for number in range(20))
    rows = roll_of(view("a"), *rest)
    rows.take((view("a", "123456789"), *rest))
    assert rows.widest[3] == len("123456789/10")
    rows.take((view("a", "1"), *rest))
    assert rows.widest[3] == len("123456789/10")
    rows.narrow("default/")
    assert rows.widest[3] == len("3/10")


ALL = [f"n{number:02}" for number in range(30)]
ABOUT = st.tuples(st.sampled_from(["1", "25", None]), st.integers(1, 3), st.booleans())
EDITS = st.dictionaries(st.sampled_from(ALL), ABOUT | st.none(), max_size=6)
"""What becomes of some; None: they go."""
SORTINGS = st.sampled_from(
    [
        Sorting(title, descending)
        for title in ("", *Roll(with_namespace=True).titles)
        for descending in (False, True)
    ]
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EDITS, min_size=1, max_size=5), SORTINGS, st.sampled_from(["", "n1", "x"]))
def test_rows_moved_one_by_one_end_where_sorting_all_would_put_them(
    edits: list[dict[str, tuple[str | None, int, bool] | None]], sorting: Sorting, wanted: str
) -> None:
    moved, sorted_at_once = Roll(with_namespace=True), Roll(with_namespace=True)
    moved.sort(sorting)
    moved.narrow(wanted)
    there = {name: view(name) for name in ALL}
    moved.take(tuple(there.values()))
    for edit in edits:
        for name, about in edit.items():
            there.pop(name, None)
            if about is not None:
                there[name] = view(name, *about)
        moved.take(tuple(there[name] for name in sorted(there)))
    sorted_at_once.take(tuple(there[name] for name in sorted(there)))
    sorted_at_once.narrow(wanted)
    sorted_at_once.sort(sorting)
    assert names(moved) == names(sorted_at_once)
    places = [moved.index(moved[index].view.key) for index in range(len(moved))]
    assert places == list(range(len(moved)))
