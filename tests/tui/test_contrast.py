"""Every text that is drawn can be read on what it is drawn on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.color import ColorType
from textual.color import Color
from textual.widgets import Button

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.tui import themes
from tests.tui.dialogs import DIALOGS
from tests.tui.driving import application, reach, running
from tests.tui.test_review_and_apply import obedient

if TYPE_CHECKING:
    from textual.pilot import Pilot

PANES = [step for step in WizardStep if step is not WizardStep.APPLY]
DECORATION = set("─│▕▏▁▂▃▄▅▆▇█▊▎▌▐▔┌┐└┘╭╮╰╯┄┤·■□ ")


def faint(pilot: Pilot[int], least: float) -> set[str]:
    """Words on screen whose contrast to their ground is below this."""
    found = set()
    screen = pilot.app.screen
    # What lies behind a question is faint on purpose.
    region = next((box.region for box in screen.query(".dialog")), screen.region)
    # What cannot be used now may be fainter.
    unusable = [button.region for button in screen.query(Button) if button.disabled]
    strips = screen._compositor.render_strips()
    for y, strip in enumerate(strips[region.y : region.bottom], region.y):
        if any(button.y == y for button in unusable):
            continue
        for segment in strip.crop(region.x, region.right):
            style = segment.style
            if not segment.text.strip() or style is None or set(segment.text) <= DECORATION:
                continue
            ink, ground = style.color, style.bgcolor
            if ink is None or ground is None or ColorType.DEFAULT in (ink.type, ground.type):
                continue
            colour, below = Color.from_rich_color(ink), Color.from_rich_color(ground)
            if style.reverse:
                colour, below = below, colour
            contrast = themes.contrast(colour, below)
            if contrast < least and not style.dim:
                found.add(
                    f"{segment.text.strip()[:30]!r}: {contrast:.1f}, {colour.hex} {below.hex}"
                )
    return found


@pytest.mark.parametrize("theme", [themes.DARK.name, themes.LIGHT.name])
async def test_in_every_pane_and_every_dialog(theme: str) -> None:
    app = application(obedient())
    app.theme = theme
    async with running(app) as pilot:
        found = {}
        for step in PANES:
            await reach(pilot, step)
            found[step.value] = faint(pilot, themes.READABLE)
        for made, make in DIALOGS.items():
            await pilot.app.push_screen(make(""))
            await pilot.pause()
            found[made.__name__] = faint(pilot, themes.READABLE)
            await pilot.app.pop_screen()
        assert [f"{place}: {each}" for place in found for each in sorted(found[place])] == []
