"""What more replicas than fit would cost in time: a node has to come, then the server to start."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.facts import Facts
from jetscale_tui.domain.wording import duration, plural
from jetscale_tui.engine import observe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.detect import Capacity, StartUp

_ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class NodeWait:
    """How long pods waited for a node that was made for them."""

    seconds: float
    """Median, from the pod's creation to PodScheduled."""
    pods: int


def node_wait(pods: Iterable[Json], nodes: Iterable[Json]) -> NodeWait | None:
    """How long those pods waited whose node is younger than they are; None without any."""
    born = {observe.name_of(node): node["metadata"].get("creationTimestamp") for node in nodes}
    waits = []
    for pod in pods:
        created = pod["metadata"].get("creationTimestamp")
        scheduled = observe.condition(pod, "PodScheduled")
        made = born.get(pod["spec"].get("nodeName"))
        if not created or not made or scheduled.get("status") != "True":
            continue
        if datetime.fromisoformat(made) > datetime.fromisoformat(created):
            placed = datetime.fromisoformat(scheduled["lastTransitionTime"])
            waits.append((placed - datetime.fromisoformat(created)).total_seconds())
    return NodeWait(statistics.median(waits), len(waits)) if waits else None


@dataclass(frozen=True, slots=True)
class MoreReplicas:
    """What the first replica beyond those that fit the chips takes."""

    first: int
    """Its number."""
    most: int | None
    """Replicas that fit once the node pools are at their maximum; None: not known."""
    node_seconds: float
    node_source: str
    """`measured on 2 pods`, or `assumed`: nobody has waited for a node yet."""
    start_seconds: float
    start_source: str
    """The same of the server's own start-up."""

    @property
    def seconds(self) -> float:
        """From the decision to a replica that answers, if Google has such a machine to give."""
        return self.node_seconds + self.start_seconds

    @property
    def possible(self) -> bool:
        """Whether the node pools may grow for it, as far as is known."""
        return self.most is None or self.most >= self.first

    def __str__(self) -> str:
        takes = (
            f"about {duration(self.seconds)} (node {duration(self.node_seconds)}, "
            f"{self.node_source}; start-up {duration(self.start_seconds)}, {self.start_source})"
        )
        if not self.possible:
            return (
                f"Replica {self.first} needs a larger node pool: the pool is at its maximum. "
                f"In a larger one it takes {takes}."
            )
        unknown = ", if the pool may grow" if self.most is None else ""
        return f"Replica {self.first} waits for a new node{unknown}: {takes}."


def more_replicas(capacity: Capacity, start_up: StartUp | None) -> MoreReplicas:
    """The cost of a replica more than fit now; what was not measured is assumed and says so."""
    assumed, waited = Facts(), capacity.node_wait
    return MoreReplicas(
        first=capacity.fits_now + 1,
        most=capacity.fits_grown,
        node_seconds=waited.seconds if waited else assumed.node_seconds,
        node_source=_measured(waited.pods) if waited else _ASSUMED,
        start_seconds=start_up.seconds if start_up else assumed.start_seconds,
        start_source=_measured(start_up.pods) if start_up else _ASSUMED,
    )


def _measured(pods: int) -> str:
    return f"measured on {plural(pods, 'pod')}"
