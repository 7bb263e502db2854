"""What the chosen cluster is like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.engine.detect import capacity
from jetscale_tui.engine.observe import deployment

if TYPE_CHECKING:
    from jetscale_tui.engine.detect import Capacity
    from jetscale_tui.wizard.desk import Desk


@dataclass(frozen=True, slots=True)
class ClusterLook:
    """What the chosen cluster is like."""

    version: str
    capacity: Capacity


def look_at_cluster(desk: Desk) -> ClusterLook:
    """Ask the chosen cluster for its version and its chips.

    Raises:
        JetScaleError: it cannot be reached, or refuses.
    """
    draft = desk.draft
    cluster = desk.backend.cluster(draft.kubernetes.context)
    version = cluster.version()
    live = deployment(cluster, draft.workload.namespace, draft.workload.deployment)
    gke = desk.whereabouts.cluster if desk.whereabouts else None
    return ClusterLook(version, capacity(cluster, draft.workload, live, gke))
