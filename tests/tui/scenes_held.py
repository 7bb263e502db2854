"""What pictures are taken of while an answer does not come, or a run waits."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.errors import ConfigError
from jetscale_tui.tui.app import JetScaleApp, Start
from jetscale_tui.tui.dialogs.record import RecordDialog
from jetscale_tui.tui.messages import Watched
from jetscale_tui.tui.screens.doctor import DoctorScreen
from jetscale_tui.tui.widgets.step_list import StepList
from tests.tui import live
from tests.tui.driving import dashboard, pane, reach, still, text_of, until, wizard
from tests.tui.fakes import FakeBackend, FakeCloud
from tests.tui.test_dashboard import backend_of, opened
from tests.tui.test_review_and_apply import armed, obedient
from tests.tui.test_ways_out import EXPIRED, answer, with_helm
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from jetscale_tui.engine.playing import Tape
    from jetscale_tui.engine.ports import LiveFeed

    Way = Callable[[Pilot[int]], Awaitable[object]]
    Scene = tuple[Callable[[], JetScaleApp], Way]


class _Held(JetScaleApp):
    """What its backend is asked is not answered, from a moment on until the application ends."""

    def __init__(self, backend: FakeBackend, *, mute: bool = False, watched: bool = False) -> None:
        self.fake_backend = backend
        self.go_on = threading.Event()
        connect = self._never if mute else lambda: backend
        if watched:
            super().__init__(connect, start=Start.DASHBOARD, watched=Watched(namespace="default"))
        else:
            super().__init__(connect)
        self.animation_level = "none"

    def _never(self) -> FakeBackend:
        assert self.go_on.wait(PATIENCE), "the picture was never taken"
        return self.fake_backend

    def on_unmount(self) -> None:
        """Let every thread that waits go on, and end."""
        self.go_on.set()
        self.fake_backend.fake_cluster.reads.set()
        self.fake_backend.fake_cluster.failure = None
        self.fake_backend.fake_cluster.hold.set()


class _DeafFeed(FakeBackend):
    """Its dashboard's feed is never connected."""

    let_go: threading.Event

    def feed(self, context: str | None, namespace: str | None) -> LiveFeed:
        assert self.let_go.wait(PATIENCE), "the picture was never taken"
        return super().feed(context, namespace)


def _held(app: object) -> _Held:
    assert isinstance(app, _Held)
    return app


def _healthy() -> _Held:
    return _Held(FakeBackend(cloud=FakeCloud()))


def _deaf() -> _Held:
    backend = _DeafFeed(cloud=FakeCloud())
    app = _Held(backend, watched=True)
    backend.let_go = app.go_on
    return app


def _to_be_carried_out() -> _Held:
    """Its first write waits; afterwards nobody logs in."""
    app = _Held(obedient())
    app.fake_backend.fake_cluster.hold.clear()

    def nobody_logs_in() -> None:
        assert app.go_on.wait(PATIENCE), "the picture was never taken"

    app.fake_backend.fake_clock.on_sleep = nobody_logs_in
    return app


def _asked_at(step: WizardStep) -> Way:
    """At a step that asks once more, in vain."""

    async def go(pilot: Pilot[int]) -> None:
        await reach(pilot, step)
        _held(pilot.app).fake_backend.fake_cluster.reads.clear()
        await pilot.press("r")
        await until(pilot, lambda: pane(pilot).slow)
        await still(pilot)

    return go


async def _asked_no_more(pilot: Pilot[int]) -> None:
    await _asked_at(WizardStep.WORKLOAD)(pilot)
    await pilot.press("s")
    await until(pilot, lambda: "Stopped: r asks again" in text_of(pilot))
    await still(pilot)


async def _checking(pilot: Pilot[int]) -> None:
    await _asked_at(WizardStep.PREREQUISITES)(pilot)
    # Google answers what the cluster does not.
    await until(pilot, lambda: ": 5 ok" in text_of(pilot))
    await still(pilot)


