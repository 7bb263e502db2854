"""What Workload and Adapter say of what is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.flow import WizardStep
from tests.tui.driving import application, pane, reach, running, text_of, until
from tests.tui.fakes import FakeBackend, FakeCloud, deployment, healthy_cluster
from tests.tui.scenes import with_keda

if TYPE_CHECKING:
    from textual.pilot import Pilot


def joined(pilot: Pilot[int]) -> str:
    """The pane's text without its line breaks."""
    return " ".join(text_of(pilot, pane(pilot)).split())


async def test_the_container_its_chips_its_flag_and_the_metrics_found_are_said() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.WORKLOAD)
        await until(pilot, lambda: "9100 answers" in text_of(pilot))
        shown = joined(pilot)
        assert "Container maxengine-server (maxengine-server:v0.2.2), 8 TPU chips" in shown
        assert "Metrics flag prometheus_port=9100" in shown
        assert "9100 answers with 2 metrics" in shown
        assert "ready after 1 min 14 s" in shown


async def test_a_missing_flag_is_named_with_what_adding_it_means() -> None:
    cluster = healthy_cluster()
    bare = deployment()
    bare["spec"]["template"]["spec"]["containers"][0]["args"] = ["model_name=gemma-7b"]
    cluster.put(bare)
    async with running(application(FakeBackend(cluster, FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.WORKLOAD)
        await until(pilot, lambda: "prometheus_port=9100 is missing" in joined(pilot))
        assert "the plan can add it, which replaces the pods" in joined(pilot)


async def test_a_container_no_profile_knows_is_said() -> None:
    cluster = healthy_cluster()
    other = deployment()
    other["spec"]["template"]["spec"]["containers"] = [{"name": "web", "image": "nginx"}]
    cluster.put(other)
    async with running(application(FakeBackend(cluster, FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.WORKLOAD)
        await until(pilot, lambda: "none is known to the profile" in joined(pilot))


async def test_autoscalers_that_would_lose_their_metrics_are_named_beside_the_api() -> None:
    cluster = with_keda()
    cluster.put(_scaled_by_keda())
    async with running(application(FakeBackend(cluster, FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.ADAPTER)
        await until(pilot, lambda: "KEDA; asked by default/queue-hpa" in joined(pilot))


def _scaled_by_keda() -> dict[str, Any]:
    target = {"type": "AverageValue", "averageValue": "5"}
    metric = {"metric": {"name": "s0-queue"}, "target": target}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "queue-hpa", "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "queue"},
            "maxReplicas": 2,
            "metrics": [{"type": "External", "external": metric}],
        },
    }
