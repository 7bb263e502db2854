"""The first thing a person sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.domain.spec import Setup
from jetscale_tui.errors import ConfigError
from jetscale_tui.tui.app import JetScaleApp
from jetscale_tui.wizard.drafts import discard_draft, load_draft, save_draft
from tests.tui.driving import application, pane, reach, running, still, text_of, until, wizard
from tests.tui.fakes import CONTEXT, FakeBackend, FakeCloud, second_context
from tests.tui.test_review_and_apply import applied, armed, obedient

if TYPE_CHECKING:
    from textual.pilot import Pilot


async def test_the_header_says_where_every_write_would_go_and_as_whom() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await until(pilot, lambda: "ana@example.com" in text_of(pilot))
        header = text_of(pilot).splitlines()[0]
        assert "my-project ▸ us-central1 ▸ tpu-cluster" in header


async def test_without_google_credentials_the_steps_are_said_to_be_handed_over() -> None:
    async with running(application(FakeBackend(cloud=None))) as pilot:
        await until(pilot, lambda: "handed over as commands" in text_of(pilot))


async def test_a_broken_kubeconfig_is_said_with_what_to_do() -> None:
    def connect() -> FakeBackend:
        raise ConfigError("The kubeconfig cannot be read.", fix="Set KUBECONFIG.")

    async with running(JetScaleApp(connect)) as pilot:
        await until(pilot, lambda: "The kubeconfig cannot be read." in text_of(pilot))
        assert "Set KUBECONFIG." in text_of(pilot)


async def test_a_mistake_of_our_own_is_said_without_a_traceback() -> None:
    def connect() -> FakeBackend:
        raise ZeroDivisionError("by zero")

    async with running(JetScaleApp(connect)) as pilot:
        await until(pilot, lambda: "JetScale made a mistake here." in text_of(pilot))
        assert "Traceback" not in text_of(pilot)


async def test_enter_before_the_backend_is_there_begins_as_soon_as_it_is() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.PREREQUISITES)


async def test_leaving_a_step_saves_the_answers() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.WORKLOAD)
        await until(pilot, lambda: (draft := load_draft("")) and draft.step is WizardStep.WORKLOAD)


async def test_an_unfinished_session_opens_where_it_stopped_with_its_answers() -> None:
    setup = Setup()
    scaling = setup.scaling.model_copy(update={"name": "kept-hpa"})
    save_draft(setup.model_copy(update={"scaling": scaling}), WizardStep.ADAPTER, "")
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await until(pilot, lambda: "Go on at Adapter" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.ADAPTER)
        desk = wizard(pilot).desk
        assert desk is not None
        assert desk.draft.scaling.name == "kept-hpa"


async def test_answers_about_a_sandbox_are_not_offered_on_a_real_cluster() -> None:
    save_draft(Setup(), WizardStep.ADAPTER, "sandbox ×10")
    assert load_draft("") is None


async def test_back_keeps_every_answer() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.ADAPTER)
        await pilot.press("down")
        await until(pilot, lambda: _adapter(pilot) == "prometheus")
        await pilot.press("escape")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.WORKLOAD)
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.ADAPTER)
        await still(pilot)
        assert _adapter(pilot) == "prometheus"
        assert "▸ prometheus-adapter" in text_of(pilot, pane(pilot))


def _adapter(pilot: Pilot[int]) -> str:
    desk = wizard(pilot).desk
    return desk.draft.adapter.kind.value if desk is not None else ""


async def test_after_a_run_the_dashboard_comes_first_and_the_run_can_be_taken_back() -> None:
    backend = obedient()
    async with running(application(backend)) as pilot:
        await applied(pilot)
    async with running(application(backend)) as pilot:
        await until(pilot, lambda: "▸ Open the dashboard" in text_of(pilot))
        assert "jetstream-hpa, set up" in text_of(pilot)
        await pilot.press("down", "down")
        await until(pilot, lambda: "▸ Take back what was set up" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "takes back what was done" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.METRICS)
        await pilot.press("enter")
        await until(pilot, lambda: "already right" in text_of(pilot))
        assert "takes back" not in text_of(pilot)


async def test_a_run_that_was_stopped_is_offered_to_be_finished() -> None:
    backend = obedient()
    backend.fake_cluster.hold.clear()
    async with running(application(backend)) as pilot:
        await armed(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "s Stop" in text_of(pilot))
        await pilot.press("s")
        backend.fake_cluster.hold.set()
        await until(pilot, lambda: "stopped; enter plans" in text_of(pilot))
    discard_draft("")
    async with running(application(backend)) as pilot:
        await until(pilot, lambda: "▸ Finish setting up jetstream-hpa" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.REVIEW)
        await until(pilot, lambda: "1 thing" in text_of(pilot) or "things" in text_of(pilot))


async def test_a_hostile_context_name_is_shown_as_data() -> None:
    evil = "[red]x[/] [@click=app.quit]y[/] \x1b[2J \u202e"
    backend = FakeBackend(cloud=FakeCloud(), contexts=(CONTEXT, second_context(evil)))
    async with running(application(backend)) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        await pilot.press("down")
        await until(pilot, lambda: draft_context(pilot) == evil)
        assert "[red]x[/] [@click=app.quit]y[/] <U+001B>[2J <U+202E>" in text_of(pilot, pane(pilot))


def draft_context(pilot: Pilot[int]) -> str | None:
    desk = wizard(pilot).desk
    return desk.draft.kubernetes.context if desk is not None else None
