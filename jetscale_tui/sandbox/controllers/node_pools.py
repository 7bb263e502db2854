"""Cluster autoscaler: grows a node pool for pods that fit nowhere, slowly and up to its maximum."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from jetscale_tui.domain.kinds import NODE, POD
from jetscale_tui.sandbox.controllers import pods as facts
from jetscale_tui.sandbox.controllers.conditions import condition
from jetscale_tui.sandbox.controllers.placement import fits_empty
from jetscale_tui.sandbox.kube.store import AlreadyExists
from jetscale_tui.sandbox.nodes import POOL_LABEL, group_name, node, node_name, zone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.blueprint import Blueprint, PoolBlueprint
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.controllers.events import EventRecorder
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store

_COMPONENT = "cluster-autoscaler"
_SCAN_SECONDS = 10.0
_PATIENCE_SECONDS = 300.0
"""From one NotTriggerScaleUp to the next."""


class PoolSizes(Protocol):
    """Where the GKE API keeps the sizes of node pools."""

    def resize_pool(self, name: str, node_count: int) -> None:
        """Record how many nodes a pool has now."""


class NodePools:
    """Adds nodes for pods that cannot be placed."""

    kinds = (POD,)
    delay = _SCAN_SECONDS

    def __init__(
        self,
        store: Store,
        clock: SimClock,
        blueprint: Blueprint,
        events: EventRecorder,
        sizes: PoolSizes,
    ) -> None:
        self._store = store
        self._clock = clock
        self._blueprint = blueprint
        self._events = events
        self._sizes = sizes
        self._coming: dict[str, tuple[PoolBlueprint, int, float]] = {}
        """Nodes being made, by name: their pool, their number and when they are ready."""
        self._claims: dict[str, str] = {}
        """The node that is being made for a pod, by the pod's uid."""
        self._refused: dict[str, float] = {}
        """When a pod was last told that it gets no node, by its uid."""
        self._pending: dict[Key, str] = {}
        self.sold_out: set[str] = set()
        """Pools whose machine type Google has none of at the moment."""

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """Pods that the scheduler could not place."""
        placed = condition(observed.obj, "PodScheduled")
        if placed is not None and placed["status"] == "False" and observed.event != "DELETED":
            yield observed.key

    def reconcile(self, key: Key) -> float | None:
        """Finish nodes that are due, then see whether the pod needs another."""
        self._finish()
        pod = self._store.peek(POD, *key)
        if pod is None or pod["spec"].get("nodeName") or facts.is_terminating(pod):
            self._forget(key)
            return None
        uid = pod["metadata"]["uid"]
        self._pending[key] = uid
        coming = self._coming.get(self._claims.get(uid, ""))
        if coming is None:
            coming = self._grow(pod)
        if coming is not None:
            return max(0.0, coming[2] - self._clock.monotonic())
        return _SCAN_SECONDS

    def _forget(self, key: Key) -> None:
        """Drop what was noted of a pod that needs no node any more."""
        uid = self._pending.pop(key, "")
        self._claims.pop(uid, None)
        self._refused.pop(uid, None)

    def _grow(self, pod: Json) -> tuple[PoolBlueprint, int, float] | None:
        uid, reasons = pod["metadata"]["uid"], Counter[str]()
        now = self._clock.monotonic()
        for pool in self._blueprint.pools:
            size = self._size(pool)
            number = next(index for index in range(size + 1) if not self._taken(pool, index))
            candidate = node(self._blueprint, pool, number, self._clock.now())
            misfit = fits_empty(pod, candidate)
            if misfit:
                reasons[misfit] += 1
            elif size >= pool.max_nodes:
                reasons["max node group size reached"] += 1
            elif pool.name in self.sold_out:
                self._fail(pod, pool, now)
                return None
            else:
                name = candidate["metadata"]["name"]
                coming = (pool, number, now + self._blueprint.node_provisioning)
                self._coming[name], self._claims[uid] = coming, name
                self._announce(pod, pool, size)
                return coming
        self._refuse(pod, reasons, now)
        return None

    def _announce(self, pod: Json, pool: PoolBlueprint, size: int) -> None:
        blueprint = self._blueprint
        group = (
            f"https://www.googleapis.com/compute/v1/projects/{blueprint.project_id}/zones/"
            f"{zone(blueprint)}/instanceGroups/{group_name(blueprint, pool)}-grp"
        )
        self._events.normal(
            pod,
            _COMPONENT,
            "TriggeredScaleUp",
            f"pod triggered scale-up: [{{{group} {size}->{size + 1} (max: {pool.max_nodes})}}]",
        )

    def _fail(self, pod: Json, pool: PoolBlueprint, now: float) -> None:
        if not self._patient(pod, now):
            return
        blueprint = self._blueprint
        self._events.warning(
            pod,
            _COMPONENT,
            "FailedScaleUp",
            f"Node scale up in zones {zone(blueprint)} associated with this pod failed: "
            f"GCE out of resources. Pod is at risk of not being scheduled. (pool {pool.name})",
        )

    def _patient(self, pod: Json, now: float) -> bool:
        """Whether it is time to say again that a pod gets no node."""
        said = self._refused.get(pod["metadata"]["uid"])
        if said is not None and now - said < _PATIENCE_SECONDS:
            return False
        self._refused[pod["metadata"]["uid"]] = now
        return True

    def _refuse(self, pod: Json, reasons: Counter[str], now: float) -> None:
        if not self._patient(pod, now):
            return
        listed = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        self._events.normal(
            pod, _COMPONENT, "NotTriggerScaleUp", f"pod didn't trigger scale-up: {listed}"
        )

    def _finish(self) -> None:
        now = self._clock.monotonic()
        for name, (pool, number, due) in tuple(self._coming.items()):
            if due > now:
                continue
            del self._coming[name]
            try:
                self._store.create(
                    node(self._blueprint, pool, number, self._clock.now()), manager="kubelet"
                )
            except AlreadyExists:
                continue
            self._sizes.resize_pool(pool.name, self._size(pool))

    def _taken(self, pool: PoolBlueprint, index: int) -> bool:
        name = node_name(self._blueprint, pool, index)
        return name in self._coming or self._store.peek(NODE, None, name) is not None

    def _size(self, pool: PoolBlueprint) -> int:
        there = sum(
            bool((each["metadata"].get("labels") or {}).get(POOL_LABEL) == pool.name)
            for each in self._store.list(NODE)
        )
        return there + sum(coming.name == pool.name for coming, _, _ in self._coming.values())
