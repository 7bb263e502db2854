"""Everything a key does to what is on screen, a click does to what it is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.events import Click, MouseDown, MouseScrollDown, MouseScrollUp, MouseUp

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.tui.dialogs.confirm import ConfirmDialog
from jetscale_tui.tui.dialogs.help import HelpDialog
from jetscale_tui.tui.dialogs.plan import PlanDialog
from jetscale_tui.tui.widgets.action_button import ApplyButton
from jetscale_tui.tui.widgets.check_list import CheckList
from jetscale_tui.tui.widgets.choice_list import ChoiceList
from jetscale_tui.tui.widgets.key_bar import KeyBar
from jetscale_tui.tui.widgets.metric_row import MetricToggle
from jetscale_tui.tui.widgets.plan_list import PlanList
from jetscale_tui.tui.widgets.step_rail import StepRail
from jetscale_tui.tui.widgets.view_tabs import ViewTabs
from jetscale_tui.wizard.checking import CHECKS
from tests.tui import live
from tests.tui.dialogs import DIALOGS
from tests.tui.driving import (
    LARGE,
    application,
    dashboard,
    pane,
    reach,
    running,
    text_of,
    until,
    wizard,
)
from tests.tui.fakes import FakeBackend, FakeCloud
from tests.tui.test_dashboard import backend_of, opened
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


async def test_a_click_that_began_before_the_plan_was_seen_does_not_confirm_it() -> None:
    backend = obedient()
    async with running(application(backend)) as pilot:
        await reach(pilot, WizardStep.METRICS)
        # Held back by a slow terminal; where it points to, there is something else by then.
        down = MouseDown(None, 0, 0, 0, 0, 1, False, False, False)
        await armed(pilot)
        button = pane(pilot).query_one(ApplyButton)
        x, y = button.region.x + 2, button.region.y
        up = MouseUp(None, x, y, 0, 0, 1, False, False, False, x, y)
        down._x = down._screen_x = x
        down._y = down._screen_y = y
        pilot.app.post_message(down)
        pilot.app.post_message(up)
        await until(pilot, lambda: "pressed before the plan was seen" in text_of(pilot))
        assert wizard(pilot).step is WizardStep.REVIEW
        assert backend.fake_cluster.writes == []
        await pilot.click(ApplyButton)
        await until(pilot, lambda: wizard(pilot).step is WizardStep.APPLY)


async def test_a_mouse_button_let_go_on_apply_after_it_went_down_elsewhere_presses_nothing() -> (
    None
):
    backend = obedient()
    async with running(application(backend)) as pilot:
        await armed(pilot)
        button = pane(pilot).query_one(ApplyButton)
        button._forward_event(Click(button, 2, 0, 0, 0, 1, False, False, False, 2, 0))
        await until(pilot, lambda: "pressed before the plan was seen" in text_of(pilot))
        assert wizard(pilot).step is WizardStep.REVIEW
        assert backend.fake_cluster.writes == []


async def test_a_click_on_the_name_of_a_view_shows_it_and_the_wheel_moves_it() -> None:
    async with running(application(obedient())) as pilot:
        await armed(pilot)
        names = pane(pilot).query_one(ViewTabs)
        for view in ("guide", "command", "diff", "yaml"):
            line = text_of(pilot).splitlines()[names.region.y]
            await pilot.click(names, offset=(line.index(view) - names.region.x, 0))
            await until(pilot, lambda view=view: f"[{view}" in text_of(pilot))  # type: ignore[misc]
        assert wizard(pilot).step is WizardStep.REVIEW
        assert isinstance(pilot.app.focused, ApplyButton)
        shown = pane(pilot).query_one("#details")
        await until(pilot, lambda: shown.max_scroll_y > 0)
        for turned, there in ((MouseScrollDown, True), (MouseScrollUp, False)):
            await pilot._post_mouse_events([turned], shown, offset=(4, 2))
            await until(pilot, lambda there=there: (shown.scroll_y > 0) is there)  # type: ignore[misc]


async def test_a_click_on_the_name_of_a_view_of_a_small_plan_shows_it() -> None:
    async with running(application(healthy())) as pilot:
        await until(pilot, lambda: "Set up autoscaling" in text_of(pilot))
        await pilot.app.push_screen(DIALOGS[PlanDialog](""))
        await until(pilot, lambda: "[diff]" in text_of(pilot))
        names = pilot.app.screen.query_one(ViewTabs)
        line = text_of(pilot).splitlines()[names.region.y]
        await pilot.click(names, offset=(line.index("command") - names.region.x, 0))
        await until(pilot, lambda: "[command]" in text_of(pilot))
        assert "kubectl apply" in text_of(pilot)


def line_of(pilot: Pilot[int], words: str) -> int:
    """The line of the screen that holds the words."""
    lines = text_of(pilot).splitlines()
    return next(number for number, line in enumerate(lines) if words in line)


async def test_a_click_on_a_check_opens_it() -> None:
    async with running(application(healthy()), LARGE) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        checks = pane(pilot).query_one(CheckList)
        words = CHECKS[-1].title
        row = line_of(pilot, words) - checks.region.y
        await pilot.click(checks, offset=(6, row))
        await until(pilot, lambda: checks.highlighted == len(CHECKS) - 1)
        opened = " ".join(text_of(pilot, checks).split())
        assert " ".join(CHECKS[-1].why.split())[:20] in opened


async def test_a_click_on_a_line_of_the_plan_shows_what_it_is() -> None:
    async with running(application(obedient())) as pilot:
        await armed(pilot)
        plan = pane(pilot).query_one(PlanList)
        row = line_of(pilot, "Autoscaler") - plan.region.y
        await pilot.click(plan, offset=(6, row))
        await until(pilot, lambda: "kind: HorizontalPodAutoscaler" in text_of(pilot))
        assert wizard(pilot).step is WizardStep.REVIEW


async def test_a_click_on_a_row_of_the_table_points_at_its_hpa() -> None:
    story = live.Story().begin(live.hpa(name="one"), live.hpa(name="two"))
    async with running(dashboard(backend_of(story))) as pilot:
        screen = await opened(pilot)
        for name in ("two", "one"):
            row = line_of(pilot, f" {name} ") - screen.table.region.y
            await pilot.click(screen.table, offset=(10, row))
            await until(pilot, lambda name=name: (screen.table.selected or ("", ""))[1] == name)  # type: ignore[misc]


async def test_a_click_answers_a_question() -> None:
    async with running(application(healthy())) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmDialog))
        await pilot.click("#no")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ConfirmDialog))
        assert wizard(pilot).step is WizardStep.CLUSTER
