"""A recording on the dashboard: it stands, runs, jumps, and shows what was."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import EVENT, HPA, NODE, POD
from jetscale_tui.domain.live import Changed, ChangeType, Link, LinkChanged, LinkState, Listed
from jetscale_tui.domain.recording import Header
from jetscale_tui.recording.backend import ReplayBackend
from jetscale_tui.recording.files import Recorder, open_recording
from jetscale_tui.tui.app import JetScaleApp, Start
from jetscale_tui.tui.messages import Watched
from jetscale_tui.tui.screens.dashboard import DashboardScreen
from tests.tui import live
from tests.tui.driving import LARGE, running, text_of, until

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot


def recorded(path: Path) -> Path:
    """Two minutes: a backlog of 3, of 48 after a minute, two replicas and 25 at the end."""
    recorder = Recorder(path, Header(live.START, "default", context="prod"))
    first = live.live_pod("maxengine-server-7c9f-x7k2p", "gke-tpu-0", scheduled=-800)
    lists = ((HPA, (live.hpa("3"),)), (POD, (first,)), (NODE, ()), (EVENT, ()))
    for kind, objects in lists:
        recorder.take(Listed(kind, objects), live.START)
        recorder.take(LinkChanged(Link(kind.plural, LinkState.LIVE, live.START)), live.START)
    for seconds, hpa in (
        (60, live.hpa("48", 1, 2, version=2)),
        (90, live.hpa("30", 2, 2, version=3)),
        (120, live.hpa("25", 2, 2, version=4)),
    ):
        change = Changed(HPA, ChangeType.MODIFIED, hpa)
        recorder.take(change, live.START + timedelta(seconds=seconds))
    recorder.close()
    return path


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A recording of a burst."""
    return recorded(tmp_path / "burst.jsonl")


def playing(path: Path, speed: float = 1.0) -> JetScaleApp:
    backend = ReplayBackend(open_recording(path), speed)
    watched = Watched("prod", "default")
    app = JetScaleApp(lambda: backend, start=Start.DASHBOARD, watched=watched)
    app.animation_level = "none"
    return app


async def at(pilot: Pilot[int], words: str) -> None:
    await until(pilot, lambda: words in text_of(pilot))


async def standing(pilot: Pilot[int]) -> DashboardScreen:
    """The replay on screen, standing."""
    await at(pilot, "3/10")
    screen = pilot.app.screen
    assert isinstance(screen, DashboardScreen)
    await pilot.press("space")
    await at(pilot, "replay standing")
    return screen


async def test_space_stands_still_and_goes_on(recording: Path) -> None:
    async with running(playing(recording)) as pilot:
        screen = await standing(pilot)
        assert screen.player is not None
        before = screen.player.position
        await pilot.pause(0.1)
        assert screen.player.position == before
        await pilot.press("space")
        await at(pilot, "replay playing")


async def test_arrows_jump_ten_seconds_and_back_shows_what_was(recording: Path) -> None:
    async with running(playing(recording), LARGE) as pilot:
        screen = await standing(pilot)
        await pilot.press(*["right"] * 9)
        await at(pilot, "30/10")
        assert len(screen.glance.history.metrics[0]) == 3
        await pilot.press(*["left"] * 3)
        await at(pilot, "48/10")
        await pilot.press("home")
        await at(pilot, "3/10")
        assert "30/10" not in text_of(pilot)
        assert len(screen.glance.history.metrics[0]) == 1
        assert "0:00 of 2:00" in text_of(pilot)


async def test_the_end_stays_and_playing_again_begins_anew(recording: Path) -> None:
    async with running(playing(recording), LARGE) as pilot:
        await standing(pilot)
        await pilot.press("end")
        await at(pilot, "25/10")
        await at(pilot, "at the end")
        assert "14:02:00  2:00 of 2:00" in text_of(pilot)
        await pilot.press("space")
        await at(pilot, "3/10")
        await at(pilot, "playing")


async def test_plus_and_minus_change_the_speed(recording: Path) -> None:
    async with running(playing(recording)) as pilot:
        await standing(pilot)
        await pilot.press("plus", "plus")
        await at(pilot, "×4")
        await pilot.press("minus")
        await at(pilot, "×2")


async def test_fast_it_reaches_its_end_by_itself(recording: Path) -> None:
    async with running(playing(recording, speed=500)) as pilot:
        await at(pilot, "25/10")
        await at(pilot, "at the end")


async def test_what_needs_a_cluster_has_no_key(recording: Path) -> None:
    async with running(playing(recording)) as pilot:
        screen = await standing(pilot)
        keys = text_of(pilot).splitlines()[-1]
        for word in ("Burst", "Pause", "Edit", "Doctor", "Record", "Wizard"):
            assert word not in keys
        for word in ("←→ 10 s", "home Start", "end End", "space Play", "-+ Speed"):
            assert word in keys
        await pilot.press("b", "p", "e", "d", "x", "f")
        assert pilot.app.screen is screen


async def test_a_space_in_the_filter_is_a_space(recording: Path) -> None:
    async with running(playing(recording)) as pilot:
        await standing(pilot)
        await pilot.press("slash", "j", "space")
        assert "replay standing" in text_of(pilot)
