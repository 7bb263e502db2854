"""The store: versions, history, subscribers, concurrency."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.kinds import CONFIG_MAP, DEPLOYMENT, POD
from jetscale_tui.sandbox.clock import SimClock
from jetscale_tui.sandbox.kube.history import ResourceVersionTooOld
from jetscale_tui.sandbox.kube.store import AlreadyExists, Missing, StaleVersion, Store
from tests.sandbox.kube.serving import config_map, owners

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


def settings(**data: str) -> Json:
    body = config_map(**data)
    body["metadata"]["namespace"] = "default"
    return body


@pytest.fixture
def store() -> Store:
    return Store(SimClock())


def test_a_new_object_is_completed(store: Store) -> None:
    created = store.create(settings(a="1"))
    assert created["metadata"].keys() >= {"uid", "resourceVersion", "creationTimestamp"}
    assert owners(created) == {"kube-controller-manager": {"f:data": {".": {}, "f:a": {}}}}
    with pytest.raises(AlreadyExists):
        store.create(settings())


def test_what_is_handed_out_is_a_copy(store: Store) -> None:
    store.create(settings(a="1"))
    copy = store.get(CONFIG_MAP, "default", "settings")
    assert copy is not None
    copy["data"]["a"] = "changed"
    again = store.get(CONFIG_MAP, "default", "settings")
    assert again is not None
    assert again["data"] == {"a": "1"}


def test_a_write_that_changes_nothing_is_none(store: Store) -> None:
    before = store.create(settings(a="1"))
    heard: list[str] = []
    store.subscribe(None, lambda change, _: heard.append(change))
    after = store.update(settings(a="1"), manager="somebody")
    assert after == before
    assert heard == []


def test_a_write_can_depend_on_the_version(store: Store) -> None:
    first = store.create(settings(a="1"))
    store.update(settings(a="2"))
    first["data"] = {"a": "3"}
    with pytest.raises(StaleVersion):
        store.update(first)


def test_what_is_not_there_is_missing(store: Store) -> None:
    with pytest.raises(Missing):
        store.update(settings())
    with pytest.raises(Missing):
        store.delete(CONFIG_MAP, "default", "settings")
    store.create(settings())
    with pytest.raises(Missing):
        store.delete(CONFIG_MAP, "default", "settings", uid="other")
    assert store.mutate(CONFIG_MAP, "default", "nosuch", lambda obj: None) is None


def test_the_past_can_be_looked_at(store: Store) -> None:
    store.create(settings(a="1"))
    then = store.version
    store.update(settings(a="2"))
    store.delete(CONFIG_MAP, "default", "settings")
    (found,), version = store.snapshot(CONFIG_MAP, at=then)
    assert (found["data"], version) == ({"a": "1"}, then)
    store.compact()
    with pytest.raises(ResourceVersionTooOld):
        store.snapshot(CONFIG_MAP, at=then)


def test_subscribers_hear_their_kinds_in_order_until_they_leave(store: Store) -> None:
    heard: list[tuple[str, str]] = []
    leave = store.subscribe([CONFIG_MAP], lambda kind, o: heard.append((kind, o["data"]["a"])))
    store.create(settings(a="1"))
    store.update(settings(a="2"))
    store.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}})
    store.delete(CONFIG_MAP, "default", "settings")
    leave()
    store.create(settings(a="3"))
    assert heard == [("ADDED", "1"), ("MODIFIED", "2"), ("DELETED", "2")]


def test_a_subscriber_may_write(store: Store) -> None:
    heard: list[Any] = []

    def answer(kind: str, obj: Json) -> None:
        heard.append((kind, obj["data"]))
        if obj["data"] == {"a": "1"}:
            store.update(settings(a="2"))

    store.subscribe(None, answer)
    store.create(settings(a="1"))
    assert heard == [("ADDED", {"a": "1"}), ("MODIFIED", {"a": "2"})]


def test_writers_do_not_lose_each_others_changes(store: Store) -> None:
    store.create(settings(count="0"))
    versions: list[int] = []
    store.subscribe(None, lambda _, o: versions.append(int(o["metadata"]["resourceVersion"])))

    def count() -> None:
        for _ in range(100):
            store.mutate(CONFIG_MAP, "default", "settings", increment)

    def increment(obj: Json) -> None:
        obj["data"]["count"] = str(int(obj["data"]["count"]) + 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.peek(CONFIG_MAP, "default", "settings")
    assert found is not None
    assert found["data"]["count"] == "400"
    assert versions == sorted(versions)
    assert len(versions) == 400


def test_status_and_intent_are_written_apart(store: Store) -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": 1},
        "status": {"replicas": 1},
    }
    store.create(deployment)
    both = {**deployment, "spec": {"replicas": 5}, "status": {"replicas": 5}}
    after = store.update(both, status=True)
    assert (after["spec"]["replicas"], after["status"]["replicas"]) == (1, 5)
    assert after["metadata"]["generation"] == 1
    after = store.update({**both, "status": {}})
    assert (after["spec"]["replicas"], after["status"]["replicas"]) == (5, 5)
    assert after["metadata"]["generation"] == 2


def test_a_pod_ends_in_two_steps(store: Store) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"}}
    store.create(pod)
    marked = store.delete(POD, "default", "p", grace=30)
    assert marked["metadata"]["deletionGracePeriodSeconds"] == 30
    assert store.delete(POD, "default", "p", grace=30) == marked
    store.delete(POD, "default", "p")
    assert store.get(POD, "default", "p") is None


def test_waiting_for_changes_ends_with_one_or_with_time(store: Store) -> None:
    after = store.version
    changes, version = store.changes(DEPLOYMENT, after, 0.01)
    assert (changes, version) == ([], after)
    writer = threading.Timer(0.05, lambda: store.create(settings()))
    writer.start()
    changes, _ = store.changes(CONFIG_MAP, after, 10)
    writer.join()
    assert [change.type for change in changes] == ["ADDED"]


def test_a_name_can_be_made_up(store: Store) -> None:
    made = settings()
    made["metadata"] = {"generateName": "x-", "namespace": "default"}
    names = {store.create(made)["metadata"]["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(len(name) == 7 for name in names)
