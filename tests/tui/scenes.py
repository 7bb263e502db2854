"""What pictures are taken of: an application, and the way to what is pictured."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from textual.widgets import Button

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.domain.live import LinkState
from jetscale_tui.errors import ConfigError, Unreachable
from jetscale_tui.tui.app import JetScaleApp
from jetscale_tui.tui.screens.dashboard import DashboardScreen
from tests.tui import live
from tests.tui.driving import application, dashboard, reach, still, text_of, until
from tests.tui.fakes import (
    CONTEXT,
    GKE,
    POOL,
    FakeBackend,
    FakeCloud,
    NoKubeconfig,
    ShyCloud,
    healthy_cluster,
    second_context,
)
from tests.tui.test_dashboard import backend_of, opened
from tests.tui.test_replay import playing, recorded
from tests.tui.test_review_and_apply import applied, armed, obedient

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.fake_cluster import FakeCluster


Way = Callable[["Pilot[int]"], Awaitable[object]]
Scene = tuple[Callable[[], JetScaleApp], Way]


def _healthy() -> JetScaleApp:
    return application(FakeBackend(cloud=FakeCloud()))


def _to(step: WizardStep, *keys: str, until_shown: str = "") -> Way:
    async def go(pilot: Pilot[int]) -> None:
        await reach(pilot, step)
        await pilot.press(*keys)
        if until_shown:
            await until(pilot, lambda: until_shown in text_of(pilot))
        await still(pilot)

    return go


async def _advised(pilot: Pilot[int]) -> None:
    await reach(pilot, WizardStep.METRICS)
    await until(pilot, lambda: "needs a node" in text_of(pilot))
    await pilot.press("f")
    await until(pilot, lambda: "settings tried:" in text_of(pilot))
    await still(pilot)


async def _located(pilot: Pilot[int]) -> None:
    await until(pilot, lambda: "ana@example.com" in text_of(pilot).partition("\n")[2])
    await still(pilot)


def _without_kubeconfig() -> JetScaleApp:
    def connect() -> FakeBackend:
        raise ConfigError(
            "There is no kubeconfig.",
            why="/home/ana/.kube/config does not exist.",
            fix="`gcloud container clusters get-credentials CLUSTER` writes one.",
        )

    app = JetScaleApp(connect)
    app.animation_level = "none"
    return app


async def _failed(pilot: Pilot[int]) -> None:
    await until(pilot, lambda: "There is no kubeconfig." in text_of(pilot))


def _with_trouble() -> JetScaleApp:
    cloud = FakeCloud()
    cloud.disabled.add("monitoring.googleapis.com")
    cloud.denied = frozenset({"resourcemanager.projects.setIamPolicy"})
    return application(FakeBackend(cloud=cloud))


def _two_contexts() -> JetScaleApp:
    return application(FakeBackend(cloud=FakeCloud(), contexts=(CONTEXT, second_context())))


def with_keda() -> FakeCluster:
    """A healthy cluster whose external metrics are KEDA's."""
    cluster = healthy_cluster()
    cluster.put(
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": "v1beta1.external.metrics.k8s.io"},
            "spec": {"service": {"namespace": "keda", "name": "keda-operator-metrics-apiserver"}},
            "status": {"conditions": [{"type": "Available", "status": "True"}]},
        }
    )
    return cluster


def _with_keda() -> JetScaleApp:
    return application(FakeBackend(with_keda(), FakeCloud()))


def _obedient() -> JetScaleApp:
    return application(obedient())


def _disobedient() -> JetScaleApp:
    backend = obedient()
    backend.fake_cluster.on_write = lambda ref: None
    return application(backend)


async def _apply_failed(pilot: Pilot[int]) -> None:
    await armed(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: "not finished; enter plans" in text_of(pilot))
    await still(pilot)


async def _applied(pilot: Pilot[int]) -> None:
    await applied(pilot)
    await still(pilot)


async def _undo(pilot: Pilot[int]) -> None:
    await applied(pilot)
    await pilot.press("u")
    await until(pilot, lambda: "- HorizontalPodAutoscaler" in text_of(pilot))
    await until(pilot, lambda: isinstance(pilot.app.focused, Button))
    await still(pilot)


def _reviewed(*keys: str) -> Way:
    async def go(pilot: Pilot[int]) -> None:
        await armed(pilot)
        await pilot.press(*keys)
        await still(pilot)

    return go


def _many_contexts() -> JetScaleApp:
    others = [second_context(f"kind-{number:02}") for number in range(20)]
    cluster = replace(
        GKE,
        pools=(GKE.pools[0], replace(POOL, max_nodes=4, spot=True)),
        authorized_networks=("203.0.113.0/24",),
        dns_endpoint="gke-1.us-central1.gke.goog",
    )
    backend = FakeBackend(cloud=FakeCloud(cluster), contexts=(CONTEXT, *others))
    return application(backend)


