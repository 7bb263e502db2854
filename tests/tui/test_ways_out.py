"""What a run or a plan that stands still offers: a login, a hand-over, a step left out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from textual.widgets import Button

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.domain.spec import AdapterKind, Install
from jetscale_tui.engine.plan import StepId
from jetscale_tui.errors import AuthError, Rejected
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.wizard.opening import from_document
from tests.tui.driving import application, pane, reach, running, text_of, until, wizard
from tests.tui.fakes import FakeBackend
from tests.tui.test_review_and_apply import armed, obedient
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from textual.pilot import Pilot

    from jetscale_tui.domain.kinds import Ref
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Cloud

LOGIN = "gcloud auth application-default login"
EXPIRED = AuthError(
    "The Google credentials have expired or were revoked.",
    fix=f"Run: {LOGIN}",
)


async def answer(pilot: Pilot[int], change: Callable[[Setup], Setup]) -> None:
    """Give an answer that no key of this pane gives."""
    pane(pilot).post_message(StepPane.Edited(change))
    await pilot.pause()


class TestCredentialsThatExpire:
    async def test_the_run_says_what_to_run_and_goes_on_by_itself(self) -> None:
        backend, let_in = obedient(), threading.Event()
        backend.fake_cluster.hold.clear()

        def nobody_logs_in() -> None:
            assert let_in.wait(PATIENCE), "the test never logged in"
            backend.fake_cluster.failure = None

        backend.fake_clock.on_sleep = nobody_logs_in
        async with running(application(backend)) as pilot:
            await armed(pilot)
            await pilot.press("enter")
            await until(pilot, lambda: "s Stop" in text_of(pilot))
            backend.fake_cluster.failure = EXPIRED
            backend.fake_cluster.hold.set()
            await until(pilot, lambda: "The run waits and goes on by itself" in text_of(pilot))
            shown = text_of(pilot)
            assert "✗ The Google credentials have expired or were revoked." in shown
            assert "i logs in from here, c copies it" in shown
            assert "i Log in" in shown
            await pilot.press("c")
            await until(pilot, lambda: pilot.app.clipboard == LOGIN)
            let_in.set()
            await until(pilot, lambda: "every step was seen to work" in text_of(pilot))
            assert "expired" not in text_of(pilot)

    async def test_a_login_that_cannot_run_here_is_copied(self) -> None:
        backend, let_in = obedient(), threading.Event()
        backend.fake_cluster.hold.clear()

        def nobody_logs_in() -> None:
            assert let_in.wait(PATIENCE), "the test never logged in"
            backend.fake_cluster.failure = None

        backend.fake_clock.on_sleep = nobody_logs_in
        async with running(application(backend)) as pilot:
            await armed(pilot)
            await pilot.press("enter")
            await until(pilot, lambda: "s Stop" in text_of(pilot))
            backend.fake_cluster.failure = EXPIRED
            backend.fake_cluster.hold.set()
            await until(pilot, lambda: "i Log in" in text_of(pilot))
            await pilot.press("i")
            await until(pilot, lambda: pilot.app.clipboard == LOGIN)
            let_in.set()
            await until(pilot, lambda: "every step was seen to work" in text_of(pilot))


async def test_a_run_that_needs_somebody_else_ends_with_the_hand_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    backend = obedient()
    assert backend.fake_cloud is not None
    backend.fake_cloud.denied = frozenset({"resourcemanager.projects.setIamPolicy"})
    # Controllers do their work, but nobody lets the adapter read a value.
    complete = backend.fake_cluster.on_write
    backend.fake_cluster.on_write = lambda ref: complete(ref)
    async with running(application(backend)) as pilot:
        await armed(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "your part is done" in text_of(pilot))
        assert "Write down what is left to do" in text_of(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "▸ Hand-over" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "Written" in text_of(pilot))
        assert (tmp_path / "jetstream-hand-over" / "hand-over.sh").is_file()


async def test_a_step_nothing_needs_can_be_left_out_of_the_plan() -> None:
    async with running(application(obedient())) as pilot:
        await armed(pilot)
        await pilot.press("down")
        await until(pilot, lambda: "x Leave out" in text_of(pilot))
        await pilot.press("x")
        await until(pilot, lambda: "Scrape TPU metrics" not in text_of(pilot))
        await until(pilot, lambda: "16 changes" in text_of(pilot))


async def test_a_failed_step_nothing_needs_can_be_left_out_and_the_rest_goes_on() -> None:
    backend = obedient()
    complete = backend.fake_cluster.on_write

    def refuse_the_exporter(ref: Ref) -> None:
        if ref.name == "tpu-metrics-exporter":
            raise Rejected("The server refuses it.")
        complete(ref)

    backend.fake_cluster.on_write = refuse_the_exporter
    async with running(application(backend)) as pilot:
        await armed(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "✗ Scrape TPU metrics" in text_of(pilot))
        await until(pilot, lambda: "x Leave out" in text_of(pilot))
        await pilot.press("x")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.REVIEW)
        await until(pilot, lambda: isinstance(pilot.app.focused, Button))
        assert "Scrape TPU metrics" not in text_of(pilot)
        backend.fake_cluster.on_write = complete
        await pilot.press("enter")
        await until(pilot, lambda: "every step was seen to work" in text_of(pilot))


async def test_a_step_the_autoscaler_needs_cannot_be_left_out() -> None:
    async with running(application(obedient())) as pilot:
        await armed(pilot)
        assert "Leave out" not in text_of(pilot)


async def test_an_interrupted_helm_release_is_cleared_away_with_one_key() -> None:
    backend = obedient()
    backend.fake_cluster.helm.put("default", "jetscale", "pending-install")
    async with running(application(backend)) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await answer(pilot, with_helm)
        await pilot.press("enter")
        await until(pilot, lambda: "Cannot be applied yet" in text_of(pilot))
        await until(pilot, lambda: "b Clear release" in text_of(pilot))
        await pilot.press("b")
        await until(pilot, lambda: "Apply " in text_of(pilot).splitlines()[-3])


def with_helm(setup: Setup) -> Setup:
    prometheus = setup.adapter.prometheus.model_copy(update={"install": Install.HELM})
    adapter = setup.adapter.model_copy(
        update={"kind": AdapterKind.PROMETHEUS, "prometheus": prometheus}
    )
    return setup.model_copy(update={"adapter": adapter})


class GoogleIsNotAsked(FakeBackend):
    """Fails the test as soon as somebody asks Google."""

    asked = False

    def cloud(self) -> Cloud | None:
        self.asked = True
        return super().cloud()


async def test_without_a_project_google_is_never_asked_and_its_steps_are_handed_over(
    tmp_path: Path,
) -> None:
    document = tmp_path / "setup.yaml"
    document.write_text("apiVersion: jetscale/v1\nkind: Setup\ngoogle: {project: null}\n")
    healthy = obedient()
    backend = GoogleIsNotAsked(healthy.fake_cluster, healthy.fake_cloud, healthy.fake_feed)
    app = application(backend, answers=lambda: from_document(document))
    async with running(app) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        assert "not asked: google.project is not set" in text_of(pilot)
        await armed(pilot)
        plan = getattr(pane(pilot), "plan", None)
        assert plan is not None
        handed = {step.id for step in plan.steps if step.handed_over}
        assert handed == {StepId.SERVICES, StepId.ADAPTER_IDENTITY}
        await pilot.press("enter")
        await until(pilot, lambda: getattr(pane(pilot), "ended", False))
        assert not backend.asked
