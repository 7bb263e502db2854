"""What pictures are taken of while something is waited for, refused or just done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Button

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.domain.live import LinkState
from jetscale_tui.errors import PermissionDenied
from jetscale_tui.manifests.metadata import FIELD_MANAGER
from jetscale_tui.tui.app import JetScaleApp
from tests.tui import live
from tests.tui.driving import application, dashboard, reach, still, text_of, until
from tests.tui.test_dashboard import backend_of, opened
from tests.tui.test_review_and_apply import armed, obedient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from tests.tui.fakes import FakeBackend

    Way = Callable[[Pilot[int]], Awaitable[object]]
    Scene = tuple[Callable[[], JetScaleApp], Way]


class _Refused(JetScaleApp):
    """Its backend refuses what it is told to refuse, until the application ends."""

    def __init__(self, backend: FakeBackend) -> None:
        super().__init__(lambda: backend)
        self.animation_level = "none"
        self.fake_backend = backend

    def on_unmount(self) -> None:
        """Refuse nothing to what is still at work."""
        self.fake_backend.fake_cluster.failure = None


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
    assert isinstance(app, _Refused)
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
    "apply-log": (_disobedient, _log_of_a_failure),
    "review-refused": (lambda: _Refused(obedient()), _plan_refused),
    "dashboard-forbidden": (lambda: dashboard(backend_of(_forbidden())), _watched),
    "dashboard-no-pods": (lambda: dashboard(backend_of(_pods_forbidden())), _at_pods),
    "dashboard-namespace": (_ours, _asked_for_a_namespace),
    "pause": (_ours, _about_to_pause),
}
