"""A deadline for work that knows none, such as a name look-up on a dead network."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """The result of the work, or its exception.

    Work that takes longer goes on in a daemon thread and its result is dropped.

    Raises:
        TimeoutError: it took longer.
    """
    outcome: SimpleQueue[tuple[Result | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            outcome.put((work(), None))
        except BaseException as error:
            outcome.put((None, error))

    threading.Thread(target=run, daemon=True, name="google-sign-in").start()
    try:
        result, error = outcome.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"nothing within {seconds:g} seconds") from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]