def _shy() -> JetScaleApp:
    return application(NoKubeconfig(cloud=ShyCloud()))


def _half_allowed() -> JetScaleApp:
    backend = obedient()
    assert backend.fake_cloud is not None
    backend.fake_cloud.denied = frozenset({"resourcemanager.projects.setIamPolicy"})
    # Controllers do their work, but nobody lets the adapter read a value.
    complete = backend.fake_cluster.on_write
    backend.fake_cluster.on_write = lambda ref: complete(ref)
    return application(backend)


async def _exporting(pilot: Pilot[int]) -> None:
    await armed(pilot)
    await pilot.press("w")
    await until(pilot, lambda: "Terraform" in text_of(pilot))
    await still(pilot)


async def _left_to_others(pilot: Pilot[int]) -> None:
    await armed(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: "your part is done" in text_of(pilot))
    await still(pilot)


async def _asked_for_a_document(pilot: Pilot[int]) -> None:
    await _located(pilot)
    await pilot.press("down", "down", "enter")
    await until(pilot, lambda: "enter opens it" in text_of(pilot))
    await pilot.press(*"nowhere.yaml", "enter")
    await until(pilot, lambda: "nowhere.yaml" in text_of(pilot))
    await still(pilot)


def _shows(story: Callable[[], live.Story], namespace: str | None = "default") -> Callable[
    [], JetScaleApp
]:  # fmt: skip
    return lambda: dashboard(backend_of(story()), namespace)


def _watched(*keys: str) -> Way:
    async def go(pilot: Pilot[int]) -> None:
        await opened(pilot)
        await pilot.press(*keys)
        await still(pilot)

    return go


def _replay() -> JetScaleApp:
    directory = Path(mkdtemp())
    app = playing(recorded(directory / "burst.jsonl"))
    # What was opened stays readable; nothing of it is left behind.
    weakref.finalize(app, shutil.rmtree, directory, ignore_errors=True)
    return app


async def _at_the_end(pilot: Pilot[int]) -> None:
    await until(pilot, lambda: "3/10" in text_of(pilot))
    await pilot.press("end")
    await until(pilot, lambda: "at the end" in text_of(pilot) and "25/10" in text_of(pilot))
    await still(pilot)


def _foreign() -> JetScaleApp:
    backend = backend_of(live.burst())
    backend.fake_cluster.put(live.hpa("3"))
    return dashboard(backend)


async def _refused(pilot: Pilot[int]) -> None:
    await opened(pilot)
    await pilot.press("p")
    await until(pilot, lambda: "was not made by JetScale" in text_of(pilot))
    await still(pilot)


async def _examined(pilot: Pilot[int]) -> None:
    await opened(pilot)
    await pilot.press("d")
    await until(pilot, lambda: "broken at" in text_of(pilot))
    await still(pilot)


def _stale() -> live.Story:
    story = live.burst()
    story.seconds = 300
    return story.link(
        "horizontalpodautoscalers",
        LinkState.RECONNECTING,
        heard=live.START + timedelta(seconds=240),
        reason="connection refused",
        attempt=3,
    )


def _pending() -> live.Story:
    pod = live.live_pod("maxengine-server-7c9f-zzzzz", "", ready=False, scheduled=100)
    return live.burst().at(245, pod)


def _many() -> live.Story:
    hpas = [live.hpa(str(i), name=f"hpa-{i:03}", namespace=f"team-{i % 5}") for i in range(60)]
    return live.Story(None).begin(*hpas, live.unknown_hpa("zz-broken"))


def paused() -> live.Story:
    hpa = live.hpa("25", 2, 2, version=30, limited=True, seconds=91)
    off = {"selectPolicy": "Disabled"}
    hpa["spec"]["behavior"] = {"scaleUp": off, "scaleDown": off}
    return live.burst().at(250, hpa)


def _expired() -> live.Story:
    story = live.burst()
    story.seconds = 300
    return story.link(
        "horizontalpodautoscalers",
        LinkState.UNAUTHENTICATED,
        heard=live.START + timedelta(seconds=240),
        reason="the credentials have expired",
    )


def _several() -> live.Story:
    """Two metrics, the second of which stands just below its target."""
    pod = live.live_pod("maxengine-server-7c9f-x7k2p", "gke-tpu-0", scheduled=-800)
    return live.Story().begin(live.two_metrics(), pods=(pod,))


def _unknown() -> live.Story:
    return live.Story().begin(live.unknown_hpa())


def _empty() -> JetScaleApp:
    cluster = healthy_cluster()
    for ref in [ref for ref in cluster.objects if ref.kind_name in ("Deployment", "Pod")]:
        del cluster.objects[ref]
    return application(FakeBackend(cluster, FakeCloud()))


