"""A watch goes on through everything a network and a server can do to it."""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.clocks import WallClock
from jetscale_tui.cluster import connect
from jetscale_tui.cluster.kubeconfig import load
from jetscale_tui.cluster.listing import Selection
from jetscale_tui.cluster.transport import Transport
from jetscale_tui.cluster.watch import KubeWatch, _backoff
from jetscale_tui.domain.kinds import HPA
from jetscale_tui.domain.live import Changed, ChangeType, LinkChanged, LinkState, Listed
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
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jetscale_tui.domain.live import WatchEvent
    from jetscale_tui.engine.ports import Watch

    Script = Callable[[Request], Answer | Stream]
    Start = Callable[[Script], tuple[Watch, ScriptedServer]]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Start]:
    """Starts a watch on a server that follows a script."""
    contexts = []

    def start(script: Script) -> tuple[Watch, ScriptedServer]:
        context = scripted(script)
        server = context.__enter__()
        contexts.append(context)
        return connect.connect(kubeconfig(tmp_path, server.url)).watch(HPA, "default"), server

    yield start
    for context in contexts:
        context.__exit__(None, None, None)


def script(lists: list[Answer], watches: list[Answer | Stream]) -> Script:
    """Lists and watches, each answered in turn; the last one again and again."""

    def answer(request: Request) -> Answer | Stream:
        answers: list[Any] = watches if request.watches else lists
        used: Answer | Stream = answers.pop(0) if len(answers) > 1 else answers[0]
        return used

    return answer


def first(watch: Watch, count: int) -> list[WatchEvent]:
    events = list(islice(watch, count))
    watch.stop()
    return events


def words(events: list[WatchEvent]) -> list[str]:
    """Events in short, as a test can read them."""
    short = []
    for event in events:
        if isinstance(event, LinkChanged):
            short.append(event.link.state.value)
        elif isinstance(event, Changed):
            short.append(f"{event.change.value} {event.object['metadata']['name']}")
        else:
            short.append("list " + " ".join(item["metadata"]["name"] for item in event.objects))
    return short


def test_a_watch_lists_first_and_goes_on_from_there(watched: Start) -> None:
    stream = Stream(change("ADDED", hpa("b", 6)), change("DELETED", hpa("a", 7)))
    watch, server = watched(script([listing(5, hpa("a", 1))], [stream]))
    assert words(first(watch, 5)) == ["connecting", "list a", "live", "ADDED b", "DELETED a"]
    asked = server.asked(watches=True)[0].query
    assert asked["resourceVersion"] == "5"
    assert asked["allowWatchBookmarks"] == "true"
    assert 240 <= int(asked["timeoutSeconds"]) <= 480


def test_a_long_list_comes_page_by_page(watched: Start) -> None:
    pages = [listing(5, hpa("a", 1), more="next"), listing(5, hpa("b", 1))]
    watch, _ = watched(script(pages, [Stream()]))
    _, one, two, _ = first(watch, 4)
    assert isinstance(one, Listed)
    assert isinstance(two, Listed)
    assert (one.first, one.last, two.first, two.last) == (True, False, False, True)


def test_a_watch_the_server_ends_goes_on_from_the_last_version(watched: Start) -> None:
    ended = Stream(change("MODIFIED", hpa("a", 8)), ends=True)
    watch, server = watched(script([listing(5)], [ended, Stream()]))
    assert words(first(watch, 5)) == ["connecting", "list ", "live", "MODIFIED a", "live"]
    assert [request.query["resourceVersion"] for request in server.asked(watches=True)] == [
        "5",
        "8",
    ]
    assert len(server.asked(watches=False)) == 1


def test_a_bookmark_moves_the_place_and_shows_that_the_server_is_there(watched: Start) -> None:
    mark = change("BOOKMARK", {"metadata": {"resourceVersion": "40"}})
    watch, server = watched(script([listing(5)], [Stream(mark, ends=True), Stream()]))
    assert words(first(watch, 5)) == ["connecting", "list ", "live", "live", "live"]
    assert server.asked(watches=True)[1].query["resourceVersion"] == "40"


EXPIRED = change("ERROR", {"kind": "Status", "code": 410, "reason": "Expired", "message": "old"})


def test_a_version_the_server_forgot_leads_to_a_new_list(watched: Start) -> None:
    lists = [listing(5, hpa("a", 1)), listing(90, hpa("a", 80))]
    watch, server = watched(script(lists, [Stream(EXPIRED), Stream()]))
    assert words(first(watch, 5)) == ["connecting", "list a", "live", "list a", "live"]
    assert server.asked(watches=True)[1].query["resourceVersion"] == "90"


def test_a_server_that_answers_410_at_once_is_believed_too(watched: Start) -> None:
    watch, _ = watched(script([listing(5), listing(90)], [status(410, "Gone"), Stream()]))
    assert words(first(watch, 4)) == ["connecting", "list ", "list ", "live"]


def test_a_broken_connection_is_said_and_mended_without_a_new_list(watched: Start) -> None:
    broken = Stream(change("ADDED", hpa("a", 6)))
    broken.cut()
    watch, server = watched(script([listing(5)], [broken, Stream(change("ADDED", hpa("b", 7)))]))
    events = first(watch, 7)
    assert words(events)[3:] == ["ADDED a", "reconnecting", "live", "ADDED b"]
    lost = events[4]
    assert isinstance(lost, LinkChanged)
    assert lost.link.attempt == 1
    assert lost.link.heard is not None
    assert server.url in lost.link.reason
    assert server.asked(watches=True)[1].query["resourceVersion"] == "6"


