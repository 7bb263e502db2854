"""What a look-up that is never answered leaves a person: every other key, and a way to stop it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from textual.message import Message
from textual.widget import Widget

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.errors import Unreachable
from jetscale_tui.tui import work
from jetscale_tui.tui.dialogs.help import HelpDialog
from jetscale_tui.tui.screens.connecting import ConnectingScreen
from jetscale_tui.tui.screens.dashboard import DashboardScreen
from jetscale_tui.tui.screens.doctor import DoctorScreen
from jetscale_tui.tui.screens.wizard import WizardScreen
from tests.tui import live
from tests.tui.driving import (
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
from tests.tui.test_review_and_apply import obedient
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.pilot import Pilot

    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.engine.ports import LiveFeed


class Silence:
    """Who is asked waits, from the moment it begins until it ends."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._over.set()

    def begin(self) -> None:
        self._over.clear()

    def end(self) -> None:
        self._over.set()

    def wait(self) -> None:
        assert self._over.wait(PATIENCE), "the test never let the answer come"


class SilentCloud(FakeCloud):
    """Google, as slow as a test wants it."""

    def __init__(self, silence: Silence) -> None:
        super().__init__()
        self.silence = silence

    def identity(self) -> str:
        self.silence.wait()
        return super().identity()

    def clusters(self, project_id: str) -> list[GkeCluster]:
        self.silence.wait()
        return super().clusters(project_id)

    def enable_services(self, project_id: str, names: Any) -> None:
        self.silence.wait()
        super().enable_services(project_id, names)


class World(NamedTuple):
    """A healthy backend whose two sides fall silent one by one."""

    backend: FakeBackend
    google: Silence

    def begin(self) -> None:
        self.backend.fake_cluster.reads.clear()
        self.google.begin()

    def end(self) -> None:
        self.backend.fake_cluster.reads.set()
        self.google.end()


@pytest.fixture
def world() -> Iterator[World]:
    google = Silence()
    healthy = obedient()
    backend = FakeBackend(healthy.fake_cluster, SilentCloud(google), healthy.fake_feed)
    made = World(backend, google)
    yield made
    made.end()


def keys(pilot: Pilot[int]) -> str:
    """The line of keys."""
    return text_of(pilot).splitlines()[-1]


async def shows(pilot: Pilot[int], *texts: str) -> None:
    """Wait until the words are on screen, however they are broken into lines."""

    def there() -> bool:
        words = " ".join(text_of(pilot).replace("▕", " ").split())
        return all(text in words for text in texts)

    await until(pilot, there)


def told(pilot: Pilot[int]) -> list[str]:
    """The notices that are up."""
    return [notice.message for notice in pilot.app._notifications]


async def other_keys_work(pilot: Pilot[int]) -> None:
    """Help and palette open and close."""
    screen = pilot.app.screen
    await pilot.press("question_mark")
    await until(pilot, lambda: isinstance(pilot.app.screen, HelpDialog))
    await pilot.press("escape", "ctrl+p")
    await until(pilot, lambda: pilot.app.screen not in (screen, None))
    await pilot.press("escape")
    await until(pilot, lambda: pilot.app.screen is screen)


def asks_again(step: WizardStep) -> Callable[[Pilot[int], World], Any]:
    """At a step that was answered, and asks once more."""

    async def ask(pilot: Pilot[int], world: World) -> None:
        await reach(pilot, step)
        world.begin()
        await pilot.press("r")

    return ask


async def plans(pilot: Pilot[int], world: World) -> None:
    """Before the plan."""
    await reach(pilot, WizardStep.METRICS)
    world.begin()
    await pilot.press("enter")
    await shows(pilot, "reading the cluster")


async def lists_a_project(pilot: Pilot[int], world: World) -> None:
    """Only Google is asked."""
    await reach(pilot, WizardStep.CLUSTER)
    world.google.begin()
    await pilot.press("p", *"other-project", "enter")
    await shows(pilot, "asking Google for more clusters")


async def enables_a_service(pilot: Pilot[int], world: World) -> None:
    """A fix that Google takes its time for."""
    cloud = world.backend.fake_cloud
    assert cloud is not None
    cloud.disabled.add("monitoring.googleapis.com")
    await reach(pilot, WizardStep.PREREQUISITES)
    world.google.begin()
    await pilot.press("f", "y")
    await shows(pilot, "enabling in my-project")


LOOK_UPS = {
    "the checks": (asks_again(WizardStep.PREREQUISITES), "stopped, r asks again"),
    "a fix": (enables_a_service, "stopped, r asks again"),
    "the clusters of a project": (lists_a_project, "Stopped: r asks again"),
    "the owners of the APIs": (asks_again(WizardStep.ADAPTER), "Stopped: r asks again"),
    "the plan": (plans, "You stopped it; r plans again"),
}


