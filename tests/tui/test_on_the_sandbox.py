"""The same application against the embedded servers, over the protocols the real ones speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Button

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.domain.kinds import HPA
from jetscale_tui.tui.app import JetScaleApp
from jetscale_tui.tui.screens.dashboard import DashboardScreen
from jetscale_tui.wiring import RealBackend
from tests.tui.driving import running, text_of, until, wizard

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.conftest import StartSandbox


async def test_only_enter_leads_from_nothing_to_a_dashboard_that_scales_under_a_burst(
    start_sandbox: StartSandbox,
) -> None:
    sandbox = start_sandbox(speed=20)
    app = JetScaleApp(lambda: RealBackend(sandbox.kubeconfig))
    app.animation_level = "none"
    async with running(app) as pilot:
        presses = await _enter_to_the_dashboard(pilot)
        assert presses < 10
        await until(pilot, lambda: "Deployment/maxengine-server" in text_of(pilot))
        assert "jetstream-hpa" in text_of(pilot)
        assert "sandbox ×20" in text_of(pilot)
        await pilot.press("b", "enter")
        await until(pilot, lambda: _replicas(sandbox) == 2)
        screen = pilot.app.screen
        assert isinstance(screen, DashboardScreen)
        await until(pilot, lambda: screen.glance.hpa and screen.glance.hpa.desired_replicas == 2)
        await until(pilot, lambda: "100 of 100" in text_of(pilot))


async def _enter_to_the_dashboard(pilot: Pilot[int]) -> int:
    screen, presses = wizard(pilot), 0
    while not isinstance(pilot.app.screen, DashboardScreen):
        await until(pilot, lambda: _asks_for_enter(pilot), within=120)
        before = (screen.step, _running(pilot))
        await pilot.press("enter")
        presses += 1
        await until(pilot, lambda state=before: _moved(pilot, state))  # type: ignore[misc]
    return presses


def _asks_for_enter(pilot: Pilot[int]) -> bool:
    screen = wizard(pilot)
    if screen.desk is None or screen.pane.busy:
        return False
    if screen.step is WizardStep.PREREQUISITES:
        return " ok" in text_of(pilot)
    if screen.step is WizardStep.APPLY:
        return bool(getattr(screen.pane, "ended", False))
    return screen.step is not WizardStep.REVIEW or isinstance(pilot.app.focused, Button)


def _moved(pilot: Pilot[int], before: tuple[WizardStep, bool]) -> bool:
    if isinstance(pilot.app.screen, DashboardScreen):
        return True
    return (wizard(pilot).step, _running(pilot)) != before


def _running(pilot: Pilot[int]) -> bool:
    return bool(getattr(wizard(pilot).pane, "running", False))


def _replicas(sandbox: Sandbox) -> int:
    hpa = sandbox.store.get(HPA, "default", "jetstream-hpa") or {}
    return int((hpa.get("status") or {}).get("desiredReplicas", 0))
