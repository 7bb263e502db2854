from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import DEPLOYMENT, NODE, POD
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.controllers.pods import is_ready
from tests.sandbox.still import still_world

if TYPE_CHECKING:
    from tests.sandbox.still import StillWorld

CHIPS = {"resources": {"requests": {"google.com/tpu": "8"}}}


def message(still: StillWorld, app: str) -> str:
    (pod,) = [pod for pod in still.pods(app) if not pod["spec"].get("nodeName")]
    placed = next(each for each in pod["status"]["conditions"] if each["type"] == "PodScheduled")
    assert (placed["status"], placed["reason"]) == ("False", "Unschedulable")
    text: str = placed["message"]
    return text


def test_a_pod_waits_when_all_chips_are_taken_and_is_told_why(still: StillWorld) -> None:
    still.change(DEPLOYMENT, "maxengine-server", replicas=3)
    still.run(200)
    assert len([pod for pod in still.pods() if is_ready(pod)]) == 2
    assert message(still, "maxengine-server") == (
        "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, "
        "2 Insufficient google.com/tpu. no new claims to deallocate, "
        "preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, "
        "2 No preemption victims found for incoming pod."
    )
    assert still.reasons("Pod", "maxengine").count("FailedScheduling") == 1


def test_a_pod_without_chips_keeps_off_tpu_nodes(still: StillWorld) -> None:
    still.deploy("web", replicas=2)
    still.run(5)
    nodes = {pod["spec"]["nodeName"] for pod in still.pods("web")}
    assert all("default-pool" in name for name in nodes)


def test_without_a_plain_pool_an_adapter_finds_no_place() -> None:
    tpu_only = replace(Blueprint(), pools=Blueprint().pools[1:])
    with still_world(tpu_only) as still:
        still.deploy("web")
        still.run(5)
        assert "2 node(s) had untolerated taint {google.com/tpu: present}" in message(still, "web")


def test_a_pod_that_asks_for_chips_tolerates_their_taint_by_itself(still: StillWorld) -> None:
    still.deploy("other", container=CHIPS)
    still.run(5)
    (pod,) = still.pods("other")
    assert "tpu-pool" in pod["spec"]["nodeName"]


def test_a_waiting_pod_gets_the_room_another_one_leaves(still: StillWorld) -> None:
    still.change(DEPLOYMENT, "maxengine-server", replicas=2)
    still.run(200)
    still.deploy("other", container=CHIPS)
    still.run(5)
    assert "3 Insufficient google.com/tpu" in message(still, "other")
    still.change(DEPLOYMENT, "maxengine-server", replicas=1)
    still.run(10)
    assert is_ready(still.pods("other")[0])


def test_a_pool_grows_slowly_and_only_to_its_maximum() -> None:
    base = Blueprint()
    small = replace(base.pools[1], nodes=1, max_nodes=2)
    with still_world(replace(base, pools=(base.pools[0], small))) as still:
        still.change(DEPLOYMENT, "maxengine-server", replicas=3)
        still.run(base.node_provisioning - 30)
        assert len(still.store.list(NODE)) == 2
        still.run(60)
        assert len(still.store.list(NODE)) == 3
        assert still.google.node_count == 3
        still.run(600)
        assert len(still.store.list(NODE)) == 3
        assert len([pod for pod in still.pods() if is_ready(pod)]) == 2
        (grown,) = still.messages("TriggeredScaleUp")
        assert "1->2 (max: 2)" in grown
        assert (
            "pod didn't trigger scale-up: 1 max node group size reached, "
            "1 node(s) didn't match Pod's node affinity/selector"
        ) in still.messages("NotTriggerScaleUp")


def test_a_new_tpu_node_gets_its_device_plugin() -> None:
    base = Blueprint()
    small = replace(base.pools[1], nodes=1, max_nodes=2)
    with still_world(replace(base, pools=(base.pools[0], small))) as still:
        still.change(DEPLOYMENT, "maxengine-server", replicas=2)
        still.run(300)
        plugins = [
            pod
            for pod in still.store.list(POD, "kube-system")
            if pod["metadata"]["labels"].get("k8s-app") == "tpu-device-plugin"
        ]
        assert len(plugins) == 2


@pytest.mark.parametrize(
    ("term", "placed"),
    [
        ({"key": "cloud.google.com/gke-nodepool", "operator": "In", "values": ["tpu-pool"]}, True),
        ({"key": "cloud.google.com/gke-nodepool", "operator": "In", "values": ["none"]}, False),
        ({"key": "no-such-label", "operator": "DoesNotExist"}, True),
        ({"key": "cloud.google.com/gke-tpu-topology", "operator": "Exists"}, True),
        (
            {"key": "cloud.google.com/gke-tpu-topology", "operator": "NotIn", "values": ["2x4"]},
            False,
        ),
    ],
)
def test_required_node_affinity_is_kept_to(
    still: StillWorld, term: dict[str, object], placed: bool
) -> None:
    terms = {"nodeSelectorTerms": [{"matchExpressions": [term]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    still.deploy("picky", container=CHIPS, pod={"affinity": affinity})
    still.run(5)
    (pod,) = still.pods("picky")
    assert bool(pod["spec"].get("nodeName")) is placed


def test_a_pool_that_is_sold_out_says_so_and_grows_later() -> None:
    base = Blueprint()
    small = replace(base.pools[1], nodes=1, max_nodes=2)
    with still_world(replace(base, pools=(base.pools[0], small))) as still:
        still.world.node_pools.sold_out.add("tpu-pool")
        still.change(DEPLOYMENT, "maxengine-server", replicas=2)
        still.run(600)
        assert len(still.store.list(NODE)) == 2
        assert "GCE out of resources" in still.messages("FailedScaleUp")[0]
        still.world.node_pools.sold_out.clear()
        still.run(300)
        assert len([pod for pod in still.pods() if is_ready(pod)]) == 2


def test_the_pods_of_a_vanished_node_go_and_come_back_elsewhere(still: StillWorld) -> None:
    (pod,) = still.pods()
    still.store.delete(NODE, None, pod["spec"]["nodeName"])
    still.run(1)
    (other,) = still.pods()
    assert other["metadata"]["name"] != pod["metadata"]["name"]
    assert not is_ready(other)
    assert still.google.node_count == 2
    still.run(100)
    assert is_ready(still.pods()[0])
    assert still.pods()[0]["spec"]["nodeName"] != pod["spec"]["nodeName"]
