"""`ports.LiveFeed` out of a recording: the same reducer, the same snapshots, at any pace."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import HPA
from jetscale_tui.domain.live import Link, LinkChanged, LinkState
from jetscale_tui.domain.live_state import LiveState
from jetscale_tui.domain.recording import moment
from jetscale_tui.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from jetscale_tui.domain.live import LiveSnapshot
    from jetscale_tui.domain.recording import Entry
    from jetscale_tui.engine.playing import Player
    from jetscale_tui.recording.clock import ReplayClock
    from jetscale_tui.recording.files import Recording

_PACE = 0.03
"""Seconds between snapshots: two frames."""
_BATCH = 0.05
"""Seconds of entries taken in before somebody is shown how far it has come."""


class ReplayFeed:
    """Plays a recording from where it stands; keeps its place over `stop` and `start`.

    At the end the last picture stays. Every method may be called from any thread.
    """

    def __init__(self, recording: Recording, clock: ReplayClock) -> None:
        self._recording = recording
        self._clock = clock
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._wake = threading.Event()
        self._rewound = False
        self._tape = _Tape(recording)

    def start(self, sink: Callable[[LiveSnapshot], None]) -> None:
        """Begin to play; a background thread calls the sink. Does nothing while playing."""
        with self._lock:
            if self._thread is None:
                self._stopped.clear()
                self._clock.set(running=True)
                self._thread = threading.Thread(
                    target=self._play, args=(sink,), name="replay", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """Stop at once, leaving no thread behind. Does nothing while stopped."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stopped.set()
            self._wake.set()
            self._clock.set(running=False)
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def reconnect(self) -> None:
        """There is nothing to connect to: a recording plays on."""

    @property
    def began(self) -> datetime:
        """The cluster's time at the start of the recording."""
        return self._recording.header.started

    @property
    def length(self) -> float:
        """Recorded seconds from the start to the end."""
        return self._recording.length

    @property
    def position(self) -> float:
        """Recorded seconds from the start to where it is."""
        return self._clock.position

    @property
    def paused(self) -> bool:
        """Whether it stands."""
        return not self._clock.running

    @property
    def speed(self) -> float:
        """Recorded seconds a second."""
        return self._clock.speed

    def pause(self) -> None:
        """Stand still; ages stand still with it."""
        self._set(running=False)

    def resume(self) -> None:
        """Go on."""
        self._set(running=True)

    def play_at(self, speed: float) -> None:
        """Go on at another pace; above zero."""
        self._set(speed=speed)

    def seek(self, position: float) -> None:
        """Jump to so many recorded seconds after the start, back or forth."""
        with self._lock:
            self._rewound = self._rewound or position < self._clock.position
            self._clock.set(position=position)
        self._wake.set()

    def _set(self, *, speed: float | None = None, running: bool | None = None) -> None:
        self._clock.set(speed=speed, running=running)
        self._wake.set()

    def _play(self, sink: Callable[[LiveSnapshot], None]) -> None:
        """Take in what is due, show it, wait for the next; until stopped."""
        shown = -1
        while not self._stopped.is_set():
            self._wake.clear()
            with self._lock:
                if self._rewound:
                    self._tape, self._rewound, shown = _Tape(self._recording), False, -1
            position = self._clock.position
            caught_up = self._tape.wind_to(position, _BATCH)
            if self._tape.taken != shown:
                shown = self._tape.taken
                sink(self._tape.state.snapshot(moment(self._recording.header, position)))
            if caught_up:
                self._wake.wait(self._patience())

    def _patience(self) -> float | None:
        """Seconds until the next entry is due; None: for as long as nobody does anything."""
        following = self._tape.next_at
        if following is None or not self._clock.running:
            return None
        return max((following - self._clock.position) / self._clock.speed, _PACE)


def _is_a_player(feed: ReplayFeed) -> Player:
    """Checked by mypy, never called."""
    return feed


class _Tape:
    """A recording from its start up to some position, as the picture it makes."""

    def __init__(self, recording: Recording) -> None:
        self.state = LiveState(recording.header.namespace)
        self.taken = 0
        """Entries taken in."""
        self._recording = recording
        self._entries: Iterator[Entry] = recording.entries()
        self._next: Entry | None = None
        self._ended = False

    @property
    def next_at(self) -> float | None:
        """When the next entry is due; None at the end."""
        entry = self._peek()
        return None if entry is None else entry.at

    def wind_to(self, position: float, patience: float) -> bool:
        """Take in everything up to a position; False if that takes longer than some seconds."""
        until = time.monotonic() + patience
        while (entry := self._peek()) is not None and entry.at <= position:
            self.state.take(entry.event, moment(self._recording.header, entry.at))
            self.taken += 1
            self._next = None
            if time.monotonic() > until:
                return False
        return True

    def _peek(self) -> Entry | None:
        if self._next is None and not self._ended:
            try:
                self._next = next(self._entries, None)
            except ConfigError as error:
                self._break(error)
            self._ended = self._next is None
        return self._next

    def _break(self, error: ConfigError) -> None:
        """A damaged entry ends the play; what was before it stays, and the reason is shown."""
        link = Link(
            HPA.plural, LinkState.RECONNECTING, reason=error.what, why=error.why, hint=error.fix
        )
        self.state.take(LinkChanged(link), self._recording.header.started)
        self.taken += 1
