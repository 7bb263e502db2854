from __future__ import annotations

import pytest

from jetscale_tui.engine.waiting import POLL, Seen, wait_for
from jetscale_tui.errors import Interrupted, StepFailed
from tests.fakes import FakeClock


def never() -> bool:
    return False


def test_every_look_is_told_until_the_effect_is_there() -> None:
    clock = FakeClock()
    seen = [*wait_for(lambda: Seen(clock.seconds > 5, f"{clock.seconds}"), clock, 60, never)]
    assert [each.done for each in seen] == [False] * 4 + [True]


def test_the_first_looks_follow_each_other_soon_and_the_later_ones_evenly() -> None:
    clock, looks = FakeClock(), list[float]()

    def look() -> Seen:
        looks.append(clock.seconds)
        return Seen(len(looks) > 6, "")

    list(wait_for(look, clock, 60, never))
    assert looks == [0.0, 0.5, 1.5, 3.5, 3.5 + POLL, 3.5 + 2 * POLL, 3.5 + 3 * POLL]


def test_waiting_ends_with_the_reason_and_the_time_it_took() -> None:
    clock = FakeClock()
    looks = wait_for(lambda: Seen(False, "no", "because", "do this"), clock, 10, never)
    with pytest.raises(StepFailed) as caught:
        list(looks)
    assert caught.value.what == "no"
    assert caught.value.why == "because Waited 12 s."
    assert caught.value.fix == "do this"


def test_what_waiting_cannot_help_ends_at_once() -> None:
    clock = FakeClock()
    with pytest.raises(StepFailed):
        list(wait_for(lambda: Seen(False, "no", hopeless=True), clock, 600, never))
    assert clock.seconds == 0


def test_a_wait_can_be_stopped() -> None:
    clock = FakeClock()
    with pytest.raises(Interrupted):
        list(wait_for(lambda: Seen(False, "no"), clock, 600, lambda: clock.seconds > 6))
    assert clock.seconds < 20
