"""The pure parts of the screens: words, columns, plots, the first line."""

from __future__ import annotations

from itertools import pairwise

import pytest
from rich.cells import cell_len

from jetscale_tui.domain.profile import Unit
from jetscale_tui.tui import format as words
from jetscale_tui.tui import plot
from jetscale_tui.tui.ascii_filter import _in_ascii
from jetscale_tui.tui.glyphs import ASCII, UNICODE
from jetscale_tui.tui.table_layout import laid_out, written_row
from jetscale_tui.tui.widgets.where_bar import where_line
from jetscale_tui.wizard.place import Place


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.42, "0.4 s"),
        (9.96, "10 s"),
        (48, "48 s"),
        (60, "1 min"),
        (252, "4 min 12 s"),
        (3600, "1 h"),
        (7500, "2 h 05 min"),
        (273_600, "3 d 4 h"),
        (-5, "0.0 s"),
        (float("nan"), "?"),
    ],
)
def test_spans_of_time_in_words(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (3, Unit.REQUESTS, "3"),
        (1234567, Unit.REQUESTS, "1 234 567"),
        (0.413, Unit.RATIO, "41.3 %"),
        (0.0041, Unit.RATIO, "0.4 %"),
        (102 * 1024**3, Unit.BYTES, "102 GiB"),
        (0, Unit.BYTES, "0 B"),
        (3 * 1024**5, Unit.BYTES, "3 072 TiB"),
    ],
)
def test_values_of_metrics_carry_their_unit(value: float, unit: Unit, said: str) -> None:
    assert words.measured(value, unit) == said


def test_foreign_text_is_one_line_that_changes_nothing_around_it() -> None:
    hostile = "a\nb\tc\x1b[31m\u202e\u200b\u2028\x07é漢[/]"
    shown = words.shown(hostile)
    assert shown == "a b c<U+001B>[31m<U+202E><U+200B><U+2028><U+0007>é漢[/]"
    assert "\n" not in shown


@pytest.mark.parametrize("width", range(1, 12))
def test_what_is_cut_fits_and_says_so(width: int) -> None:
    for cut in (words.fit, words.fit_middle):
        text = cut("maxengine-server-7c9f", width)
        assert cell_len(text) <= width
        if width > 2:
            assert "…" in text


def test_cutting_the_middle_keeps_both_ends() -> None:
    assert words.fit_middle("maxengine-server-7c9f-x7k2p", 15) == "maxengi…f-x7k2p"


@pytest.mark.parametrize("width", [8, 15, 40])
def test_wrapped_lines_fit_and_lose_no_word(width: int) -> None:
    text = "the desired count is prometheus.googleapis.com|jetstream|gauge beyond"
    lines = words.wrapped(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_first_line_may_be_shorter_than_the_rest() -> None:
    assert words.wrapped("one two three four", 9, first=3) == ["one", "two three", "four"]


ROWS = [
    ("NAME", "REFERENCE", "TARGETS", "MINPODS", "AGE"),
    ("jetstream-hpa", "Deployment/maxengine-server", "25/10", "1", "14m"),
]
WIDEST = [cell_len(cell) for cell in ROWS[1]]


def test_columns_have_kubectls_gaps_where_there_is_room() -> None:
    columns = laid_out(ROWS[0], WIDEST, 120, short={}, shrinks=())
    assert [column.gap for column in columns] == [3, 3, 3, 3, 0]


@pytest.mark.parametrize("room", range(40, 90))
def test_columns_fit_the_room_there_is(room: int) -> None:
    columns = laid_out(
        ROWS[0], WIDEST, room, short={"MINPODS": "MIN"}, shrinks=("REFERENCE", "NAME")
    )
    assert sum(column.width for column in columns) <= room
    assert cell_len(written_row(ROWS[1], columns)) <= room


def test_titles_are_written_short_before_anything_is_cut() -> None:
    columns = laid_out(ROWS[0], WIDEST, 59, short={"MINPODS": "MIN"}, shrinks=("REFERENCE",))
    assert [column.title for column in columns] == ["NAME", "REFERENCE", "TARGETS", "MIN", "AGE"]
    assert columns[1].room == len("Deployment/maxengine-server")


def test_a_value_holds_until_the_next_one_and_no_peak_is_lost_between_columns() -> None:
    points = ((0.0, 1.0), (2.0, 9.0), (2.1, 2.0), (6.0, None))
    assert plot.sampled(points, 0, 8, 4) == (9.0, 9.0, 2.0, None)


def test_nothing_is_drawn_before_the_first_reading() -> None:
    assert plot.sampled(((5.0, 1.0),), 0, 10, 5) == (None, None, 1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 1.0), (0.9, 1.0), (7, 8.0), (12, 15.0), (60, 60.0), (61, 80.0)]
)
def test_axes_end_on_round_numbers(highest: float, top: float) -> None:
    assert plot.nice_top(highest) == top


