"""List-then-watch for one kind, for as long as somebody listens.

Each layer of the loop is its own method: one watch request, one list with the watches that follow
it, and the attempts around both. Losing a connection loses no change: the watch goes on from the
last resource version, and where the server has forgotten that, a new list makes up for it.
"""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from typing import TYPE_CHECKING

from jetscale_tui.cluster.errors import Asked, Expired, Silent, from_answer
from jetscale_tui.cluster.listing import Selection, pages
from jetscale_tui.domain.live import Changed, ChangeType, Link, LinkChanged, LinkState, Listed
from jetscale_tui.domain.reading import mapping, text, whole
from jetscale_tui.errors import AuthError, JetScaleError, NotFound, PermissionDenied, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jetscale_tui.cluster.transport import Lines, Transport
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.live import WatchEvent
    from jetscale_tui.engine.ports import Clock

SILENCE = 80.0
"""Seconds without a word until a watch counts as dead; servers send a bookmark every minute."""
_SERVER_ENDS_AFTER = (240, 480)
"""Seconds after which the server is asked to end a watch, drawn anew each time."""
_FIRST_WAIT, _LONGEST_WAIT = 0.25, 30.0
_HOPELESS_WAIT = 60.0
"""Seconds between tries when only a person can help."""

_HOPELESS = (LinkState.FORBIDDEN, LinkState.UNAUTHENTICATED, LinkState.ABSENT)
_SHORT = 1.0
"""Seconds; a watch that ends sooner, without an error, is no watch."""

_log = logging.getLogger(__name__)


class KubeWatch:
    """Follows the objects of one selection; iterate once, stop from anywhere."""

    def __init__(
        self,
        transport: Transport,
        selection: Selection,
        clock: Clock,
        silence: float = SILENCE,
    ) -> None:
        self._transport = transport
        self._selection = selection
        self._clock = clock
        self._silence = silence
        self._stopped = threading.Event()
        self._hurry = threading.Event()
        self._lock = threading.Lock()
        self._lines: Lines | None = None
        self._version = ""
        self._heard: datetime | None = None
        self._attempt = 0

    def __iter__(self) -> Iterator[WatchEvent]:
        """What happens, in order; ends only after `stop`, and raises nothing."""
        yield self._link(LinkState.CONNECTING)
        while not self._stopped.is_set():
            try:
                if not self._version:
                    yield from self._list()
                yield from self._watch()
            except Expired as error:
                _log.debug("%s: %s; listing anew", self._selection.kind.plural, error.why)
                self._version = ""
                self._pause(_backoff(self._attempt))
                self._attempt += 1
            except JetScaleError as error:
                if self._stopped.is_set():
                    return
                self._attempt += 1
                state = _state_after(error)
                yield self._link(state, error)
                self._pause(_HOPELESS_WAIT if state in _HOPELESS else _backoff(self._attempt))

    def stop(self) -> None:
        """End the iteration at once, from any thread."""
        self._stopped.set()
        self.reconnect()

    def reconnect(self) -> None:
        """Make a new connection now: the present one may be dead without knowing."""
        self._hurry.set()
        with self._lock:
            if self._lines is not None:
                self._lines.close()

    def _pause(self, seconds: float) -> None:
        """Wait before the next try, unless somebody is in a hurry."""
        self._hurry.wait(seconds)
        self._hurry.clear()

    def _list(self) -> Iterator[WatchEvent]:
        for page in pages(self._transport, self._selection):
            self._heard = self._clock.now()
            yield Listed(self._selection.kind, page.objects, page.first, page.last)
            if self._stopped.is_set():
                return
            if page.last:
                self._version = page.resource_version

    def _watch(self) -> Iterator[WatchEvent]:
        """One watch request, until the server ends it in good order.

        Raises:
            Expired: the resource version is too old.
            JetScaleError: the connection broke, or the server refused.
        """
        query = {
            **self._selection.query,
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version,
            "timeoutSeconds": str(random.randint(*_SERVER_ENDS_AFTER)),
        }
        lines = self._transport.lines(self._selection.path, query, silence=self._silence)
        with self._lock:
            self._lines = lines
            if self._stopped.is_set():
                lines.close()
        opened, empty = time.monotonic(), True
        try:
            self._heard = self._clock.now()
            yield self._link(LinkState.LIVE)
            for line in lines:
                event = self._read(line)
                self._heard = self._clock.now()
                self._attempt, empty = 0, False
                if event is not None:
                    yield event
                if self._stopped.is_set():
                    return
        except Silent:
            # Quiet kinds get no bookmarks: asking again finds out whether anybody is there.
            return
        finally:
            with self._lock:
                self._lines = None
            lines.close()
        if empty and time.monotonic() - opened < _SHORT:
            raise Unreachable("The cluster ended the watch as soon as it began.")

    def _read(self, line: str) -> WatchEvent | None:
        """One line of a watch; None for what only this loop needs to know."""
        try:
            event = mapping(json.loads(line))
        except ValueError as error:
            raise Unreachable(
                f"The watch of {self._selection.kind.plural} was cut in the middle of an event.",
                fix="It is opened anew.",
            ) from error
        kind, item = text(event.get("type")), mapping(event.get("object"))
        if kind == "ERROR":
            raise self._refusal(item)
        version = text(mapping(item.get("metadata")).get("resourceVersion"))
        self._version = version or self._version
        if kind == "BOOKMARK":
            return self._link(LinkState.LIVE)
        if kind not in ChangeType.__members__:
            _log.debug("%s: unknown watch event %r", self._selection.kind.plural, kind)
            return None
        return Changed(self._selection.kind, ChangeType(kind), item)

    def _refusal(self, status: Json) -> JetScaleError:
        asked = Asked("GET", self._selection.path, self._transport.server)
        return from_answer(whole(status.get("code")) or 500, json.dumps(status), asked)

    def _link(self, state: LinkState, error: JetScaleError | None = None) -> LinkChanged:
        return LinkChanged(
            Link(
                plural=self._selection.kind.plural,
                state=state,
                heard=self._heard,
                reason=error.what if error else "",
                why=error.why if error else "",
                hint=error.fix if error else "",
                attempt=self._attempt,
            )
        )


def _state_after(error: JetScaleError) -> LinkState:
    match error:
        case PermissionDenied():
            return LinkState.FORBIDDEN
        case AuthError():
            return LinkState.UNAUTHENTICATED
        case NotFound():
            return LinkState.ABSENT
        case _:
            return LinkState.RECONNECTING


def _backoff(attempt: int) -> float:
    """Seconds before a try: none before the first, then twice as many each time, with jitter."""
    if attempt == 0:
        return 0.0
    longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(attempt, 10))
    return random.uniform(longest / 2, longest)
