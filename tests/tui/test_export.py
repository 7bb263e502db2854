"""A plan is taken along from the Review pane, in every format, never over what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.driving import application, running, text_of, until
from tests.tui.fakes import FakeBackend, FakeCloud, healthy_cluster
from tests.tui.test_review_and_apply import armed

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from textual.pilot import Pilot


async def opened(pilot: Pilot[int]) -> None:
    """On Review, with the dialog open."""
    await armed(pilot)
    await pilot.press("w")
    await until(pilot, lambda: "Terraform" in text_of(pilot))


def ready() -> FakeBackend:
    return FakeBackend(healthy_cluster(), FakeCloud())


async def test_every_format_of_the_command_is_offered_with_a_path() -> None:
    async with running(application(ready())) as pilot:
        await opened(pilot)
        shown = text_of(pilot)
        for title in (
            "Setup document", "Manifests", "Kustomize", "Helm values", "Script", "Terraform",
        ):  # fmt: skip
            assert title in shown
        assert "jetstream-setup.yaml" in shown
        await pilot.press("down")
        await until(pilot, lambda: "jetstream-manifests.yaml" in text_of(pilot))


async def test_a_format_the_setup_has_nothing_in_says_why_and_cannot_be_chosen() -> None:
    async with running(application(ready())) as pilot:
        await opened(pilot)
        await pilot.press("down", "down", "down")
        await until(pilot, lambda: "▸ Script" in text_of(pilot))


async def test_enter_writes_the_file_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(application(ready())) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Written" in text_of(pilot))
        assert "kind: Setup" in (tmp_path / "jetstream-setup.yaml").read_text()


async def test_a_format_of_several_files_becomes_a_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(application(ready())) as pilot:
        await opened(pilot)
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: "Written" in text_of(pilot))
        assert (tmp_path / "jetstream-kustomize" / "kustomization.yaml").is_file()


async def test_a_file_that_is_there_is_replaced_by_a_second_enter_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    there = tmp_path / "jetstream-setup.yaml"
    there.write_text("mine")
    async with running(application(ready())) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Enter again replaces it." in text_of(pilot))
        assert there.read_text() == "mine"
        await pilot.press("enter")
        await until(pilot, lambda: "Written" in text_of(pilot))
        assert there.read_text() != "mine"


async def test_a_path_can_be_typed_and_stays_when_another_format_is_chosen(
    tmp_path: Path,
) -> None:
    target = tmp_path / "elsewhere.yaml"
    async with running(application(ready())) as pilot:
        await opened(pilot)
        await pilot.press("tab", "end", "ctrl+u", *str(target), "shift+tab", "down", "enter")
        await until(pilot, lambda: "Written" in text_of(pilot))
        assert "kind: HorizontalPodAutoscaler" in target.read_text()


async def test_a_path_that_cannot_be_written_is_said_beside_the_field() -> None:
    async with running(application(ready())) as pilot:
        await opened(pilot)
        await pilot.press("tab", "end", "ctrl+u", *"/proc/none/setup.yaml", "enter")
        await until(pilot, lambda: "/proc/none/setup.yaml cannot be written" in text_of(pilot))
        await pilot.press("end", "ctrl+u", "enter")
        await until(pilot, lambda: "Say where to write it." in text_of(pilot))


async def test_what_somebody_else_has_to_do_can_be_handed_over_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    backend = ready()
    assert backend.fake_cloud is not None
    backend.fake_cloud.denied = frozenset({"resourcemanager.projects.setIamPolicy"})
    async with running(application(backend)) as pilot:
        await opened(pilot)
        await until(pilot, lambda: "▸ Hand-over" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "Written" in text_of(pilot))
        script = (tmp_path / "jetstream-hand-over" / "hand-over.sh").read_text()
        assert "add-iam-policy-binding" in script


async def test_leaving_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(application(ready())) as pilot:
        await opened(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "enter writes it" not in text_of(pilot))
        assert not (tmp_path / "jetstream-setup.yaml").exists()
