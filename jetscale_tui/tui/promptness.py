"""Makes the process answer a key at once while other threads take in a large cluster's changes.

Python's own settings favour throughput: a thread may keep the interpreter for 5 ms, which every
turn of the event loop may have to wait for; and a full search for garbage, which comes the more
often the more changes pour in, looks at every object there is, for a third of a second with ten
thousand HPAs.
"""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TURN = 0.001
"""Seconds a thread keeps the interpreter while another waits for it."""
_YOUNG, _MIDDLE = 700, 3
"""New objects, and rounds of those, between the small searches: a millisecond or two each."""
_NEVER = 1_000_000
GARBAGE_EVERY = 900.0
"""Seconds between full searches, which nothing but `clear_garbage` makes meanwhile."""


@contextmanager
def favouring_the_screen() -> Iterator[None]:
    """Meanwhile the screen's thread hardly waits for others, in the whole process."""
    turn, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(_TURN)
    gc.set_threshold(_YOUNG, _MIDDLE, _NEVER)
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        gc.set_threshold(*thresholds)


def begin_to_collect() -> None:
    """Look for garbage from now on, if the start was spared that; what is loaded by now stays."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def clear_garbage() -> None:
    """Free what refers to itself in circles; everything else is freed as it is let go."""
    gc.collect()
