"""Scheduler: binds pods to nodes that have what they ask for, and says why when none has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import NODE, POD
from jetscale_tui.sandbox.controllers import pods as facts
from jetscale_tui.sandbox.controllers.conditions import set_condition
from jetscale_tui.sandbox.controllers.placement import Seat, obstacles, verdict
from jetscale_tui.sandbox.kube.objects import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.controllers.events import EventRecorder
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store

_COMPONENT = "default-scheduler"
_RETRY_SECONDS = 300.0


class Scheduler:
    """Gives every pod a node, as soon as one has room."""

    kinds = (POD, NODE)
    delay = 0.0

    def __init__(self, store: Store, clock: SimClock, events: EventRecorder) -> None:
        self._store = store
        self._clock = clock
        self._events = events
        self._waiting: dict[Key, tuple[str, float]] = {}
        """Pods without a node: what was said of each, and when."""

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """A pod without a node; every waiting one when room may have appeared."""
        if observed.kind == POD.name and observed.event != "DELETED":
            if not observed.obj["spec"].get("nodeName"):
                yield observed.key
        elif (observed.kind == POD.name) == (observed.event == "DELETED"):
            yield from tuple(self._waiting)

    def reconcile(self, key: Key) -> float | None:
        """Bind the pod or say why not."""
        pod = self._store.peek(POD, *key)
        if pod is None or pod["spec"].get("nodeName") or facts.is_terminating(pod):
            self._waiting.pop(key, None)
            return None
        seats = self._seats()
        refused = {seat.name: obstacles(pod, seat) for seat in seats}
        free = [seat for seat in seats if not refused[seat.name]]
        if free:
            self._waiting.pop(key, None)
            self._bind(key, pod, min(free, key=lambda seat: (seat.pods, seat.name)))
            return None
        message = verdict(list(refused.values()))
        said, at = self._waiting.get(key, ("", 0.0))
        now = self._clock.monotonic()
        if said != message or now - at >= _RETRY_SECONDS:
            self._waiting[key] = (message, now)
            self._refuse(key, message)
            self._events.warning(pod, _COMPONENT, "FailedScheduling", message)
        return _RETRY_SECONDS

    def _seats(self) -> list[Seat]:
        bound: dict[str, list[Json]] = {}
        for pod in self._store.list(POD):
            if pod["spec"].get("nodeName"):
                bound.setdefault(pod["spec"]["nodeName"], []).append(pod)
        return [
            Seat.of(node, bound.get(node["metadata"]["name"], ()))
            for node in self._store.list(NODE)
        ]

    def _bind(self, key: Key, pod: Json, seat: Seat) -> None:
        def bind(obj: Json) -> None:
            obj["spec"]["nodeName"] = seat.name

        def placed(obj: Json) -> None:
            set_condition(obj.setdefault("status", {}), "PodScheduled", True, self._now())

        self._store.mutate(POD, *key, placed, status=True, manager="kube-scheduler")
        self._store.mutate(POD, *key, bind, manager="kube-scheduler")
        name = f"{key[0]}/{key[1]}"
        self._events.normal(
            pod, _COMPONENT, "Scheduled", f"Successfully assigned {name} to {seat.name}"
        )

    def _refuse(self, key: Key, message: str) -> None:
        def refuse(obj: Json) -> None:
            set_condition(
                obj.setdefault("status", {}),
                "PodScheduled",
                False,
                self._now(),
                reason="Unschedulable",
                message=message,
            )

        self._store.mutate(POD, *key, refuse, status=True, manager="kube-scheduler")

    def _now(self) -> str:
        return rfc3339(self._clock.now())