@pytest.mark.parametrize("rows", range(3, 14))
@pytest.mark.parametrize("highest", [0, 1, 2, 5, 17, 100])
def test_ticks_of_counts_are_whole_and_equally_far_apart(highest: int, rows: int) -> None:
    top, ticks = plot.whole_scale(highest, rows)
    assert top >= highest
    assert all(tick == int(tick) for tick in ticks)
    lines = [(rows - 1) - round(tick / top * (rows - 1)) for tick in ticks]
    assert len(set(lines)) == len(lines)
    assert len({a - b for a, b in pairwise(lines)}) <= 1


def test_a_step_line_rises_and_falls_at_its_columns() -> None:
    frame = plot.Frame(11, 4, 2, (0.0, 1.0, 2.0), "-1 min", "now")
    track = plot.Track((1.0, 1.0, 2.0, 2.0, 1.0, None, 1.0, 1.0), "")
    drawn = plot.draw(frame, [track], [], UNICODE, lambda value: f"{value:g}").plain
    lines = [line.rstrip() for line in drawn.splitlines()]
    assert lines[:3] == ["2 ┤  ╭─╮", "1 ┤──╯ ╰ ──", "0 ┤"]


def test_levels_lie_under_lines_and_marks_on_the_time_axis() -> None:
    frame = plot.Frame(23, 4, 2, (0.0, 2.0), "-1 min", "now")
    track = plot.Track((1.0,) * 10, "")
    drawn = plot.draw(
        frame, [track], [plot.Level(2.0, "")], ASCII, lambda value: f"{value:g}",
        [plot.Mark(8, "burst")],
    ).plain  # fmt: skip
    assert drawn.splitlines()[0].startswith("2 +- - - -")
    assert drawn.splitlines()[1].endswith("----------")
    assert "-1 min  ^burst   now" in drawn.splitlines()[3]


def test_a_plot_without_room_draws_nothing() -> None:
    frame = plot.Frame(5, 2, 2, (0.0, 2.0), "", "")
    assert plot.draw(frame, [], [], UNICODE, str).plain == ""


PLACE = Place(
    "a-project-with-a-long-name", "us-central1", "tpu-cluster", "", "ana@example.com", "sandbox ×10"
)


@pytest.mark.parametrize("width", range(60, 160, 5))
def test_the_first_line_fits_and_always_says_project_location_and_cluster(width: int) -> None:
    line = where_line(PLACE, width, UNICODE).plain
    assert cell_len(line) <= max(width, 80)
    for part in ("a-", "us-c", "tpu-"):
        assert part in line


def test_without_googles_names_the_context_is_where_writes_go() -> None:
    line = where_line(Place(context="kind-local"), 80, UNICODE).plain
    assert line.rstrip().endswith("kind-local")


def test_ascii_twins_take_as_many_cells_as_what_they_stand_for() -> None:
    for char in "─│╭╯█▸▾·×…●○✓✗“漢é":
        twin = _in_ascii(char)
        assert twin.isascii()
        assert cell_len(twin) == cell_len(char)
