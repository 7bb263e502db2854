from __future__ import annotations

from jetscale_tui.domain.forecast.facts import Facts
from jetscale_tui.domain.forecast.figures import figures
from jetscale_tui.domain.forecast.load import Burst, Ramp
from jetscale_tui.domain.forecast.simulate import Point, Run, simulate
from tests.unit.domain.forecast.asking import ask, hpa


def run_of(*rows: tuple[float, int, int, float]) -> Run:
    """Time, size, ready replicas and backlog of each point."""
    points = tuple(
        Point(at, size, size, ready, 0, size - ready, 0, backlog, 0.0)
        for at, size, ready, backlog in rows
    )
    return Run(points, 10.0, 0.0, 0.0, 0.0, 7200.0)


def test_times_are_those_of_the_first_point_at_which_it_holds() -> None:
    numbers = figures(
        ask(),
        run_of((0, 1, 1, 5), (15, 2, 1, 9), (90, 2, 2, 3), (100, 2, 2, 0), (400, 1, 1, 0)),
    )
    assert (numbers.decided, numbers.added, numbers.at_maximum) == (15, 90, 15)
    assert (numbers.peak_backlog, numbers.peak_at, numbers.drained) == (9, 15, 100)
    assert numbers.drain_seconds == 85
    assert numbers.seconds_at_maximum == 385
    assert (numbers.most_ready, numbers.most_waiting, numbers.changes) == (2, 1, 2)
    assert numbers.chip_hours == 2.0


def test_what_did_not_happen_has_no_time() -> None:
    numbers = figures(ask(), run_of((0, 1, 1, 5), (900, 1, 1, 9)))
    assert numbers.decided is numbers.added is numbers.at_maximum is None
    assert numbers.drained is numbers.drain_seconds is None


def test_adding_soon_after_taking_away_is_flapping() -> None:
    numbers = figures(
        ask(),
        run_of(
            (0, 1, 1, 0),
            (60, 2, 2, 0),
            (360, 1, 1, 0),
            (400, 2, 2, 0),
            (450, 3, 2, 0),
            (700, 1, 1, 0),
            (1301, 2, 2, 0),
        ),
    )
    assert (numbers.changes, numbers.flaps) == (6, 1)


def test_replicas_for_which_no_node_comes_are_counted_by_the_second() -> None:
    question = ask(Burst(300), hpa(most=4), Facts(fits_now=2))
    numbers = figures(question, simulate(question))
    assert numbers.stuck_seconds > 600
    assert numbers.most_waiting == 2


def test_unserved_are_those_that_waited_too_long_and_those_cut_off() -> None:
    question = ask(Ramp(4.0, 4.0, 900.0), hpa(most=2))
    numbers = figures(question, simulate(question))
    assert numbers.unserved == numbers.late + numbers.lost > 0
