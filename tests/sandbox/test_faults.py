"""What each fault of a scenario does to a client: JetScale's own, over the network."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.google import Binding
from jetscale_tui.domain.kinds import CONFIG_MAP, DEPLOYMENT, EVENT, NODE, POD, Json, Ref
from jetscale_tui.domain.live import LinkChanged, LinkState, Listed
from jetscale_tui.errors import Conflict, JetScaleError, Unreachable
from jetscale_tui.sandbox.environment import Sandbox
from jetscale_tui.sandbox.scenario import Scenario, load_scenario
from jetscale_tui.wiring import RealBackend
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jetscale_tui.cloud.client import GoogleCloud
    from jetscale_tui.domain.live import WatchEvent
    from jetscale_tui.engine.ports import Cluster, Watch

SPEED = 60.0
ME = "user:colleague@example.com"
SETTINGS: Json = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings", "namespace": "default"},
    "data": {"size": "1"},
}


class Stage:
    """A scenario that runs, and clients of it."""

    def __init__(self, sandbox: Sandbox, on_exit: ExitStack) -> None:
        self.sandbox = sandbox
        self._on_exit = on_exit
        self._backend = RealBackend(sandbox.kubeconfig)

    @property
    def project(self) -> str:
        return self.sandbox.blueprint.project_id

    @property
    def cluster(self) -> Cluster:
        return self._backend.cluster()

    @property
    def cloud(self) -> GoogleCloud:
        cloud = self._backend.cloud()
        assert cloud is not None
        self._on_exit.callback(cloud.close)
        return cloud

    def watch(self) -> list[WatchEvent]:
        """Follow config maps; the list grows by what happens."""
        watch: Watch = self.cluster.watch(CONFIG_MAP, "default")
        events: list[WatchEvent] = []
        # It grows while the watch runs: extend takes what is yielded one by one.
        thread = threading.Thread(target=events.extend, args=(watch,))
        thread.start()
        self._on_exit.callback(thread.join)
        self._on_exit.callback(watch.stop)
        return events


def links(events: list[WatchEvent]) -> list[LinkState]:
    return [each.link.state for each in events if isinstance(each, LinkChanged)]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Starts a scenario of these happenings, and of whatever else it says."""
    with ExitStack() as running:

        def start(*happenings: Json, cluster: Json | None = None, **rest: Any) -> Stage:
            written = {"title": "a test", "happenings": list(happenings), **rest}
            written["cluster"] = {"speed": SPEED, **(cluster or {})}
            scenario = Scenario.model_validate(written)
            sandbox = running.enter_context(Sandbox(tmp_path, scenario=scenario))
            return Stage(sandbox, running.enter_context(ExitStack()))

        yield start


def test_a_restart_breaks_watches_and_refuses_until_it_is_over(begin: Callable[..., Stage]) -> None:
    stage = begin({"do": "api-restart", "at": "1m", "lasting": "2m"})
    events = stage.watch()
    eventually(lambda: LinkState.RECONNECTING in links(events))
    with pytest.raises(Unreachable):
        stage.cluster.version()
    eventually(lambda: links(events)[-1] is LinkState.LIVE)
    assert stage.cluster.version()


def test_forgotten_history_makes_a_watch_list_again(begin: Callable[..., Stage]) -> None:
    stage = begin({"do": "watch-expiry", "at": "1m"})
    events = stage.watch()
    eventually(lambda: [isinstance(each, Listed) for each in events].count(True) > 1)


def test_a_throttled_client_waits_as_long_as_it_is_told(begin: Callable[..., Stage]) -> None:
    stage = begin({"do": "api-errors", "status": 429, "retryAfter": 1, "share": 0.5})
    cluster = stage.cluster
    began = time.monotonic()
    assert cluster.version() == cluster.version()
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    ("status", "said"),
    [(500, "etcdserver: request timed out"), (503, "unable to handle the request")],
)
def test_an_error_of_the_server_is_told_in_its_words(
    begin: Callable[..., Stage], status: int, said: str
) -> None:
    stage = begin({"do": "api-errors", "status": status})
    with pytest.raises(JetScaleError) as error:
        stage.cluster.list(POD)
    assert said in error.value.why


def test_a_slow_server_answers_late(begin: Callable[..., Stage]) -> None:
    stage = begin({"do": "api-latency", "delay": "30s"})
    cluster = stage.cluster
    began = time.monotonic()
    cluster.version()
    assert time.monotonic() - began >= 30 / SPEED


def test_a_cut_connection_leaves_a_write_undone(begin: Callable[..., Stage]) -> None:
    stage = begin({"do": "api-cuts"})
    with pytest.raises(Unreachable):
        stage.cluster.apply(SETTINGS)
    assert stage.sandbox.store.get(CONFIG_MAP, "default", "settings") is None


