"""All questions at once, each with its fix."""

from __future__ import annotations

from dataclasses import replace

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.errors import Unreachable
from tests.tui.driving import application, pane, reach, running, text_of, until, wizard
from tests.tui.fakes import GKE, FakeBackend, FakeCloud, deployment, healthy_cluster


async def test_a_healthy_cluster_has_every_question_answered_ok() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        assert "12 questions: 12 ok" in text_of(pilot)


async def test_a_disabled_service_is_enabled_from_its_line() -> None:
    cloud = FakeCloud()
    cloud.disabled.add("monitoring.googleapis.com")
    async with running(application(FakeBackend(cloud=cloud))) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        assert "✗ Google services" in text_of(pilot)
        await until(pilot, lambda: "f Fix it" in text_of(pilot))
        await pilot.press("f")
        await until(pilot, lambda: "Enable in my-project now?" in text_of(pilot))
        assert cloud.disabled
        await pilot.press("y")
        await until(pilot, lambda: "12 questions: 12 ok" in text_of(pilot))
        assert not cloud.disabled


async def test_a_no_enables_nothing() -> None:
    cloud = FakeCloud()
    cloud.disabled.add("monitoring.googleapis.com")
    async with running(application(FakeBackend(cloud=cloud))) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        await pilot.press("f")
        await until(pilot, lambda: "Enable in my-project now?" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "now?" not in text_of(pilot))
        assert cloud.disabled


async def test_the_first_failed_check_is_open_when_all_have_answered() -> None:
    cloud = FakeCloud()
    cloud.disabled.add("monitoring.googleapis.com")
    async with running(application(FakeBackend(cloud=cloud))) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        await until(pilot, lambda: "A disabled API refuses every call." in text_of(pilot))


async def test_a_wrong_answer_is_corrected_with_one_key_and_asked_again() -> None:
    cloud = FakeCloud(replace(GKE, workload_pool=None))
    async with running(application(FakeBackend(cloud=cloud))) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        await until(pilot, lambda: "✗ Workload Identity" in text_of(pilot))
        await pilot.press("f")
        await until(pilot, lambda: "12 questions: 12 ok" in text_of(pilot))
        desk = wizard(pilot).desk
        assert desk is not None
        assert desk.draft.adapter.identity.value == "node"


async def test_the_plan_is_let_open_a_closed_metrics_port_with_one_key() -> None:
    cluster = healthy_cluster()
    bare = deployment()
    bare["spec"]["template"]["spec"]["containers"][0]["args"] = ["model_name=gemma-7b"]
    cluster.put(bare)
    cluster.answers.clear()
    async with running(application(FakeBackend(cluster, FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        await until(pilot, lambda: "✗ Metrics endpoint" in text_of(pilot))
        await pilot.press("f")
        await until(pilot, lambda: "the plan opens port 9100" in text_of(pilot))
        assert "12 questions: 11 ok, 1 to look at" in text_of(pilot)


async def test_a_login_that_cannot_run_here_is_copied() -> None:
    async with running(application(FakeBackend())) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        assert "! Google credentials" in text_of(pilot)
        await pilot.press("f")
        await until(pilot, lambda: "cannot be run from here" in text_of(pilot))
        assert pilot.app.clipboard == "gcloud auth application-default login"


async def test_the_highlighted_line_says_why_what_to_do_and_the_command() -> None:
    cloud = FakeCloud()
    cloud.disabled.add("monitoring.googleapis.com")
    async with running(application(FakeBackend(cloud=cloud))) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        await until(pilot, lambda: "A disabled API refuses every call." in text_of(pilot))
        assert "gcloud services enable monitoring.googleapis.com" in text_of(pilot)
        await pilot.press("c")
        await until(pilot, lambda: "gcloud services enable" in pilot.app.clipboard)


async def test_fix_and_copy_are_offered_only_where_there_is_something_to_fix() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        assert "Fix it" not in text_of(pilot)
        assert "c Copy" not in text_of(pilot)


async def test_a_failed_check_stops_enter_once_and_not_for_good() -> None:
    cloud = FakeCloud()
    cloud.disabled.add("monitoring.googleapis.com")
    async with running(application(FakeBackend(cloud=cloud))) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        await pilot.press("enter")
        await until(pilot, lambda: "1 check failed. Enter again goes on" in text_of(pilot))
        assert wizard(pilot).step is WizardStep.PREREQUISITES
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.CLUSTER)


async def test_an_unreachable_cluster_is_a_finding_and_not_an_end() -> None:
    backend = FakeBackend(cloud=FakeCloud())
    backend.fake_cluster.failure = Unreachable("10.0.0.1 does not answer.")
    async with running(application(backend)) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        assert "✗ Kubernetes API" in text_of(pilot)
        assert "not reached" in text_of(pilot)
        backend.fake_cluster.failure = None
        await pilot.press("r")
        await until(pilot, lambda: "12 questions: 12 ok" in text_of(pilot))


async def test_enter_while_still_asking_goes_on_when_everything_is_answered() -> None:
    backend = FakeBackend(cloud=FakeCloud())
    async with running(application(backend)) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        backend.fake_cluster.reads.clear()
        await pilot.press("r")
        await until(pilot, lambda: pane(pilot).busy)
        await pilot.press("enter")
        await until(pilot, lambda: "goes on by itself" in text_of(pilot))
        backend.fake_cluster.reads.set()
        await until(pilot, lambda: wizard(pilot).step is WizardStep.CLUSTER)
