"""Everything a key does to what is on screen, a click does to what it is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.tui.dialogs.help import HelpDialog
from jetscale_tui.tui.widgets.choice_list import ChoiceList
from jetscale_tui.tui.widgets.key_bar import KeyBar
from jetscale_tui.tui.widgets.metric_row import MetricToggle
from jetscale_tui.tui.widgets.plan_list import PlanList
from jetscale_tui.tui.widgets.step_rail import StepRail
from tests.tui.driving import application, pane, reach, running, text_of, until, wizard
from tests.tui.fakes import FakeBackend, FakeCloud
from tests.tui.test_review_and_apply import armed, obedient

if TYPE_CHECKING:
    from textual.pilot import Pilot


def healthy() -> FakeBackend:
    return FakeBackend(cloud=FakeCloud())


def column(pilot: Pilot[int], word: str, line: int = -1) -> int:
    """Where a word begins in a line of the screen."""
    return text_of(pilot).splitlines()[line].index(word)


async def test_a_click_on_the_line_of_keys_presses_the_key() -> None:
    async with running(application(healthy())) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        await pilot.click(KeyBar, offset=(column(pilot, "Back"), 0))
        await until(pilot, lambda: wizard(pilot).step is WizardStep.PREREQUISITES)
        await pilot.click(KeyBar, offset=(column(pilot, "Help"), 0))
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpDialog))


async def test_a_click_on_the_rail_goes_to_a_step_that_was_there_already() -> None:
    async with running(application(healthy())) as pilot:
        await reach(pilot, WizardStep.WORKLOAD)
        await pilot.click(StepRail, offset=(4, 1))
        await until(pilot, lambda: wizard(pilot).step is WizardStep.PREREQUISITES)


async def test_a_click_points_at_a_choice_and_a_second_one_takes_it() -> None:
    async with running(application(healthy())) as pilot:
        await reach(pilot, WizardStep.ADAPTER)
        choices = pane(pilot).query(ChoiceList).first()
        row = next(
            number
            for number, line in enumerate(text_of(pilot, choices).splitlines())
            if "prometheus-adapter" in line
        )
        await pilot.click(choices, offset=(6, row))
        await until(pilot, lambda: choices.highlighted == 1)
        assert wizard(pilot).step is WizardStep.ADAPTER
        row = next(
            number
            for number, line in enumerate(text_of(pilot, choices).splitlines())
            if "prometheus-adapter" in line
        )
        await pilot.click(choices, offset=(6, row), times=2)
        await until(pilot, lambda: wizard(pilot).step is WizardStep.METRICS)


async def test_a_click_follows_a_metric() -> None:
    async with running(application(healthy())) as pilot:
        await reach(pilot, WizardStep.METRICS)
        second = list(pane(pilot).query(MetricToggle))[1]
        assert "[ ]" in text_of(pilot, second)
        await pilot.click(second)
        await until(pilot, lambda: "[x]" in text_of(pilot, second))


async def test_a_double_click_opens_a_step_of_the_plan() -> None:
    async with running(application(obedient())) as pilot:
        await armed(pilot)
        plan = pane(pilot).query_one(PlanList)
        before = plan.option_count
        row = next(
            number
            for number, line in enumerate(text_of(pilot, plan).splitlines())
            if "Metrics adapter" in line
        )
        await pilot.click(plan, offset=(4, row), times=2)
        await until(pilot, lambda: plan.option_count > before)


async def test_a_click_on_the_button_applies() -> None:
    async with running(application(obedient())) as pilot:
        await armed(pilot)
        await pilot.click("ApplyButton")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.APPLY)
