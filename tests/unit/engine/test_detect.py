from __future__ import annotations

from typing import Any

import pytest

from jetscale_tui.domain.kinds import DEPLOYMENT, Json, Ref
from jetscale_tui.engine import detect
from jetscale_tui.engine.detect import ApiOwner, StartUp
from jetscale_tui.setupfile.profiles import load_profile
from tests.fakes import FakeCluster
from tests.unit.engine.scene import (
    PAGE_PATH,
    PROFILE,
    SETUP,
    api_service,
    cluster_with_server,
    deployment,
    gke,
    hpa,
    node,
    pod,
    setup_with,
)

PYTORCH = load_profile("jetstream-pytorch")


def named(name: str, /, namespace: str = "default", **container: Any) -> Json:
    """A Deployment with another server in it."""
    obj = deployment()
    obj["metadata"].update(name=name, namespace=namespace)
    obj["spec"]["template"]["spec"]["containers"][1].update(container)
    return obj


class TestWorkloads:
    def test_a_server_is_recognised_with_all_that_matters(self) -> None:
        (found,) = detect.find_workloads(cluster_with_server(), [PYTORCH, PROFILE])
        assert (found.profile, found.namespace, found.deployment) == (
            "jetstream-maxtext",
            "default",
            "maxengine-server",
        )
        assert (found.container, found.metrics_port, found.chips_per_replica) == (
            "maxengine-server",
            9100,
            8,
        )
        assert found.selector == {"app": "maxengine-server"}
        assert (found.replicas, found.ready) == (1, 0)

    def test_a_server_is_recognised_by_its_image_too(self) -> None:
        renamed = named("mine", name="llm", image="registry.example/maxengine-server:v9")
        found = detect.recognise(renamed, PROFILE)
        assert found is not None
        assert found.container == "llm"

    def test_other_deployments_are_none(self) -> None:
        web = named("web", name="web", image="nginx")
        assert detect.find_workloads(FakeCluster(web), [PROFILE, PYTORCH]) == ()

    def test_they_come_in_the_order_of_their_names(self) -> None:
        cluster = FakeCluster(named("b"), named("a"), named("z", namespace="aaa"))
        found = detect.find_workloads(cluster, [PROFILE])
        assert [each.deployment for each in found] == ["z", "a", "b"]

    def test_a_found_server_fills_the_setup(self) -> None:
        pytorch = named(
            "mine",
            "llm",
            name="jetstream-pytorch-server",
            image="x",
            args=["--prometheus_port=9090"],
        )
        (found,) = detect.find_workloads(FakeCluster(pytorch), [PROFILE, PYTORCH])
        workload = detect.in_setup(SETUP, found).workload
        assert (workload.profile, workload.namespace, workload.metrics_port) == (
            "jetstream-pytorch",
            "llm",
            9090,
        )

    def test_the_servers_container_is_recognised_else_the_one_with_chips(self) -> None:
        assert detect.server_container(deployment(), PROFILE) is not None
        other = named("x", name="llm", image="x")
        container = detect.server_container(other, PROFILE)
        assert container is not None
        assert container["name"] == "llm"


@pytest.mark.parametrize(
    ("container", "port"),
    [
        ({"args": ["prometheus_port=9100"]}, 9100),
        ({"args": ["a=1", "prometheus_port=9090"]}, 9090),
        ({"command": ["sh", "-c", "run prometheus_port=9100 && wait"]}, 9100),
        ({"args": ["prometheus_port=0"]}, None),
        ({"args": ["a=1"]}, None),
        ({}, None),
    ],
)
def test_the_metrics_port_is_read_from_the_arguments(container: Json, port: int | None) -> None:
    assert detect.metrics_port(container, PROFILE) == port


