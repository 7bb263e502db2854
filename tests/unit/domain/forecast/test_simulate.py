from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jetscale_tui.domain.forecast.facts import Facts
from jetscale_tui.domain.forecast.gauges import Across, Followed, Gauge
from jetscale_tui.domain.forecast.load import Burst, Day, Ramp
from jetscale_tui.domain.forecast.simulate import FINE_SECONDS, first_sync, simulate
from jetscale_tui.domain.hpa.spec import parse_spec
from tests.unit.domain.forecast.asking import BACKLOG, SLOTS, ask, hpa, pods_metric


def test_the_guides_burst_brings_a_second_replica_and_takes_it_away_again() -> None:
    run = simulate(ask())
    sizes = [point.desired for point in run.points]
    assert (sizes[0], max(sizes), sizes[-1]) == (1, 2, 1)
    decided = next(point.at for point in run.points if point.desired == 2)
    added = next(point.at for point in run.points if point.ready == 2)
    assert 15 <= decided <= 30
    assert added == pytest.approx(decided + 75, abs=FINE_SECONDS)
    assert run.points[0].backlog == 100
    assert run.points[-1].backlog == 0


def test_the_first_look_at_a_load_comes_when_it_comes_on_average() -> None:
    # Half a scrape interval, the ingestion, and half a sync period: 20 s, five past a look.
    assert first_sync(ask()) == pytest.approx(5.0)
    assert first_sync(ask(followed=None)) == pytest.approx(7.5)


def test_the_same_question_has_the_same_answer() -> None:
    question = ask(Ramp(1.0, 3.0, 1200.0), hpa(most=4), Facts(fits_now=4))
    assert simulate(question) == simulate(question)


def test_a_metric_the_model_does_not_know_holds_the_size() -> None:
    assert {point.desired for point in simulate(ask(followed=None)).points} == {1}


def test_an_external_total_asks_for_as_many_as_it_takes() -> None:
    external = {"type": "AverageValue", "averageValue": "10"}
    metric = {"metric": {"name": "backlog"}, "target": external}
    spec = parse_spec({"maxReplicas": 9, "metrics": [{"type": "External", "external": metric}]})
    total = Followed(Gauge.BACKLOG, Across.SUM)
    run = simulate(ask(Burst(100), spec, Facts(fits_now=9), total))
    assert max(point.asked for point in run.points) == 7


def test_two_metrics_are_scraped_each_at_its_own_pace() -> None:
    spec = parse_spec(
        {"maxReplicas": 4, "metrics": [pods_metric("backlog", "10"), pods_metric("slots", "500m")]}
    )
    question = ask(Burst(30), spec, Facts(fits_now=4))
    rare = Followed(Gauge.SLOTS_USED, Across.PODS, interval=60.0, delay=120.0)
    late = simulate(
        type(question)(spec, (BACKLOG, rare), question.facts, question.load, question.limit)
    )
    soon = simulate(
        type(question)(spec, (BACKLOG, SLOTS), question.facts, question.load, question.limit)
    )
    # 30 requests have left when the system metric arrives; the server's own was in time.
    assert max(point.desired for point in late.points) < max(point.desired for point in soon.points)


def test_a_longer_start_up_brings_the_replica_later() -> None:
    question = ask(Burst(100), facts=Facts(fits_now=2, start_seconds=200.0))
    added = next(point.at for point in simulate(question).points if point.ready == 2)
    assert added == pytest.approx(220.0, abs=FINE_SECONDS)


def test_requests_on_a_replica_that_is_removed_are_cut_off() -> None:
    question = ask(Ramp(2.0, 0.4, 1800.0), hpa("500m", most=3), Facts(fits_now=3), SLOTS)
    assert simulate(question).lost > 0


def test_chips_are_counted_while_replicas_hold_them_but_not_while_they_wait() -> None:
    fixed = simulate(ask(Burst(1, seconds=3600.0), hpa(least=2, most=2)))
    assert fixed.chip_seconds == pytest.approx(2 * 8 * 3600)
    short = simulate(ask(Burst(1, seconds=3600.0), hpa(least=2, most=2), Facts(fits_now=1)))
    assert short.chip_seconds == pytest.approx(8 * 3600)


def test_a_long_run_is_noted_once_a_look() -> None:
    run = simulate(ask(Day(1.0, 0.2)))
    assert len(run.points) == 24 * 240 + 1


@settings(max_examples=40, deadline=None)
@given(
    least=st.integers(1, 3),
    more=st.integers(0, 4),
    fits=st.integers(1, 6),
    requests=st.integers(1, 400),
    target=st.sampled_from(("1", "10", "40")),
)
def test_sizes_stay_within_the_limits_and_replicas_within_the_chips(
    least: int, more: int, fits: int, requests: int, target: str
) -> None:
    spec = hpa(target, least=least, most=least + more)
    run = simulate(ask(Burst(requests, seconds=600.0), spec, Facts(fits_now=fits)))
    for point in run.points:
        assert least <= point.desired <= least + more
        assert point.ready + point.starting + point.waiting == point.desired
        assert point.ready + point.starting <= fits
        assert 0 <= point.slots_used <= 1
    assert 0 <= run.late + run.lost <= run.requests == requests


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 300), st.integers(1, 200))
def test_more_requests_never_wait_less(fewer: int, more: int) -> None:
    small = simulate(ask(Burst(fewer)))
    large = simulate(ask(Burst(fewer + more)))
    assert small.longest_wait <= large.longest_wait + 1e-9
    assert small.late <= large.late
