from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jetscale_tui.clocks import PacedClock, WallClock


def test_a_paced_clock_is_ahead_by_its_speed_and_agrees_between_processes() -> None:
    started = datetime.now(UTC) - timedelta(minutes=1)
    one, other = PacedClock(started, 10), PacedClock(started, 10)
    ahead = one.now() - started
    assert timedelta(minutes=10) <= ahead < timedelta(minutes=12)
    assert other.now() - one.now() < timedelta(seconds=30)


def test_sleeping_on_a_paced_clock_takes_its_own_seconds() -> None:
    clock = PacedClock(datetime.now(UTC), 1000)
    before, wall = clock.monotonic(), WallClock().monotonic()
    clock.sleep(20)
    assert clock.monotonic() - before >= 20
    assert WallClock().monotonic() - wall < 20


def test_the_wall_clock_tells_utc() -> None:
    clock = WallClock()
    clock.sleep(0)
    assert clock.now().utcoffset() == timedelta(0)
