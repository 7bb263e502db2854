"""`ports.LiveFeed`: one thread for each watch, one reducer, one sink.

Watch threads only queue what they hear. The reducer owns the picture and publishes frozen
snapshots of it: a lone change at once, a flood of them at a steady pace.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import TYPE_CHECKING

from jetscale_tui.clocks import WallClock
from jetscale_tui.domain.kinds import EVENT, HPA, NODE, POD, Kind
from jetscale_tui.domain.live import LinkChanged, LinkState, LiveSnapshot
from jetscale_tui.domain.live_state import LiveState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from jetscale_tui.domain.live import WatchEvent
    from jetscale_tui.engine.ports import Clock, Cluster, Watch

PACE = 0.1
"""Seconds between snapshots while changes pour in."""
QUICK_PACE = 0.03
"""The same for a small picture: it is cheap to draw, and two frames late at most."""
_SMALL = 200
"""Rows up to which a picture is small."""
_AT_ONCE = 4
"""Snapshots that may follow each other immediately after a quiet moment."""
_BATCH = 0.05
"""Seconds of queued changes taken in before the picture is looked at."""
_TICK = 1.0
_SLEPT = 20.0
"""Seconds by which the wall ran ahead of us: the machine was suspended."""
_LAST_BREATH = 1.0
"""Seconds a thread gets to end; one in the middle of connecting ends by itself later."""

_log = logging.getLogger(__name__)


class KubeFeed:
    """Watches HPAs, pods, TPU nodes and events of one namespace, or of all.

    What was seen is kept over `stop` and `start`, so that plots go on where they were.
    """

    def __init__(
        self,
        cluster: Cluster,
        namespace: str | None = None,
        clock: Clock | None = None,
        wall: Callable[[], float] = time.time,
        taken: Callable[[WatchEvent, datetime], None] | None = None,
    ) -> None:
        """A feed that is not running.

        Args:
            cluster: what to watch.
            namespace: all when None.
            clock: the cluster's time.
            wall: time of day in seconds, which goes on while this machine is suspended.
            taken: told of every event that is taken in, with the cluster's time, on the feed's
                thread; raises nothing.
        """
        self._taken = taken
        self._wall = wall
        self._cluster = cluster
        self._namespace = namespace
        self._clock = clock or WallClock()
        self._state = LiveState(namespace)
        self._lock = threading.Lock()
        self._run: _Run | None = None

    def start(self, sink: Callable[[LiveSnapshot], None]) -> None:
        """Begin watching; a background thread calls the sink. Does nothing while running."""
        with self._lock:
            if self._run is None:
                self._run = _Run(self, sink)
                self._run.start()

    def stop(self) -> None:
        """Stop at once. Does nothing while stopped."""
        with self._lock:
            if self._run is not None:
                self._run.stop()
                self._run = None

    def reconnect(self) -> None:
        """Try every watch again now, as after a new login. Does nothing while stopped."""
        with self._lock:
            if self._run is not None:
                self._run.reconnect()


class _Run:
    """The threads between one start and one stop."""

    def __init__(self, feed: KubeFeed, sink: Callable[[LiveSnapshot], None]) -> None:
        self._cluster = feed._cluster
        self._namespace = feed._namespace
        self._clock = feed._clock
        self._state = feed._state
        self._slept = _Suspension(feed._wall)
        self._sink = sink
        self._taken = feed._taken
        self._events: queue.SimpleQueue[WatchEvent | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._watches: dict[str, Watch] = {}
        self._threads = [
            threading.Thread(target=self._hear, args=(kind,), name=f"watch-{kind.plural}")
            for kind in (HPA, POD, NODE, EVENT)
        ]
        self._threads.append(threading.Thread(target=self._reduce, name="live-reducer"))

    def start(self) -> None:
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        with self._lock:
            for watch in self._watches.values():
                watch.stop()
        self._events.put(None)
        deadline = time.monotonic() + _LAST_BREATH
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))

    def reconnect(self) -> None:
        with self._lock:
            for watch in self._watches.values():
                watch.reconnect()

    def _hear(self, kind: Kind) -> None:
        """Queue what one kind's watch says, for as long as the run lasts."""
        namespace = self._namespace if kind.namespaced else None
        if kind is POD and namespace is not None:
            # Chips are taken by pods of any namespace; where those are out of bounds, ours do.
            if self._queue_all(kind, None, until_forbidden=True):
                self._queue_all(kind, namespace)
        else:
            self._queue_all(kind, namespace)

    def _queue_all(
        self, kind: Kind, namespace: str | None, *, until_forbidden: bool = False
    ) -> bool:
        """Queue a watch's events to its end; True when it was given up for lack of rights."""
        watch = self._cluster.watch(kind, namespace)
        with self._lock:
            self._watches[kind.plural] = watch
            if self._stopped.is_set():
                return False
        for event in watch:
            if until_forbidden and _forbids(event):
                watch.stop()
                return True
            self._events.put(event)
        return False

    def _reduce(self) -> None:
        """Take events in and publish, until the run ends."""
        allowance = _Allowance()
        pending = False
        while not self._stopped.is_set():
            taken = self._take(allowance.wait() if pending else _TICK)
            pending = pending or taken
            if self._slept.noticed():
                _log.info("this machine was suspended; connecting anew")
                self.reconnect()
            if pending and allowance.use():
                pending = False
                allowance.pace = self._publish()

    def _take(self, patience: float) -> bool:
        """Take in the next event and those right behind it; False when none came in time."""
        try:
            event = self._events.get(timeout=patience)
        except queue.Empty:
            return False
        now = self._clock.now()
        for each in self._queued(event):
            self._state.take(each, now)
            if self._taken is not None:
                self._taken(each, now)
        return True

    def _queued(self, event: WatchEvent | None) -> Iterator[WatchEvent]:
        until = time.monotonic() + _BATCH
        while event is not None:
            yield event
            if time.monotonic() > until:
                return
            try:
                event = self._events.get_nowait()
            except queue.Empty:
                return

    def _publish(self) -> float:
        """Show the picture; the pace it should be followed at."""
        snapshot = self._state.snapshot(self._clock.now())
        if not self._stopped.is_set():
            self._sink(snapshot)
        rows = len(snapshot.hpas) + len(snapshot.pods) + len(snapshot.events)
        return QUICK_PACE if rows <= _SMALL else PACE


def _forbids(event: WatchEvent) -> bool:
    return isinstance(event, LinkChanged) and event.link.state is LinkState.FORBIDDEN


class _Allowance:
    """How soon the next snapshot may go out: a few at once, then one each `pace`."""

    def __init__(self) -> None:
        self.pace = PACE
        self._full_at = 0.0

    def wait(self) -> float:
        """Seconds until `use` will say yes."""
        return max(0.0, self._full_at - (_AT_ONCE - 1) * self.pace - time.monotonic())

    def use(self) -> bool:
        """Whether a snapshot may go out now; if so, it is counted."""
        if self.wait() > 0:
            return False
        self._full_at = max(self._full_at, time.monotonic()) + self.pace
        return True


class _Suspension:
    """Notices that the machine slept: the wall's clock went on, ours did not."""

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall
        self._ahead = wall() - time.monotonic()

    def noticed(self) -> bool:
        """Whether it happened since the last look."""
        ahead = self._wall() - time.monotonic()
        jumped = ahead - self._ahead > _SLEPT
        self._ahead = ahead
        return jumped
