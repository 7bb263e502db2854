"""Work that must not take for ever."""

from __future__ import annotations

import threading

import pytest

from jetscale_tui.cloud.deadline import within


def test_the_result_comes_through() -> None:
    assert within(5.0, lambda: 42) == 42


def test_an_exception_comes_through() -> None:
    def fail() -> None:
        raise LookupError("nobody")

    with pytest.raises(LookupError, match="nobody"):
        within(5.0, fail)


def test_work_that_does_not_end_is_left_behind() -> None:
    release = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.05, release.wait)
    release.set()
