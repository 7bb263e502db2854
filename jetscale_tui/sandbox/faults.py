"""What the API server does wrong on request: refuse, dawdle, hang up."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube.handlers import Reply, Stream
from jetscale_tui.sandbox.kube.server import CutConnection
from jetscale_tui.sandbox.kube.status import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.kube.routes import Request

_REASONS = {
    429: (
        "TooManyRequests",
        "the server has received too many requests and has asked us to try again later",
    ),
    500: ("InternalError", "Internal error occurred: etcdserver: request timed out"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: ("Timeout", "the server was unable to return a response in the time allotted"),
}


@dataclass(frozen=True, slots=True)
class ApiFault:
    """One way of going wrong."""

    share: float = 1.0
    """Of the requests that meet it."""
    delay: float = 0.0
    """Simulated seconds before anything else."""
    status: int = 0
    """Refuse with this status; 0: do not."""
    retry_after: int | None = None
    cut: bool = False
    """End the connection without an answer."""
    midway: bool = False
    """Carry the request out and cut in the middle of its answer."""


class ApiFaults:
    """The faults that requests meet now; the API server's interceptor. Thread-safe."""

    def __init__(self, clock: SimClock, perform: Callable[[Request], Reply | Stream]) -> None:
        """`perform` answers a request as if there were no faults."""
        self._clock = clock
        self._perform = perform
        self._lock = threading.Lock()
        self._active: dict[str, ApiFault] = {}
        self._met: dict[str, float] = {}

    def begin(self, name: str, fault: ApiFault) -> None:
        """Let requests meet a fault from now on."""
        with self._lock:
            self._active[name] = fault
            self._met[name] = 0.0

    def end(self, name: str) -> None:
        """Let it be over."""
        with self._lock:
            self._active.pop(name, None)

    def __call__(self, request: Request) -> Reply | Stream | None:
        """What a request meets instead of its answer; None to go on.

        Raises:
            CutConnection: there is to be no answer, or half of one.
        """
        for fault in self._due():
            if fault.delay:
                self._clock.sleep(fault.delay)
            if fault.cut:
                answer = self._perform(request) if fault.midway else None
                if isinstance(answer, Stream):
                    return Stream(_torn(answer.pieces))
                raise CutConnection(answer)
            if fault.status:
                return _refusal(fault)
        return None

    def _due(self) -> list[ApiFault]:
        """The faults this request meets: every second one of a share of a half."""
        due = []
        with self._lock:
            for name, fault in self._active.items():
                self._met[name] += fault.share
                if self._met[name] >= 1:
                    self._met[name] -= 1
                    due.append(fault)
        return due


def _torn(lines: Iterator[bytes]) -> Iterator[bytes]:
    """A stream that ends in the middle of its first line."""
    for line in lines:
        yield line[: len(line) // 2]
        if line:
            raise ConnectionAbortedError


def _refusal(fault: ApiFault) -> Reply:
    reason, message = _REASONS[fault.status]
    details = {} if fault.retry_after is None else {"retryAfterSeconds": fault.retry_after}
    error = ApiError(fault.status, reason, message, details or None)
    reply = Reply.of(error.status, error.code)
    if fault.retry_after is None:
        return reply
    return Reply(reply.status, reply.body, headers={"Retry-After": str(fault.retry_after)})
