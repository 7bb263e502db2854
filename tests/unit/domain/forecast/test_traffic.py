from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jetscale_tui.domain.forecast.fleet import Replica, Stage
from jetscale_tui.domain.forecast.load import Burst, Ramp
from jetscale_tui.domain.forecast.stream import Stream
from jetscale_tui.domain.forecast.traffic import Flow, Requests, traffic
from jetscale_tui.domain.forecast.waits import Waits
from jetscale_tui.domain.serving import Pace, Server

PACE = Pace()


def replica(number: int, ready_at: float = 0.0) -> Replica:
    return Replica(number, f"r{number}", Stage.READY, ready_at=ready_at)


def test_bursts_are_followed_request_by_request_and_rates_as_a_flow() -> None:
    waits = Waits(30.0)
    assert isinstance(traffic(Burst(), PACE, waits), Requests)
    assert isinstance(traffic(Ramp(1.0, 1.0), PACE, waits), Flow)


def test_waits_are_counted_against_the_limit() -> None:
    waits = Waits(10.0)
    waits.one(10.0)
    waits.one(10.1)
    waits.between(4.0, 0.0, 5.0)
    waits.between(4.0, 20.0, 12.0)
    waits.between(4.0, 5.0, 15.0)
    assert waits.late == pytest.approx(1 + 4 + 2)
    assert waits.longest == 20.0


class TestBurst:
    def test_it_is_spread_over_the_replicas_that_are_ready(self) -> None:
        waits = Waits(30.0)
        both = (replica(0), replica(1))
        burst = Requests(Burst(100), PACE, waits)
        burst.run(0.0, 0.0, both)
        assert [burst.held(each)[0] for each in both] == [50.0, 50.0]
        burst.run(0.0, 10.0, both)
        assert burst.totals(both) == (36.0, 1.0)
        assert burst.held(replica(2)) == (0.0, 0.0)

    def test_what_a_removed_replica_held_gets_no_answer(self) -> None:
        waits = Waits(30.0)
        burst = Requests(Burst(100), PACE, waits)
        burst.run(0.0, 5.0, (replica(0), replica(1)))
        burst.take_away((replica(1), replica(7)))
        assert (waits.requests, waits.lost) == (100, 50)

    def test_without_a_ready_replica_it_is_refused(self) -> None:
        waits = Waits(30.0)
        burst = Requests(Burst(100), PACE, waits)
        burst.run(0.0, 5.0, ())
        burst.finish(5.0)
        assert (waits.lost, waits.late) == (100, 0)
        assert burst.totals(()) == (0.0, 0.0)

    def test_who_still_waits_at_the_end_has_waited_until_then(self) -> None:
        waits = Waits(30.0)
        burst = Requests(Burst(100), PACE, waits)
        burst.run(0.0, 40.0, (replica(0),))
        burst.finish(40.0)
        # 64 have a slot or are done, the last of them within 30 s.
        assert waits.late == 36
        assert waits.longest == 40.0