def test_an_answer_cut_in_the_middle_leaves_a_write_done(begin: Callable[..., Stage]) -> None:
    stage = begin({"do": "api-cuts", "midway": True})
    with pytest.raises(Unreachable):
        stage.cluster.apply(SETTINGS)
    assert stage.sandbox.store.get(CONFIG_MAP, "default", "settings")


def test_a_watch_cut_within_a_line_loses_no_change(begin: Callable[..., Stage]) -> None:
    stage = begin({"do": "api-cuts", "at": "1m", "lasting": "1m", "midway": True})
    events = stage.watch()
    eventually(lambda: LinkState.LIVE in links(events))
    names = [f"settings-{number}" for number in range(20)]
    for name in names:
        metadata = {"name": name, "namespace": "default"}
        stage.sandbox.store.create({**SETTINGS, "metadata": metadata})
    eventually(lambda: names[-1] in str(events))
    assert all(name in str(events) for name in names)


def test_a_policy_others_write_all_the_time_is_written_all_the_same(
    begin: Callable[..., Stage],
) -> None:
    stage = begin({"do": "iam-edit", "every": "1s"})
    cloud, wanted = stage.cloud, Binding("roles/monitoring.viewer", ME)
    for _ in range(10):
        assert cloud.add_bindings(stage.project, [wanted]) == (wanted,)
        assert cloud.remove_bindings(stage.project, [wanted]) == (wanted,)


def test_a_grant_whose_answer_is_lost_is_made_once(begin: Callable[..., Stage]) -> None:
    stage = begin({"do": "google-errors", "method": "SetIamPolicy", "performed": True})
    wanted = Binding("roles/monitoring.viewer", ME)
    cloud = stage.cloud
    cloud.add_bindings(stage.project, [wanted])
    stored = stage.sandbox.google.policy.read().bindings
    assert [list(each.members) for each in stored if each.role == wanted.role] == [[ME]]


def test_a_grant_has_no_effect_until_it_has_spread(begin: Callable[..., Stage]) -> None:
    stage = begin(cluster={"iamPropagation": 60})
    stage.cloud.add_bindings(stage.project, [Binding("roles/monitoring.viewer", ME)])
    google = stage.sandbox.google
    assert not google.monitoring_readable_by(ME)
    eventually(lambda: google.monitoring_readable_by(ME))


def test_a_pool_that_is_sold_out_leaves_a_pod_pending_and_says_why(
    begin: Callable[..., Stage],
) -> None:
    grow = {
        "path": DEPLOYMENT.path("default", "maxengine-server"),
        "body": {"spec": {"replicas": 2}},
    }
    stage = begin(
        {"do": "sold-out", "pool": "tpu-pool", "lasting": "2m"},
        {"do": "edit", **grow},
        cluster={"pools": load_scenario("stock-out").cluster.pools, "nodeProvisioning": 30},
    )
    cluster = stage.cluster

    def reasons() -> set[str]:
        return {event["reason"] for event in cluster.list(EVENT, "default")}

    eventually(lambda: "FailedScaleUp" in reasons())
    assert "Pending" in {pod["status"]["phase"] for pod in cluster.list(POD, "default")}
    eventually(lambda: "TriggeredScaleUp" in reasons())
    eventually(lambda: len(cluster.list(NODE)) == 3)


def test_a_node_that_vanishes_takes_its_pod_along(begin: Callable[..., Stage]) -> None:
    stage = begin(
        {"do": "node-vanishes", "pool": "tpu-pool", "at": "1m"},
        cluster={"workload": {"replicas": 2}},
    )
    cluster = stage.cluster
    assert len(cluster.list(NODE)) == 3
    eventually(lambda: len(cluster.list(NODE)) == 2)

    def placed() -> int:
        pods = cluster.list(POD, "default")
        return sum(bool(pod["spec"].get("nodeName")) for pod in pods)

    eventually(lambda: (placed(), len(cluster.list(POD, "default"))) == (1, 2))


def test_another_tool_that_writes_to_our_object_is_a_conflict(begin: Callable[..., Stage]) -> None:
    path = "/api/v1/namespaces/default/configmaps/settings"
    edit = {"do": "edit", "at": "1m", "path": path, "body": {"data": {"size": "9"}}}
    stage = begin({**edit, "manager": "gitops"})
    cluster = stage.cluster
    cluster.apply(SETTINGS)
    eventually(lambda: (cluster.get(Ref.of(SETTINGS)) or {})["data"]["size"] == "9")
    with pytest.raises(Conflict) as error:
        cluster.apply(SETTINGS)
    assert "gitops" in str(error.value)
