"""The wizard's answers are saved off the interface's thread, and the newest remain."""

from __future__ import annotations

from jetscale_tui.domain.flow import WALK, WizardStep
from jetscale_tui.tui.draft_saver import DraftSaver
from jetscale_tui.wizard.drafts import load_draft
from tests.tui.driving import application, reach, running, until, wizard
from tests.tui.fakes import FakeBackend, FakeCloud


async def test_of_answers_saved_at_the_same_time_the_last_remain() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        screen = wizard(pilot)
        assert screen.interview is not None
        drafts = DraftSaver(screen)
        for step in (*WALK, WizardStep.METRICS) * 20:
            drafts.soon(screen.interview, step)
        await until(pilot, lambda: not [w for w in pilot.app.workers if w.group == "draft"])
    kept = load_draft("")
    assert kept is not None
    assert kept.step is WizardStep.METRICS
