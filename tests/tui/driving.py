"""Driving the application the way a person does, waiting for what a person would see."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from textual.widgets import Input

from jetscale_tui.tui.app import JetScaleApp, Start
from jetscale_tui.tui.messages import Watched
from jetscale_tui.tui.screens.wizard import WizardScreen
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot
    from textual.widget import Widget

    from jetscale_tui.domain.flow import WizardStep
    from jetscale_tui.tui.panes.base import StepPane
    from tests.tui.fakes import FakeBackend

SMALL, MEDIUM, LARGE = (80, 24), (120, 40), (140, 45)


def application(backend: FakeBackend, **options: Any) -> JetScaleApp:
    """An application on a backend that is there at once, without blinking or gliding."""
    app = JetScaleApp(lambda: backend, **options)
    app.animation_level = "none"
    return app


def dashboard(backend: FakeBackend, namespace: str | None = "default") -> JetScaleApp:
    """An application that opens on the dashboard."""
    watched = Watched(namespace=namespace)
    return application(backend, start=Start.DASHBOARD, watched=watched)


@asynccontextmanager
async def running(app: JetScaleApp, size: tuple[int, int] = SMALL) -> AsyncIterator[Pilot[int]]:
    """The application running in a terminal of a size."""
    async with app.run_test(size=size, notifications=True) as pilot:
        yield pilot


async def until(
    pilot: Pilot[int], condition: Callable[[], object], *, within: float = PATIENCE
) -> None:
    """Go on as soon as a condition holds; fail when it does not within so many seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"still not so: {text_of(pilot)}"
        await asyncio.sleep(0.01)
        await pilot.pause()


def wizard(pilot: Pilot[int]) -> WizardScreen:
    """The wizard, wherever it is in the stack."""
    return next(s for s in pilot.app.screen_stack if isinstance(s, WizardScreen))


def pane(pilot: Pilot[int]) -> StepPane:
    """The pane on screen."""
    return wizard(pilot).pane


async def reach(pilot: Pilot[int], step: WizardStep) -> StepPane:
    """Press only Enter, whenever nothing is being waited for, until a step is on screen."""
    screen = wizard(pilot)
    await until(pilot, lambda: screen.desk is not None and screen.desk.whereabouts is not None)
    while screen.step is not step:
        before = screen.step
        await until(pilot, lambda: not screen.pane.busy)
        await pilot.press("enter")
        await until(pilot, lambda step=before: screen.step is not step)  # type: ignore[misc]
    await until(pilot, lambda: not screen.pane.busy)
    await still(pilot)
    return screen.pane


async def still(pilot: Pilot[int]) -> None:
    """Let messages settle, and stop the cursor of every field from blinking."""
    await pilot.pause()
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    await pilot.pause()


def text_of(pilot: Pilot[int], of: Widget | None = None) -> str:
    """What is on screen as plain text, or on one widget's part of it."""
    screen = pilot.app.screen
    width, height = pilot.app.size
    region = of.region if of is not None else None
    lines = []
    for y, strip in enumerate(screen._compositor.render_strips()[:height]):
        line = "".join(segment.text for segment in strip)[:width]
        if region is None:
            lines.append(line.rstrip())
        elif region.y <= y < region.bottom:
            lines.append(line[region.x : region.right].rstrip())
    return "\n".join(lines)