async def _connecting(pilot: Pilot[int]) -> None:
    await until(pilot, lambda: "Set up autoscaling" in text_of(pilot))
    await still(pilot)


async def _connecting_the_dashboard(pilot: Pilot[int]) -> None:
    await until(pilot, lambda: "connecting" in text_of(pilot))
    await still(pilot)


async def _planning(pilot: Pilot[int]) -> None:
    await reach(pilot, WizardStep.METRICS)
    await until(pilot, lambda: "needs a node" in text_of(pilot))
    _held(pilot.app).fake_backend.fake_cluster.reads.clear()
    await pilot.press("enter")
    await until(pilot, lambda: wizard(pilot).step is WizardStep.REVIEW and pane(pilot).slow)
    await still(pilot)


async def _examining(pilot: Pilot[int]) -> None:
    await opened(pilot)
    _held(pilot.app).fake_backend.fake_cluster.reads.clear()
    await pilot.press("d")
    await until(pilot, lambda: isinstance(pilot.app.screen, DoctorScreen))
    await until(pilot, lambda: "asking" in text_of(pilot))
    await still(pilot)


async def _carrying_out(pilot: Pilot[int]) -> None:
    await armed(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: any(row.going for row in pilot.app.screen.query_one(StepList).rows))
    await still(pilot)


class _Taping(FakeBackend):
    """What it shows could be recorded."""

    def record(self, path: Path, context: str | None, namespace: str | None) -> Tape:
        raise ConfigError(f"Nothing is written to {path} here.")


def _recordable() -> JetScaleApp:
    backend = backend_of(live.burst())
    taping = _Taping(backend.fake_cluster, backend.fake_cloud, backend.fake_feed)
    taping.fake_clock = backend.fake_clock
    return dashboard(taping)


async def _about_to_record(pilot: Pilot[int]) -> None:
    await opened(pilot)
    await pilot.press("r")
    await until(pilot, lambda: isinstance(pilot.app.screen, RecordDialog))
    # The proposed name tells the time.
    await pilot.press("end", "ctrl+u", *"burst.jsonl")
    await still(pilot)


async def _asked_to_log_in(pilot: Pilot[int]) -> None:
    await _carrying_out(pilot)
    cluster = _held(pilot.app).fake_backend.fake_cluster
    cluster.failure = EXPIRED
    cluster.hold.set()
    await until(pilot, lambda: "The run waits and goes on by itself" in text_of(pilot))
    await still(pilot)


async def _stuck_release(pilot: Pilot[int]) -> None:
    _held(pilot.app).fake_backend.fake_cluster.helm.put("default", "jetscale", "pending-install")
    await reach(pilot, WizardStep.METRICS)
    await answer(pilot, with_helm)
    await pilot.press("enter")
    await until(pilot, lambda: "b Clear release" in text_of(pilot))
    await until(pilot, lambda: "Cannot be applied yet" in text_of(pilot))
    await still(pilot)


SCENES: dict[str, Scene] = {
    "welcome-connecting": (lambda: _Held(FakeBackend(), mute=True), _connecting),
    "prerequisites-asking": (_healthy, _checking),
    "cluster-asking": (_healthy, _asked_at(WizardStep.CLUSTER)),
    "workload-asking": (_healthy, _asked_at(WizardStep.WORKLOAD)),
    "workload-stopped": (_healthy, _asked_no_more),
    "adapter-asking": (_healthy, _asked_at(WizardStep.ADAPTER)),
    "review-planning": (lambda: _Held(obedient()), _planning),
    "review-stuck-release": (lambda: _Held(obedient()), _stuck_release),
    "apply-running": (_to_be_carried_out, _carrying_out),
    "apply-login": (_to_be_carried_out, _asked_to_log_in),
    "dashboard-connecting": (_deaf, _connecting_the_dashboard),
    "dashboard-record": (_recordable, _about_to_record),
    "doctor-asking": (lambda: _Held(backend_of(live.burst()), watched=True), _examining),
}
