from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import CONFIG_MAP, NODE
from jetscale_tui.sandbox.clock import SimClock
from jetscale_tui.sandbox.controllers.runner import Runner
from jetscale_tui.sandbox.kube.store import StaleVersion, Store
from tests.sandbox.still import obj
from tests.waiting import PATIENCE, eventually

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from tests.sandbox.still import StillWorld


class Recorder:
    """Writes down when it was asked to look at what."""

    kinds = (CONFIG_MAP,)

    def __init__(self, clock: SimClock, *, delay: float = 0.0, again: float | None = None) -> None:
        self.delay = delay
        self.looks: list[tuple[str, float]] = []
        self.failures: list[Exception] = []
        self._clock = clock
        self._again = again

    def concerns(self, observed: Observed) -> Iterable[Key]:
        yield observed.key

    def reconcile(self, key: Key) -> float | None:
        self.looks.append((key[1], self._clock.monotonic()))
        if self.failures:
            raise self.failures.pop()
        return self._again


def times(recorder: Recorder) -> list[float]:
    return [round(at, 3) for _, at in recorder.looks]


def test_many_changes_of_one_object_are_one_look() -> None:
    clock = SimClock()
    store, recorder = Store(clock), Recorder(clock)
    with clock.stopped():
        runner = Runner(clock, store, [recorder])
        runner.follow()
        for number in range(5):
            store.create(obj(CONFIG_MAP, f"map-{number}"))
            store.mutate(CONFIG_MAP, "default", f"map-{number}", lambda each: each.update(data={}))
        runner.run_until(clock.monotonic())
    assert [name for name, _ in recorder.looks] == [f"map-{number}" for number in range(5)]


def test_an_object_that_was_there_before_is_looked_at_too() -> None:
    clock = SimClock()
    store, recorder = Store(clock), Recorder(clock)
    store.create(obj(CONFIG_MAP, "early"))
    with clock.stopped():
        runner = Runner(clock, store, [recorder])
        runner.follow()
        runner.run_until(clock.monotonic())
    assert recorder.looks[0][0] == "early"


def test_a_change_does_not_shorten_a_wait() -> None:
    clock = SimClock()
    store = Store(clock)
    with clock.stopped():
        recorder = Recorder(clock, delay=15, again=15)
        runner = Runner(clock, store, [recorder])
        runner.follow()
        begun = clock.monotonic()
        store.create(obj(CONFIG_MAP, "map"))
        runner.run_until(begun + 10)
        store.mutate(CONFIG_MAP, "default", "map", lambda each: each.update(data={"a": "b"}))
        runner.run_until(begun + 50)
        assert [round(at - begun, 3) for at in times(recorder)] == [15, 30, 45]


def test_a_failure_is_tried_again_later_and_later(caplog: pytest.LogCaptureFixture) -> None:
    clock = SimClock()
    store = Store(clock)
    with clock.stopped(), caplog.at_level(logging.ERROR):
        recorder = Recorder(clock)
        recorder.failures = [ValueError("broken")] * 3
        runner = Runner(clock, store, [recorder])
        runner.follow()
        begun = clock.monotonic()
        store.create(obj(CONFIG_MAP, "map"))
        runner.run_until(begun + 60)
        assert [round(at - begun, 3) for at in times(recorder)] == [0, 1, 3, 7]
    assert "Recorder failed on default/map" in caplog.text


def test_somebody_elses_write_in_between_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    clock = SimClock()
    store = Store(clock)
    with clock.stopped():
        recorder = Recorder(clock)
        recorder.failures = [StaleVersion("map")]
        runner = Runner(clock, store, [recorder])
        runner.follow()
        store.create(obj(CONFIG_MAP, "map"))
        runner.run_until(clock.monotonic() + 5)
    assert len(recorder.looks) == 2
    assert not caplog.records


def test_on_its_own_thread_it_keeps_to_the_clock() -> None:
    clock = SimClock(speed=50)
    store, recorder = Store(clock), Recorder(clock, delay=5)
    runner = Runner(clock, store, [recorder])
    runner.follow()
    runner.start()
    begun = clock.monotonic()
    store.create(obj(CONFIG_MAP, "map"))
    eventually(lambda: recorder.looks)
    runner.stop()
    assert recorder.looks[0][1] - begun >= 5


def test_stopping_does_not_wait_for_what_is_due_later() -> None:
    clock = SimClock()
    store, recorder = Store(clock), Recorder(clock, delay=3600)
    runner = Runner(clock, store, [recorder])
    runner.follow()
    runner.start()
    store.create(obj(CONFIG_MAP, "map"))
    began = time.monotonic()
    runner.stop()
    assert time.monotonic() - began < PATIENCE
    assert not [each for each in threading.enumerate() if each.name == "sandbox-controllers"]


def test_an_odd_object_troubles_nobody_but_itself(
    still: StillWorld, caplog: pytest.LogCaptureFixture
) -> None:
    still.store.create(obj(NODE, "bare", None))
    still.deploy("web")
    with caplog.at_level(logging.ERROR):
        still.run(10)
    assert still.pods("web")[0]["status"]["phase"] == "Running"
    assert not caplog.records
