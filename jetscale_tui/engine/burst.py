"""The load test, from inside: many requests at once, spread over all ready pods.

Requests go through the API server's proxy to each pod by name; a port-forward would load a single
one. Nothing is changed in the cluster. Latencies are in the cluster's time, time limits in ours.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from jetscale_tui.domain.kinds import POD
from jetscale_tui.domain.pod_rows import read_pod
from jetscale_tui.domain.rights import KubernetesRight
from jetscale_tui.engine.burst_report import BurstReport, Latency, PodShare
from jetscale_tui.errors import (
    JetScaleError,
    NotFound,
    PermissionDenied,
    Unreachable,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.engine.ports import Clock, Cluster

CEILING = 10_000
"""Requests in one burst; a load test, not an attack."""
CONCURRENCY_CEILING = 256
PROMPT = (
    "Can you provide a comprehensive and detailed overview of the history and development of "
    "artificial intelligence."
)
"""The public guide's."""

_TICK = 0.2
"""Seconds between two reports."""
_PODS_FOR = 5.0
"""Seconds of the cluster's time that a list of ready pods is good for: replicas come and go."""


@dataclass(frozen=True, slots=True)
class Load:
    """What to send, and to whom."""

    namespace: str
    selector: str
    """Labels of the pods, as a selector: `app=maxengine-server`."""
    port: int = 8000
    path: str = "/generate"
    requests: int = 100
    concurrency: int = 100
    max_tokens: int = 200
    prompt: str = PROMPT
    timeout: float = 600.0
    """Seconds of ours one answer may take."""

    def check(self) -> None:
        """Refuse senseless numbers.

        Raises:
            UsageError: one is out of its range.
        """
        for name, value, most in (
            ("requests", self.requests, CEILING),
            ("concurrency", self.concurrency, CONCURRENCY_CEILING),
            ("max-tokens", self.max_tokens, 100_000),
        ):
            if not 1 <= value <= most:
                raise UsageError(f"--{name} is {value}; it must be between 1 and {most}.")


@dataclass(frozen=True, slots=True)
class _Result:
    """One answer, or why there was none."""

    pod: str
    seconds: float
    error: str = ""


