"""Waiting for a condition instead of for a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


PATIENCE = 60.0
"""Seconds anything may take on a busy machine; only a test that fails waits that long."""


def eventually(condition: Callable[[], object], *, within: float = PATIENCE) -> None:
    """Return as soon as a condition holds; fail when it does not within so many real seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {within:g} seconds"
        time.sleep(0.01)
