"""The plan on screen is what runs; what ran can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.events import Key
from textual.widgets import Button

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.engine.journal import runs
from jetscale_tui.tui.screens.dashboard import DashboardScreen
from jetscale_tui.wizard.drafts import load_draft
from tests.tui import live
from tests.tui.driving import application, pane, reach, running, still, text_of, until, wizard
from tests.tui.fakes import FakeBackend, FakeCloud, FakeFeed, deployment, healthy_cluster

if TYPE_CHECKING:
    from textual.pilot import Pilot


def obedient() -> FakeBackend:
    cluster = healthy_cluster().obey()
    return FakeBackend(cluster, FakeCloud(), FakeFeed(live.burst().snapshot()))


async def armed(pilot: Pilot[int]) -> None:
    """On Review, with the button ready to be pressed."""
    await reach(pilot, WizardStep.REVIEW)
    await until(pilot, lambda: isinstance(pilot.app.focused, Button))
    await still(pilot)


async def applied(pilot: Pilot[int]) -> None:
    """A plan applied to its end."""
    await armed(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: "every step was seen to work" in text_of(pilot))


async def test_the_plan_lists_every_step_and_what_it_comes_to() -> None:
    async with running(application(obedient())) as pilot:
        await armed(pilot)
        shown = text_of(pilot)
        assert "17 changes · 3 things already right · nothing is deleted" in shown
        assert "+ PodMonitoring default/jetstream-podmonitoring" in shown
        assert "+ monitoring.viewer in my-project" in shown
        assert "+ HorizontalPodAutoscaler default/jetstream-hpa" in shown


async def test_making_a_plan_writes_nothing() -> None:
    backend = obedient()
    async with running(application(backend)) as pilot:
        await armed(pilot)
    assert backend.fake_cluster.writes == []


async def test_an_enter_pressed_while_the_plan_is_made_does_not_confirm_it() -> None:
    backend = obedient()
    reads = backend.fake_cluster.reads
    async with running(application(backend)) as pilot:
        await reach(pilot, WizardStep.METRICS)
        reads.clear()
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.REVIEW)
        await pilot.press("enter", "enter")
        assert wizard(pilot).pane.busy
        reads.set()
        await until(pilot, lambda: isinstance(pilot.app.focused, Button))
        assert wizard(pilot).step is WizardStep.REVIEW
    assert backend.fake_cluster.writes == []


async def test_an_enter_typed_before_the_plan_was_seen_does_not_confirm_it() -> None:
    backend = obedient()
    async with running(application(backend)) as pilot:
        await reach(pilot, WizardStep.METRICS)
        typed_ahead = Key("enter", None)
        await armed(pilot)
        pilot.app.post_message(typed_ahead)
        await pilot.press("right")
        await until(pilot, lambda: "[yaml" in text_of(pilot))
        assert wizard(pilot).step is WizardStep.REVIEW
        assert backend.fake_cluster.writes == []
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.APPLY)


async def test_the_views_of_a_line_are_diff_yaml_command_rights_undo_and_corrections() -> None:
    async with running(application(obedient())) as pilot:
        await armed(pilot)
        seen = []
        for view in ("yaml", "command", "rights", "undo", "guide"):
            await pilot.press("right")
            await until(pilot, lambda view=view: f"[{view}" in text_of(pilot))  # type: ignore[misc]
            seen.append(text_of(pilot))
        assert "kind: PodMonitoring" in seen[0]
        assert "kubectl" in seen[1]
        assert "create podmonitorings.monitoring.googleapis.com in default" in seen[2]
        assert "deletes what was created" in seen[3]
        assert "- " in seen[4]


async def test_space_opens_a_step_to_its_objects() -> None:
    async with running(application(obedient())) as pilot:
        await armed(pilot)
        await pilot.press("down", "down", "down", "space")
        await until(pilot, lambda: "▾ Metrics adapter" in text_of(pilot))
        assert "+ Namespace custom-metrics" in text_of(pilot)


async def test_enter_through_a_healthy_cluster_ends_on_the_dashboard_in_under_ten_presses() -> None:
    async with running(application(obedient())) as pilot:
        presses = 0
        screen = wizard(pilot)
        while not isinstance(pilot.app.screen, DashboardScreen):
            await until(pilot, lambda: _waits_for_enter(pilot))
            before = (screen.step, getattr(screen.pane, "running", False))
            await pilot.press("enter")
            presses += 1
            await until(pilot, lambda state=before: _moved_on(pilot, state))  # type: ignore[misc]
        await until(pilot, lambda: "Deployment/maxengine-server" in text_of(pilot))
        assert "jetstream-hpa" in text_of(pilot)
        assert presses < 10


def _waits_for_enter(pilot: Pilot[int]) -> bool:
    screen = wizard(pilot)
    if screen.desk is None or screen.desk.whereabouts is None or screen.pane.busy:
        return False
    if screen.step is WizardStep.APPLY:
        return bool(getattr(screen.pane, "ended", False))
    return screen.step is not WizardStep.REVIEW or isinstance(pilot.app.focused, Button)


def _moved_on(pilot: Pilot[int], before: tuple[WizardStep, bool]) -> bool:
    if isinstance(pilot.app.screen, DashboardScreen):
        return True
    return (wizard(pilot).step, getattr(pane(pilot), "running", False)) != before


async def test_a_run_that_ended_well_forgets_the_draft_and_has_a_journal() -> None:
    async with running(application(obedient())) as pilot:
        await applied(pilot)
        assert load_draft("") is None
        (run,) = runs()
        assert run.state.value == "done"


async def test_enter_while_applying_opens_the_dashboard_at_the_end() -> None:
    backend = obedient()
    backend.fake_cluster.hold.clear()
    async with running(application(backend)) as pilot:
        await armed(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Dashboard when done" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "Opens the dashboard when done" in text_of(pilot))
        backend.fake_cluster.hold.set()
        await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))


async def test_stop_ends_the_run_after_the_write_under_way_and_going_on_finishes_it() -> None:
    backend = obedient()
    backend.fake_cluster.hold.clear()
    async with running(application(backend)) as pilot:
        await armed(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "s Stop" in text_of(pilot))
        await pilot.press("s")
        backend.fake_cluster.hold.set()
        await until(pilot, lambda: "stopped; enter plans" in text_of(pilot))
        assert len(backend.fake_cluster.writes) == 1
        await pilot.press("r")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.REVIEW)
        await until(pilot, lambda: isinstance(pilot.app.focused, Button))
        await pilot.press("enter")
        await until(pilot, lambda: "every step was seen to work" in text_of(pilot))


async def test_a_failed_step_says_why_and_offers_to_go_on_or_to_undo() -> None:
    backend = obedient()
    backend.fake_cluster.on_write = lambda ref: None
    async with running(application(backend)) as pilot:
        await armed(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "not finished; enter plans what is left" in text_of(pilot))
        assert "✗ Metrics adapter" in text_of(pilot)
        why = "0 of 1 pods available"
        await until(pilot, lambda: why in " ".join(text_of(pilot).split()))


async def test_undo_is_a_plan_too_and_leaves_what_was_there_before() -> None:
    backend = obedient()
    async with running(application(backend)) as pilot:
        before = set(backend.fake_cluster.objects)
        await applied(pilot)
        assert set(backend.fake_cluster.objects) != before
        await pilot.press("u")
        await until(pilot, lambda: "takes back what was done" in text_of(pilot))
        await until(pilot, lambda: isinstance(pilot.app.focused, Button))
        assert "- HorizontalPodAutoscaler default/jetstream-hpa" in text_of(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "taken back" in text_of(pilot))
        await until(pilot, lambda: set(backend.fake_cluster.objects) == before)
        assert backend.fake_cloud is not None
        assert not backend.fake_cloud.bindings


async def test_leaving_while_applying_asks_first() -> None:
    backend = obedient()
    backend.fake_cluster.hold.clear()
    async with running(application(backend)) as pilot:
        await armed(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "s Stop" in text_of(pilot))
        await pilot.press("ctrl+q")
        await until(pilot, lambda: "Leave now?" in text_of(pilot))
        await pilot.press("escape")
        backend.fake_cluster.hold.set()
        await until(pilot, lambda: "every step was seen to work" in text_of(pilot))


async def test_a_closed_metrics_port_blocks_until_the_person_lets_the_plan_open_it() -> None:
    backend = obedient()
    bare = deployment()
    bare["spec"]["template"]["spec"]["containers"][0]["args"] = ["model_name=gemma-7b"]
    backend.fake_cluster.put(bare)
    backend.fake_cluster.answers.clear()
    async with running(application(backend)) as pilot:
        screen = wizard(pilot)
        await reach(pilot, WizardStep.PREREQUISITES)
        while screen.step is not WizardStep.REVIEW:
            await until(pilot, lambda: not screen.pane.busy)
            await pilot.press("enter")
            await pilot.pause()
        await until(pilot, lambda: "Cannot be applied yet" in text_of(pilot))
        assert "m Open port" in text_of(pilot)
        await pilot.press("m")
        await until(pilot, lambda: "~ Deployment default/maxengine-server" in text_of(pilot))


async def test_a_cluster_that_cannot_be_planned_for_says_why() -> None:
    backend = obedient()
    async with running(application(backend)) as pilot:
        await reach(pilot, WizardStep.METRICS)
        ref = next(ref for ref in backend.fake_cluster.objects if ref.kind_name == "Deployment")
        backend.fake_cluster.denied.add(("get", "deployments"))
        del backend.fake_cluster.objects[ref]
        await pilot.press("enter")
        await until(pilot, lambda: "Cannot be applied yet" in text_of(pilot))
        assert "✗" in text_of(pilot)
