"""Pictures of every pane, dialog and state, compared with ones that were looked at.

A scene is one application, brought to its state once and then looked at in terminals of three
sizes, dark and light. A changed picture is looked at before `--snapshot-update`; one Python
version owns them.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from jetscale_tui.tui import themes
from jetscale_tui.tui.dialogs.advice import AdviceDialog
from jetscale_tui.tui.dialogs.behavior import BehaviorDialog
from jetscale_tui.tui.dialogs.burst import BurstDialog
from jetscale_tui.tui.dialogs.confirm import ConfirmDialog
from jetscale_tui.tui.dialogs.edit import EditDialog
from jetscale_tui.tui.dialogs.export import ExportDialog
from jetscale_tui.tui.dialogs.help import HelpDialog
from jetscale_tui.tui.dialogs.name_server import NameServerDialog
from jetscale_tui.tui.dialogs.open_setup import OpenSetupDialog
from jetscale_tui.tui.dialogs.pick_namespace import PickNamespaceDialog
from jetscale_tui.tui.dialogs.pick_project import PickProjectDialog
from jetscale_tui.tui.dialogs.plan import PlanDialog
from jetscale_tui.tui.dialogs.record import RecordDialog
from jetscale_tui.tui.dialogs.refusal import RefusalDialog
from jetscale_tui.tui.screens.too_small import TooSmallScreen
from tests.tui import scenes, scenes_held, scenes_waiting
from tests.tui.dialogs import DIALOGS
from tests.tui.driving import MEDIUM, SMALL, running, still, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion
    from textual.pilot import Pilot
    from textual.screen import ModalScreen

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the pictures belong to Python 3.11"
)

SCENES = scenes.SCENES | scenes_waiting.SCENES | scenes_held.SCENES
WIDE = (200, 50)
SIZES = (SMALL, MEDIUM, WIDE)
PANES = (
    "welcome", "prerequisites-failed", "cluster", "workload", "adapter", "metrics", "review",
    "apply-failed", "dashboard", "dashboard-pods", "dashboard-metric",
)  # fmt: skip
"""Pictured in the light theme, and without colour, in every size; the others in the smallest."""
IN_ASCII = (*PANES, "doctor", "help", "prerequisites-asking")
PICTURED: Mapping[type[ModalScreen[Any]], str] = {
    AdviceDialog: "metrics-advice",
    BehaviorDialog: "metrics-behavior",
    BurstDialog: "burst",
    ConfirmDialog: "leaving",
    EditDialog: "edit",
    ExportDialog: "review-export",
    HelpDialog: "help",
    NameServerDialog: "workload-name",
    OpenSetupDialog: "welcome-open",
    PickNamespaceDialog: "dashboard-namespace",
    PickProjectDialog: "cluster-project",
    PlanDialog: "pause",
    RecordDialog: "dashboard-record",
    RefusalDialog: "refusal",
}
"""The scene that shows a dialog."""


class Svg(SingleFileSnapshotExtension):
    """One file a picture."""

    _file_extension = "svg"
    _write_mode = WriteMode.TEXT


class Album:
    """Compares pictures with the kept ones, and says at the end which of them differ."""

    def __init__(self, kept: SnapshotAssertion, new: Path) -> None:
        self._kept = kept.use_extension(Svg)
        self._new = new
        self._wrong: list[str] = []

    async def look(self, pilot: Pilot[int], name: str) -> None:
        """Compare what is on screen; where it differs, leave the new picture to be looked at."""
        await still(pilot)
        svg = pilot.app.export_screenshot(simplify=True)
        # Rich makes up a number for each picture.
        taken = re.sub(r"\bterminal-\d+-", "terminal-", svg)
        if self._kept(name=name) != taken:
            path = self._new / f"{name}.svg"
            path.write_text(taken, encoding="utf-8")
            self._wrong.append(f"{name} differs: {path}")

    def close(self) -> None:
        """Fail if anything was wrong."""
        assert not self._wrong, "\n".join(self._wrong)


@pytest.fixture
def album(snapshot: SnapshotAssertion, tmp_path: Path) -> Album:
    """The kept pictures of a test."""
    return Album(snapshot, tmp_path)


def named(size: tuple[int, int]) -> str:
    """A size as it is written."""
    return f"{size[0]}x{size[1]}"


async def resized(pilot: Pilot[int], size: tuple[int, int]) -> None:
    """Another size, and what comes of it."""
    if tuple(pilot.app.size) != size:
        await pilot.resize_terminal(*size)
    await still(pilot)


@pytest.mark.parametrize("scene", SCENES)
async def test_in_colour(album: Album, scene: str) -> None:
    make, go = SCENES[scene]
    async with running(make()) as pilot:
        await go(pilot)
        for dialog, name in PICTURED.items():
            assert name != scene or isinstance(pilot.app.screen, dialog)
        for size in SIZES:
            await resized(pilot, size)
            await album.look(pilot, f"{named(size)}-dark")
            shown = text_of(pilot)
            pilot.app.theme = themes.LIGHT.name
            if size == SMALL or scene in PANES:
                await album.look(pilot, f"{named(size)}-light")
            await still(pilot)
            assert text_of(pilot) == shown, "a theme changes no word"
            pilot.app.theme = themes.DARK.name
    album.close()


@pytest.mark.parametrize("scene", SCENES)
async def test_without_colour(album: Album, monkeypatch: pytest.MonkeyPatch, scene: str) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    make, go = SCENES[scene]
    async with running(make()) as pilot:
        await go(pilot)
        for size in SIZES if scene in PANES else (SMALL,):
            await resized(pilot, size)
            await album.look(pilot, named(size))
    album.close()


@pytest.mark.parametrize("scene", IN_ASCII)
async def test_in_ascii(album: Album, monkeypatch: pytest.MonkeyPatch, scene: str) -> None:
    monkeypatch.setenv("JETSCALE_ASCII", "1")
    make, go = SCENES[scene]
    async with running(make()) as pilot:
        await go(pilot)
        await album.look(pilot, named(SMALL))
    album.close()


async def test_too_small(album: Album) -> None:
    make, _ = SCENES["welcome"]
    async with running(make(), (60, 15)) as pilot:
        await album.look(pilot, named((60, 15)))
    album.close()


@pytest.mark.parametrize("scene", ["prerequisites-failed", "metrics", "review", "dashboard"])
async def test_a_terminal_made_large_shows_what_one_that_begins_so_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scene: str
) -> None:
    make, go = SCENES[scene]
    seen = []
    for first in (SMALL, WIDE):
        # Otherwise the second would go on where the first one stopped.
        monkeypatch.setenv("JETSCALE_HOME", str(tmp_path / named(first)))
        async with running(make(), first) as pilot:
            await go(pilot)
            await resized(pilot, WIDE)
            seen.append(text_of(pilot))
    assert seen[0] == seen[1]


def test_every_dialog_is_pictured() -> None:
    assert set(PICTURED) | {TooSmallScreen} == set(DIALOGS)
    assert set(PICTURED.values()) <= set(SCENES)
