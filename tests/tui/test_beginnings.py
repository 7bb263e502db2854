"""Beginning with a setup document, or leaving for the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.flow import WizardStep
from tests.tui.driving import application, reach, running, text_of, until, wizard
from tests.tui.fakes import FakeBackend, FakeCloud

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

SETUP = """\
apiVersion: jetscale/v1
kind: Setup
scaling: {name: from-the-file, maxReplicas: 1}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory the application is started in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


async def asked(pilot: Pilot[int]) -> None:
    """On Welcome, asked for a document."""
    await until(pilot, lambda: "ana@example.com" in text_of(pilot))
    await pilot.press("down", "down", "enter")
    await until(pilot, lambda: "enter opens it" in text_of(pilot))


def plain() -> FakeBackend:
    return FakeBackend(cloud=FakeCloud())


async def test_a_document_found_here_is_opened_with_enter_and_its_answers_count(
    here: Path,
) -> None:
    (here / "mine.yaml").write_text(SETUP)
    (here / "other.yaml").write_text("kind: Deployment\n")
    async with running(application(plain())) as pilot:
        await asked(pilot)
        assert "▸ mine.yaml" in text_of(pilot)
        assert "other.yaml" not in text_of(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.PREREQUISITES)
        desk = wizard(pilot).desk
        assert desk is not None
        assert desk.draft.scaling.name == "from-the-file"
        assert desk.draft.scaling.max_replicas == 1
        assert desk.draft.kubernetes.context is not None


async def test_a_path_can_be_typed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text(SETUP)
    async with running(application(plain())) as pilot:
        await asked(pilot)
        await pilot.press(*str(elsewhere), "enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.PREREQUISITES)


async def test_what_is_wrong_with_a_document_is_said_beside_the_field(here: Path) -> None:
    (here / "bad.yaml").write_text("apiVersion: jetscale/v1\nkind: Setup\nscalling: {}\n")
    async with running(application(plain())) as pilot:
        await asked(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "scalling" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "enter opens it" not in text_of(pilot))
        assert wizard(pilot).step is WizardStep.WELCOME


async def test_where_there_is_none_it_says_so() -> None:
    async with running(application(plain())) as pilot:
        await asked(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "There is no setup document here" in text_of(pilot))


async def test_the_demo_is_one_choice_away_and_left_to_whoever_started_this() -> None:
    app = application(plain())
    async with running(app) as pilot:
        await until(pilot, lambda: "Try it on an embedded cluster" in text_of(pilot))
        await pilot.press("down", "down", "down", "enter")
        await until(pilot, lambda: app.demo_wanted)


async def test_the_demo_does_not_offer_itself() -> None:
    backend = FakeBackend(cloud=FakeCloud(), label="sandbox ×10")
    async with running(application(backend)) as pilot:
        await until(pilot, lambda: "ana@example.com" in text_of(pilot))
        assert "embedded cluster" not in text_of(pilot)


async def test_a_session_taken_up_in_the_middle_knows_what_its_answers_rest_on() -> None:
    async with running(application(plain())) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await until(pilot, lambda: "16 chips / 8 = 2 fit now" in text_of(pilot))
        await pilot.press("ctrl+q")
        await until(pilot, lambda: "Leave now?" in text_of(pilot))
        await pilot.press("enter")
    async with running(application(plain())) as pilot:
        await until(pilot, lambda: "ana@example.com" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.METRICS)
        await until(pilot, lambda: "16 chips / 8 = 2 fit now" in text_of(pilot))
        await until(pilot, lambda: "replica needs a node" in text_of(pilot))