def _unreachable() -> JetScaleApp:
    backend = FakeBackend(cloud=FakeCloud())
    backend.fake_cluster.failure = Unreachable(
        "The cluster does not answer.",
        why="10.0.0.1:443: connection timed out.",
        fix="Look at the network between here and there, then ask again.",
    )
    return application(backend)


async def _insisted(pilot: Pilot[int]) -> None:
    """Past a check that failed, to a list with nothing in it."""
    await reach(pilot, WizardStep.PREREQUISITES)
    await pilot.press("enter")
    await until(pilot, lambda: "Enter again goes on" in text_of(pilot))
    await reach(pilot, WizardStep.WORKLOAD)
    await still(pilot)


async def _silent(pilot: Pilot[int]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))
    await until(pilot, lambda: "ana@exam" in text_of(pilot).splitlines()[0])
    await still(pilot)


SCENES: dict[str, Scene] = {
    "welcome": (_healthy, _located),
    "welcome-no-kubeconfig": (_without_kubeconfig, _failed),
    "prerequisites": (_healthy, _to(WizardStep.PREREQUISITES)),
    "prerequisites-failed": (
        _with_trouble,
        _to(WizardStep.PREREQUISITES, until_shown="f Fix it"),
    ),
    "prerequisites-enable": (
        _with_trouble,
        _to(WizardStep.PREREQUISITES, "f", until_shown="Enable in my-project now?"),
    ),
    "welcome-open": (_healthy, _asked_for_a_document),
    "cluster-filter": (
        _many_contexts,
        _to(WizardStep.CLUSTER, "slash", *"tpu-c", until_shown="203.0.113.0/24"),
    ),
    "cluster-project": (_shy, _to(WizardStep.CLUSTER, "p", until_shown="enter takes it")),
    "cluster": (_two_contexts, _to(WizardStep.CLUSTER)),
    "workload": (_healthy, _to(WizardStep.WORKLOAD)),
    "workload-name": (_healthy, _to(WizardStep.WORKLOAD, "t")),
    "adapter": (_healthy, _to(WizardStep.ADAPTER)),
    "adapter-keda": (_with_keda, _to(WizardStep.ADAPTER)),
    "metrics": (_healthy, _to(WizardStep.METRICS, until_shown="needs a node")),
    "metrics-advice": (_healthy, _advised),
    "metrics-problem": (
        _healthy,
        _to(
            WizardStep.METRICS, "down", "right", "end", "ctrl+u", "9", "0", "enter",
            until_shown="Correct what is marked",
        ),
    ),
    "metrics-behavior": (
        _healthy, _to(WizardStep.METRICS, "b", "down", until_shown="1 pod/74s"),
    ),
    "review-export": (_obedient, _exporting),
    "review": (_obedient, _reviewed()),
    "review-yaml": (_obedient, _reviewed("down", "down", "down", "space", "down", "right")),
    "review-corrections": (_obedient, _reviewed("left")),
    "review-undo": (_obedient, _undo),
    "apply-done": (_obedient, _applied),
    "apply-handed-over": (_half_allowed, _left_to_others),
    "apply-failed": (_disobedient, _apply_failed),
    "dashboard": (_shows(live.burst), _watched()),
    "dashboard-pods": (_shows(_pending), _watched("v")),
    "dashboard-metric": (_shows(live.burst), _watched("v", "v")),
    "dashboard-unknown": (_shows(_unknown), _watched()),
    "dashboard-stale": (_shows(_stale), _watched()),
    "dashboard-many": (_shows(_many, None), _watched()),
    "dashboard-filter": (_shows(_many, None), _watched("slash", "0", "1")),
    "dashboard-empty": (_shows(lambda: live.Story().begin()), _watched()),
    "dashboard-paused": (_shows(paused), _watched()),
    "dashboard-expired": (_shows(_expired), _watched()),
    "dashboard-metrics": (_shows(_several), _watched("v", "v")),
    "edit": (_shows(live.burst), _watched("e")),
    "edit-problem": (_shows(live.burst), _watched("e", "end", "ctrl+u", "x")),
    "doctor": (_shows(live.burst), _examined),
    "refusal": (_foreign, _refused),
    "replay": (_replay, _at_the_end),
    "burst": (_shows(live.burst), _watched("b")),
    "help": (_healthy, _to(WizardStep.ADAPTER, "question_mark")),
    "help-dashboard": (_shows(live.burst), _watched("question_mark")),
    "prerequisites-unreachable": (_unreachable, _to(WizardStep.PREREQUISITES)),
    "workload-none": (_empty, _insisted),
    "dashboard-waiting": (lambda: dashboard(FakeBackend(cloud=FakeCloud())), _silent),
    "palette": (
        _healthy, _to(WizardStep.METRICS, "ctrl+p", until_shown="How fast replicas may come"),
    ),
    "leaving": (_healthy, _to(WizardStep.METRICS, "ctrl+q", until_shown="Leave now?")),
}  # fmt: skip
