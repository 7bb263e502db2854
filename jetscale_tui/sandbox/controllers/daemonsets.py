"""DaemonSet controller: one pod on every node that the template may run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import DAEMON_SET, NODE, POD
from jetscale_tui.sandbox.controllers import pods as facts
from jetscale_tui.sandbox.controllers.ownership import controller_of, remove
from jetscale_tui.sandbox.controllers.placement import fits_empty

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.controllers.events import EventRecorder
    from jetscale_tui.sandbox.controllers.ownership import Ownership
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store

_COMPONENT = "daemonset-controller"


class DaemonSetController:
    """Follows the nodes with pods."""

    kinds = (DAEMON_SET, POD, NODE)
    delay = 0.0

    def __init__(self, store: Store, ownership: Ownership, events: EventRecorder) -> None:
        self._store = store
        self._ownership = ownership
        self._events = events

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """The DaemonSet itself, the one that owns the pod, or all when nodes come and go."""
        if observed.kind == DAEMON_SET.name:
            yield observed.key
        elif observed.kind == POD.name:
            owner = controller_of(observed.obj)
            if owner is not None and owner["kind"] == DAEMON_SET.name:
                yield observed.key[0], owner["name"]
        elif observed.event != "MODIFIED":
            for daemon_set in self._store.list(DAEMON_SET):
                metadata = daemon_set["metadata"]
                yield metadata["namespace"], metadata["name"]

    def reconcile(self, key: Key) -> float | None:
        """A pod where one belongs and is missing, none elsewhere, then the status."""
        daemon_set = self._store.peek(DAEMON_SET, *key)
        if daemon_set is None or facts.is_terminating(daemon_set):
            return None
        pods = {
            pod["spec"].get("nodeName", ""): pod
            for pod in self._ownership.owned(daemon_set["metadata"]["uid"], POD)
            if facts.is_active(pod)
        }
        example = facts.from_template(daemon_set, daemon_set["spec"]["template"])
        wanted = [
            node["metadata"]["name"]
            for node in self._store.list(NODE)
            if fits_empty(example, node) is None
        ]
        for name in wanted:
            if name not in pods:
                pods[name] = self._create(daemon_set, example, name)
        for name in set(pods).difference(wanted):
            remove(self._store, pods.pop(name))
        self._report(key, daemon_set, len(wanted), list(pods.values()))
        return None

    def _create(self, daemon_set: Json, example: Json, node: str) -> Json:
        pod = self._store.create({**example, "spec": {**example["spec"], "nodeName": node}})
        self._events.normal(
            daemon_set, _COMPONENT, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}"
        )
        return pod

    def _report(self, key: Key, daemon_set: Json, wanted: int, pods: list[Json]) -> None:
        ready = sum(map(facts.is_ready, pods))

        def report(obj: Json) -> None:
            obj["status"] = {
                "currentNumberScheduled": len(pods),
                "desiredNumberScheduled": wanted,
                "numberMisscheduled": 0,
                "numberReady": ready,
                "observedGeneration": daemon_set["metadata"]["generation"],
                **({"numberAvailable": ready} if ready else {}),
                **({"numberUnavailable": wanted - ready} if wanted > ready else {}),
                **({"updatedNumberScheduled": len(pods)} if pods else {}),
            }

        self._store.mutate(DAEMON_SET, *key, report, status=True)
