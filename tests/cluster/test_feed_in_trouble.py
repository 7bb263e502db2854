"""The dashboard's feed while the sandbox cuts, expires and floods its watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.cluster import connect
from jetscale_tui.cluster.feed import KubeFeed
from jetscale_tui.domain.kinds import HPA, Json, Ref
from jetscale_tui.domain.live import Changed, LinkState, Listed, LiveSnapshot
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from jetscale_tui.cluster.client import KubeCluster
    from jetscale_tui.domain.live import WatchEvent
    from jetscale_tui.sandbox.environment import Sandbox

NAME = ("default", "web")


class Observer:
    """A feed of the sandbox, what it took in, and what it showed last."""

    def __init__(self, kubeconfig: Path) -> None:
        self.cluster: KubeCluster = connect.connect(kubeconfig)
        self.latest = LiveSnapshot()
        self.shown: list[LinkState] = []
        self.lists = 0
        self.limits: list[int] = []
        """`maxReplicas` of the autoscaler, each time another one was told."""
        self.feed = KubeFeed(self.cluster, "default", taken=self._taken)
        self.feed.start(self._show)

    def write(self, limit: int) -> None:
        """Have the server change the autoscaler."""
        self.cluster.apply(_autoscaler(limit))

    @property
    def limit(self) -> int | None:
        """`maxReplicas` on screen."""
        view = self.latest.hpa(*NAME)
        return view.max_replicas if view else None

    @property
    def live(self) -> bool:
        return self.latest.connection.state is LinkState.LIVE

    def _show(self, snapshot: LiveSnapshot) -> None:
        self.latest = snapshot
        self.shown.append(snapshot.connection.state)

    def _taken(self, event: WatchEvent, _now: datetime) -> None:
        if isinstance(event, Listed) and event.kind is HPA:
            self.lists += 1
        told = event.objects if isinstance(event, Listed) else ()
        if isinstance(event, Changed):
            told = (event.object,)
        for item in told:
            if item["kind"] == HPA.name and item["spec"]["maxReplicas"] not in self.limits[-1:]:
                self.limits.append(item["spec"]["maxReplicas"])


def _autoscaler(limit: int) -> Json:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"namespace": NAME[0], "name": NAME[1]},
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": "maxengine-server",
            },
            "maxReplicas": limit,
        },
    }


@pytest.fixture
def kubeconfig(sandbox: Sandbox, tmp_path: Path) -> Path:
    """The sandbox's, to be written anew by a login."""
    copy = tmp_path / "kubeconfig"
    copy.write_text(sandbox.kubeconfig.read_text())
    return copy


@pytest.fixture
def observer(kubeconfig: Path) -> Iterator[Observer]:
    observer = Observer(kubeconfig)
    observer.write(1)
    eventually(lambda: observer.live and observer.limit == 1)
    yield observer
    observer.feed.stop()
    observer.cluster.delete(Ref.to(HPA, NAME[1], NAME[0]))


def test_connections_cut_again_and_again_lose_no_change(
    sandbox: Sandbox, observer: Observer
) -> None:
    for limit in range(2, 42):
        observer.write(limit)
        if limit % 10 == 0:
            sandbox.kube.disconnect()
    eventually(lambda: observer.limit == 41 and observer.live)
    assert observer.limits == list(range(1, 42))
    assert LinkState.RECONNECTING in observer.shown
    assert observer.lists == 1, "the watch goes on from where it was"


def test_a_history_the_server_forgot_is_listed_anew_and_ours_goes_on(
    sandbox: Sandbox, observer: Observer
) -> None:
    observer.write(2)
    eventually(lambda: observer.limit == 2)
    sandbox.store.compact()
    sandbox.kube.disconnect()
    observer.write(3)
    eventually(lambda: observer.limit == 3 and observer.live)
    assert observer.lists > 1
    history = observer.latest.history(*NAME)
    assert list(history.limit.values) == [1, 2, 3]


def test_what_was_deleted_while_nobody_watched_is_gone_after_the_new_list(
    sandbox: Sandbox, observer: Observer
) -> None:
    sandbox.store.delete(HPA, *NAME)
    sandbox.store.compact()
    sandbox.kube.disconnect()
    eventually(lambda: observer.live and observer.limit is None)


def test_a_flood_of_changes_is_taken_in_to_the_last_one(observer: Observer) -> None:
    for limit in range(2, 402):
        observer.write(limit)
    eventually(lambda: observer.limit == 401)
    assert observer.limits == list(range(1, 402))
    assert len(observer.shown) < 401, "many changes make one picture"


def test_credentials_that_end_are_named_and_a_new_login_goes_on_where_it_was(
    sandbox: Sandbox, kubeconfig: Path, observer: Observer
) -> None:
    known = sandbox.kube.identities
    known["renewed"] = known.pop(sandbox.token)
    sandbox.kube.disconnect()
    eventually(lambda: observer.latest.connection.state is LinkState.UNAUTHENTICATED)
    assert "user sandbox" in observer.latest.connection.link(HPA.plural).reason
    assert observer.limit == 1, "what was seen stays on screen"
    kubeconfig.write_text(kubeconfig.read_text().replace(sandbox.token, "renewed"))
    observer.feed.reconnect()
    eventually(lambda: observer.live)
    observer.write(2)
    eventually(lambda: observer.limit == 2)
    assert list(observer.latest.history(*NAME).limit.values) == [1, 2]
    known[sandbox.token] = known["renewed"]
