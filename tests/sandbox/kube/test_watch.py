"""Watches: what they tell, in which form, and how they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.kube.serving import TABLE, config_map, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.kube.serving import Client, Served, Watching

PATH = "/api/v1/namespaces/default/configmaps"
INITIAL = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"


def create(admin: Client, name: str, **labels: str) -> None:
    body = config_map(name)
    body["metadata"]["labels"] = labels
    assert admin.create(PATH, body).status == 201


@pytest.fixture
def watching(admin: Client) -> Iterator[Watching]:
    """A watch on the ConfigMaps of `default` from now on."""
    version = admin.get(PATH).body["metadata"]["resourceVersion"]
    with admin.watch(f"{PATH}?watch=true&resourceVersion={version}&timeoutSeconds=30") as watch:
        yield watch


def test_a_watch_can_begin_with_what_comes_next(admin: Client) -> None:
    admin.create(PATH, config_map("before"))
    query = "watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan"
    with admin.watch(f"{PATH}?{query}") as watching:
        admin.create(PATH, config_map("after"))
        assert watching.next()["object"]["metadata"]["name"] == "after"


def test_what_cannot_be_streamed_is_not_acceptable(admin: Client) -> None:
    refused = admin.get(f"{PATH}?watch=true", accept="application/yaml")
    assert (refused.status, "NotAcceptable" in str(refused.body)) == (406, True)
    assert "accepted: application/json;stream=watch" in str(refused.body)


def test_options_that_contradict_each_other_are_all_told(admin: Client) -> None:
    query = "watch=true&sendInitialEvents=true&resourceVersionMatch=Exact"
    assert admin.get(f"{PATH}?{query}").causes == [
        (
            "resourceVersionMatch",
            "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ),
        (
            "resourceVersionMatch",
            'Unsupported value: "Exact": supported values: "NotOlderThan"',
        ),
    ]


def test_a_change_is_told_as_it_happens(admin: Client, watching: Watching) -> None:
    create(admin, "a")
    admin.patch(f"{PATH}/a", {"data": {"x": "1"}})
    admin.delete(f"{PATH}/a")
    events = [watching.next() for _ in range(3)]
    assert [event["type"] for event in events] == ["ADDED", "MODIFIED", "DELETED"]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
    assert versions == sorted(versions)
    assert events[2]["object"]["data"] == {"x": "1"}


def test_other_namespaces_and_kinds_are_not_told(admin: Client, watching: Watching) -> None:
    other = "/api/v1/namespaces/kube-system"
    admin.create(f"{other}/configmaps", config_map("elsewhere"))
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    admin.create("/api/v1/namespaces/default/secrets", secret)
    create(admin, "here")
    assert watching.next()["object"]["metadata"]["name"] == "here"


def test_a_watch_without_a_version_begins_with_what_exists(admin: Client) -> None:
    create(admin, "a")
    with admin.watch(f"{PATH}?watch=1&timeoutSeconds=30") as watch:
        create(admin, "b")
        assert [watch.next()["object"]["metadata"]["name"] for _ in "ab"] == ["a", "b"]


def test_an_object_enters_and_leaves_a_selection(admin: Client) -> None:
    version = admin.get(PATH).body["metadata"]["resourceVersion"]
    selected = f"{PATH}?watch=1&resourceVersion={version}&labelSelector=on%3Dyes"
    with admin.watch(f"{selected}&timeoutSeconds=30") as watch:
        create(admin, "a", on="no")
        for number, on in enumerate(("no", "yes", "yes", "no", "no")):
            labels = {"metadata": {"labels": {"on": on}}, "data": {"change": str(number)}}
            admin.patch(f"{PATH}/a", labels)
        told = [watch.next() for _ in range(3)]
    assert [event["type"] for event in told] == ["ADDED", "MODIFIED", "DELETED"]


def test_a_watch_says_where_the_initial_events_end(admin: Client) -> None:
    create(admin, "a")
    with admin.watch(f"{PATH}?watch=1&{INITIAL}&timeoutSeconds=30") as watch:
        added, bookmark = watch.next(), watch.next()
    assert (added["type"], bookmark["type"]) == ("ADDED", "BOOKMARK")
    metadata = bookmark["object"]["metadata"]
    assert metadata["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert int(metadata["resourceVersion"]) >= int(added["object"]["metadata"]["resourceVersion"])


def test_without_a_version_a_watch_says_so_too(admin: Client) -> None:
    with admin.watch(f"{PATH}?watch=1&allowWatchBookmarks=true") as watching:
        assert watching.next()["type"] == "BOOKMARK"


def test_a_bookmark_comes_before_the_end(admin: Client) -> None:
    version = admin.get(PATH).body["metadata"]["resourceVersion"]
    query = f"watch=1&resourceVersion={version}&allowWatchBookmarks=true&timeoutSeconds=3"
    with admin.watch(f"{PATH}?{query}") as watch:
        admin.create("/api/v1/namespaces", {"metadata": {"name": "later"}})
        bookmark = watch.next()
    assert bookmark["type"] == "BOOKMARK"
    assert int(bookmark["object"]["metadata"]["resourceVersion"]) > int(version)


def test_a_watch_ends_when_its_time_is_over(admin: Client) -> None:
    assert admin.watch(f"{PATH}?watch=1&timeoutSeconds=1").rest() == []


def test_a_watch_can_show_tables(admin: Client) -> None:
    create(admin, "a")
    with admin.watch(f"{PATH}?watch=1&timeoutSeconds=30", accept=TABLE) as watch:
        create(admin, "b")
        first, second = watch.next(), watch.next()
    assert [c["name"] for c in first["object"]["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert second["object"]["columnDefinitions"] is None
    assert second["object"]["rows"][0]["cells"][0] == "b"


def test_a_version_that_is_forgotten_ends_the_watch_with_an_error(served: Served) -> None:
    version = served.store.version
    create(served.admin, "a")
    served.store.compact()
    watch = served.admin.watch(f"{PATH}?watch=1&resourceVersion={version}&timeoutSeconds=9")
    (event,) = watch.rest()
    assert (event["type"], event["object"]["code"]) == ("ERROR", 410)
    assert event["object"]["reason"] == "Expired"


def test_an_open_watch_learns_at_once_that_history_is_forgotten(served: Served) -> None:
    version = served.store.version
    path = f"{PATH}?watch=1&resourceVersion={version}&timeoutSeconds=30"
    with served.admin.watch(path) as watch:
        create(served.admin, "a")
        assert watch.next()["type"] == "ADDED"
        served.store.compact()
        assert watch.next()["object"]["reason"] == "Expired"


def test_history_is_bounded() -> None:
    with serving(history=3) as served:
        version = served.store.version
        for name in "abcd":
            create(served.admin, name)
        path = f"{PATH}?watch=1&resourceVersion={version}&timeoutSeconds=9"
        assert served.admin.watch(path).rest()[0]["type"] == "ERROR"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("sendInitialEvents=true", 422),
        ("resourceVersionMatch=NotOlderThan", 422),
        ("resourceVersion=new", 500),
        ("labelSelector=a+in", 400),
    ],
)
def test_options_that_make_no_sense_are_refused(admin: Client, query: str, status: int) -> None:
    assert admin.get(f"{PATH}?watch=1&{query}").status == status


def test_many_watchers_get_the_same_bytes(served: Served) -> None:
    version = served.store.version
    path = f"{PATH}?watch=1&resourceVersion={version}&timeoutSeconds=30"
    watches = [served.admin.watch(path) for _ in range(5)]
    create(served.admin, "a")
    first, *others = [watch.next() for watch in watches]
    assert all(event == first for event in others)
    for watch in watches:
        watch.close()
