"""Calls that go wrong on request: refused, slow, or carried out with the answer lost."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Fault:
    """How a call goes wrong."""

    code: str
    """gRPC status it ends with: `UNAVAILABLE`, `INTERNAL`, `RESOURCE_EXHAUSTED`."""
    message: str = "The service is currently unavailable."
    delay: float = 0.0
    """Sandbox seconds before it ends."""
    performed: bool = False
    """The call is carried out first; only its answer is lost."""
    times: int | None = 1
    """How many calls it befalls; None is all until it is cleared."""


class Faults:
    """What the next calls of each method meet. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Fault]] = {}

    def inject(self, method: str, fault: Fault) -> None:
        """Queue a fault for a method, by its short name: `SetIamPolicy`."""
        with self._lock:
            self._waiting.setdefault(method, []).append(fault)

    def clear(self) -> None:
        """Let everything work again."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str) -> Fault | None:
        """The fault the next call of a method meets, used up by this."""
        with self._lock:
            queue = self._waiting.get(method)
            if not queue:
                return None
            fault = queue[0]
            if fault.times is not None:
                queue[0] = replace(fault, times=fault.times - 1)
                if fault.times <= 1:
                    del queue[0]
            return fault
