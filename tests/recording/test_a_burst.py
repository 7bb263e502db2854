"""A burst on the sandbox: recorded while it is watched, played again, the same pictures."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jetscale_tui import cli
from jetscale_tui.cluster.feed import KubeFeed
from jetscale_tui.domain.decision.explain import explain
from jetscale_tui.domain.decision.lines import lines_of
from jetscale_tui.domain.live_state import LiveState
from jetscale_tui.domain.recording import Header, moment
from jetscale_tui.engine.burst import Burst, Load
from jetscale_tui.recording.backend import ReplayBackend
from jetscale_tui.recording.files import Recorder, open_recording
from tests.engine.runs import QUICK, SPEED, Operator
from tests.waiting import PATIENCE, eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from jetscale_tui.domain.live import LiveSnapshot, WatchEvent
    from jetscale_tui.recording.files import Recording
    from tests.conftest import StartSandbox


class Watched:
    """The recording of a burst, and the pictures that were shown meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shown: list[LiveSnapshot] = []
        self.over = False

    def show(self, snapshot: LiveSnapshot) -> None:
        """The last picture is the first of two replicas; both ends of the feed are one thread."""
        if not self.over:
            self.shown.append(snapshot)
            self.over = two_ready(snapshot)

    def record_with(self, recorder: Recorder) -> Callable[[WatchEvent, datetime], None]:
        """Nothing that came after the last picture."""

        def take(event: WatchEvent, at: datetime) -> None:
            if not self.over:
                recorder.take(event, at)

        return take

    @property
    def last(self) -> LiveSnapshot:
        return self.shown[-1]

    @property
    def recording(self) -> Recording:
        return open_recording(self.path)


@pytest.fixture(scope="module")
def burst(start_sandbox: StartSandbox, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """From an idle server to two replicas."""
    folder = tmp_path_factory.mktemp("burst")
    operator = Operator(start_sandbox(QUICK, speed=SPEED), folder)
    operator.run(operator.plan())
    watched, clock = Watched(folder / "burst.jsonl"), operator.backend.clock
    recorder = Recorder(watched.path, Header(clock.now(), "default", None, "sandbox"))
    feed = KubeFeed(operator.cluster, "default", clock, taken=watched.record_with(recorder))
    feed.start(watched.show)
    load = Load(namespace="default", selector="app=maxengine-server", port=8000)

    def send() -> None:
        # A burst that is over between two scrapes is seen by nobody.
        while not watched.over:
            list(Burst(operator.cluster, load, clock).run())

    sender = threading.Thread(target=send)
    sender.start()
    try:
        eventually(lambda: watched.over)
    finally:
        watched.over = True
    sender.join(PATIENCE)
    feed.stop()
    recorder.close()
    return watched


def two_ready(snapshot: LiveSnapshot) -> bool:
    hpa = snapshot.hpa("default", "jetstream-hpa")
    return (
        hpa is not None
        and hpa.current_replicas == 2
        and sum(pod.is_ready for pod in snapshot.pods_of(hpa)) == 2
    )


def picture(snapshot: LiveSnapshot) -> LiveSnapshot:
    """A snapshot without what depends on the moment it was taken."""
    return replace(snapshot, version=0, taken=None)


def test_the_last_picture_is_the_same_to_the_point(burst: Watched) -> None:
    state = LiveState("default")
    recording = burst.recording
    for at, event in recording.entries():
        state.take(event, moment(recording.header, at))
    last = state.snapshot(moment(recording.header, recording.length))
    assert picture(last) == picture(burst.last)
    for key, history in burst.last.histories.items():
        again = last.histories[key]
        assert again.current.times == history.current.times
        assert again.metrics[0].values == history.metrics[0].values
        assert (again.since, again.written) == (history.since, history.written)


def test_every_picture_on_the_way_was_one_of_the_replays(burst: Watched) -> None:
    recording, state = burst.recording, LiveState("default")
    pictures = []
    for at, event in recording.entries():
        state.take(event, moment(recording.header, at))
        pictures.append(picture(state.snapshot(moment(recording.header, at))))
    assert all(picture(shown) in pictures for shown in burst.shown)


def test_the_explanation_is_the_same_too(burst: Watched) -> None:
    backend = ReplayBackend(burst.recording, speed=5000)
    feed = backend.feed(None, None)
    shown: list[LiveSnapshot] = []
    feed.start(shown.append)
    eventually(lambda: shown and shown[-1].changes == burst.last.changes)
    feed.stop()
    now = moment(burst.recording.header, feed.length)
    said = [
        lines_of(explain(snapshot, snapshot.hpas[0], now), now.timestamp())
        for snapshot in (burst.last, shown[-1])
    ]
    assert said[0] == said[1]


def test_rows_come_out_as_kubectl_would_have_printed_them(
    burst: Watched, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["replay", str(burst.path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    header = ["NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"]
    assert lines[0].split() == header
    rows = [line.split() for line in lines[1:]]
    assert {row[0] for row in rows} == {"jetstream-hpa"}
    assert rows[0][5] == "1"
    assert rows[-1][5] == "2"


def test_nothing_private_is_in_the_file(burst: Watched) -> None:
    text = burst.path.read_text()
    for private in ('managedFields":[{"manager":"kubectl', "annotations", '"env"', '"args"'):
        assert private not in text
    assert burst.path.stat().st_mode & 0o077 == 0
