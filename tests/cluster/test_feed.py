"""The dashboard's feed: prompt when little happens, steady when much does, gone when stopped."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.cluster import connect
from jetscale_tui.cluster.feed import PACE, QUICK_PACE, KubeFeed
from jetscale_tui.domain.live import LinkState, LiveSnapshot
from tests.cluster.scripted import (
    Answer,
    Request,
    ScriptedServer,
    Stream,
    change,
    hpa,
    kubeconfig,
    listing,
    scripted,
    status,
)
from tests.waiting import PATIENCE, eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HPAS, PODS, NODES, EVENTS = "horizontalpodautoscalers", "pods", "nodes", "events"


class Cluster:
    """Streams by kind, and what is refused."""

    def __init__(self) -> None:
        self.streams: dict[str, list[Stream]] = {}
        self.lists: dict[str, Answer] = {}
        self.forbidden: set[str] = set()
        self.token = "t0k3n"

    def __call__(self, request: Request) -> Answer | Stream:
        if request.headers["Authorization"] != f"Bearer {self.token}":
            return status(401, "Unauthorized", "Unauthorized")
        if request.path in self.forbidden:
            return status(403, "Forbidden", "no")
        kind = request.path.rpartition("/")[2]
        if request.watches:
            stream = Stream()
            self.streams.setdefault(kind, []).append(stream)
            return stream
        return self.lists.get(kind, listing(1))


class Sink:
    """Keeps snapshots, and waits for one."""

    def __init__(self) -> None:
        self.snapshots: list[LiveSnapshot] = []
        self.arrived = threading.Condition()

    def __call__(self, snapshot: LiveSnapshot) -> None:
        with self.arrived:
            self.snapshots.append(snapshot)
            self.arrived.notify_all()

    def wait_for(self, wanted: Callable[[LiveSnapshot], bool]) -> LiveSnapshot:
        with self.arrived:
            assert self.arrived.wait_for(
                lambda: bool(self.snapshots) and wanted(self.snapshots[-1]), timeout=PATIENCE
            ), f"last seen: {self.snapshots[-1:]}"
            return self.snapshots[-1]


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def server(cluster: Cluster) -> Iterator[ScriptedServer]:
    with scripted(cluster) as server:
        yield server


@pytest.fixture
def feed(tmp_path: Path, server: ScriptedServer) -> Iterator[KubeFeed]:
    feed = KubeFeed(connect.connect(kubeconfig(tmp_path, server.url)), "default")
    yield feed
    feed.stop()


def all_live(snapshot: LiveSnapshot) -> bool:
    links = snapshot.connection.links
    return len(links) == 4 and all(link.live for link in links)


def feed_threads() -> list[str]:
    return [
        thread.name
        for thread in threading.enumerate()
        if thread.name.startswith(("watch-", "live-"))
    ]


def test_a_snapshot_holds_everything_that_is_watched(cluster: Cluster, feed: KubeFeed) -> None:
    cluster.lists[HPAS] = listing(5, hpa("web", 1))
    node: dict[str, Any] = {
        "metadata": {"name": "tpu-0"},
        "status": {"allocatable": {"google.com/tpu": "8"}},
    }
    cluster.lists[NODES] = listing(5, node)
    cluster.lists[PODS] = listing(5, {"metadata": {"name": "web-1", "namespace": "default"}})
    cluster.lists[EVENTS] = listing(5, {"metadata": {"name": "e", "uid": "e"}, "reason": "Pulled"})
    sink = Sink()
    feed.start(sink)
    snapshot = sink.wait_for(all_live)
    assert snapshot.complete
    assert [view.name for view in snapshot.hpas] == ["web"]
    assert [row.name for row in snapshot.nodes] == ["tpu-0"]
    assert [row.name for row in snapshot.pods] == ["web-1"]
    assert [row.reason for row in snapshot.events] == ["Pulled"]


def test_a_lone_change_is_shown_at_once(cluster: Cluster, feed: KubeFeed) -> None:
    sink = Sink()
    feed.start(sink)
    sink.wait_for(all_live)
    names = (f"web-{number}" for number in itertools.count())

    def shown_at_once() -> bool:
        name, began = next(names), time.monotonic()
        cluster.streams[HPAS][0].send(change("ADDED", hpa(name, 6)))
        sink.wait_for(lambda snapshot: snapshot.hpa("default", name) is not None)
        return time.monotonic() - began < 0.1

    # A busy machine may hold up one of them; a feed that waits would hold up each.
    eventually(shown_at_once)


def test_a_flood_loses_no_change_and_makes_few_snapshots(cluster: Cluster, feed: KubeFeed) -> None:
    sink = Sink()
    feed.start(sink)
    sink.wait_for(all_live)
    before, began = len(sink.snapshots), time.monotonic()
    for version in range(2000):
        cluster.streams[HPAS][0].send(change("MODIFIED", hpa("web", version, version)))
    snapshot = sink.wait_for(lambda snapshot: snapshot.changes == 2000)
    assert snapshot.hpas[0].current_replicas == 1999
    allowed = 5 + (time.monotonic() - began) / QUICK_PACE
    assert len(sink.snapshots) - before <= allowed


def test_a_large_picture_is_shown_less_often(cluster: Cluster, feed: KubeFeed) -> None:
    cluster.lists[HPAS] = listing(5, *[hpa(f"h{number}", 1) for number in range(300)])
    sink = Sink()
    feed.start(sink)
    sink.wait_for(all_live)
    before, began = len(sink.snapshots), time.monotonic()
    for version in range(2000):
        cluster.streams[HPAS][0].send(change("MODIFIED", hpa("h0", version + 10)))
    sink.wait_for(lambda snapshot: snapshot.changes == 2000)
    assert len(sink.snapshots) - before <= 5 + (time.monotonic() - began) / PACE


def test_what_is_forbidden_is_said_and_the_rest_goes_on(cluster: Cluster, feed: KubeFeed) -> None:
    cluster.forbidden = {"/api/v1/nodes"}
    cluster.lists[HPAS] = listing(5, hpa("web", 1))
    sink = Sink()
    feed.start(sink)
    snapshot = sink.wait_for(
        lambda snapshot: (
            snapshot.connection.link(NODES).state is LinkState.FORBIDDEN and snapshot.complete
        )
    )
    assert snapshot.connection.link(NODES).reason
    assert snapshot.hpas


def test_pods_of_the_namespace_are_shown_where_all_pods_are_out_of_bounds(
    cluster: Cluster, feed: KubeFeed
) -> None:
    cluster.forbidden = {"/api/v1/pods"}
    cluster.lists[PODS] = listing(5, {"metadata": {"name": "web-1", "namespace": "default"}})
    sink = Sink()
    feed.start(sink)
    snapshot = sink.wait_for(all_live)
    assert [row.name for row in snapshot.pods] == ["web-1"]


def test_starting_twice_watches_once_and_stopping_twice_is_fine(
    cluster: Cluster, server: ScriptedServer, feed: KubeFeed
) -> None:
    sink = Sink()
    feed.start(sink)
    feed.start(sink)
    sink.wait_for(all_live)
    assert len(server.asked(watches=True)) == 4
    feed.stop()
    feed.stop()
    assert feed_threads() == []


def test_after_stopping_nothing_is_shown(cluster: Cluster, feed: KubeFeed) -> None:
    sink = Sink()
    feed.start(sink)
    sink.wait_for(all_live)
    feed.stop()
    shown = len(sink.snapshots)
    cluster.streams[HPAS][0].send(change("ADDED", hpa("web", 6)))
    assert feed_threads() == []
    assert len(sink.snapshots) == shown


def test_a_feed_that_starts_again_goes_on_with_its_history(
    cluster: Cluster, feed: KubeFeed
) -> None:
    cluster.lists[HPAS] = listing(5, hpa("web", 1, replicas=1))
    sink = Sink()
    feed.start(sink)
    sink.wait_for(all_live)
    feed.stop()
    cluster.lists[HPAS] = listing(9, hpa("web", 9, replicas=2))
    feed.start(sink)
    snapshot = sink.wait_for(
        lambda snapshot: bool(snapshot.hpas) and snapshot.hpas[0].current_replicas == 2
    )
    assert list(snapshot.history("default", "web").current.values) == [1, 2]


def test_reconnecting_tries_what_was_forbidden_again(cluster: Cluster, feed: KubeFeed) -> None:
    cluster.forbidden = {"/api/v1/nodes"}
    sink = Sink()
    feed.start(sink)
    sink.wait_for(lambda snapshot: snapshot.connection.link(NODES).state is LinkState.FORBIDDEN)
    cluster.forbidden = set()
    feed.reconnect()
    sink.wait_for(all_live)


def test_credentials_that_expire_are_named_and_a_new_login_is_used_when_asked_to_try_again(
    tmp_path: Path, server: ScriptedServer, cluster: Cluster, feed: KubeFeed
) -> None:
    cluster.lists[HPAS] = listing(5, hpa("web", 1))
    sink = Sink()
    feed.start(sink)
    sink.wait_for(all_live)
    cluster.token = "renewed"
    for streams in cluster.streams.values():
        streams[0].end()
    refused = sink.wait_for(
        lambda snapshot: all(
            link.state is LinkState.UNAUTHENTICATED for link in snapshot.connection.links
        )
    )
    assert "user ana" in refused.connection.link(HPAS).reason
    assert "Log in again" in refused.connection.link(HPAS).hint
    assert [view.name for view in refused.hpas] == ["web"], "what was seen stays"
    kubeconfig(tmp_path, server.url, {"token": "renewed"})
    feed.reconnect()
    sink.wait_for(all_live)


def test_after_a_suspension_every_watch_connects_anew(
    tmp_path: Path, cluster: Cluster, server: ScriptedServer
) -> None:
    suspended = [0.0]
    feed = KubeFeed(
        connect.connect(kubeconfig(tmp_path, server.url)),
        "default",
        wall=lambda: time.time() + suspended[0],
    )
    sink = Sink()
    feed.start(sink)
    sink.wait_for(all_live)
    suspended[0] = 3600
    cluster.streams[HPAS][0].send(change("ADDED", hpa("web", 6)))
    eventually(lambda: len(server.asked(watches=True)) == 8)
    sink.wait_for(all_live)
    feed.stop()


def test_a_feed_may_be_stopped_from_its_own_sink(feed: KubeFeed) -> None:
    stopped = threading.Event()

    def stop(snapshot: LiveSnapshot) -> None:
        feed.stop()
        stopped.set()

    feed.start(stop)
    assert stopped.wait(PATIENCE)


def test_an_unreachable_cluster_is_part_of_the_picture(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, "http://127.0.0.1:1")
    feed = KubeFeed(connect.connect(path), None)
    sink = Sink()
    feed.start(sink)
    snapshot = sink.wait_for(lambda snapshot: snapshot.connection.state is LinkState.RECONNECTING)
    assert "127.0.0.1:1" in snapshot.connection.link(HPAS).reason
    feed.stop()
    assert feed_threads() == []
