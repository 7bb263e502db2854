from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import DEPLOYMENT, EVENT, POD
from jetscale_tui.sandbox.blueprint import Blueprint, WorkloadBlueprint
from jetscale_tui.sandbox.controllers.pods import is_ready
from tests.sandbox.still import still_world

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.still import StillWorld


def conditions(pod: Json) -> dict[str, str]:
    return {each["type"]: each["status"] for each in pod["status"]["conditions"]}


def test_a_server_needs_its_start_up_time_before_it_is_ready() -> None:
    slow = replace(Blueprint(), workload=WorkloadBlueprint(start_seconds=120))
    with still_world(slow) as still:
        still.change(DEPLOYMENT, "maxengine-server", replicas=2)
        still.run(110)
        pod = still.pods()[-1]
        assert pod["status"]["phase"] == "Pending"
        assert conditions(pod)["PodScheduled"] == "True"
        assert conditions(pod)["Ready"] == "False"
        waiting = pod["status"]["containerStatuses"][0]["state"]["waiting"]
        assert waiting["reason"] == "ContainerCreating"
        still.run(15)
        assert all(is_ready(pod) for pod in still.pods())


def test_the_past_of_the_workload_is_that_of_a_pod_that_started_minutes_ago(
    still: StillWorld,
) -> None:
    (pod,) = still.pods()
    assert is_ready(pod)
    assert pod["status"]["podIP"]
    names = [each["name"] for each in pod["status"]["containerStatuses"]]
    assert names == ["maxengine-server", "jetstream-http"]
    started = {each["containerID"] for each in pod["status"]["containerStatuses"]}
    assert len(started) == 2
    assert all(each.startswith("containerd://") for each in started)
    assert still.reasons("Pod", pod["metadata"]["name"]) == [
        "Scheduled",
        *["Pulling", "Pulling"],
        *["Pulled", "Created", "Started"] * 2,
    ]


def test_a_readiness_probe_delays_readiness(still: StillWorld) -> None:
    still.deploy("web", container={"readinessProbe": {"initialDelaySeconds": 40}})
    still.run(30)
    (pod,) = still.pods("web")
    assert pod["status"]["phase"] == "Running"
    assert not is_ready(pod)
    still.run(20)
    assert is_ready(still.pods("web")[0])


def test_a_deleted_pod_lingers_while_its_containers_stop(still: StillWorld) -> None:
    name = still.pods()[0]["metadata"]["name"]
    still.store.delete(POD, "default", name, grace=30)
    still.run(0.5)
    assert still.get(POD, name)["metadata"]["deletionTimestamp"]
    still.run(5)
    assert still.store.get(POD, "default", name) is None


def test_an_adapter_without_its_role_crashes_again_and_again(still: StillWorld) -> None:
    still.install_adapter(granted=False)
    still.run(60)
    (pod,) = still.pods("custom-metrics-stackdriver-adapter", "custom-metrics")
    (container,) = pod["status"]["containerStatuses"]
    assert container["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert container["lastState"]["terminated"]["exitCode"] == 1
    assert container["restartCount"] >= 2
    assert not is_ready(pod)
    ((_, words),) = still.world.kubelet.log(pod, container["name"], True)
    assert "Permission monitoring.metricDescriptors.list denied" in words
    still.run(60)
    (event,) = [each for each in still.store.list(EVENT) if each["reason"] == "BackOff"]
    (pod,) = still.pods("custom-metrics-stackdriver-adapter", "custom-metrics")
    # It is said at every look, more often than the container crashes.
    assert event["count"] > pod["status"]["containerStatuses"][0]["restartCount"]
    assert event["message"].startswith(f"Back-off restarting failed container {container['name']}")


def test_the_adapter_recovers_by_itself_once_the_role_is_in_effect(still: StillWorld) -> None:
    still.install_adapter(granted=False)
    still.run(30)
    still.grant_monitoring()
    still.run(30)
    adapter = "custom-metrics-stackdriver-adapter"
    assert not is_ready(still.pods(adapter, "custom-metrics")[0])
    still.run(400)
    (pod,) = still.pods(adapter, "custom-metrics")
    assert is_ready(pod)
    assert pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] == "Error"


def test_deleting_the_pod_ends_its_back_off(still: StillWorld) -> None:
    still.install_adapter(granted=False)
    still.run(600)
    still.grant_monitoring()
    still.run(50)
    adapter = "custom-metrics-stackdriver-adapter"
    (pod,) = still.pods(adapter, "custom-metrics")
    still.store.delete(POD, "custom-metrics", pod["metadata"]["name"], grace=30)
    still.run(60)
    assert any(is_ready(pod) for pod in still.pods(adapter, "custom-metrics"))


def test_an_image_is_pulled_once_on_a_node(still: StillWorld) -> None:
    still.deploy("web")
    still.run(10)
    (first,) = still.pods("web")
    still.change(DEPLOYMENT, "web", replicas=2)
    still.run(10)
    name = still.pods("web")[1]["metadata"]["name"]
    (pulled,) = [text for text in still.messages("Pulled") if "in 2s" in text and "none" in text]
    assert re.fullmatch(
        r'Successfully pulled image "example.com/none:1" in 2s \(2s including waiting\). '
        r"Image size: \d+ bytes.",
        pulled,
    )
    assert (
        'Container image "example.com/none:1" already present on machine and can be accessed by '
        "the pod"
    ) in still.messages("Pulled")
    assert sorted(still.reasons("Pod", first["metadata"]["name"])) == [
        *["Created", "Pulled", "Pulling", "Scheduled", "Started"]
    ]
    assert "Pulling" not in still.reasons("Pod", name)


def test_an_event_of_a_container_says_which_and_on_which_node(still: StillWorld) -> None:
    (event,) = [
        each
        for each in still.store.list(EVENT, "default")
        if each["reason"] == "Started" and "maxengine" in each["involvedObject"]["fieldPath"]
    ]
    assert event["involvedObject"]["fieldPath"] == "spec.containers{maxengine-server}"
    assert event["source"]["component"] == event["reportingComponent"] == "kubelet"
    assert event["source"]["host"].startswith("gke-tpu-cluster-tpu-pool-")
    assert event["reportingInstance"] == event["source"]["host"]
