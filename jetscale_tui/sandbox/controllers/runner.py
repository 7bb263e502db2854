"""Runs every controller on one thread, which sleeps until the next key is due."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from jetscale_tui.sandbox.kube.store import Missing, StaleVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from jetscale_tui.domain.kinds import Json, Kind
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.kube.store import Store

Key = tuple[str, str]
"""What a controller works on: usually namespace (empty when cluster-scoped) and name."""

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Observed:
    """One change that a controller sees."""

    event: str
    """`ADDED`, `MODIFIED` or `DELETED`."""
    obj: Json
    """The object after it, or as it was deleted; to be read only."""

    @property
    def kind(self) -> str:
        """`Pod`."""
        kind: str = self.obj["kind"]
        return kind

    @property
    def key(self) -> Key:
        """Namespace and name."""
        metadata = self.obj["metadata"]
        return metadata.get("namespace") or "", metadata["name"]


class Controller(Protocol):
    """One behaviour of the cluster."""

    @property
    def kinds(self) -> Collection[Kind]:
        """Kinds whose changes may concern it."""

    @property
    def delay(self) -> float:
        """Simulated seconds from a change to the look at it."""

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """The keys that a change makes worth a look; quick, called from any thread."""

    def reconcile(self, key: Key) -> float | None:
        """Bring the cluster closer to what is asked; simulated seconds until the next look."""


class Runner:
    """Calls controllers when something changed that concerns them, or when they asked for it."""

    def __init__(self, clock: SimClock, store: Store, controllers: Sequence[Controller]) -> None:
        self._clock = clock
        self._store = store
        self._controllers = tuple(controllers)
        self._order = itertools.count()
        self._heap: list[tuple[float, int, Controller, Key]] = []
        self._due: dict[tuple[int, Key], float] = {}
        self._failures: dict[tuple[int, Key], int] = {}
        self._wake = threading.Condition()
        self._stopping = False
        self._unsubscribe: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._run, name="sandbox-controllers", daemon=True)

    def follow(self) -> None:
        """Queue everything there is, and from now on everything that changes."""
        for controller in self._controllers:
            self._unsubscribe.append(
                self._store.subscribe(controller.kinds, self._follower(controller))
            )
        for controller in self._controllers:
            for kind in controller.kinds:
                for obj in self._store.list(kind):
                    self._follower(controller)("ADDED", obj)

    def run_until(self, moment: float) -> None:
        """Do on this thread all that is due up to a simulated second; the clock is stopped."""
        while self._heap and self._heap[0][0] <= moment:
            self._clock.skip(self._heap[0][0] - self._clock.monotonic())
            taken = self._take()
            if taken is not None:
                self._look(*taken)
        self._clock.skip(moment - self._clock.monotonic())

    def start(self) -> None:
        """Go on on a thread of its own, at the pace of the clock."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; returns when it is gone."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def enqueue(self, controller: Controller, key: Key, after: float = 0.0) -> None:
        """Have a key looked at in so many simulated seconds, unless it is due earlier anyway."""
        due = self._clock.monotonic() + after
        with self._wake:
            known = self._due.get((id(controller), key))
            if known is not None and known <= due:
                return
            self._due[id(controller), key] = due
            entry = (due, next(self._order), controller, key)
            heapq.heappush(self._heap, entry)
            if self._heap[0] is entry:
                self._wake.notify_all()

    def _follower(self, controller: Controller) -> Callable[[str, Json], None]:
        def follow(event: str, obj: Json) -> None:
            try:
                for key in controller.concerns(Observed(event, obj)):
                    self.enqueue(controller, key, controller.delay)
            except Exception:
                # Whoever wrote the object must not pay for a controller's mistake.
                _log.exception("%s does not understand an object", type(controller).__name__)

        return follow

    def _run(self) -> None:
        while True:
            with self._wake:
                taken = self._take()
                while taken is None and not self._stopping:
                    self._wake.wait(self._idle())
                    taken = self._take()
                if taken is None or self._stopping:
                    return
            self._look(*taken)

    def _take(self) -> tuple[Controller, Key] | None:
        """The next key whose time has come; forgotten entries are dropped on the way."""
        now = self._clock.monotonic()
        while self._heap and self._heap[0][0] <= now:
            due, _, controller, key = heapq.heappop(self._heap)
            if self._due.get((id(controller), key)) == due:
                del self._due[id(controller), key]
                return controller, key
        return None

    def _idle(self) -> float | None:
        if not self._heap:
            return None
        return max(0.0, self._clock.wall(self._heap[0][0] - self._clock.monotonic()))

    def _look(self, controller: Controller, key: Key) -> None:
        subject = (id(controller), key)
        try:
            again = controller.reconcile(key)
        except Exception as error:
            failures = self._failures.get(subject, 0)
            self._failures[subject] = failures + 1
            again = min(_LONGEST_RETRY_SECONDS, _RETRY_SECONDS * 2**failures)
            if not isinstance(error, (Missing, StaleVersion)):
                _log.exception("%s failed on %s", type(controller).__name__, "/".join(key))
        else:
            self._failures.pop(subject, None)
        if again is not None:
            self.enqueue(controller, key, again)