class TestFlow:
    def test_below_what_a_replica_serves_no_queue_forms(self) -> None:
        waits = Waits(30.0)
        flow = Flow(Ramp(1.0, 1.0, 3600.0), PACE, waits)
        ready = (replica(0),)
        used = []
        for step in range(240):
            flow.run(step * 15.0, (step + 1) * 15.0, ready)
            used.append(flow.totals(ready)[1])
        assert waits.late == 0
        # On average as many slots as requests come while one is served.
        assert sum(used[20:]) / len(used[20:]) * PACE.slots == pytest.approx(22.0, rel=0.1)

    def test_replicas_that_became_ready_together_hold_the_same(self) -> None:
        flow = Flow(Ramp(6.0, 6.0, 600.0), PACE, Waits(30.0))
        old, young, twin = replica(0), replica(1, 60.0), replica(2, 60.0)
        flow.run(0.0, 60.0, (old,))
        flow.run(60.0, 75.0, (old, young, twin))
        assert flow.held(young) == flow.held(twin)
        assert flow.held(old)[0] > flow.held(young)[0]
        assert flow.held(replica(3, 99.0)) == (0.0, 0.0)
        queue, used = flow.totals((old, young, twin, replica(3, 99.0)))
        assert queue == pytest.approx(flow.held(old)[0], abs=1)
        assert 0 < used < 1

    def test_a_queue_makes_requests_wait_as_long_as_it_takes_to_serve(self) -> None:
        waits = Waits(30.0)
        flow = Flow(Ramp(4.0, 4.0, 300.0), PACE, waits)
        for step in range(20):
            flow.run(step * 15.0, (step + 1) * 15.0, (replica(0),))
        queue, _ = flow.held(replica(0))
        assert waits.longest == pytest.approx(queue / PACE.throughput(200), rel=0.03)
        assert 0 < waits.late < waits.requests
        flow.finish(300.0)

    def test_removed_replicas_cut_off_what_they_held(self) -> None:
        waits = Waits(30.0)
        flow = Flow(Ramp(4.0, 4.0, 300.0), PACE, waits)
        flow.run(0.0, 15.0, (replica(0),))
        flow.take_away((replica(0), replica(1, 99.0)))
        assert waits.lost == pytest.approx(waits.requests)

    def test_without_a_ready_replica_requests_are_refused(self) -> None:
        waits = Waits(30.0)
        flow = Flow(Ramp(4.0, 4.0, 300.0), PACE, waits)
        flow.run(0.0, 15.0, ())
        assert waits.lost == waits.requests > 0
        assert flow.totals(()) == (0.0, 0.0)

    def test_it_ends_with_the_load(self) -> None:
        waits = Waits(30.0)
        flow = Flow(Ramp(1.0, 1.0, 20.0), PACE, waits)
        flow.run(0.0, 20.0, (replica(0),))
        assert waits.requests == pytest.approx(20.0, abs=15.0)


@pytest.mark.parametrize(
    "pace",
    [PACE, Pace(8, 0.4, 0.05), Pace(64, 0.02, 0.2), Pace(32, 0.02, 0.02), Pace(32, 0.001, 0.002)],
    ids=["usual", "slow prefill", "wide", "fast", "over at once"],
)
@pytest.mark.parametrize("share", [0.3, 0.8, 1.5])
@pytest.mark.parametrize("step", [5.0, 15.0])
def test_a_stream_keeps_pace_with_the_exact_server(pace: Pace, share: float, step: float) -> None:
    rate = share * pace.throughput(200)
    stream, server = Stream(pace, 200), Server(pace, loaded=0.0)
    sent = 0
    # As many laps whatever the pace: the exact server takes its time.
    for index in range(1, 20 + int(100 * min(1.0, pace.step_seconds * 20)) + 1):
        end = index * step
        while sent < rate * end:
            at = sent / rate
            server.advance(at)
            server.submit(at, max_tokens=200)
            sent += 1
        server.advance(end)
        stream.move(rate * step, step)
    served = sent - server.backlog - server.slots_used * pace.slots
    assert sent - stream.queue - stream.busy == pytest.approx(served, rel=0.05, abs=3)
    assert stream.busy == pytest.approx(server.slots_used * pace.slots, rel=0.05, abs=2)


@given(
    st.lists(st.tuples(st.floats(0.0, 200.0), st.floats(0.1, 30.0)), min_size=1, max_size=30),
    st.integers(1, 400),
)
def test_a_stream_holds_no_more_than_came_and_no_more_than_its_slots(
    steps: list[tuple[float, float]], tokens: int
) -> None:
    stream = Stream(PACE, tokens)
    came = 0.0
    for arriving, span in steps:
        stream.move(arriving, span)
        came += arriving
        assert stream.queue >= -1e-6
        assert -1e-6 <= stream.busy <= PACE.slots + 1e-6
        assert stream.queue + stream.busy <= came + 1e-6


def test_a_stream_without_requests_stands_still() -> None:
    stream = Stream(PACE, 200)
    stream.move(0.0, 15.0)
    assert (stream.queue, stream.busy) == (0.0, 0.0)
