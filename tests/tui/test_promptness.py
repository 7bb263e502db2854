"""What favours the screen: for a while, and put back, or from the start of the process."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest

from jetscale_tui.tui.promptness import clear_garbage, favouring_the_screen


def test_threads_take_shorter_turns_and_full_searches_for_garbage_wait() -> None:
    before = sys.getswitchinterval(), gc.get_threshold()
    with favouring_the_screen():
        assert sys.getswitchinterval() < before[0]
        assert gc.get_threshold()[2] > before[1][2]
    assert (sys.getswitchinterval(), gc.get_threshold()) == before


@pytest.mark.parametrize(("asked", "rate"), [(None, "240"), ("30", "30")], ids=["usual", "asked"])
def test_the_screen_is_drawn_as_often_as_a_key_needs_or_as_the_person_says(
    asked: str | None, rate: str
) -> None:
    seen = "import jetscale_tui.tui.app, textual.constants as of; print(of.MAX_FPS)"
    environ = {name: value for name, value in os.environ.items() if name != "TEXTUAL_FPS"}
    environ |= {"TEXTUAL_FPS": asked} if asked else {}
    done = subprocess.run(
        [sys.executable, "-c", seen], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == rate


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
