"""Finding the cluster: in a long list, in a project that is not listed, without a kubeconfig."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.domain.spec import Setup
from tests.tui.driving import application, pane, reach, running, text_of, until, wizard
from tests.tui.fakes import (
    CONTEXT,
    GKE,
    POOL,
    FakeBackend,
    FakeCloud,
    NoKubeconfig,
    ShyCloud,
    second_context,
)

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from jetscale_tui.domain.google import GkeCluster


def draft(pilot: Pilot[int]) -> Setup:
    desk = wizard(pilot).desk
    return desk.draft if desk is not None else Setup()


def many() -> FakeBackend:
    others = [second_context(f"kind-{number:02}") for number in range(20)]
    return FakeBackend(cloud=FakeCloud(), contexts=(CONTEXT, *others))


async def test_typing_narrows_a_long_list_and_enter_goes_on_with_the_match() -> None:
    async with running(application(many())) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        await pilot.press("slash", *"kind 07")
        await until(pilot, lambda: "kind-08" not in text_of(pilot))
        assert "▸ kind-07" in text_of(pilot)
        await until(pilot, lambda: draft(pilot).kubernetes.context == "kind-07")
        await until(pilot, lambda: not pane(pilot).busy)
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.WORKLOAD)


async def test_while_one_types_only_where_the_list_comes_to_rest_is_meant() -> None:
    async with running(application(many())) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        await pilot.press("slash", *"nothing like it")
        await until(pilot, lambda: "Nothing matches." in text_of(pilot))
        assert draft(pilot).kubernetes.context == CONTEXT.name
        await pilot.press("escape")
        await until(pilot, lambda: "kind-00" in text_of(pilot))
        assert wizard(pilot).step is WizardStep.CLUSTER


async def test_arrows_move_through_the_matches_while_typing() -> None:
    async with running(application(many())) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        await pilot.press("slash", *"kind", "down", "down", "up")
        await until(pilot, lambda: "▸ kind-01" in text_of(pilot))
        await until(pilot, lambda: draft(pilot).kubernetes.context == "kind-01")


async def test_without_a_kubeconfig_the_clusters_google_knows_lead_on() -> None:
    async with running(application(NoKubeconfig(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        await until(pilot, lambda: draft(pilot).google.cluster == "tpu-cluster")
        await until(pilot, lambda: "2 fit now" in text_of(pilot))
        assert "No kubeconfig was found" in text_of(pilot)
        await until(pilot, lambda: not pane(pilot).busy)
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.WORKLOAD)


async def test_a_project_that_is_not_listed_can_be_typed() -> None:
    async with running(application(NoKubeconfig(cloud=ShyCloud()))) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        await until(pilot, lambda: "p names a project to look in" in text_of(pilot))
        await pilot.press("p")
        await until(pilot, lambda: "You may not list projects." in text_of(pilot))
        await pilot.press(*"my-project", "enter")
        await until(pilot, lambda: draft(pilot).google.cluster == "tpu-cluster")
        assert draft(pilot).google.project == "my-project"


async def test_a_project_number_is_refused_beside_the_field() -> None:
    async with running(application(NoKubeconfig(cloud=ShyCloud()))) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        await pilot.press("p", *"123456789012", "enter")
        await until(pilot, lambda: "give the project id" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "give the project id" not in text_of(pilot))


async def test_a_listed_project_is_picked_with_enter() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        await until(pilot, lambda: "2 fit now" in text_of(pilot))
        await pilot.press("p")
        await until(pilot, lambda: "▸ my-project" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "enter takes it" not in text_of(pilot))
        assert draft(pilot).google.cluster == "tpu-cluster"


async def say(cluster: GkeCluster, *wanted: str) -> None:
    """Wait until the Cluster pane says all of that of a cluster."""
    async with running(application(FakeBackend(cloud=FakeCloud(cluster)))) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        for words in wanted:
            await until(pilot, lambda words=words: words in joined(pilot))  # type: ignore[misc]


def joined(pilot: Pilot[int]) -> str:
    """The pane's text without its line breaks."""
    return " ".join(text_of(pilot, pane(pilot)).split())


async def test_a_private_endpoint_is_explained() -> None:
    await say(
        replace(GKE, private_endpoint=True),
        "private: answers inside its network, or through a VPN or proxy to it",
    )


async def test_authorised_networks_and_the_dns_endpoint_are_said() -> None:
    cluster = replace(
        GKE,
        authorized_networks=("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "10.0.0.0/8"),
        dns_endpoint="gke-1.us-central1.gke.goog",
    )
    await say(
        cluster,
        "answers 203.0.113.0/24, 198.51.100.0/24, 192.0.2.0/24 and 1 more only",
        "its DNS endpoint answers from anywhere",
    )


async def test_generation_topology_growth_and_what_more_would_take_are_said() -> None:
    pool = replace(POOL, max_nodes=4, spot=True)
    await say(
        replace(GKE, pools=(pool,)),
        "Standard",
        "TPU v5e, ct5lp-hightpu-8t 2x4, 2 nodes of 8 chips, grows to 4, spot",
        "2 fit now, 4 once the pool has grown",
        "Replica 3 waits for a new node: about 3 min 44 s",
    )
