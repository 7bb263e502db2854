"""Waiting for an effect to be seen, on the cluster's clock, in sight of the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.wording import duration
from jetscale_tui.errors import Interrupted, StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jetscale_tui.engine.ports import Clock

POLL = 3.0
"""Seconds of the cluster's clock between two looks, once the first ones saw nothing."""
_SOON = 0.5
"""Seconds from the first look to the second; most effects are there at once."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look: whether the effect is there, and what there is to say."""

    done: bool
    detail: str
    why: str = ""
    """For failure: the server's words, the likely cause."""
    fix: str = ""
    hopeless: bool = False
    """Waiting cannot help."""


def wait_for(
    look: Callable[[], Seen], clock: Clock, budget: float, stop: Callable[[], bool]
) -> Iterator[Seen]:
    """Looks until the effect is there; yields every look, the last one being `done`.

    Args:
        look: one look.
        clock: the cluster's.
        budget: seconds of that clock after which waiting ends.
        stop: asked between looks.

    Raises:
        StepFailed: the effect did not come, or cannot come.
        Interrupted: stopped.
    """
    began, interval = clock.monotonic(), _SOON
    while True:
        seen = look()
        if seen.done:
            yield seen
            return
        waited = clock.monotonic() - began
        if seen.hopeless or waited >= budget:
            after = "" if seen.hopeless else f" Waited {duration(waited)}."
            raise StepFailed(seen.detail, why=(seen.why + after).strip(), fix=seen.fix)
        yield seen
        pause(clock, interval, stop)
        interval = min(POLL, 2 * interval)


def pause(clock: Clock, seconds: float, stop: Callable[[], bool]) -> None:
    """Sleeps, unless told to stop.

    Raises:
        Interrupted: stopped.
    """
    if stop():
        raise Interrupted("Stopped while waiting; nothing was half-written.")
    clock.sleep(seconds)
