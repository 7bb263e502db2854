"""The load test: spread over ready pods, counted honestly, ended at once."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.clocks import WallClock
from jetscale_tui.engine.burst import Burst, Load
from jetscale_tui.engine.burst_report import BurstReport, Latency, PodShare
from jetscale_tui.errors import (
    JetScaleError,
    NotFound,
    PermissionDenied,
    Unreachable,
    UsageError,
)
from tests.fakes import FakeCluster
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.kinds import Json, Kind

LOAD = Load("default", "app=web", requests=12, concurrency=6)


def pod(name: str, *, ready: bool = True) -> Json:
    status = "True" if ready else "False"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": "web"}},
        "status": {
            "conditions": [
                {"type": "Ready", "status": status, "lastTransitionTime": "2026-01-01T00:00:00Z"}
            ]
        },
    }


class Servers(FakeCluster):
    """A cluster whose pods answer as told."""

    def __init__(self, *pods: Json, answer: Callable[[str], None] = lambda pod: None) -> None:
        super().__init__(*pods)
        self.answer = answer
        self.asked: Counter[str] = Counter()
        self.lists: list[Callable[[], list[Json]]] = []
        """What the next lists give instead of the pods."""
        self.bodies: list[Json] = []
        self.lock = threading.Lock()

    def list(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> list[Json]:
        if self.lists:
            return self.lists[-1]()
        return super().list(kind, namespace, labels=labels, fields=fields)

    def post(self, path: str, body: Json, *, timeout: float) -> str:
        name = path.removeprefix("/api/v1/namespaces/default/pods/").partition(":")[0]
        assert path.endswith(":8000/proxy/generate")
        with self.lock:
            self.asked[name] += 1
            self.bodies.append(body)
        self.answer(name)
        return '{"response": "ok"}'


def outcome(cluster: Servers, load: Load = LOAD) -> BurstReport:
    *_, last = Burst(cluster, load, WallClock()).run()
    return last


def test_every_request_is_sent_and_counted_once() -> None:
    cluster = Servers(pod("web-1"))
    report = outcome(cluster)
    assert (report.planned, report.sent, report.answered, report.failed) == (12, 12, 12, 0)
    assert report.done
    assert not report.stopped
    assert cluster.asked.total() == 12
    assert cluster.bodies[0]["max_tokens"] == 200


def test_the_load_is_spread_evenly_over_ready_pods_only() -> None:
    all_in_flight = threading.Barrier(6, timeout=PATIENCE)
    cluster = Servers(
        pod("web-1"),
        pod("web-2"),
        pod("web-3", ready=False),
        answer=lambda name: (all_in_flight.wait(), None)[1],
    )
    report = outcome(cluster)
    assert cluster.asked == {"web-1": 6, "web-2": 6}
    assert report.pods == (PodShare("web-1", 6, 6, 0), PodShare("web-2", 6, 6, 0))


def test_failures_are_counted_by_kind_without_names() -> None:
    failures: dict[str, JetScaleError] = {
        "web-1": JetScaleError("HTTP 503 Service Unavailable"),
        "web-2": Unreachable("The connection to https://10.0.0.1 broke for web-2"),
        "web-3": NotFound("There is no pods web-3."),
    }

    def refuse(name: str) -> None:
        if name in failures:
            raise failures[name]

    cluster = Servers(pod("web-1"), pod("web-2"), pod("web-3"), pod("web-4"), answer=refuse)
    report = outcome(cluster)
    kinds = {
        "HTTP 503 Service Unavailable",
        "connection to the cluster broke",
        "the pod was gone",
    }
    assert {kind for kind, _ in report.errors} <= kinds
    assert report.failed == sum(count for _, count in report.errors)
    assert report.answered + report.failed == 12


def test_an_answer_that_takes_too_long_says_so() -> None:
    def never(name: str) -> None:
        raise Unreachable("took too long")

    report = outcome(Servers(pod("web-1"), answer=never), replace(LOAD, timeout=0))
    assert report.errors == (("no answer in 0 s", 12),)


def test_reports_come_while_requests_are_open() -> None:
    gate = threading.Event()
    burst = Burst(
        Servers(pod("web-1"), answer=lambda name: (gate.wait(PATIENCE), None)[1]), LOAD, WallClock()
    )
    reports = burst.run()
    first = next(reports)
    assert (first.answered, first.open, first.done) == (0, 6, False)
    gate.set()
    *_, last = reports
    assert last.done
    assert last.answered == 12


def test_stopping_ends_at_once_and_says_what_is_abandoned() -> None:
    gate = threading.Event()
    cluster = Servers(pod("web-1"), answer=lambda name: (gate.wait(PATIENCE), None)[1])
    burst = Burst(cluster, LOAD, WallClock())
    reports = burst.run()
    next(reports)
    burst.stop()
    last = next(reports)
    assert (last.done, last.stopped, last.open) == (True, True, 6)
    gate.set()
    assert list(reports) == []


def test_a_burst_may_be_stopped_while_it_waits_for_answers() -> None:
    gate = threading.Event()

    def stop_all(name: str) -> None:
        burst.stop()
        gate.wait(PATIENCE)

    burst = Burst(Servers(pod("web-1"), answer=stop_all), LOAD, WallClock())
    *_, last = burst.run()
    gate.set()
    assert last.stopped
    (share,) = last.pods
    assert share.open == last.open > 0


class HurriedClock(WallClock):
    """Ten seconds pass between any two looks at it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        self.seconds += 10
        return self.seconds


