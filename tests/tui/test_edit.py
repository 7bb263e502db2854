"""What the edit dialog makes of what is typed, before anything is planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.tui.dialogs.edit import EditDialog, outcome_of
from tests.tui import live
from tests.tui.driving import LARGE, dashboard, running, text_of, until
from tests.tui.test_dashboard import backend_of, opened

if TYPE_CHECKING:
    from textual.pilot import Pilot


async def editing(pilot: Pilot[int]) -> None:
    await opened(pilot)
    await pilot.press("e")
    await until(pilot, lambda: isinstance(pilot.app.screen, EditDialog))


async def test_the_outcome_is_the_controllers_own_arithmetic_on_the_values_of_now() -> None:
    async with running(dashboard(backend_of(live.burst())), LARGE) as pilot:
        screen = await opened(pilot)
        hpa = screen.glance.hpa
        assert hpa is not None
        wider = {**hpa.raw["spec"], "maxReplicas": 4}
        said = outcome_of(screen.glance, hpa, wider)
        assert said.startswith("With the values of now: 2 → 4 replicas")
        assert "maximum 4" in said


async def test_each_problem_stands_beside_its_field() -> None:
    async with running(dashboard(backend_of(live.burst()))) as pilot:
        await editing(pilot)
        await pilot.press("end", "ctrl+u", "0")
        await until(pilot, lambda: "a quantity above 0" in text_of(pilot))
        await pilot.press("tab", *"fast")
        await until(pilot, lambda: "such as 4 pods/15s" in text_of(pilot))
        await pilot.press("tab", *"9999")
        await until(pilot, lambda: "0 to 3600 seconds" in text_of(pilot))
        await pilot.press("shift+tab", "shift+tab", "shift+tab", "end", "ctrl+u", "0")
        await until(pilot, lambda: "a number from 1" in text_of(pilot))


async def test_a_maximum_below_the_minimum_is_refused() -> None:
    async with running(dashboard(backend_of(live.burst()))) as pilot:
        await editing(pilot)
        await pilot.press("shift+tab", "shift+tab", "end", "ctrl+u", "3")
        await until(pilot, lambda: "below the minimum" in text_of(pilot))
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, EditDialog)


async def test_while_paused_the_behavior_waits() -> None:
    paused = live.hpa("3")
    off = {"selectPolicy": "Disabled"}
    paused["spec"]["behavior"] = {"scaleUp": off, "scaleDown": off}
    async with running(dashboard(backend_of(live.Story().begin(paused)))) as pilot:
        await editing(pilot)
        await until(pilot, lambda: "once it is resumed" in text_of(pilot))
        assert "Scale up" not in text_of(pilot)
