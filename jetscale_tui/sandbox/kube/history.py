"""The objects of one kind and what happened to them lately."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from jetscale_tui.sandbox.kube.objects import namespace_of

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

ChangeType = Literal["ADDED", "MODIFIED", "DELETED"]
Key = tuple[str, str]
"""Namespace (empty when cluster-scoped) and name."""


class ResourceVersionTooOld(Exception):
    """History does not reach back to that resource version."""

    def __init__(self, wanted: int, oldest: int) -> None:
        super().__init__(f"too old resource version: {wanted} ({oldest})")


@dataclass(slots=True, eq=False)
class Change:
    """One write as watchers see it."""

    version: int
    type: ChangeType
    object: Json
    previous: Json | None
    """The object before; None for ADDED."""
    line: bytes | None = field(default=None, repr=False)
    """The event as JSON, kept by the first watch that needed it; all others send the same bytes."""


class Table:
    """The objects of one kind and their recent changes."""

    def __init__(self, lock: threading.RLock, floor: int, history: int) -> None:
        self._history = history
        self.objects: dict[Key, Json] = {}
        self.log: deque[Change] = deque()
        self.floor = floor
        """Watches can start at this resource version or later."""
        self.changed = threading.Condition(lock)

    def record(self, change: Change) -> None:
        """Append to the log, forgetting the oldest change when it is full."""
        if len(self.log) >= self._history:
            self.floor = self.log.popleft().version
        self.log.append(change)
        self.changed.notify_all()

    def since(self, version: int) -> list[Change]:
        """Changes after a version, oldest first.

        Raises:
            ResourceVersionTooOld: some of them are forgotten.
        """
        if version < self.floor:
            raise ResourceVersionTooOld(version, self.floor)
        newer = []
        for change in reversed(self.log):
            if change.version <= version:
                break
            newer.append(change)
        return newer[::-1]


def undo(objects: dict[Key, Json], change: Change) -> None:
    """Take one change back out of a copy of a table."""
    key = (namespace_of(change.object) or "", change.object["metadata"]["name"])
    if change.previous is None:
        del objects[key]
    else:
        objects[key] = change.previous
