"""What is written to the terminal when something changes: that, and nothing around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual._compositor import ChopsUpdate, LayoutUpdate

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.tui.app import JetScaleApp, Start
from jetscale_tui.tui.messages import Watched
from jetscale_tui.wizard.checking import CHECKS
from tests.tui import live
from tests.tui.driving import LARGE, SMALL, pane, reach, running, still, text_of, until
from tests.tui.fakes import FakeBackend, FakeCloud
from tests.tui.test_dashboard import backend_of, opened

if TYPE_CHECKING:
    from textual.screen import Screen


WHOLE = {
    "Check, choose": "Check, choose, read the plan, apply it",
    "JetStream MaxText,": "JetStream MaxText, 1/1 ready, 8 chips",
    "Custom Metrics Stackdriver": "Custom Metrics Stackdriver Adapter  recommended",
    "its own service": "its own service account, directly",
}
"""How lines of the wizard's lists begin, and what fits on them at 80 columns."""


class Filmed(JetScaleApp):
    """Remembers what would go to the terminal."""

    def __init__(self, backend: FakeBackend, **options: Any) -> None:
        super().__init__(lambda: backend, **options)
        self.animation_level = "none"
        self.frames: list[object] = []
        self.bodies: list[str] = []

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if renderable is not None and not self._batch_count:
            self.frames.append(renderable)
            strips = screen._compositor.render_strips()
            self.bodies.append("\n".join("".join(part.text for part in strip) for strip in strips))
        super()._display(screen, renderable)

    @property
    def whole(self) -> int:
        """How many frames were a whole screen."""
        return sum(isinstance(frame, LayoutUpdate) for frame in self.frames)

    @property
    def lines(self) -> set[int]:
        """The lines of the screen that something was written to."""
        written = (frame for frame in self.frames if isinstance(frame, ChopsUpdate))
        return {line for frame in written for line, _, _ in frame.spans}


async def test_a_newer_picture_writes_only_what_it_changes() -> None:
    story = live.burst()
    backend = backend_of(story)
    watched = Watched(namespace="default")
    app = Filmed(backend, start=Start.DASHBOARD, watched=watched)
    async with running(app, LARGE) as pilot:
        await opened(pilot)
        await until(pilot, lambda: "Why 2?" in text_of(pilot))
        await pilot.pause()
        app.frames.clear()
        app.bodies.clear()
        backend.fake_feed.say(story.at(255, live.hpa("7", 2, 2, version=20, seconds=91)).snapshot())
        await until(pilot, lambda: "7/10" in text_of(pilot))
        await pilot.pause()
        assert app.whole == 0
        assert app.lines
        assert not app.lines & {0, app.size.height - 1}, "nothing changed in the first or last line"
        assert all("Why" in body and "jetstream-hpa" in body for body in app.bodies)


async def test_no_check_disappears_while_findings_come_in() -> None:
    backend = FakeBackend(cloud=FakeCloud())
    app = Filmed(backend)
    async with running(app, LARGE) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        backend.fake_cluster.reads.clear()
        await pilot.press("r")
        await until(pilot, lambda: "asking" in text_of(pilot))
        await pilot.pause()
        app.frames.clear()
        app.bodies.clear()
        backend.fake_cluster.reads.set()
        await until(pilot, lambda: not pane(pilot).busy)
        await pilot.pause()
        assert len(app.bodies) > 1
        assert app.whole == 0, "the whole screen was written again"
        assert 0 not in app.lines, "nothing changed in the first line"
        titles = [check.title for check in CHECKS]
        for body in app.bodies:
            assert all(title in body for title in titles), body


async def test_a_list_is_wrapped_for_its_place_from_its_first_frame_on() -> None:
    app = Filmed(FakeBackend(cloud=FakeCloud()))
    async with running(app, SMALL) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        await until(pilot, lambda: not pane(pilot).busy)
        for step in (WizardStep.CLUSTER, WizardStep.WORKLOAD, WizardStep.ADAPTER):
            await reach(pilot, step)
        await still(pilot)
        for beginning, line in WHOLE.items():
            rows = [row for body in app.bodies for row in body.splitlines() if beginning in row]
            assert rows, beginning
            assert all(line in row for row in rows), rows
