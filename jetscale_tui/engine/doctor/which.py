"""Which autoscaler is meant, where nobody says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import HPA
from jetscale_tui.engine import observe
from jetscale_tui.errors import UsageError

if TYPE_CHECKING:
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Cluster


def which_autoscaler(cluster: Cluster, setup: Setup, namespace: str) -> str:
    """Name of the one the setup makes, else of the one on its server, else of the only one.

    Raises:
        UsageError: there are several, and nothing tells which is meant.
        JetScaleError: the cluster cannot be asked.
    """
    present = cluster.list(HPA, namespace)
    names = [observe.name_of(hpa) for hpa in present]
    if setup.scaling.name in names or not names:
        return setup.scaling.name
    on_server = [observe.name_of(h) for h in observe.scaling(present, setup.workload.deployment)]
    for candidates in (on_server, names):
        if len(candidates) == 1:
            return candidates[0]
    raise UsageError(
        f"{namespace} has several autoscalers.",
        why=f"There: {', '.join(names)}.",
        fix="Say which: jetscale doctor NAME",
    )