@pytest.mark.parametrize("look_up", LOOK_UPS)
async def test_a_look_up_of_the_wizard_can_be_stopped_and_asked_again(
    world: World, look_up: str
) -> None:
    ask, said = LOOK_UPS[look_up]
    async with running(application(world.backend)) as pilot:
        await ask(pilot, world)
        await until(pilot, lambda: "s Stop" in keys(pilot))
        await other_keys_work(pilot)
        await pilot.press("s")
        await shows(pilot, said)
        assert "s Stop" not in keys(pilot)
        assert not pane(pilot).busy
        await pilot.press("r")
        await until(pilot, lambda: pane(pilot).asking)
        world.end()
        await until(pilot, lambda: not pane(pilot).asking)
        await until(pilot, lambda: said not in text_of(pilot))


async def test_where_nobody_ever_answers_everything_can_be_typed_as_far_as_the_plan(
    world: World,
) -> None:
    async def stop(said: str) -> None:
        await until(pilot, lambda: "s Stop" in keys(pilot))
        await pilot.press("s")
        await shows(pilot, said)

    async def go_on(step: WizardStep) -> None:
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is step)

    world.begin()
    async with running(application(world.backend)) as pilot:
        await shows(pilot, "Set up autoscaling")
        await go_on(WizardStep.PREREQUISITES)
        await shows(pilot, "looking for the cluster and its server")
        await stop("stopped, r asks again")
        await shows(pilot, "Metrics APIs not answered")
        await go_on(WizardStep.CLUSTER)
        await stop("Stopped: r asks again, enter goes on without it.")
        await go_on(WizardStep.WORKLOAD)
        await stop("t names the Deployment without looking for it.")
        await pilot.press("t", "ctrl+a", "ctrl+k", *"gemma", "enter")
        await shows(pilot, "default/gemma")
        await stop("Stopped: r asks again, enter goes on without it.")
        await go_on(WizardStep.ADAPTER)
        await stop("Stopped: r asks again, enter goes on without it.")
        await go_on(WizardStep.METRICS)
        await go_on(WizardStep.REVIEW)
        await stop("You stopped it; r plans again, esc goes back.")
        desk = wizard(pilot).desk
        assert desk is not None
        assert desk.draft.workload.deployment == "gemma"


async def test_enter_waits_for_an_answer_only_as_long_as_the_person_does(world: World) -> None:
    async with running(application(world.backend)) as pilot:
        await asks_again(WizardStep.CLUSTER)(pilot, world)
        await until(pilot, lambda: pane(pilot).busy)
        await pilot.press("enter")
        await shows(pilot, "goes on by itself when this is done; s stops asking, esc stays here")
        await pilot.press("escape")
        await until(pilot, lambda: "goes on by itself" not in text_of(pilot))
        await pilot.press("enter")
        await shows(pilot, "goes on by itself")
        await until(pilot, lambda: "s Stop" in keys(pilot))
        await pilot.press("s")
        await shows(pilot, "Stopped: r asks again")
        assert "goes on by itself" not in text_of(pilot)
        assert wizard(pilot).step is WizardStep.CLUSTER


async def test_what_failed_before_is_not_in_the_way_of_who_stops_asking(world: World) -> None:
    cluster = world.backend.fake_cluster
    async with running(application(world.backend)) as pilot:
        await reach(pilot, WizardStep.ADAPTER)
        cluster.failure = Unreachable("10.0.0.1 does not answer.")
        await pilot.press("r")
        await shows(pilot, "✗ 10.0.0.1 does not answer.")
        await pilot.press("enter")
        await shows(pilot, "10.0.0.1 does not answer. r asks again.")
        cluster.failure = None
        world.begin()
        await pilot.press("r")
        await until(pilot, lambda: "s Stop" in keys(pilot))
        await pilot.press("s")
        await shows(pilot, "Stopped: r asks again")
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.METRICS)


async def test_a_server_that_begins_to_run_is_found_when_it_is_asked_again(world: World) -> None:
    cluster = world.backend.fake_cluster
    gone = {ref: obj for ref, obj in cluster.objects.items() if ref.kind_name == "Deployment"}
    for ref in gone:
        del cluster.objects[ref]
    async with running(application(world.backend)) as pilot:
        await reach(pilot, WizardStep.PREREQUISITES)
        await pilot.press("enter")
        await shows(pilot, "Enter again goes on all the same.")
        await reach(pilot, WizardStep.WORKLOAD)
        await shows(pilot, "or ask again once it runs.")
        cluster.objects.update(gone)
        await pilot.press("r")
        await shows(pilot, "JetStream MaxText, 1/1 ready, 8 chips")