def test_a_pod_that_becomes_ready_meanwhile_gets_its_share() -> None:
    cluster = Servers(pod("web-1"))
    cluster.answer = lambda name: (cluster.put(pod("web-2")), None)[1]
    *_, last = Burst(cluster, replace(LOAD, concurrency=1), HurriedClock()).run()
    assert [share.pod for share in last.pods] == ["web-1", "web-2"]
    assert last.answered == 12


def test_the_last_known_pods_serve_while_pods_cannot_be_listed_or_none_is_ready() -> None:
    cluster = Servers(pod("web-1"))
    trouble: list[Callable[[], list[Json]]] = [list, _unreachable]

    def spoil(name: str) -> None:
        cluster.lists.append(trouble[len(cluster.lists) % 2])

    cluster.answer = spoil
    *_, last = Burst(cluster, replace(LOAD, concurrency=1), HurriedClock()).run()
    assert (last.answered, cluster.asked) == (12, {"web-1": 12})


def _unreachable() -> list[Json]:
    raise Unreachable("The cluster does not answer.")


def test_without_a_ready_pod_nothing_is_sent() -> None:
    cluster = Servers(pod("web-1", ready=False))
    with pytest.raises(NotFound, match="is ready"):
        next(Burst(cluster, LOAD, WallClock()).run())
    assert cluster.asked.total() == 0


def test_without_the_right_nothing_is_sent() -> None:
    cluster = Servers(pod("web-1"))
    cluster.denied.add(("create", "pods"))
    with pytest.raises(PermissionDenied, match="create pods/proxy in default"):
        next(Burst(cluster, LOAD, WallClock()).run())
    assert cluster.asked.total() == 0


@pytest.mark.parametrize(
    "load",
    [
        replace(LOAD, requests=0),
        replace(LOAD, requests=10_001),
        replace(LOAD, concurrency=1000),
        replace(LOAD, max_tokens=-1),
    ],
)
def test_senseless_numbers_are_refused(load: Load) -> None:
    with pytest.raises(UsageError, match="must be between"):
        Burst(Servers(), load, WallClock())


@pytest.mark.parametrize(
    ("seconds", "latency"),
    [
        ([], None),
        ([3.0], Latency(3, 3, 3, 3)),
        ([float(n) for n in range(100, 0, -1)], Latency(50, 90, 99, 100)),
    ],
)
def test_percentiles_are_values_that_occurred(
    seconds: list[float], latency: Latency | None
) -> None:
    assert Latency.of(seconds) == latency