class TestCapacity:
    def count(self, *nodes: Json, pods: tuple[Json, ...] = (), **pools: Any) -> detect.Capacity:
        cluster = FakeCluster(deployment(), *nodes, *pods)
        google = gke(**pools) if pools else None
        return detect.capacity(cluster, SETUP.workload, deployment(), google)

    def test_replicas_fit_node_by_node(self) -> None:
        found = self.count(node("a"), node("b", chips=12), node("c", chips=4))
        assert (found.chips, found.fits_now, found.proposed_maximum) == (24, 2, 2)

    def test_own_pods_hold_no_chips_and_those_of_others_do(self) -> None:
        own, other = pod(node="a"), pod("x", labels={"app": "x"}, node="b")
        gone = pod("y", labels={"app": "y"}, node="a")
        gone["status"]["phase"] = "Succeeded"
        pending = pod("z", labels={"app": "z"}, node="")
        found = self.count(node("a"), node("b"), pods=(own, other, gone, pending))
        assert [each.taken for each in found.nodes] == [0, 8]
        assert found.fits_now == 1

    def test_nodes_that_do_not_match_the_node_selector_do_not_count(self) -> None:
        other = node("b")
        other["metadata"]["labels"] = {"cloud.google.com/gke-tpu-topology": "4x4"}
        assert self.count(node("a"), other).fits_now == 1

    def test_pools_that_may_grow_add_what_may_come(self) -> None:
        from dataclasses import replace

        pool = gke().pools[0]
        grown = self.count(node("a"), node("b"), pools=(replace(pool, max_nodes=4),))
        assert (grown.growth, grown.fits_grown) == (2, 4)
        other = replace(pool, accelerator="tpu-v6e-slice", max_nodes=9)
        assert self.count(node("a"), pools=(other,)).growth == 0
        assert self.count(node("a")).fits_grown is None
        assert self.count(pools=(pool,)).fits_grown is None

    def test_without_nodes_one_replica_is_proposed(self) -> None:
        assert self.count().proposed_maximum == 1

    def test_without_a_deployment_every_tpu_node_counts(self) -> None:
        cluster = FakeCluster(node("a"), node("b"))
        assert detect.capacity(cluster, SETUP.workload, None).fits_now == 2

    def test_chips_may_be_requested_without_a_limit(self) -> None:
        requests = {"name": "c", "resources": {"requests": {"google.com/tpu": "4"}}}
        assert detect.chips_requested({"containers": [requests, {"name": "none"}]}) == 4


class TestStartUp:
    def test_it_is_the_median_from_scheduled_to_ready(self) -> None:
        slow = pod("slow")
        slow["status"]["conditions"][1]["lastTransitionTime"] = "2026-01-01T10:05:00Z"
        assert detect.start_up([pod("a"), pod("b"), slow]) == StartUp(75.0, 3)

    def test_pods_that_restarted_or_are_not_ready_tell_nothing(self) -> None:
        restarted = pod("restarted")
        restarted["status"]["containerStatuses"][0]["restartCount"] = 1
        timeless = pod("timeless")
        del timeless["status"]["conditions"][0]["lastTransitionTime"]
        assert detect.start_up([restarted, pod("starting", ready=False), timeless]) is None


class TestServer:
    def test_it_is_looked_at_as_a_whole(self) -> None:
        look = detect.look_at_server(cluster_with_server(), SETUP)
        assert look.deployment is not None
        assert look.ready == 1
        assert look.metrics["jetstream_prefill_backlog_size"] == 3.0

    def test_what_is_missing_is_left_out(self) -> None:
        assert detect.look_at_server(FakeCluster(), SETUP).deployment is None
        starting = FakeCluster(deployment(), pod(ready=False))
        look = detect.look_at_server(starting, SETUP)
        assert (look.page, look.ready, len(look.pods)) == (None, 0, 1)
        silent = cluster_with_server()
        del silent.answers[PAGE_PATH]
        page = detect.look_at_server(silent, SETUP).page
        assert page is not None
        assert not page.answered

    def test_its_pods_are_found_by_the_deployments_labels_not_the_setups(self) -> None:
        wrong = setup_with(workload={"selector": {"app": "typo"}})
        assert detect.look_at_server(cluster_with_server(), wrong).ready == 1

    def test_a_deployment_without_match_labels_is_taken_by_the_setups(self) -> None:
        cluster = cluster_with_server()
        ref = Ref.to(DEPLOYMENT, "maxengine-server", "default")
        cluster.objects[ref]["spec"]["selector"] = {"matchExpressions": []}
        assert detect.look_at_server(cluster, SETUP).ready == 1


def test_owners_of_the_metrics_apis_are_listed_with_their_state() -> None:
    cluster = FakeCluster(
        api_service("v1beta1.external.metrics.k8s.io", available=False),
        api_service("v1beta2.custom.metrics.k8s.io", "a/b"),
    )
    assert detect.metric_api_owners(cluster) == (
        ApiOwner("v1beta2.custom.metrics.k8s.io", "a", "b", True, ""),
        ApiOwner("v1beta1.external.metrics.k8s.io", "keda", "keda-metrics", False, "no answer"),
    )


def test_who_asks_an_api_for_a_metric_is_told_with_it() -> None:
    cluster = FakeCluster(
        api_service("v1beta1.external.metrics.k8s.io"),
        api_service("v1beta2.custom.metrics.k8s.io", "a/b"),
        hpa("by-pods"),
        hpa("by-queue", kind="External"),
    )
    users = {each.api: each.users for each in detect.metric_api_owners(cluster)}
    assert users == {
        "v1beta2.custom.metrics.k8s.io": ("default/by-pods",),
        "v1beta1.external.metrics.k8s.io": ("default/by-queue",),
    }


def test_autoscalers_that_may_not_be_listed_are_nobodys_users() -> None:
    cluster = FakeCluster(api_service("v1beta2.custom.metrics.k8s.io", "a/b"), hpa())
    cluster.denied.add(("list", "horizontalpodautoscalers"))
    assert [each.users for each in detect.metric_api_owners(cluster)] == [()]
