"""What the doctor on screen does about what a setup's plan can mend."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.domain.kinds import API_SERVICE, Ref
from jetscale_tui.engine.journal import folder
from jetscale_tui.tui.app import JetScaleApp, Start
from jetscale_tui.tui.messages import Watched
from jetscale_tui.tui.screens.wizard import WizardScreen
from tests.engine.runs import QUICK, SPEED, Operator
from tests.tui.driving import LARGE, running, text_of, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.conftest import StartSandbox

CUSTOM = Ref.to(API_SERVICE, "v1beta2.custom.metrics.k8s.io")


@pytest.fixture(scope="module")
def operator(start_sandbox: StartSandbox, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """Everything was set up, and then somebody deleted the adapter's APIService."""
    person = Operator(start_sandbox(QUICK, speed=SPEED), tmp_path_factory.mktemp("runs"))
    person.run(person.plan())
    person.cluster.delete(CUSTOM)
    return person


def watching(operator: Operator) -> JetScaleApp:
    watched = Watched(namespace="default", name="jetstream-hpa")
    app = JetScaleApp(lambda: operator.backend, start=Start.DASHBOARD, watched=watched)
    app.animation_level = "none"
    return app


async def mended(pilot: Pilot[int]) -> WizardScreen:
    """The wizard that the fix leads to."""
    await until(pilot, lambda: "jetstream-hpa" in text_of(pilot))
    await pilot.press("d")
    await until(pilot, lambda: "broken at Metrics API" in text_of(pilot))
    await pilot.press("f")
    await until(pilot, lambda: isinstance(pilot.app.screen, WizardScreen))
    screen = pilot.app.screen
    assert isinstance(screen, WizardScreen)
    return screen


async def test_f_opens_the_plan_for_what_is_missing_of_what_was_applied(operator: Operator) -> None:
    shutil.copytree(operator.folder, folder(), dirs_exist_ok=True)
    async with running(watching(operator), LARGE) as pilot:
        wizard = await mended(pilot)
        await until(pilot, lambda: wizard.step is WizardStep.REVIEW)
        await until(pilot, lambda: "1 change" in text_of(pilot))
        assert f"APIService {CUSTOM.name}" in text_of(pilot)


async def test_where_no_setup_is_known_f_opens_the_wizard(operator: Operator) -> None:
    async with running(watching(operator), LARGE) as pilot:
        wizard = await mended(pilot)
        await until(pilot, lambda: wizard.interview is not None)
        assert wizard.step is WizardStep.WELCOME
