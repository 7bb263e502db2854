"""Requests on their way through the replicas: one by one for a burst, as a flow for rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from jetscale_tui.domain.forecast.load import Burst
from jetscale_tui.domain.serving import Server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.forecast.fleet import Replica
    from jetscale_tui.domain.forecast.load import Load
    from jetscale_tui.domain.forecast.waits import Waits
    from jetscale_tui.domain.serving import Pace


class Traffic(Protocol):
    """What the replicas have to do. `run` covers the time without a gap."""

    def run(self, start: float, end: float, ready: Sequence[Replica]) -> None:
        """Let requests arrive at the ready replicas and be worked on."""

    def held(self, replica: Replica) -> tuple[float, float]:
        """A replica's backlog, and the share of its slots in use."""

    def take_away(self, replicas: Sequence[Replica]) -> None:
        """Replicas go, with what they hold."""

    def finish(self, end: float) -> None:
        """Count the requests that still wait."""


def traffic(load: Load, pace: Pace, waits: Waits) -> Traffic:
    """The way to follow a load."""
    if isinstance(load, Burst):
        return Requests(load, pace, waits)
    return Flow(load, pace, waits)


class Requests:
    """Every request of a burst, on servers that work in laps; each goes where the fewest are."""

    def __init__(self, load: Burst, pace: Pace, waits: Waits) -> None:
        self._load = load
        self._pace = pace
        self._waits = waits
        self._servers: dict[int, Server] = {}
        self._sent = False

    def run(self, start: float, end: float, ready: Sequence[Replica]) -> None:
        """The burst arrives with the first moment; then servers only work."""
        if not self._sent:
            self._sent = True
            self._send(start, ready)
        for server in self._servers.values():
            for generation in server.advance(end):
                self._waits.one(generation.waited)

    def _send(self, now: float, ready: Sequence[Replica]) -> None:
        if not ready:
            self._waits.lost += self._load.requests
            return
        for replica in ready:
            self._servers[replica.number] = Server(self._pace, loaded=now)
        turns = tuple(self._servers.values())
        for request in range(self._load.requests):
            turns[request % len(turns)].submit(now, max_tokens=self._load.max_tokens)

    def held(self, replica: Replica) -> tuple[float, float]:
        """What its server holds; nothing if none was sent to it."""
        server = self._servers.get(replica.number)
        return (0.0, 0.0) if server is None else (float(server.backlog), server.slots_used)

    def take_away(self, replicas: Sequence[Replica]) -> None:
        """Their clients get an error."""
        for replica in replicas:
            server = self._servers.pop(replica.number, None)
            if server is not None:
                self._waits.lost += len(server.abandon())

    def finish(self, end: float) -> None:
        """Those without a first token have waited until now."""
        for server in self._servers.values():
            for generation in server.abandon():
                began = generation.first_token is not None
                self._waits.one(generation.waited if began else end - generation.arrived)


_Held = tuple[float, float]
"""Backlog and slots in use of one replica, in requests."""
_NOTHING: _Held = (0.0, 0.0)


class Flow:
    """Requests as an even flow, shared alike by the ready replicas.

    What is decoded leaves at a steady share a second; a queue forms where more comes than slots
    come free. Clumps of requests, and the steps in which a burst is served, are smoothed out.
    """

    def __init__(self, load: Load, pace: Pace, waits: Waits) -> None:
        self._load = load
        self._pace = pace
        self._waits = waits
        self._held: dict[int, _Held] = {}
        self._arrived = 0.0
        self._full = pace.throughput(load.max_tokens)
        self._lap = pace.step_seconds + pace.prefill_seconds
        self._decoding = pace.step_seconds * load.max_tokens

    def run(self, start: float, end: float, ready: Sequence[Replica]) -> None:
        """Share out what arrives, and move it on; a short step, as rates hold for all of it."""
        arrived = self._load.arrived(end)
        coming = arrived - self._arrived
        self._arrived = arrived
        if not ready:
            self._waits.lost += coming
            return
        span, share = end - start, coming / len(ready)
        before, after = _NOTHING, self._moved(_NOTHING, share, span)
        for replica in ready:
            held = self._held.get(replica.number, _NOTHING)
            # Replicas that became ready together hold the same.
            if held != before:
                before, after = held, self._moved(held, share, span)
            self._held[replica.number] = after
            if after[0] or before[0]:
                full = self._full
                self._waits.between(share, before[0] / full, after[0] / full)

    def _moved(self, held: _Held, share: float, span: float) -> _Held:
        queue, busy = held
        queue += share
        pace = self._pace
        done = min(busy, busy * span / (self._decoding + pace.prefill_seconds * busy))
        begun = min(queue, pace.slots - busy + done, span / self._lap)
        return queue - begun, busy - done + begun

    def held(self, replica: Replica) -> tuple[float, float]:
        """What it holds; nothing if it never got a request."""
        queue, busy = self._held.get(replica.number, _NOTHING)
        return queue, busy / self._pace.slots

    def take_away(self, replicas: Sequence[Replica]) -> None:
        """What they held is cut off."""
        for replica in replicas:
            self._waits.lost += sum(self._held.pop(replica.number, _NOTHING))

    def finish(self, end: float) -> None:
        """Waits were counted on arrival, for as long as the queue before them takes."""
