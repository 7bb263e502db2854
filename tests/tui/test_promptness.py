"""What is set for the whole process is put back."""

from __future__ import annotations

import gc
import sys

from jetscale_tui.tui.promptness import clear_garbage, favouring_the_screen


def test_threads_take_shorter_turns_and_full_searches_for_garbage_wait() -> None:
    before = sys.getswitchinterval(), gc.get_threshold()
    with favouring_the_screen():
        assert sys.getswitchinterval() < before[0]
        assert gc.get_threshold()[2] > before[1][2]
    assert (sys.getswitchinterval(), gc.get_threshold()) == before


def test_circles_are_freed_when_their_time_has_come() -> None:
    freed: list[int] = []

    class Circle:
        def __init__(self) -> None:
            self.self = self

        def __del__(self) -> None:
            freed.append(1)

    with favouring_the_screen():
        Circle()
        clear_garbage()
    assert freed == [1]
