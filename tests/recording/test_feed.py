"""Playing: in time, paused, faster, back and forth, to the end, through damage."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import HPA
from jetscale_tui.domain.live import LinkState, Listed
from jetscale_tui.errors import UsageError
from jetscale_tui.recording.backend import ReplayBackend
from jetscale_tui.recording.files import open_recording
from tests.recording.test_files import LIVE, START, added, written
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jetscale_tui.domain.live import LiveSnapshot, WatchEvent
    from jetscale_tui.engine.ports import Backend
    from jetscale_tui.recording.feed import ReplayFeed

MINUTE: list[WatchEvent] = [
    Listed(HPA, ()),
    LIVE,
    *(added(f"web-{number:02}") for number in range(2, 60)),
]
"""An HPA more each second."""


class Player:
    """A feed that plays into a list."""

    def __init__(self, path: Path, speed: float = 1.0) -> None:
        self.backend = ReplayBackend(open_recording(path), speed)
        self.feed: ReplayFeed = self.backend.feed(None, "default")
        self.shown: list[LiveSnapshot] = []

    @property
    def there(self) -> int:
        """HPAs on the last picture."""
        return len(self.shown[-1].hpas) if self.shown else -1


@pytest.fixture
def minute(tmp_path: Path) -> Path:
    return written(tmp_path / "minute.jsonl", *MINUTE)


@pytest.fixture
def player(minute: Path) -> Iterator[Player]:
    player = Player(minute)
    yield player
    player.feed.stop()


def test_what_is_due_is_shown_and_no_more(player: Player) -> None:
    player.feed.seek(10)
    player.feed.start(player.shown.append)
    eventually(lambda: player.there >= 9)
    assert player.there <= player.feed.position
    assert player.shown[-1].complete
    assert player.shown[-1].connection.state is LinkState.LIVE


def test_it_goes_on_by_itself_at_its_pace(player: Player) -> None:
    player.feed.play_at(60)
    player.feed.start(player.shown.append)
    began = time.monotonic()
    eventually(lambda: player.there == 58)
    assert time.monotonic() - began > 0.9
    assert any(0 < len(picture.hpas) < 58 for picture in player.shown), "not all in one"
    assert player.feed.position == player.feed.length == 59.0


def test_seeking_goes_forth_and_back(player: Player) -> None:
    player.feed.start(player.shown.append)
    player.feed.pause()
    player.feed.seek(30.5)
    eventually(lambda: player.there == 29)
    player.feed.seek(12.5)
    eventually(lambda: player.there == 11)
    player.feed.seek(1e9)
    eventually(lambda: player.there == 58)
    player.feed.seek(-5)
    eventually(lambda: player.there == 0)


def test_a_pause_holds_the_picture_and_the_clock(player: Player) -> None:
    player.feed.start(player.shown.append)
    player.feed.pause()
    player.feed.seek(20)
    assert player.feed.paused
    held = player.feed.position
    now = player.backend.clock.now()
    player.feed.play_at(1000)
    assert player.feed.speed == 1000
    eventually(lambda: player.there == 19)
    assert player.feed.position == held
    assert player.backend.clock.now() == now
    player.feed.resume()
    eventually(lambda: player.there == 58)


def test_the_clock_is_the_recordings(player: Player) -> None:
    assert player.backend.clock.now() == START
    player.feed.seek(40)
    assert player.backend.clock.now() == START + timedelta(seconds=40)
    before = player.backend.clock.monotonic()
    player.backend.clock.sleep(0)
    assert player.backend.clock.monotonic() >= before


def test_it_starts_and_stops_as_often_as_one_likes(player: Player) -> None:
    player.feed.play_at(1000)
    player.feed.start(player.shown.append)
    player.feed.start(player.shown.append)
    eventually(lambda: player.there == 58)
    player.feed.stop()
    player.feed.stop()
    assert [t.name for t in threading.enumerate() if t.name == "replay"] == []
    player.feed.start(player.shown.append)
    player.feed.pause()
    player.feed.seek(5.5)
    eventually(lambda: player.there == 4)


def test_damage_ends_the_play_and_says_where(minute: Path) -> None:
    lines = minute.read_text().splitlines()
    minute.write_text("\n".join([*lines[:20], "]", *lines[20:], ""]))
    player = Player(minute, speed=1000)
    player.feed.start(player.shown.append)
    eventually(lambda: player.there == 17 and player.shown[-1].connection.links[0].reason)
    player.feed.stop()
    link = player.shown[-1].connection.link(HPA.plural)
    assert link.state is LinkState.RECONNECTING
    assert link.reason.startswith("Line 21 of")


def test_there_is_nothing_behind_a_replay(player: Player) -> None:
    backend = player.backend
    google: Backend = backend
    assert google.cloud() is None
    assert backend.label == "replay of minute.jsonl"
    assert [context.namespace for context in backend.contexts()] == ["default"]
    with pytest.raises(UsageError, match="no cluster"):
        backend.cluster()


def test_a_long_recording_shows_how_far_it_has_come(tmp_path: Path) -> None:
    many = [added(f"web-{number % 50}", 2000) for number in range(3000)]
    path = written(tmp_path / "long.jsonl", *many)
    player = Player(path)
    player.feed.seek(1e9)
    player.feed.start(player.shown.append)
    eventually(lambda: player.shown and player.shown[-1].changes == 3000)
    player.feed.stop()
    assert len(player.shown) > 1