@pytest.mark.parametrize("line", ["{half an eve\n", "[]\n", '{"type": "ERROR"}\n'])
def test_nonsense_in_a_watch_is_a_broken_connection_or_nothing(watched: Start, line: str) -> None:
    watch, _ = watched(script([listing(5)], [Stream(line, ends=True), Stream()]))
    assert words(first(watch, 4))[-1] in ("live", "reconnecting")


def test_events_of_unknown_kinds_are_passed_over(watched: Start) -> None:
    stream = Stream(change("RENAMED", hpa("a", 6)), change("ADDED", hpa("b", 7)))
    watch, _ = watched(script([listing(5)], [stream]))
    assert words(first(watch, 4))[-1] == "ADDED b"


def test_a_server_that_ends_every_watch_at_once_is_not_hammered(watched: Start) -> None:
    watch, _ = watched(script([listing(5)], [Stream(ends=True)]))
    events = first(watch, 6)
    assert words(events) == ["connecting", "list ", "live", "reconnecting", "live", "reconnecting"]
    attempts = [event.link.attempt for event in events if isinstance(event, LinkChanged)]
    assert attempts == [0, 0, 1, 1, 2], "each try waits longer than the one before"


@pytest.mark.parametrize(
    ("refusal", "state"),
    [
        (status(403, "Forbidden"), LinkState.FORBIDDEN),
        (status(401, "Unauthorized"), LinkState.UNAUTHENTICATED),
        (status(404, "NotFound"), LinkState.ABSENT),
        (status(500, "InternalError"), LinkState.RECONNECTING),
    ],
)
def test_a_refusal_is_part_of_the_picture_and_asking_goes_on_in_a_hurry(
    watched: Start, refusal: Answer, state: LinkState
) -> None:
    watch, _ = watched(script([refusal, listing(5)], [Stream()]))
    events = iter(watch)
    assert words([next(events), next(events)]) == ["connecting", state.value]
    watch.reconnect()
    assert words([next(events), next(events)]) == ["list ", "live"]
    watch.stop()


@pytest.mark.parametrize("attempt", range(1, 40))
def test_each_try_waits_longer_up_to_half_a_minute_and_no_two_clients_alike(attempt: int) -> None:
    waits = {_backoff(attempt) for _ in range(20)}
    longest = min(0.25 * 2**attempt, 30.0)
    assert all(longest / 2 <= wait <= longest for wait in waits)
    assert len(waits) > 1


def test_reconnecting_replaces_a_connection_that_only_looks_alive(watched: Start) -> None:
    watch, _ = watched(script([listing(5)], [Stream(), Stream(change("ADDED", hpa("a", 6)))]))
    events = iter(watch)
    assert words(list(islice(events, 3)))[-1] == "live"
    watch.reconnect()
    assert words(list(islice(events, 3))) == ["reconnecting", "live", "ADDED a"]
    watch.stop()


def test_stopping_ends_a_watch_that_waits_for_events(watched: Start) -> None:
    watch, _ = watched(script([listing(5)], [Stream()]))
    live = threading.Event()

    def follow() -> None:
        for event in watch:
            if isinstance(event, LinkChanged) and event.link.live:
                live.set()

    thread = threading.Thread(target=follow)
    thread.start()
    assert live.wait(PATIENCE)
    watch.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_stopping_ends_a_watch_that_waits_to_try_again(watched: Start) -> None:
    watch, _ = watched(script([status(403, "Forbidden")], []))
    refused = threading.Event()

    def follow() -> None:
        for event in watch:
            if isinstance(event, LinkChanged) and event.link.state is LinkState.FORBIDDEN:
                refused.set()

    thread = threading.Thread(target=follow)
    thread.start()
    assert refused.wait(PATIENCE)
    watch.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_a_watch_stopped_before_it_began_asks_nothing(watched: Start) -> None:
    watch, server = watched(script([listing(5)], [Stream()]))
    watch.stop()
    assert words(list(watch)) == ["connecting"]
    assert server.requests == []


def test_a_silent_server_is_asked_again_without_alarm(tmp_path: Path) -> None:
    answers = script([listing(5)], [Stream(), Stream(), Stream(change("ADDED", hpa("a", 6)))])
    with scripted(answers) as server:
        config = load(kubeconfig(tmp_path, server.url))
        transport = Transport(server.url, lambda: connect.open_session(config, "test"))
        watch = KubeWatch(transport, Selection(HPA), WallClock(), silence=0.1)
        shown = words(first(watch, 6))
    assert shown == ["connecting", "list ", "live", "live", "live", "ADDED a"]


def test_ten_thousand_changes_arrive_in_order_and_none_is_lost(watched: Start) -> None:
    stream = Stream(*[change("MODIFIED", hpa("a", n)) for n in range(10_000)], ends=True)
    watch, _ = watched(script([listing(0)], [stream, Stream()]))
    versions = [
        int(event.object["metadata"]["resourceVersion"])
        for event in islice(watch, 10_003)
        if isinstance(event, Changed) and event.change is ChangeType.MODIFIED
    ]
    watch.stop()
    assert versions == list(range(10_000))
