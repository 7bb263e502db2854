"""The first thing a person sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.domain.spec import Setup
from jetscale_tui.errors import ConfigError
from jetscale_tui.tui.app import JetScaleApp
from jetscale_tui.tui.drafts import load_draft, save_draft
from tests.tui.driving import application, pane, reach, running, still, text_of, until, wizard
from tests.tui.fakes import FakeBackend, FakeCloud

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
