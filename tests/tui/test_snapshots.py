"""Pictures of every pane, dialog and state, compared with ones that were looked at.

A changed picture is looked at before `--snapshot-update`; one Python version owns them.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.tui import themes
from tests.tui.driving import LARGE, MEDIUM, SMALL, still
from tests.tui.scenes import SCENES

if TYPE_CHECKING:
    from textual.pilot import Pilot

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the pictures belong to Python 3.11"
)

AT_80 = sorted(SCENES)
AT_120 = ["prerequisites-failed", "metrics", "review", "apply-failed", "dashboard"]
AT_140 = ["dashboard", "dashboard-pods", "review-yaml"]
LIGHT = ["metrics", "review", "dashboard", "prerequisites-failed"]
ASCII = ["metrics", "review", "dashboard", "dashboard-pods"]
COLOURLESS = ["metrics", "review", "dashboard-unknown"]


def compare(
    snap_compare: Any, name: str, size: tuple[int, int], *, theme: str = themes.DARK.name
) -> None:
    make, go = SCENES[name]
    app = make()

    async def before(pilot: Pilot[int]) -> None:
        app.theme = theme
        await go(pilot)
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("name", AT_80)
def test_at_80_by_24(snap_compare: Any, name: str) -> None:
    compare(snap_compare, name, SMALL)


@pytest.mark.parametrize("name", AT_120)
def test_at_120_by_40(snap_compare: Any, name: str) -> None:
    compare(snap_compare, name, MEDIUM)


@pytest.mark.parametrize("name", AT_140)
def test_at_140_by_45(snap_compare: Any, name: str) -> None:
    compare(snap_compare, name, LARGE)


@pytest.mark.parametrize("name", LIGHT)
def test_in_the_light_theme(snap_compare: Any, name: str) -> None:
    compare(snap_compare, name, SMALL, theme=themes.LIGHT.name)


@pytest.mark.parametrize("name", ASCII)
def test_in_ascii(snap_compare: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JETSCALE_ASCII", "1")
    compare(snap_compare, name, SMALL)


@pytest.mark.parametrize("name", COLOURLESS)
def test_without_colour(snap_compare: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    compare(snap_compare, name, SMALL)


def test_in_a_terminal_too_small(snap_compare: Any) -> None:
    make, _ = SCENES["welcome"]

    async def before(pilot: Pilot[int]) -> None:
        await still(pilot)

    assert snap_compare(make(), terminal_size=(60, 15), run_before=before)
