"""The load test from the dashboard."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from jetscale_tui.tui.screens.dashboard import DashboardScreen
from tests.tui import live
from tests.tui.driving import dashboard, running, text_of, until
from tests.tui.test_dashboard import backend_of, opened

if TYPE_CHECKING:
    from tests.tui.fakes import FakeBackend


def answering(story: live.Story) -> FakeBackend:
    """A cluster whose pods answer, once the test lets them."""
    backend = backend_of(story)
    cluster = backend.fake_cluster
    for ref in [ref for ref in cluster.objects if ref.kind_name == "Pod"]:
        del cluster.objects[ref]
    for name, node in (("x7k2p", "gke-tpu-0"), ("t8tv8", "gke-tpu-1")):
        cluster.put(live.live_pod(f"maxengine-server-7c9f-{name}", node))
    cluster.posts_answer = threading.Event()
    return backend


async def test_enter_sends_the_guides_hundred_requests_over_all_pods() -> None:
    backend = answering(live.burst())
    assert backend.fake_cluster.posts_answer is not None
    backend.fake_cluster.posts_answer.set()
    async with running(dashboard(backend)) as pilot:
        await opened(pilot)
        await pilot.press("b")
        await until(pilot, lambda: "2 ready pods of Deployment/maxengine-server" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "✓ Burst 100 of 100" in text_of(pilot))
        assert "50/50" in text_of(pilot)
        assert len(backend.fake_cluster.posts) == 100
        await pilot.press("escape")
        await until(pilot, lambda: "Burst 100" not in text_of(pilot))


async def test_b_again_stops_the_burst_at_once() -> None:
    backend = answering(live.burst())
    async with running(dashboard(backend)) as pilot:
        screen = await opened(pilot)
        await pilot.press("b", "enter")
        await until(pilot, lambda: screen.bursting)
        await pilot.press("b")
        await until(pilot, lambda: "Burst stopped" in text_of(pilot))
        assert backend.fake_cluster.posts_answer is not None
        backend.fake_cluster.posts_answer.set()


async def test_a_senseless_number_is_refused_beside_the_field() -> None:
    async with running(dashboard(answering(live.burst()))) as pilot:
        await opened(pilot)
        await pilot.press("b", "end", "ctrl+u", *"99999", "enter")
        await until(pilot, lambda: "Requests must be between 1 and 10000" in text_of(pilot))


async def test_a_server_that_is_not_the_setups_is_pointed_out() -> None:
    backend = answering(live.burst())
    async with running(dashboard(backend)) as pilot:
        screen = await opened(pilot)
        workload = screen.setup.workload.model_copy(update={"deployment": "other"})
        screen.setup = screen.setup.model_copy(update={"workload": workload})
        await pilot.press("b")
        await until(pilot, lambda: "not the server of your setup" in text_of(pilot))


async def test_a_foreign_target_is_loaded_only_at_the_second_enter() -> None:
    backend = answering(live.burst())
    async with running(dashboard(backend)) as pilot:
        screen = await opened(pilot)
        workload = screen.setup.workload.model_copy(update={"deployment": "other"})
        screen.setup = screen.setup.model_copy(update={"workload": workload})
        await pilot.press("b")
        await until(pilot, lambda: "not the server of your setup" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "again sends it all the same" in text_of(pilot))
        assert not screen.bursting
        assert backend.fake_cluster.posts == []
        assert backend.fake_cluster.posts_answer is not None
        backend.fake_cluster.posts_answer.set()
        await pilot.press("enter")
        await until(pilot, lambda: "✓ Burst 100 of 100" in text_of(pilot))
        assert len(backend.fake_cluster.posts) == 100


async def test_a_foreign_target_is_left_alone_by_whoever_leaves_the_question() -> None:
    backend = answering(live.burst())
    async with running(dashboard(backend)) as pilot:
        screen = await opened(pilot)
        workload = screen.setup.workload.model_copy(update={"namespace": "elsewhere"})
        screen.setup = screen.setup.model_copy(update={"workload": workload})
        await pilot.press("b")
        await until(pilot, lambda: "not the server of your setup" in text_of(pilot))
        await pilot.press("enter", "escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert not screen.bursting
        assert backend.fake_cluster.posts == []


async def test_without_a_ready_pod_nothing_is_sent() -> None:
    async with running(dashboard(backend_of(live.Story().begin(live.hpa("3"))))) as pilot:
        await opened(pilot)
        await pilot.press("b")
        await until(pilot, lambda: "No pod of this HPA" in text_of(pilot))
        assert isinstance(pilot.app.screen, DashboardScreen)
