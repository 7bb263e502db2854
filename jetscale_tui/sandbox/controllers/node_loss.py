"""Node lifecycle: the pods of a node that is gone go too."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import NODE, POD
from jetscale_tui.sandbox.kube.store import Missing
from jetscale_tui.sandbox.nodes import POOL_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.controllers.events import EventRecorder
    from jetscale_tui.sandbox.controllers.node_pools import PoolSizes
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store


class NodeLoss:
    """Collects the pods of nodes that were deleted or preempted."""

    kinds = (NODE,)
    delay = 0.0

    def __init__(self, store: Store, events: EventRecorder, sizes: PoolSizes) -> None:
        self._store = store
        self._events = events
        self._sizes = sizes
        self._lost: dict[str, Json] = {}

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """A node that is gone, with its pool."""
        if observed.event == "DELETED":
            pool = (observed.obj["metadata"].get("labels") or {}).get(POOL_LABEL, "")
            name = observed.obj["metadata"]["name"]
            self._lost[name] = observed.obj
            yield pool, name

    def reconcile(self, key: Key) -> float | None:
        """Remove what ran there at once: nobody is left to stop it gracefully."""
        pool, name = key
        if node := self._lost.pop(name, None):
            text = f"Node {name} event: Removing Node {name} from Controller"
            self._events.normal(node, "node-controller", "RemovingNode", text)
        if self._store.peek(NODE, None, name) is not None:
            return None
        for pod in self._store.list(POD):
            if pod["spec"].get("nodeName") == name:
                metadata = pod["metadata"]
                with suppress(Missing):
                    self._store.delete(POD, metadata["namespace"], metadata["name"])
        if pool:
            left = [
                node
                for node in self._store.list(NODE)
                if (node["metadata"].get("labels") or {}).get(POOL_LABEL) == pool
            ]
            self._sizes.resize_pool(pool, len(left))
        return None
