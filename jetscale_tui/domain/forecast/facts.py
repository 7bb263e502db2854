"""What a forecast rests on: the server, its start-up, the chips there are, the metric's delays."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from jetscale_tui.domain.serving import Pace

if TYPE_CHECKING:
    from collections.abc import Mapping

NODE_SCAN_SECONDS = 10.0
"""How often the cluster autoscaler looks for pods that fit nowhere."""


class Fact(StrEnum):
    """One thing a forecast rests on; the values are its name for people."""

    START_UP = "start-up of a replica"
    NODE = "start-up of a node"
    CAPACITY = "replicas that fit"
    SLOTS = "slots of a replica"
    STEP = "decode step"
    PREFILL = "prefill"


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the model is given besides the HPA and the load. Times in seconds."""

    pace: Pace = field(default_factory=Pace)
    chips_per_replica: int = 8
    start_seconds: float = 75.0
    """From PodScheduled to Ready."""
    node_seconds: float = 150.0
    """From the cluster autoscaler's decision to a node that is ready."""
    fits_now: int | None = None
    """Replicas whose chips are there; None: not known, then all fit."""
    nodes_to_come: int = 0
    """Nodes the pool may still grow by."""
    replicas_per_node: int = 1
    ingestion_seconds: float = 5.0
    """From a scrape to a value the adapter can read."""
    window_seconds: float = 300.0
    """How old a value may be before the adapter no longer returns it."""
    sync_seconds: float = 15.0
    """From one look of the HPA controller to the next."""
    known: Mapping[Fact, str] = field(default_factory=dict)
    """Where a fact comes from, such as `measured on 2 pods`; those missing here are assumed."""

    @property
    def fits_at_most(self) -> int | None:
        """Replicas that fit once the pool has grown as far as it may; None: not known."""
        if self.fits_now is None:
            return None
        return self.fits_now + self.nodes_to_come * self.replicas_per_node