@dataclass(slots=True)
class _Tally:
    """What has come back so far; only the reporting thread touches it."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    def add(self, result: _Result) -> None:
        if result.error:
            self.errors[result.error] += 1
            self.failed[result.pod] += 1
        else:
            self.seconds.append(result.seconds)
            self.answered[result.pod] += 1


class Burst:
    """One load test; run it once."""

    def __init__(self, cluster: Cluster, load: Load, clock: Clock) -> None:
        """Nothing is sent before `run`.

        Raises:
            UsageError: the load has senseless numbers.
        """
        load.check()
        self._cluster = cluster
        self._load = load
        self._clock = clock
        self._stopped = threading.Event()
        self._results: queue.SimpleQueue[tuple[_Result, ...]] = queue.SimpleQueue()
        self._pods = _ReadyPods(cluster, load, clock)
        self._lock = threading.Lock()
        self._left = load.requests

    def stop(self) -> None:
        """Send nothing more and end the reports now; answers still open are abandoned."""
        self._stopped.set()
        self._results.put(())

    def run(self) -> Iterator[BurstReport]:
        """Send, and report several times a second until everything is answered.

        Raises:
            PermissionDenied: this identity may not use the proxy.
            NotFound: no pod is ready.
            JetScaleError: the cluster cannot be asked.
        """
        self._require_right()
        self._pods.require()
        began = self._clock.monotonic()
        for number in range(min(self._load.concurrency, self._load.requests)):
            # Daemons: an answer that takes minutes must not hold up whoever has stopped waiting.
            threading.Thread(target=self._send_all, name=f"burst-{number}", daemon=True).start()
        tally = _Tally()
        while True:
            self._collect(tally)
            report = self._report(tally, self._clock.monotonic() - began)
            yield report
            if report.done:
                return

    def _require_right(self) -> None:
        right = KubernetesRight("create", "", "pods", self._load.namespace, subresource="proxy")
        if not self._cluster.allowed(right):
            raise PermissionDenied(
                f"The burst needs the right to {right}.",
                why="Requests go to each pod through the API server's proxy.",
                fix="Ask an administrator for it, or run the load from inside the cluster against "
                "the Service.",
            )

    def _send_all(self) -> None:
        while not self._stopped.is_set() and self._take_one():
            pod = self._pods.pick()
            began = self._clock.monotonic()
            wall = time.monotonic()
            error = ""
            try:
                self._cluster.post(self._path(pod), self._body(), timeout=self._load.timeout)
            except JetScaleError as failure:
                error = self._kind(failure, time.monotonic() - wall)
            self._pods.release(pod)
            self._results.put((_Result(pod, self._clock.monotonic() - began, error),))

    def _take_one(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0

    def _path(self, pod: str) -> str:
        name = quote(f"{pod}:{self._load.port}", safe=":")
        path = self._load.path.lstrip("/")
        return f"{POD.path(self._load.namespace)}/{name}/proxy/{path}"

    def _body(self) -> dict[str, str | int]:
        return {"prompt": self._load.prompt, "max_tokens": self._load.max_tokens}

    def _kind(self, error: JetScaleError, seconds: float) -> str:
        """What sort of failure it was, without the address or pod it happened at."""
        match error:
            case Unreachable() if seconds >= self._load.timeout * 0.99:
                return f"no answer in {self._load.timeout:g} s"
            case Unreachable():
                return "connection to the cluster broke"
            case NotFound():
                return "the pod was gone"
            case _:
                return error.what

    def _collect(self, tally: _Tally) -> None:
        """Take in results for one tick, or until the last one."""
        until = time.monotonic() + _TICK
        total = self._load.requests
        while not self._stopped.is_set():
            if len(tally.seconds) + tally.failed.total() >= total:
                return
            try:
                results = self._results.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                return
            for result in results:
                tally.add(result)

    def _report(self, tally: _Tally, elapsed: float) -> BurstReport:
        sent = self._pods.sent()
        answered, failed = len(tally.seconds), tally.failed.total()
        complete = answered + failed >= self._load.requests
        stopped = self._stopped.is_set() and not complete
        return BurstReport(
            planned=self._load.requests,
            sent=sum(sent.values()),
            answered=answered,
            failed=failed,
            elapsed=elapsed,
            latency=Latency.of(tally.seconds),
            errors=tuple(tally.errors.most_common()),
            pods=tuple(
                PodShare(pod, sent[pod], tally.answered[pod], tally.failed[pod])
                for pod in sorted(sent)
            ),
            done=complete or stopped,
            stopped=stopped,
        )


class _ReadyPods:
    """Ready pods, and how many requests each has in flight. Safe to use from many threads."""

    def __init__(self, cluster: Cluster, load: Load, clock: Clock) -> None:
        self._cluster = cluster
        self._load = load
        self._clock = clock
        self._lock = threading.Lock()
        self._ready: tuple[str, ...] = ()
        self._listed = 0.0
        self._open: Counter[str] = Counter()
        self._sent: Counter[str] = Counter()

    def require(self) -> None:
        """Look for the first time.

        Raises:
            NotFound: there is none.
        """
        self._ready = self._list()
        self._listed = self._clock.monotonic()
        if not self._ready:
            raise NotFound(
                f"No pod of namespace {self._load.namespace} with {self._load.selector} is ready.",
                why="A burst needs at least one server that answers.",
                fix=f"Look at `kubectl get pods -n {self._load.namespace} "
                f"-l {self._load.selector}`.",
            )

    def pick(self) -> str:
        """The ready pod with the fewest requests in flight; it gets one more."""
        with self._lock:
            refresh = self._clock.monotonic() - self._listed > _PODS_FOR
            if refresh:
                self._listed = self._clock.monotonic()
        if refresh:
            self._refresh()
        with self._lock:
            pod = min(self._ready, key=lambda name: (self._open[name], self._sent[name], name))
            self._open[pod] += 1
            self._sent[pod] += 1
            return pod

    def release(self, pod: str) -> None:
        """A request to the pod came back."""
        with self._lock:
            self._open[pod] -= 1

    def sent(self) -> dict[str, int]:
        """Requests sent so far, by pod."""
        with self._lock:
            return dict(self._sent)

    def _refresh(self) -> None:
        try:
            ready = self._list()
        except JetScaleError:
            # The requests themselves will tell what is wrong.
            return
        if ready:
            with self._lock:
                self._ready = ready

    def _list(self) -> tuple[str, ...]:
        pods = self._cluster.list(POD, self._load.namespace, labels=self._load.selector)
        rows = [read_pod(pod) for pod in pods]
        return tuple(row.name for row in rows if row.is_ready and row.phase != "Terminating")
