"""Pictures of every pane, dialog and state, compared with ones that were looked at.

A changed picture is looked at before `--snapshot-update`; one Python version owns them.
"""

from __future__ import annotations

import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from jetscale_tui.tui import themes
from jetscale_tui.tui.screens.too_small import too_small
from tests.tui import scenes, scenes_waiting
from tests.tui.driving import MEDIUM, SMALL, still

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.pilot import Pilot

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the pictures belong to Python 3.11"
)

SCENES = scenes.SCENES | scenes_waiting.SCENES
WIDE = (200, 50)
PANES = [
    "prerequisites-failed", "cluster", "workload", "adapter", "metrics", "review", "apply-failed",
    "dashboard", "dashboard-pods",
]  # fmt: skip


class Look(NamedTuple):
    """A terminal, and the scenes that are looked at in it."""

    scenes: Sequence[str]
    size: tuple[int, int] = SMALL
    theme: str = themes.DARK.name
    environ: Mapping[str, str] = MappingProxyType({})


IN_LIGHT = [
    *PANES, "help", "burst", "doctor", "edit-problem", "leaving",
    "dashboard-unknown",
]  # fmt: skip
WITHOUT_COLOUR = [
    "prerequisites-failed", "cluster", "adapter", "metrics", "review", "apply-failed", "leaving",
    "dashboard", "dashboard-unknown", "edit-problem",
]  # fmt: skip
IN_ASCII = [
    "welcome", "prerequisites-failed", "metrics", "review", "dashboard", "dashboard-pods", "doctor",
]  # fmt: skip
LOOKS = {
    "80x24": Look(sorted(SCENES)),
    "120x40": Look([*PANES, "welcome", "doctor", "dashboard-no-pods", "pause"], MEDIUM),
    "200x50": Look([*PANES, "welcome", "doctor", "review-yaml", "help-dashboard"], WIDE),
    "light": Look(IN_LIGHT, theme=themes.LIGHT.name),
    "light-200x50": Look(["metrics", "dashboard"], WIDE, themes.LIGHT.name),
    "no-colour": Look(WITHOUT_COLOUR, environ={"NO_COLOR": "1"}),
    "ascii": Look(IN_ASCII, environ={"JETSCALE_ASCII": "1"}),
    "too-small": Look(["welcome"], (60, 15)),
}
"""By name: what is pictured where."""


@pytest.mark.parametrize(
    ("scene", "look"), [(scene, name) for name, look in LOOKS.items() for scene in look.scenes]
)
def test_it_looks_as_it_did_when_it_was_looked_at(
    snap_compare: Any, monkeypatch: pytest.MonkeyPatch, scene: str, look: str
) -> None:
    _, size, theme, environ = LOOKS[look]
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    make, go = SCENES[scene]
    app = make()

    async def before(pilot: Pilot[int]) -> None:
        app.theme = theme
        if not too_small(app.size):
            await go(pilot)
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)
