"""The replicas of a Deployment over time: waiting for chips, starting, ready, gone."""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.facts import NODE_SCAN_SECONDS
from jetscale_tui.domain.hpa.readings import Pod, Pods

if TYPE_CHECKING:
    from jetscale_tui.domain.forecast.facts import Facts


class Stage(Enum):
    """Where a replica is in its life; the order is that in which they are taken away."""

    WAITING = auto()
    """No node has its chips."""
    STARTING = auto()
    """Scheduled; loads the model."""
    READY = auto()


@dataclass(slots=True, eq=False)
class Replica:
    """One pod."""

    number: int
    name: str
    stage: Stage = Stage.WAITING
    claimed: bool = False
    """A node is being made for it."""
    ready_at: float = math.inf


class Fleet:
    """All replicas; times only grow."""

    def __init__(self, facts: Facts, size: int) -> None:
        """So many replicas, those that fit ready from the start."""
        self._facts = facts
        self._numbers = itertools.count()
        self._free = math.inf if facts.fits_now is None else facts.fits_now
        self._nodes_left = facts.nodes_to_come
        self._coming: list[float] = []
        """When nodes that are being made will be ready; a heap."""
        self._replicas: list[Replica] = []
        self.ready: tuple[Replica, ...] = ()
        self.size = 0
        """Replicas asked for."""
        self.placed = 0
        """Replicas that hold chips."""
        self.stuck = 0
        """Replicas that no node will come for, as far as one can see."""
        self.next_change = math.inf
        """When something happens by itself; infinite if nothing will."""
        self.version = 0
        """Grows with every change."""
        self.resize(size, -facts.start_seconds)
        self.advance(0.0)

    def advance(self, now: float) -> None:
        """Let nodes and replicas become ready."""
        while self._coming and self._coming[0] <= now:
            came = heapq.heappop(self._coming)
            self._free += self._facts.replicas_per_node
            self._place(came)
        for replica in self._replicas:
            if replica.stage is Stage.STARTING and replica.ready_at <= now:
                replica.stage = Stage.READY
        self._changed()

    def resize(self, size: int, now: float) -> tuple[Replica, ...]:
        """Add replicas, or take away the least useful ones; those that were taken away."""
        missing = size - self.size
        numbers = (next(self._numbers) for _ in range(missing))
        self._replicas += [Replica(number, f"r{number}") for number in numbers]
        gone = sorted(self._replicas, key=_usefulness)[: max(0, -missing)]
        self._replicas = [replica for replica in self._replicas if replica not in gone]
        self._free += sum(replica.stage is not Stage.WAITING for replica in gone)
        self._place(now)
        self._changed()
        return tuple(gone)

    def pods(self) -> Pods:
        """What the HPA controller sees of them."""
        each = tuple(
            Pod(replica.name)
            if replica.stage is Stage.READY
            else Pod(replica.name, phase="Pending", ready="False")
            for replica in self._replicas
        )
        return Pods(len(each), len(self.ready), each)

    def _place(self, now: float) -> None:
        """Give chips to those that wait, oldest first, and ask for nodes for the rest."""
        for replica in self._replicas:
            if replica.stage is not Stage.WAITING:
                continue
            if self._free >= 1:
                self._free -= 1
                replica.stage = Stage.STARTING
                replica.ready_at = now + self._facts.start_seconds
            elif self._nodes_left and not replica.claimed:
                self._nodes_left -= 1
                replica.claimed = True
                due = now + NODE_SCAN_SECONDS + self._facts.node_seconds
                heapq.heappush(self._coming, due)

    def _changed(self) -> None:
        waiting = [each for each in self._replicas if each.stage is Stage.WAITING]
        starting = [each.ready_at for each in self._replicas if each.stage is Stage.STARTING]
        self.ready = tuple(each for each in self._replicas if each.stage is Stage.READY)
        self.size = len(self._replicas)
        self.placed = self.size - len(waiting)
        self.stuck = sum(not each.claimed for each in waiting)
        self.next_change = min([*starting, *self._coming[:1]], default=math.inf)
        self.version += 1


def _usefulness(replica: Replica) -> tuple[int, float, int]:
    """Order of removal: not placed, not ready, then the youngest."""
    since = replica.ready_at if replica.stage is Stage.READY else 0.0
    return replica.stage.value, -since, -replica.number
