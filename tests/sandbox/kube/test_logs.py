"""What a pod's containers logged: which container, how much, from when, and following it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.kinds import POD
from tests.sandbox.kube.serving import PODS, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.handlers import LogLine
    from tests.sandbox.kube.serving import Client, Served

RUNNING: Json = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
ENDED: Json = {"terminated": {"exitCode": 1}}
WAITING: Json = {"waiting": {"reason": "ContainerCreating"}}


class Logs:
    """Lines by container; `previous` is that of the run before."""

    def __init__(self) -> None:
        self.lines: dict[str, list[LogLine]] = {"one": [], "previous": []}

    def add(self, container: str, *texts: str, age: float = 0.0) -> None:
        moment = datetime.now(UTC) - timedelta(seconds=age)
        self.lines[container] += [(moment, text) for text in texts]

    def __call__(self, pod: Json, container: str, previous: bool) -> list[LogLine]:
        assert pod["kind"] == "Pod"
        return list(self.lines["previous" if previous else container])


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as running:
        running.server.logs = Logs()
        yield running


@pytest.fixture
def logs(served: Served) -> Logs:
    """With three lines, the first one old."""
    assert isinstance(served.server.logs, Logs)
    served.server.logs.add("one", "first", age=600)
    served.server.logs.add("one", "second", "third")
    return served.server.logs


def put_pod(served: Served, *containers: str, state: Json = RUNNING, last: Any = None) -> None:
    described = [{"name": name, "image": "example/none:1"} for name in containers]
    spec = {"nodeName": "n", "containers": described}
    served.admin.create(PODS, {"metadata": {"name": "web"}, "spec": spec})
    report(served, containers, state, last)


def report(served: Served, containers: tuple[str, ...], state: Json, last: Any = None) -> None:
    def write(pod: Json) -> None:
        statuses = [{"name": n, "state": state, "lastState": last or {}} for n in containers]
        pod["status"]["containerStatuses"] = statuses

    served.store.mutate(POD, "default", "web", write, status=True)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "first\nsecond\nthird\n"),
        ("?tailLines=1", "third\n"),
        ("?tailLines=0", ""),
        ("?sinceSeconds=60", "second\nthird\n"),
        ("?limitBytes=8", "first\nse"),
        ("?container=one&tailLines=1", "third\n"),
    ],
)
def test_the_lines_asked_for_are_sent_as_text(
    served: Served, logs: Logs, query: str, text: str
) -> None:
    put_pod(served, "one")
    answer = served.admin.get(f"{PODS}/web/log{query}")
    assert (answer.status, answer.content_type, answer.body) == (200, "text/plain", text)


def test_lines_can_have_their_times(served: Served, logs: Logs) -> None:
    put_pod(served, "one")
    line = served.admin.get(f"{PODS}/web/log?timestamps=true&tailLines=1").body
    stamp, _, text = line.partition(" ")
    assert datetime.now(UTC) - datetime.fromisoformat(stamp) < timedelta(minutes=1)
    assert text == "third\n"


def test_the_run_before_is_kept(served: Served, logs: Logs) -> None:
    logs.add("previous", "last words")
    put_pod(served, "one", last=ENDED)
    assert served.admin.get(f"{PODS}/web/log?previous=true").body == "last words\n"


@pytest.mark.parametrize(
    ("containers", "state", "query", "message"),
    [
        (
            ("one", "two"),
            RUNNING,
            "",
            "a container name must be specified for pod web, choose one of: [one two]",
        ),
        (("one",), RUNNING, "?container=x", "container x is not valid for pod web"),
        (
            ("one",),
            RUNNING,
            "?previous=true",
            'previous terminated container "one" in pod "web" not found',
        ),
        (
            ("one",),
            WAITING,
            "",
            'container "one" in pod "web" is waiting to start: ContainerCreating',
        ),
    ],
)
def test_a_log_that_cannot_be_is_refused(
    served: Served, containers: tuple[str, ...], state: Json, query: str, message: str
) -> None:
    put_pod(served, *containers, state=state)
    refused = served.admin.get(f"{PODS}/web/log{query}")
    assert (refused.status, refused.reason, refused.message) == (400, "BadRequest", message)


def test_options_that_make_no_sense_are_refused(served: Served) -> None:
    put_pod(served, "one")
    refused = served.admin.get(f"{PODS}/web/log?tailLines=-1&sinceSeconds=0")
    assert refused.status == 422
    assert refused.causes == [
        ("tailLines", "Invalid value: -1: must be greater than or equal to 0"),
        ("sinceSeconds", "Invalid value: 0: must be greater than 0"),
    ]


def test_a_pod_without_a_node_has_logged_nothing(admin: Client) -> None:
    container = {"name": "one", "image": "example/none:1"}
    admin.create(PODS, {"metadata": {"name": "web"}, "spec": {"containers": [container]}})
    answer = admin.get(f"{PODS}/web/log")
    assert (answer.status, answer.body) == (204, "")


def test_following_tells_what_is_added_until_the_container_ends(served: Served, logs: Logs) -> None:
    put_pod(served, "one")
    with served.admin.watch(f"{PODS}/web/log?follow=true&tailLines=1") as following:
        assert following.text() == "third\n"
        logs.add("one", "fourth")
        report(served, ("one",), {"running": {"startedAt": "2026-01-01T00:00:01Z"}})
        assert following.text() == "fourth\n"
        report(served, ("one",), ENDED)
        assert following.ended()
