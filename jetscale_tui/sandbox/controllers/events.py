"""Events as controllers record them: repeats are counted, floods are held back, old ones go."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import EVENT
from jetscale_tui.sandbox.kube.objects import rfc3339
from jetscale_tui.sandbox.kube.store import AlreadyExists

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store

_BURST = 25
_REFILL_SECONDS = 300.0
LIFETIME_SECONDS = 3600.0
"""How long the API server keeps an event."""


@dataclass(slots=True)
class _Allowance:
    """Writes an object may still cause: 25 at once, then one every five minutes."""

    tokens: float
    at: float

    def spend(self, now: float) -> bool:
        self.tokens = min(_BURST, self.tokens + (now - self.at) / _REFILL_SECONDS)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class EventRecorder:
    """Writes core/v1 Events the way client-go's recorder does."""

    def __init__(self, store: Store, clock: SimClock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._serial = itertools.count()
        self._known: dict[tuple[str, ...], str] = {}
        self._allowances: dict[tuple[str, str], _Allowance] = {}

    def normal(
        self, obj: Json, component: str, reason: str, message: str, container: str = ""
    ) -> None:
        """Record that something went as it should; for a container, on its pod's node."""
        self._record(_Notice(obj, component, "Normal", reason, message, container))

    def warning(
        self, obj: Json, component: str, reason: str, message: str, container: str = ""
    ) -> None:
        """Record that something is wrong."""
        self._record(_Notice(obj, component, "Warning", reason, message, container))

    def forget(self, event: Json) -> None:
        """Start a new event for what this one counted."""
        involved = event["involvedObject"]
        identity = (
            involved["uid"],
            involved.get("fieldPath", ""),
            event["source"]["component"],
            event["type"],
            event["reason"],
            event["message"],
        )
        with self._lock:
            self._known.pop(identity, None)

    def _record(self, notice: _Notice) -> None:
        metadata = notice.about["metadata"]
        now = self._clock.monotonic()
        with self._lock:
            allowance = self._allowances.setdefault(
                (notice.component, metadata["uid"]), _Allowance(_BURST, now)
            )
            if not allowance.spend(now):
                return
            name = self._known.get(notice.identity)
        namespace = metadata.get("namespace") or "default"
        if name is not None and self._count(namespace, name):
            return
        moment = int(self._clock.now().timestamp() * 1e6) * 1000 + next(self._serial) % 1000
        name = f"{metadata['name']}.{moment:x}"
        event = notice.event(namespace, name, rfc3339(self._clock.now()))
        try:
            self._store.create(event, manager=notice.component)
        except AlreadyExists:
            return
        with self._lock:
            self._known[notice.identity] = name

    def _count(self, namespace: str, name: str) -> bool:
        def again(event: Json) -> None:
            event["count"] = event.get("count", 1) + 1
            event["lastTimestamp"] = rfc3339(self._clock.now())

        return self._store.mutate(EVENT, namespace, name, again) is not None


@dataclass(frozen=True, slots=True)
class _Notice:
    """What is to be told of an object."""

    about: Json
    component: str
    type: str
    reason: str
    message: str
    container: str

    @property
    def _path(self) -> str:
        return f"spec.containers{{{self.container}}}" if self.container else ""

    @property
    def _host(self) -> str:
        """The node whose kubelet speaks; empty for whoever runs beside the API server."""
        host: str = self.about["spec"].get("nodeName", "") if self.component == "kubelet" else ""
        return host

    @property
    def identity(self) -> tuple[str, ...]:
        """Notices alike in this are counted, not repeated."""
        uid = self.about["metadata"]["uid"]
        return uid, self._path, self.component, self.type, self.reason, self.message

    def event(self, namespace: str, name: str, stamp: str) -> Json:
        """The first event of it."""
        metadata = self.about["metadata"]
        involved = {
            "kind": self.about["kind"],
            "namespace": metadata.get("namespace"),
            "name": metadata["name"],
            "uid": metadata["uid"],
            "apiVersion": self.about["apiVersion"],
            "resourceVersion": metadata.get("resourceVersion"),
            "fieldPath": self._path,
        }
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {key: value for key, value in involved.items() if value},
            "reason": self.reason,
            "message": self.message,
            "source": {
                "component": self.component,
                **({"host": self._host} if self._host else {}),
            },
            "firstTimestamp": stamp,
            "lastTimestamp": stamp,
            "count": 1,
            "type": self.type,
            "eventTime": None,
            "reportingComponent": self.component,
            "reportingInstance": self._host,
        }


class EventExpiry:
    """Removes events an hour after they were last counted."""

    kinds = (EVENT,)
    delay = LIFETIME_SECONDS

    def __init__(self, store: Store, clock: SimClock, recorder: EventRecorder) -> None:
        self._store = store
        self._clock = clock
        self._recorder = recorder

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """A new event, once its hour is over."""
        if observed.event == "ADDED":
            yield observed.key

    def reconcile(self, key: Key) -> float | None:
        """Remove the event, or come back when it was counted meanwhile."""
        event = self._store.peek(EVENT, *key)
        if event is None or "uid" not in event.get("involvedObject", {}):
            return None
        oldest = rfc3339(self._clock.at(self._clock.monotonic() - LIFETIME_SECONDS))
        if (event.get("lastTimestamp") or event["metadata"]["creationTimestamp"]) > oldest:
            return LIFETIME_SECONDS
        self._store.delete(EVENT, *key)
        self._recorder.forget(event)
        return None
