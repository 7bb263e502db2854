from __future__ import annotations

import pytest

from jetscale_tui.domain.serving import Pace, Server, hbm_share

PACE = Pace()


def serve(requests: int, seconds: float, *, tokens: int = 200) -> Server:
    server = Server(PACE, loaded=0.0)
    for _ in range(requests):
        server.submit(0.0, max_tokens=tokens)
    server.advance(seconds)
    return server


def test_a_full_server_works_off_a_queue_at_its_throughput() -> None:
    server = Server(PACE, loaded=0.0)
    for _ in range(1000):
        server.submit(0.0, max_tokens=200)
    done = server.advance(10_000.0)
    took = done[-1].latency
    assert len(done) / took == pytest.approx(PACE.throughput(200), rel=0.03)


def test_short_requests_are_bounded_by_prefills() -> None:
    assert PACE.throughput(1) == pytest.approx(5.0)
    server = Server(PACE, loaded=0.0)
    for _ in range(100):
        server.submit(0.0, max_tokens=1)
    assert server.advance(1000.0)[-1].latency == pytest.approx(20.0)


def test_a_request_in_service_waits_for_the_prefills_of_others() -> None:
    assert PACE.service_seconds(200, busy=1) == pytest.approx(20.1)
    assert PACE.service_seconds(200, busy=32) == pytest.approx(23.2)


def test_waits_are_counted_to_the_first_token() -> None:
    server = Server(PACE, loaded=0.0)
    first, second = (server.submit(0.0, max_tokens=5) for _ in range(2))
    assert second.waited == first.waited == first.latency == 0.0
    server.advance(10.0)
    assert first.waited == pytest.approx(0.1)
    assert second.waited == pytest.approx(0.3)
    assert first.latency == pytest.approx(0.7)


def test_what_is_dropped_comes_in_the_order_it_was_taken_on() -> None:
    server = serve(40, 10.0)
    dropped = server.abandon()
    assert len(dropped) == 40
    assert [each.first_token is not None for each in dropped] == [True] * 32 + [False] * 8
    assert (server.backlog, server.slots_used, server.busy) == (0, 0.0, 0.0)


def test_the_next_completion_is_never_too_late() -> None:
    server = Server(PACE, loaded=0.0)
    assert server.next_completion() is None
    request = server.submit(0.0, max_tokens=10)
    assert server.next_completion() == pytest.approx(1.1)
    assert server.earliest(request) == pytest.approx(1.1)
    server.advance(0.5)
    assert server.next_completion() == pytest.approx(1.1)
    assert server.earliest(request) == pytest.approx(1.1)


def test_who_waits_for_a_slot_comes_after_who_has_one() -> None:
    server = serve(33, 10.0)
    waiting = server.submit(10.0, max_tokens=200)
    assert (server.busy, server.slots) == (1.0, 32)
    assert server.earliest(waiting) > 20.0


def test_memory_hardly_moves_with_load() -> None:
    assert 0.8 == hbm_share(0.0) < hbm_share(1.0) < 0.82
