from __future__ import annotations

import re
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jetscale_tui import sandbox
from jetscale_tui.sandbox.clock import SimClock
from tests.waiting import PATIENCE


def test_time_passes_as_many_times_faster_as_the_speed_says() -> None:
    clock = SimClock(speed=1000)
    outer = time.monotonic()
    before = clock.monotonic()
    inner = time.monotonic()
    assert clock.sleep(50)
    least = time.monotonic() - inner
    passed = clock.monotonic() - before
    most = time.monotonic() - outer
    assert passed >= 50
    assert 1000 * least <= passed <= 1000 * most


def test_the_time_of_day_follows_the_simulated_seconds() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    real = time.monotonic()
    clock = SimClock(speed=1, start=start)
    assert (clock.at(90) - start).total_seconds() == 90
    passed = (clock.now() - start).total_seconds()
    assert 0 <= passed <= time.monotonic() - real + 0.001


def test_closing_ends_a_sleep_at_once() -> None:
    clock = SimClock(speed=1)
    woken: list[bool] = []
    sleeper = threading.Thread(target=lambda: woken.append(clock.sleep(3600)))
    sleeper.start()
    clock.close()
    sleeper.join(timeout=PATIENCE)
    assert woken == [False]
    assert clock.closed


def test_a_clock_that_stands_still_or_runs_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        SimClock(speed=0)


def test_a_stopped_clock_moves_only_when_told_to_and_then_goes_on() -> None:
    clock = SimClock(speed=1)
    with clock.stopped():
        before = clock.monotonic()
        clock.skip(3 * 86_400)
        assert clock.monotonic() == before + 3 * 86_400
    assert before + 3 * 86_400 <= clock.monotonic() < before + 3 * 86_400 + 5


TELLS_TIME = re.compile(r"\btime\.(time|monotonic|sleep|perf_counter)\(|datetime\.(now|utcnow)\(")
OF_THE_MACHINE = {
    "clock.py": "the clock itself",
    "environment.py": "the moment it starts at",
    "kube/watch.py": "timeoutSeconds and bookmarks, which the client counts on its own clock",
}


def test_nothing_else_of_the_sandbox_asks_the_machine_for_the_time() -> None:
    root = Path(sandbox.__file__).parent
    asking = {
        str(file.relative_to(root))
        for file in root.rglob("*.py")
        if TELLS_TIME.search(file.read_text(encoding="utf-8"))
    }
    assert asking == set(OF_THE_MACHINE)
