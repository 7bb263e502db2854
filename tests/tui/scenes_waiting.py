"""What pictures are taken of while something is waited for, refused or just done."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from textual.widgets import Button

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.domain.live import LinkState
from jetscale_tui.errors import PermissionDenied
from jetscale_tui.manifests.metadata import FIELD_MANAGER
from jetscale_tui.tui.app import JetScaleApp
from jetscale_tui.tui.widgets.step_list import StepList
from tests.tui import live
from tests.tui.driving import application, dashboard, pane, reach, still, text_of, until
from tests.tui.test_dashboard import backend_of, opened
from tests.tui.test_review_and_apply import armed, obedient
from tests.tui.test_ways_out import EXPIRED
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from tests.tui.fakes import FakeBackend

    Way = Callable[[Pilot[int]], Awaitable[object]]
    Scene = tuple[Callable[[], JetScaleApp], Way]


class _HeldUp(JetScaleApp):
    """Something of its backend stands still until the application ends."""

    def __init__(self, backend: FakeBackend) -> None:
        super().__init__(lambda: backend)
        self.animation_level = "none"
        self.fake_backend = backend
        self.go_on = threading.Event()

    def on_unmount(self) -> None:
        """Let every thread that waits go on, and end."""
        self.go_on.set()
        self.fake_backend.fake_cluster.hold.set()
        self.fake_backend.fake_cluster.failure = None


def _held_up() -> JetScaleApp:
    app = _HeldUp(obedient())
    app.fake_backend.fake_cluster.hold.clear()

    def nobody_logs_in() -> None:
        assert app.go_on.wait(PATIENCE), "the picture was never taken"

    app.fake_backend.fake_clock.on_sleep = nobody_logs_in
    return app


async def _frozen(pilot: Pilot[int]) -> None:
    """Stop the timers that turn a spinner, and turn it back."""
    apply = pane(pilot)
    for timer in list(apply._timers):
        timer.pause()
    apply.query_one(StepList).turn = 0
    await still(pilot)


async def _carrying_out(pilot: Pilot[int]) -> None:
    await armed(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: "s Stop" in text_of(pilot))
    await until(pilot, lambda: "✓ Enable Google services" in text_of(pilot))
    await _frozen(pilot)


async def _asked_to_log_in(pilot: Pilot[int]) -> None:
    app = pilot.app
    assert isinstance(app, _HeldUp)
    await armed(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: "✓ Enable Google services" in text_of(pilot))
    app.fake_backend.fake_cluster.failure = EXPIRED
    app.fake_backend.fake_cluster.hold.set()
    await until(pilot, lambda: "The run waits and goes on by itself" in text_of(pilot))
    await _frozen(pilot)


async def _log_of_a_failure(pilot: Pilot[int]) -> None:
    await armed(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: "not finished; enter plans" in text_of(pilot))
    await pilot.press("l")
    await until(pilot, lambda: "Metrics adapter: " in text_of(pilot))
    await still(pilot)


def _disobedient() -> JetScaleApp:
    backend = obedient()
    backend.fake_cluster.on_write = lambda ref: None
    return application(backend)


async def _plan_refused(pilot: Pilot[int]) -> None:
    app = pilot.app
    assert isinstance(app, _HeldUp)
    await reach(pilot, WizardStep.METRICS)
    app.fake_backend.fake_cluster.failure = PermissionDenied(
        "You may not read HorizontalPodAutoscalers in default.",
        why='User "ana@example.com" cannot list resource "horizontalpodautoscalers".',
        fix="Ask for roles/container.developer in my-project, then plan again.",
    )
    await pilot.press("enter")
    await until(pilot, lambda: "Ask for roles/container.developer" in text_of(pilot))
    await still(pilot)


def _forbidden() -> live.Story:
    return live.Story().link(
        "horizontalpodautoscalers",
        LinkState.FORBIDDEN,
        reason="horizontalpodautoscalers is forbidden: ana@example.com cannot list it in default",
    )


def _pods_forbidden() -> live.Story:
    story = live.Story().begin(live.hpa("3"))
    return story.link("pods", LinkState.FORBIDDEN).link("nodes", LinkState.FORBIDDEN)


async def _watched(pilot: Pilot[int]) -> None:
    await opened(pilot)
    await until(pilot, lambda: "waiting for the cluster" not in text_of(pilot))
    await still(pilot)


async def _at_pods(pilot: Pilot[int]) -> None:
    await _watched(pilot)
    await pilot.press("v")
    await still(pilot)


def _ours() -> JetScaleApp:
    backend, hpa = backend_of(live.burst()), live.hpa("3")
    fields: dict[str, object] = {
        "f:minReplicas": {},
        "f:maxReplicas": {},
        "f:scaleTargetRef": {},
        "f:metrics": {},
    }
    hpa["metadata"]["managedFields"] = [
        {
            "manager": FIELD_MANAGER,
            "operation": "Apply",
            "apiVersion": "autoscaling/v2",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": fields},
        }
    ]
    backend.fake_cluster.put(hpa)
    return dashboard(backend)


async def _about_to_pause(pilot: Pilot[int]) -> None:
    await opened(pilot)
    await pilot.press("p")
    await until(pilot, lambda: isinstance(pilot.app.focused, Button))
    await still(pilot)


async def _asked_for_a_namespace(pilot: Pilot[int]) -> None:
    await opened(pilot)
    await pilot.press("n")
    await until(pilot, lambda: "esc leaves" in text_of(pilot))
    await still(pilot)


SCENES: dict[str, Scene] = {
    "apply-running": (_held_up, _carrying_out),
    "apply-login": (_held_up, _asked_to_log_in),
    "apply-log": (_disobedient, _log_of_a_failure),
    "review-refused": (lambda: _HeldUp(obedient()), _plan_refused),
    "dashboard-forbidden": (lambda: dashboard(backend_of(_forbidden())), _watched),
    "dashboard-no-pods": (lambda: dashboard(backend_of(_pods_forbidden())), _at_pods),
    "dashboard-namespace": (_ours, _asked_for_a_namespace),
    "pause": (_ours, _about_to_pause),
}
