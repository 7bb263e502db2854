"""Targets beside live values, limits beside chips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.engine.plan import Create
from jetscale_tui.tui.panes.review import ReviewPane
from tests.tui.driving import LARGE, application, pane, reach, running, text_of, until, wizard
from tests.tui.fakes import FakeBackend, FakeCloud, healthy_cluster, node

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from jetscale_tui.domain.spec import Scaling


def scaling(pilot: Pilot[int]) -> Scaling:
    desk = wizard(pilot).desk
    assert desk is not None
    return desk.draft.scaling


async def test_each_metric_shows_its_value_now_beside_its_target() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.METRICS)
        lines = text_of(pilot).splitlines()
        backlog = next(line for line in lines if "Prefill backlog" in line)
        assert "[x]" in backlog
        assert "now 3 " in backlog
        assert "target 10" in backlog
        slots = next(line for line in lines if "Slots used" in line)
        assert "[ ]" in slots
        assert "now 41 %" in slots


async def test_metrics_that_must_not_be_scaled_on_are_not_offered() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.METRICS)
        assert "Generate backlog" not in text_of(pilot)


async def test_space_follows_a_second_metric_too() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await pilot.press("down", "space")
        await until(pilot, lambda: len(scaling(pilot).metrics) == 2)
        assert scaling(pilot).metrics[1].target == "900m"


async def test_typing_a_target_follows_the_metric() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await pilot.press("down", "right", "end", "ctrl+u", *"85%")
        await until(pilot, lambda: len(scaling(pilot).metrics) == 2)
        assert scaling(pilot).metrics[1].target == "85%"


async def test_a_target_outside_the_range_is_explained_beside_the_field_and_stops() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await pilot.press("down", "right", "end", "ctrl+u", *"90")
        await until(pilot, lambda: "would never scale" in text_of(pilot, pane(pilot)))
        await pilot.press("enter")
        await until(pilot, lambda: "Correct what is marked above" in text_of(pilot))
        assert wizard(pilot).step is WizardStep.METRICS


async def test_a_step_with_a_problem_is_marked_with_its_count_on_the_rail() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await pilot.press("space")
        await until(pilot, lambda: not scaling(pilot).metrics)
        await pilot.press("escape")
        await until(pilot, lambda: "Metrics 1" in text_of(pilot))


async def test_the_proposed_maximum_is_what_fits_the_chips() -> None:
    cluster = healthy_cluster()
    cluster.put(node("gke-tpu-2"))
    async with running(application(FakeBackend(cluster, FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await until(pilot, lambda: scaling(pilot).max_replicas == 3)
        assert "24 chips / 8 = 3 fit now" in text_of(pilot)


async def test_a_maximum_beyond_the_chips_says_which_replica_waits_for_a_node() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await pilot.click("#maximum")
        await pilot.press("end", "ctrl+u", "4")
        await until(pilot, lambda: "replica 3 waits" in text_of(pilot))


async def test_a_minimum_above_the_maximum_is_refused() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await pilot.click("#minimum")
        await pilot.press("end", "ctrl+u", "5", "enter")
        await until(pilot, lambda: "above maxReplicas 2" in text_of(pilot, pane(pilot)))
        assert wizard(pilot).step is WizardStep.METRICS


async def test_what_a_burst_would_do_stands_below_the_limits_and_follows_them() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud())), LARGE) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await until(pilot, lambda: "A burst of 100 requests would:" in text_of(pilot))
        assert "first new replica after" in text_of(pilot)
        assert "backlog, 100 at its peak" in text_of(pilot)
        pilot.app.screen.query_one("#maximum").focus()
        await pilot.press("end", "ctrl+u", "1")
        await until(pilot, lambda: "always 1 replica: min is max" in text_of(pilot))


async def test_there_is_no_forecast_of_a_setup_that_makes_no_sense() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud())), LARGE) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await until(pilot, lambda: "A burst of 100 requests would:" in text_of(pilot))
        await pilot.press("right", "end", "ctrl+u", *"lots")
        await until(pilot, lambda: "would:" not in text_of(pilot))


async def test_f_finds_better_settings_and_enter_takes_one_over() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud())), LARGE) as pilot:
        await reach(pilot, WizardStep.METRICS)
        before = scaling(pilot)
        await pilot.press("f")
        await until(pilot, lambda: "settings tried:" in text_of(pilot))
        assert "scaling.minReplicas: 1 → 2" in text_of(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: scaling(pilot) != before)
        assert scaling(pilot).min_replicas == 2
        assert wizard(pilot).step is WizardStep.METRICS


async def test_what_was_taken_over_from_the_forecast_is_in_the_plan() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud())), LARGE) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await pilot.press("f")
        await until(pilot, lambda: "settings tried:" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: scaling(pilot).min_replicas == 2)
        await reach(pilot, WizardStep.REVIEW)
        review = pilot.app.screen.query_one(ReviewPane)
        await until(pilot, lambda: review.plan is not None)
        assert review.plan is not None
        (hpa,) = (
            change.manifest
            for step in review.plan.steps
            for change in step.changes
            if isinstance(change, Create) and change.ref.kind_name == "HorizontalPodAutoscaler"
        )
        assert hpa["spec"]["minReplicas"] == 2


async def test_leaving_the_advice_changes_nothing() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud())), LARGE) as pilot:
        await reach(pilot, WizardStep.METRICS)
        before = scaling(pilot)
        await pilot.press("f")
        await until(pilot, lambda: "settings tried:" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "settings tried:" not in text_of(pilot))
        assert scaling(pilot) == before


async def test_a_share_is_shown_as_percent_and_as_quantity() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.METRICS)
        assert "target 900m     = 90 %" in text_of(pilot)
        await pilot.press("down", "right", "end", "ctrl+u", *"85%")
        await until(pilot, lambda: "= 850m" in text_of(pilot))


async def test_the_behavior_is_fitted_to_the_start_up_and_the_forecast_follows() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud())), LARGE) as pilot:
        await reach(pilot, WizardStep.METRICS)
        assert "Behavior  Kubernetes's defaults" in text_of(pilot)
        await pilot.press("b")
        await until(pilot, lambda: "measured on 1 pod" in text_of(pilot))
        await pilot.press("down")
        await until(pilot, lambda: "1 pod/74s" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "fitted to a start-up of 1 min 14 s" in text_of(pilot))
        behavior = scaling(pilot).behavior
        assert behavior is not None
        assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 300


async def test_a_window_of_ones_own_can_be_typed_and_nonsense_is_refused_beside_it() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await pilot.press("b")
        await until(pilot, lambda: "Scale down, window" in text_of(pilot))
        await pilot.click("#scaleDown-window")
        await pilot.press(*"9000")
        await until(pilot, lambda: "0 to 3600 seconds" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "enter takes it" in text_of(pilot))
        await pilot.press("ctrl+u", *"900")
        await until(pilot, lambda: "0 to 3600 seconds" not in text_of(pilot))
        assert "▸ Your own" in text_of(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Behavior  your own" in text_of(pilot))
        assert scaling(pilot).behavior == {"scaleDown": {"stabilizationWindowSeconds": 900}}


async def test_going_back_to_the_defaults_leaves_no_behavior() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await pilot.press("b", "down", "enter")
        await until(pilot, lambda: scaling(pilot).behavior is not None)
        await pilot.press("b")
        await until(pilot, lambda: "▸ Fitted" in text_of(pilot))
        await pilot.press("up", "enter")
        await until(pilot, lambda: scaling(pilot).behavior is None)
