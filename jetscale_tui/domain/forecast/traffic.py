"""Requests on their way through the replicas: one by one for a burst, as a flow for rates."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from jetscale_tui.domain.forecast.clumps import STEP, clumped
from jetscale_tui.domain.forecast.load import Burst
from jetscale_tui.domain.forecast.stream import Stream
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

    def totals(self, ready: Sequence[Replica]) -> tuple[float, float]:
        """The backlog of all ready replicas, and the mean share of their slots in use."""

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
        self._waits.requests += self._load.requests
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

    def totals(self, ready: Sequence[Replica]) -> tuple[float, float]:
        """Server by server."""
        held = [self.held(replica) for replica in ready]
        used = sum(share for _, share in held)
        return sum(queue for queue, _ in held), used / max(1, len(held))

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


class Flow:
    """Requests as a flow, in clumps as they come, shared alike by the ready replicas.

    Replicas that became ready together have had the same share ever since and are computed once.
    """

    def __init__(self, load: Load, pace: Pace, waits: Waits) -> None:
        self._drawn = clumped(load)
        self._load = load
        self._pace = pace
        self._waits = waits
        self._full = pace.throughput(load.max_tokens)
        self._arrived = 0.0
        self._streams: dict[float, Stream] = {}
        """By the time at which replicas became ready."""
        self._ready: Sequence[Replica] = ()
        self._counts: Counter[float] = Counter()

    def run(self, start: float, end: float, ready: Sequence[Replica]) -> None:
        """Share out what arrives, and move it on; a short step, as rates hold for all of it."""
        coming = self._coming(end)
        self._waits.requests += coming
        if not ready:
            self._waits.lost += coming
            return
        span, share, full = end - start, coming / len(ready), self._full
        for since, replicas in self._groups(ready).items():
            stream = self._streams.get(since)
            if stream is None:
                stream = self._streams[since] = Stream(self._pace, self._load.max_tokens)
            before = stream.queue
            stream.move(share, span)
            if before or stream.queue:
                self._waits.between(share * replicas, before / full, stream.queue / full)

    def _groups(self, ready: Sequence[Replica]) -> Counter[float]:
        """How many of the ready replicas became ready when."""
        if ready is not self._ready:
            self._ready = ready
            self._counts = Counter(replica.ready_at for replica in ready)
        return self._counts

    def _coming(self, end: float) -> float:
        """What arrived since the last step."""
        index = int(end / STEP)
        arrived = self._drawn[index]
        if index + 1 < len(self._drawn):
            arrived += (self._drawn[index + 1] - arrived) * (end / STEP - index)
        coming = arrived - self._arrived
        self._arrived = arrived
        return coming

    def held(self, replica: Replica) -> tuple[float, float]:
        """What it holds, in whole requests as its gauges count; nothing if it never got one."""
        stream = self._streams.get(replica.ready_at)
        if stream is None:
            return 0.0, 0.0
        return float(int(stream.queue + 0.5)), int(stream.busy + 0.5) / self._pace.slots

    def totals(self, ready: Sequence[Replica]) -> tuple[float, float]:
        """Once for replicas that hold the same."""
        queue = used = 0.0
        for since, replicas in self._groups(ready).items():
            stream = self._streams.get(since)
            if stream is not None:
                queue += stream.queue * replicas
                used += stream.busy * replicas
        return queue, used / (max(1, len(ready)) * self._pace.slots)

    def take_away(self, replicas: Sequence[Replica]) -> None:
        """What they held is cut off."""
        for replica in replicas:
            stream = self._streams.get(replica.ready_at)
            if stream is not None:
                self._waits.lost += stream.queue + stream.busy

    def finish(self, end: float) -> None:
        """Waits were counted on arrival, for as long as the queue before them takes."""
