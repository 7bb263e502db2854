"""Taking along what the dashboard shows: a recording, files, a forecast; and a new connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import HPA
from jetscale_tui.domain.live import LinkState, Listed
from jetscale_tui.recording.files import open_recording
from jetscale_tui.tui.dialogs.record import RecordDialog
from jetscale_tui.tui.screens.dashboard import DashboardScreen
from tests.engine.runs import QUICK, Operator
from tests.tui import live
from tests.tui.driving import LARGE, dashboard, running, text_of, until
from tests.tui.test_acts import screen_of, shown
from tests.tui.test_dashboard import backend_of, opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import StartSandbox


@pytest.fixture(scope="module")
def operator(start_sandbox: StartSandbox, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    person = Operator(start_sandbox(QUICK, speed=30.0), tmp_path_factory.mktemp("runs"))
    person.run(person.plan())
    return person


async def test_r_records_all_there_is_and_r_again_ends_it(
    operator: Operator, tmp_path: Path
) -> None:
    path = tmp_path / "evening.jsonl"
    async with running(screen_of(operator), LARGE) as pilot:
        await shown(pilot, "jetstream-hpa")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(pilot.app.screen, RecordDialog))
        await pilot.press("end", "ctrl+u", *str(path), "enter")
        await shown(pilot, "recording, r stops")
        await until(pilot, lambda: b'"list":"horizontalpodautoscalers"' in path.read_bytes())
        await pilot.press("r")
        await shown(pilot, "jetscale replay plays it")
        assert "recording, r stops" not in text_of(pilot)
    entries = [entry.event for entry in open_recording(path).entries()]
    lists = [event for event in entries if isinstance(event, Listed) and event.kind is HPA]
    assert [item["metadata"]["name"] for item in lists[0].objects] == ["jetstream-hpa"]


async def test_what_the_command_line_records_is_said_and_goes_on_to_the_end() -> None:
    app = dashboard(backend_of(live.burst()))
    app._watched = app._watched._replace(recorded=True)
    async with running(app, LARGE) as pilot:
        await opened(pilot)
        assert "● recording ·" in text_of(pilot)
        assert "Record" not in text_of(pilot).splitlines()[-1]


async def test_a_recording_never_replaces_a_file(operator: Operator, tmp_path: Path) -> None:
    path = tmp_path / "there"
    path.write_text("mine")
    async with running(screen_of(operator), LARGE) as pilot:
        await shown(pilot, "jetstream-hpa")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(pilot.app.screen, RecordDialog))
        await pilot.press("end", "ctrl+u", *str(path), "enter")
        await shown(pilot, "never replaces a file")
        await pilot.press("end", "ctrl+u", *"/no/such/folder/x", "enter")
        await shown(pilot, "There is no folder")
    assert path.read_text() == "mine"


async def test_f_forecasts_this_hpa_and_takes_advice_into_a_plan(operator: Operator) -> None:
    async with running(screen_of(operator), LARGE) as pilot:
        await shown(pilot, "jetstream-hpa")
        await until(pilot, lambda: "sandbox-project" in text_of(pilot))
        await pilot.press("f")
        await shown(pilot, "A burst of 100 requests would:")
        assert "settings tried" in text_of(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))


async def test_x_writes_the_hpa_as_it_is(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(screen_of(operator), LARGE) as pilot:
        await shown(pilot, "jetstream-hpa")
        await until(pilot, lambda: "sandbox-project" in text_of(pilot))
        await pilot.press("x")
        await shown(pilot, "This HPA")
        for format_ in ("Setup document", "Manifests", "Terraform"):
            assert format_ in text_of(pilot)
        await pilot.press("c")
        await until(pilot, lambda: "kind: HorizontalPodAutoscaler" in pilot.app.clipboard)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))
    text = (tmp_path / "jetstream-hpa.yaml").read_text()
    assert "kind: HorizontalPodAutoscaler" in text
    assert "managedFields" not in text
    assert "status:" not in text


async def test_c_tries_again_when_the_credentials_have_expired() -> None:
    story = live.burst()
    story.link("horizontalpodautoscalers", LinkState.UNAUTHENTICATED, reason="token expired")
    backend = backend_of(story)
    async with running(dashboard(backend), LARGE) as pilot:
        await opened(pilot)
        assert "credentials expired" in text_of(pilot)
        assert "c tries again" in text_of(pilot)
        await until(pilot, lambda: "c Connect" in text_of(pilot).splitlines()[-1])
        await pilot.press("c")
        await until(pilot, lambda: backend.fake_feed.reconnects == 1)


async def test_while_the_connection_lives_there_is_nothing_to_try_again() -> None:
    backend = backend_of(live.burst())
    async with running(dashboard(backend), LARGE) as pilot:
        await opened(pilot)
        assert "Connect" not in text_of(pilot).splitlines()[-1]
        await pilot.press("c")
        assert backend.fake_feed.reconnects == 0


async def test_a_new_login_and_c_bring_the_picture_back_to_life(operator: Operator) -> None:
    sandbox = operator.sandbox
    async with running(screen_of(operator), LARGE) as pilot:
        await shown(pilot, "✓ live")
        known = sandbox.kube.identities.pop(sandbox.token)
        try:
            sandbox.kube.disconnect()
            await shown(pilot, "credentials expired")
            assert "jetstream-hpa" in text_of(pilot)
        finally:
            sandbox.kube.identities[sandbox.token] = known
        await pilot.press("c")
        await shown(pilot, "✓ live")
