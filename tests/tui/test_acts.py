"""Acts from the dashboard, on a sandbox: what is shown, agreed to, written, and shown again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.domain.pausing import is_paused
from jetscale_tui.engine.journal import runs
from jetscale_tui.tui.app import JetScaleApp, Start
from jetscale_tui.tui.messages import Watched
from jetscale_tui.tui.screens.dashboard import DashboardScreen
from jetscale_tui.tui.screens.doctor import DoctorScreen
from tests.engine.runs import QUICK, Operator
from tests.engine.test_doctor import autoscaler, pods_metric
from tests.tui import live
from tests.tui.driving import LARGE, dashboard, running, text_of, until
from tests.tui.test_dashboard import backend_of, opened

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from jetscale_tui.domain.kinds import Json
    from tests.conftest import StartSandbox

OURS = Ref.to(HPA, "jetstream-hpa", "default")


@pytest.fixture(scope="module")
def operator(start_sandbox: StartSandbox, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    person = Operator(start_sandbox(QUICK, speed=30.0), tmp_path_factory.mktemp("runs"))
    person.run(person.plan())
    return person


def screen_of(operator: Operator, name: str = "jetstream-hpa") -> JetScaleApp:
    watched = Watched(namespace="default", name=name)
    app = JetScaleApp(lambda: operator.backend, start=Start.DASHBOARD, watched=watched)
    app.animation_level = "none"
    return app


def spec(operator: Operator) -> Json:
    live_object = operator.cluster.get(OURS)
    assert live_object is not None
    found: Json = live_object["spec"]
    return found


async def shown(pilot: Pilot[int], words: str) -> None:
    await until(pilot, lambda: words in text_of(pilot))


async def test_p_pauses_after_a_plan_says_so_everywhere_and_p_resumes(operator: Operator) -> None:
    before = spec(operator)
    async with running(screen_of(operator), LARGE) as pilot:
        await shown(pilot, "jetstream-hpa")
        await pilot.press("p")
        await shown(pilot, "Pause default/jetstream-hpa?")
        assert "jetscale/behavior-before-pause" in text_of(pilot)
        assert spec(operator) == before
        await pilot.press("y")
        await shown(pilot, "scaling paused, p resumes")
        await shown(pilot, "‖ jetstream-hpa")
        await shown(pilot, "scaling is switched off both ways")
        assert is_paused(spec(operator)["behavior"])
    async with running(screen_of(operator), LARGE) as pilot:
        await shown(pilot, "scaling paused, p resumes")
        await pilot.press("p")
        await shown(pilot, "Resume default/jetstream-hpa?")
        await pilot.press("y")
        await until(pilot, lambda: "scaling paused" not in text_of(pilot))
    assert spec(operator) == before
    assert [run.act.split()[0] for run in runs()] == ["pause", "resume"]


async def test_leaving_the_plan_writes_nothing(operator: Operator) -> None:
    before = spec(operator)
    async with running(screen_of(operator)) as pilot:
        await shown(pilot, "jetstream-hpa")
        await pilot.press("p")
        await shown(pilot, "Pause default/jetstream-hpa?")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))
    assert spec(operator) == before
    assert not runs()


async def test_e_changes_numbers_with_the_outcome_and_then_the_difference(
    operator: Operator,
) -> None:
    async with running(screen_of(operator), LARGE) as pilot:
        await shown(pilot, "jetstream-hpa")
        await pilot.press("e")
        await shown(pilot, "Edit default/jetstream-hpa")
        await pilot.press("end", "ctrl+u", "x")
        await shown(pilot, "a quantity above 0")
        await pilot.press("enter")
        await shown(pilot, "Correct what is marked")
        await pilot.press("ctrl+u", *"12")
        await shown(pilot, "With the values of now: stays at 1 replica")
        await pilot.press("tab", *"1 pod/60s", "enter")
        await shown(pilot, "Change default/jetstream-hpa?")
        await shown(pilot, "spec.metrics[0].pods.target.averageValue")
        await pilot.press("y")
        await until(pilot, lambda: "0/12" in text_of(pilot))
    assert spec(operator)["behavior"]["scaleUp"]["policies"] == [
        {"type": "Pods", "value": 1, "periodSeconds": 60}
    ]


async def test_one_that_is_not_ours_is_refused_with_the_command(operator: Operator) -> None:
    foreign = autoscaler("foreign", [pods_metric("x")], "bystander")
    operator.sandbox.store.create(foreign)
    async with running(screen_of(operator, "foreign"), LARGE) as pilot:
        await until(pilot, lambda: "foreign" in text_of(pilot))
        screen = pilot.app.screen
        assert isinstance(screen, DashboardScreen)
        await until(pilot, lambda: screen.glance.hpa and screen.glance.hpa.name == "foreign")
        await pilot.press("p")
        await shown(pilot, "was not made by JetScale")
        assert "kubectl" in text_of(pilot)
        await pilot.press("c", "escape")
    operator.cluster.delete(Ref.of(foreign))


async def test_d_walks_the_chain_and_escape_goes_back(operator: Operator) -> None:
    async with running(screen_of(operator)) as pilot:
        await shown(pilot, "jetstream-hpa")
        await until(pilot, lambda: "sandbox-project" in text_of(pilot))
        await pilot.press("d")
        await shown(pilot, "every link works")
        assert "1 of 1 pod ready" in text_of(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))


async def test_the_doctor_points_at_the_broken_link_with_its_fix(operator: Operator) -> None:
    rival = autoscaler("rival", [pods_metric("x")])
    operator.cluster.apply(rival)
    async with running(screen_of(operator)) as pilot:
        await shown(pilot, "jetstream-hpa")
        await pilot.press("d")
        await shown(pilot, "broken at Autoscaler")
        assert "delete hpa rival" in text_of(pilot)
        await pilot.press("c")
        await pilot.press("f")
        await shown(pilot, "Run this now?")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, DoctorScreen))
        operator.cluster.delete(Ref.of(rival))
        await pilot.press("r")
        await until(pilot, lambda: "broken at Autoscaler" not in text_of(pilot))


async def test_without_an_autoscaler_there_is_nothing_to_act_on() -> None:
    async with running(dashboard(backend_of(live.Story().begin()))) as pilot:
        screen = await opened(pilot)
        await pilot.press("p", "e")
        assert pilot.app.screen is screen