async def test_the_dashboard_says_what_it_asks_and_stops_it() -> None:
    backend = backend_of(live.burst())
    reads = backend.fake_cluster.reads
    async with running(dashboard(backend)) as pilot:
        await opened(pilot)
        reads.clear()
        for key, doing in (
            ("p", "planning the pause"),
            ("f", "foreseeing what a load would do"),
            ("x", "reading what to export"),
        ):
            await pilot.press(key)
            await shows(pilot, f"{doing}, esc stops")
            await pilot.press("escape")
            said = f"Stopped {doing}; {key} asks again."
            await until(pilot, lambda: said in told(pilot))  # noqa: B023 - waited for at once
            assert f"{doing}, esc stops" not in text_of(pilot)
        await pilot.press("n")
        await shows(pilot, "Listing the namespaces; a name can be typed.")
        await pilot.press("escape")
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DoctorScreen))
        await until(pilot, lambda: "s Stop asking" in keys(pilot))
        await pilot.press("s")
        await shows(pilot, "stopped, r asks again")
        reads.set()
        await pilot.press("r")
        await until(pilot, lambda: "stopped" not in text_of(pilot))


class DeafBackend(FakeBackend):
    """Its dashboard's feed is connected when the test says so, or not at all."""

    deaf = Silence()
    fails = False

    def feed(self, context: str | None, namespace: str | None) -> LiveFeed:
        self.deaf.wait()
        if self.fails:
            raise Unreachable("10.0.0.1 does not answer.", fix="Look at the network.")
        return super().feed(context, namespace)


def deaf() -> DeafBackend:
    healthy = backend_of(live.burst())
    backend = DeafBackend(healthy.fake_cluster, FakeCloud(), healthy.fake_feed)
    backend.deaf = Silence()
    backend.deaf.begin()
    backend.fake_clock = healthy.fake_clock
    return backend


async def test_a_dashboard_that_does_not_connect_is_not_waited_for() -> None:
    backend = deaf()
    async with running(dashboard(backend)) as pilot:
        await shows(pilot, "connecting", "esc Back")
        await pilot.press("escape")
        await shows(pilot, "Stopped: r connects again, esc leaves.")
        await pilot.press("r")
        await until(pilot, lambda: "Stopped" not in text_of(pilot))
        backend.deaf.end()
        await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))


async def test_from_the_wizard_there_is_a_way_back_and_a_failure_is_said_there() -> None:
    backend = deaf()
    async with running(application(backend)) as pilot:
        await shows(pilot, "✓ Google ana@example.com")
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectingScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, WizardScreen))
        backend.fails = True
        backend.deaf.end()
        await pilot.press("enter")
        await shows(pilot, "The dashboard was not opened", "10.0.0.1 does not answer.")


class Told(Widget):
    """Remembers what it is told."""

    class Answered(Message):
        """The look-up has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.told = 0

    def on_told_answered(self) -> None:
        self.told += 1


async def test_what_is_given_up_has_no_last_word() -> None:
    silence, asked, over = Silence(), threading.Event(), threading.Event()

    def look_up() -> None:
        asked.set()
        silence.wait()

    def said(_: object) -> Message:
        over.set()
        return Told.Answered()

    app, widget = application(FakeBackend()), Told()
    async with running(app) as pilot:
        await app.screen.mount(widget)
        silence.begin()
        work.ask(widget, "look", look_up, said, said)
        await until(pilot, asked.is_set)
        assert work.give_up(widget, "look")
        assert not work.give_up(widget, "something else")
        silence.end()
        await until(pilot, over.is_set)
        work.ask(widget, "another", lambda: None, said, said)
        await until(pilot, lambda: widget.told == 1)
        await pilot.pause()
    assert widget.told == 1


async def test_a_look_up_holds_up_neither_leaving_nor_another_however_many_there_are() -> None:
    never, daemons = threading.Event(), []

    def look_up() -> None:
        daemons.append(threading.current_thread().daemon)
        never.wait()

    def said(_: object) -> Message:
        return Message()

    app = application(FakeBackend())
    async with running(app) as pilot:
        many = 100
        for number in range(many):
            work.ask(app, f"look-up {number}", look_up, said, said)
        await until(pilot, lambda: len(daemons) == many)
    # The interpreter does not wait for such threads when it ends.
    assert all(daemons)
    never.set()
