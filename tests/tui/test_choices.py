"""Cluster, Workload and Adapter: what is found, what is chosen, what stops."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.domain.spec import Setup
from jetscale_tui.errors import Unreachable
from tests.tui.driving import application, pane, reach, running, text_of, until, wizard
from tests.tui.fakes import (
    CONTEXT,
    GKE,
    FakeBackend,
    FakeCloud,
    deployment,
    healthy_cluster,
    second_context,
)

if TYPE_CHECKING:
    from textual.pilot import Pilot


def draft(pilot: Pilot[int]) -> Setup:
    desk = wizard(pilot).desk
    return desk.draft if desk is not None else Setup()


async def test_the_cluster_pane_counts_chips_and_says_how_many_replicas_fit() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        shown = text_of(pilot, pane(pilot))
        assert "16 / 8 a replica: 2 fit now" in shown
        assert "ct5lp-hightpu-8t 2x4, 2 nodes of 8" in shown


async def test_another_context_becomes_the_place_every_write_goes_to() -> None:
    backend = FakeBackend(cloud=FakeCloud(), contexts=(CONTEXT, second_context()))
    async with running(application(backend)) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        await pilot.press("down")
        await until(pilot, lambda: "kind-local" in text_of(pilot).splitlines()[0])
        assert draft(pilot).kubernetes.context == "kind-local"
        assert draft(pilot).google.cluster is None


async def test_a_gke_cluster_without_a_context_can_be_chosen_too() -> None:
    other = replace(GKE, name="other-cluster", endpoint="10.9.9.9")
    async with running(application(FakeBackend(cloud=FakeCloud(GKE, other)))) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        await until(pilot, lambda: "by your Google credentials" in text_of(pilot))
        await pilot.press("down")
        await until(pilot, lambda: draft(pilot).google.cluster == "other-cluster")
        assert draft(pilot).kubernetes.context == "gke_my-project_us-central1_other-cluster"


async def test_a_cluster_that_does_not_answer_stops_there_and_is_asked_again() -> None:
    backend = FakeBackend(cloud=FakeCloud())
    async with running(application(backend)) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        backend.fake_cluster.failure = Unreachable("10.0.0.1 does not answer.", fix="Use the VPN.")
        await pilot.press("r")
        await until(pilot, lambda: "Use the VPN." in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "! 10.0.0.1 does not answer. Choose another" in text_of(pilot))
        assert wizard(pilot).step is WizardStep.CLUSTER
        backend.fake_cluster.failure = None
        await pilot.press("r")
        await until(pilot, lambda: "2 fit now" in text_of(pilot))


async def test_the_server_is_recognised_and_its_metrics_are_read() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.WORKLOAD)
        shown = text_of(pilot, pane(pilot))
        assert "default/maxengine-server" in shown
        assert "9100 answers" in shown
        assert "Slots used" in shown
        assert "41 %" in shown
        assert "ready after 1 min 14 s" in shown


async def test_a_server_of_another_name_is_chosen_when_it_is_the_only_one() -> None:
    cluster = healthy_cluster()
    ref = next(ref for ref in cluster.objects if ref.kind_name == "Deployment")
    del cluster.objects[ref]
    cluster.put(deployment("gemma"))
    async with running(application(FakeBackend(cluster, FakeCloud()))) as pilot:
        await until(pilot, lambda: draft(pilot).workload.deployment == "gemma")
        assert draft(pilot).workload.selector == {"app": "gemma"}


async def test_a_server_without_its_metrics_port_is_said_to_run_without() -> None:
    cluster = healthy_cluster()
    bare = deployment()
    bare["spec"]["template"]["spec"]["containers"][0]["args"] = ["model_name=gemma-7b"]
    cluster.put(bare)
    async with running(application(FakeBackend(cluster, FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.WORKLOAD)
        assert "runs without its metrics port" in text_of(pilot)


async def test_a_name_can_always_be_typed() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.WORKLOAD)
        await pilot.press("t")
        await pilot.press("end", "ctrl+u", *"vllm", "enter")
        await until(pilot, lambda: draft(pilot).workload.deployment == "vllm")
        await until(pilot, lambda: "vllm is not in namespace" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "There is no Deployment default/vllm" in text_of(pilot))
        assert wizard(pilot).step is WizardStep.WORKLOAD


async def test_a_typed_name_that_kubernetes_would_refuse_is_refused_beside_the_field() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.WORKLOAD)
        await pilot.press("t")
        await pilot.press("end", "ctrl+u", *"No_Good", "enter")
        await until(pilot, lambda: "The name" in text_of(pilot))
        await pilot.press("escape")
        assert draft(pilot).workload.deployment == "maxengine-server"


async def test_another_owner_of_the_metrics_apis_stops_until_taking_over_is_said() -> None:
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
    async with running(application(FakeBackend(cluster, FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.ADAPTER)
        assert text_of(pilot).count("takes the metrics APIs from KEDA") == 2
        await pilot.press("enter")
        await until(pilot, lambda: "KEDA serves v1beta1" in text_of(pilot))
        assert wizard(pilot).step is WizardStep.ADAPTER
        await pilot.press("o")
        await until(pilot, lambda: "taken over, as you" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.METRICS)


async def test_the_identity_is_chosen_apart_from_the_adapter() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.ADAPTER)
        await pilot.press("tab", "down")
        await until(pilot, lambda: draft(pilot).adapter.identity.value == "service-account")
        assert draft(pilot).adapter.kind.value == "stackdriver"
