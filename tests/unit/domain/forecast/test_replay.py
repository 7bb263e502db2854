from __future__ import annotations

import pytest

from jetscale_tui.domain.forecast.replay import Reading, arrivals, together
from jetscale_tui.domain.serving import Pace, Server

PACE = Pace()


def test_what_arrived_is_worked_out_from_what_the_gauges_showed() -> None:
    """A server is loaded at a known rate; its scrapes tell that rate again."""
    server, readings, sent = Server(PACE, loaded=0.0), [], 0
    for second in range(1201):
        rate = 0.8 if second < 600 else 2.5
        while sent < (rate * second if second < 600 else 480 + rate * (second - 600)):
            server.submit(second, max_tokens=200)
            sent += 1
        server.advance(second)
        if second % 15 == 0:
            readings.append(Reading(second, server.backlog, server.slots_used))
    parts = arrivals(readings, PACE, 200)
    steps = together(parts, 0.0, 1200.0, 120.0)
    calm = [rate for begin, rate in steps if 120 <= begin < 480]
    busy = [rate for begin, rate in steps if begin >= 720]
    assert sum(calm) / len(calm) == pytest.approx(0.8, rel=0.1)
    assert sum(busy) / len(busy) == pytest.approx(2.5, rel=0.1)


def test_a_queue_that_vanishes_with_its_replica_is_not_a_negative_rate() -> None:
    readings = [Reading(0.0, 50.0, 1.0), Reading(15.0, 0.0, 0.0)]
    assert arrivals(readings, PACE, 200) == [(0.0, 15.0, 0.0)]


def test_rates_of_replicas_add_up_where_they_overlap() -> None:
    parts = [(90.0, 150.0, 1.0), (120.0, 180.0, 2.0), (500.0, 600.0, 9.0)]
    (_, first), (_, second) = together(parts, 100.0, 220.0, 60.0)
    assert first == pytest.approx((50 * 1 + 40 * 2) / 60)
    assert second == pytest.approx(20 * 2 / 60)


def test_a_moment_is_one_step() -> None:
    assert together([], 0.0, 10.0, 60.0) == ((0.0, 0.0),)
