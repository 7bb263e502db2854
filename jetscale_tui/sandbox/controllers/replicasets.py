"""ReplicaSet controller: as many pods as asked for, the least useful ones deleted first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import POD, REPLICA_SET
from jetscale_tui.sandbox.controllers import pods as facts
from jetscale_tui.sandbox.controllers.ownership import chosen_by, controller_of, remove

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.controllers.events import EventRecorder
    from jetscale_tui.sandbox.controllers.ownership import Ownership
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store

_COMPONENT = "replicaset-controller"


class ReplicaSetController:
    """Keeps the number of a ReplicaSet's pods, and counts them in its status."""

    kinds = (REPLICA_SET, POD)
    delay = 0.0

    def __init__(
        self, store: Store, clock: SimClock, ownership: Ownership, events: EventRecorder
    ) -> None:
        self._store = store
        self._clock = clock
        self._ownership = ownership
        self._events = events

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """The ReplicaSet itself, the one that owns the pod, or those that could."""
        if observed.kind == REPLICA_SET.name:
            yield observed.key
            return
        owner = controller_of(observed.obj)
        if owner is None:
            for each in chosen_by(self._store.list(REPLICA_SET, observed.key[0]), observed.obj):
                yield observed.key[0], each["metadata"]["name"]
        elif owner["kind"] == REPLICA_SET.name:
            yield observed.key[0], owner["name"]

    def reconcile(self, key: Key) -> float | None:
        """Create or delete pods, then report."""
        replica_set = self._store.peek(REPLICA_SET, *key)
        if replica_set is None or facts.is_terminating(replica_set):
            return None
        pods = [pod for pod in self._ownership.claim(replica_set, POD) if facts.is_active(pod)]
        missing = replica_set["spec"].get("replicas", 1) - len(pods)
        pods.extend(self._create(replica_set) for _ in range(missing))
        if missing < 0:
            doomed = sorted(pods, key=_usefulness)[:-missing]
            for pod in doomed:
                self._delete(replica_set, pod)
            gone = {pod["metadata"]["uid"] for pod in doomed}
            pods = [pod for pod in pods if pod["metadata"]["uid"] not in gone]
        return self._report(key, replica_set, pods)

    def _create(self, replica_set: Json) -> Json:
        pod = self._store.create(facts.from_template(replica_set, replica_set["spec"]["template"]))
        self._events.normal(
            replica_set, _COMPONENT, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}"
        )
        return pod

    def _delete(self, replica_set: Json, pod: Json) -> None:
        remove(self._store, pod)
        self._events.normal(
            replica_set, _COMPONENT, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}"
        )

    def _report(self, key: Key, replica_set: Json, pods: list[Json]) -> float | None:
        patience = replica_set["spec"].get("minReadySeconds", 0)
        ages = [facts.ready_for(pod, self._clock.now()) for pod in pods]
        ready = [age for age in ages if age is not None]
        available = [age for age in ready if age >= patience]
        counts = {
            "fullyLabeledReplicas": len(pods),
            "readyReplicas": len(ready),
            "availableReplicas": len(available),
        }

        def report(obj: Json) -> None:
            obj["status"] = {
                "replicas": len(pods),
                **{name: count for name, count in counts.items() if count},
                "observedGeneration": replica_set["metadata"]["generation"],
            }

        self._store.mutate(REPLICA_SET, *key, report, status=True)
        waiting = [patience - age for age in ready if age < patience]
        return min(waiting) + 0.5 if waiting else None


def _usefulness(pod: Json) -> tuple[bool, bool, bool, str]:
    """Order of deletion: not placed, not running, not ready, then the youngest."""
    ready = next(
        (
            condition["lastTransitionTime"]
            for condition in pod.get("status", {}).get("conditions", ())
            if condition["type"] == "Ready" and condition["status"] == "True"
        ),
        "",
    )
    return (
        bool(pod["spec"].get("nodeName")),
        facts.phase(pod) == "Running",
        bool(ready),
        _backwards(ready or pod["metadata"]["creationTimestamp"]),
    )


def _backwards(stamp: str) -> str:
    """A time stamp that sorts the other way round."""
    return "".join(chr(255 - ord(each)) for each in stamp)
