"""Every scenario that comes with JetScale shows what its title promises."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from google.iam.v1 import policy_pb2

from jetscale_tui.domain.google import ServiceState
from jetscale_tui.domain.kinds import API_SERVICE, DEPLOYMENT, EVENT, HPA, NODE, POD, Json
from jetscale_tui.sandbox.controllers.conditions import condition
from jetscale_tui.sandbox.jetstream_pods import metrics_port
from jetscale_tui.sandbox.network import Refused
from jetscale_tui.sandbox.programs import Call
from jetscale_tui.sandbox.scenario import shipped
from tests.sandbox.staged import Stage, staged
from tests.sandbox.still import external_metric, obj

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ME = "user:colleague@example.com"
SERVER = ("default", "maxengine-server")


def scale(stage: Stage, replicas: int) -> None:
    def change(deployment: Json) -> None:
        deployment["spec"]["replicas"] = replicas

    stage.sandbox.store.mutate(DEPLOYMENT, *SERVER, change)


def nodes(stage: Stage) -> int:
    return len(stage.sandbox.store.list(NODE))


def events(stage: Stage, reason: str) -> list[str]:
    found = stage.sandbox.store.list(EVENT)
    return [each["message"] for each in found if each["reason"] == reason]


def state_of(found: Json | None, kind: str) -> tuple[str, str]:
    state = condition(found or {}, kind) or {}
    return state["status"], state["reason"]


def a_bad_day(stage: Stage) -> None:
    def met(requests: int = 60) -> set[int]:
        return {stage.ask() for _ in range(requests)}

    stage.run(30)
    assert met() == {200, 500}
    stage.run(60)
    assert 429 in met()
    stage.run(100)
    assert 0 in met()
    stage.run(55)
    assert met() == {0, 500}
    stage.run(40)
    assert met() == {200, 500}


def busy_iam(stage: Stage) -> None:
    etags = set()
    for _ in range(4):
        etags.add(stage.sandbox.google.policy.read().etag)
        stage.run(5)
    assert len(etags) == 4
    fault = stage.sandbox.google.faults.take("SetIamPolicy")
    assert fault is not None
    assert fault.performed


def a_crowd(stage: Stage) -> None:
    assert len(stage.sandbox.store.list(HPA)) == 10_000
    # In the first second the new namespaces are furnished.
    stage.run(1)
    before = stage.sandbox.store.version
    stage.run(1)
    assert stage.sandbox.store.version - before == pytest.approx(1000, rel=0.05)


def a_foreign_adapter(stage: Stage) -> None:
    store = stage.sandbox.store
    api_service = store.get(API_SERVICE, None, "v1beta1.external.metrics.k8s.io")
    assert api_service is not None
    assert api_service["spec"]["service"]["namespace"] == "keda"
    assert state_of(api_service, "Available") == ("True", "Passed")
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "maxengine-server"}
    spec = {"scaleTargetRef": reference, "minReplicas": 1, "maxReplicas": 2}
    store.create(obj(HPA, "ours", spec={**spec, "metrics": [external_metric("backlog", "10")]}))
    stage.run(20)
    told = condition(store.get(HPA, "default", "ours") or {}, "ScalingActive")
    assert told is not None
    assert told["message"].endswith("scaledObject name is not specified")


def a_full_pool(stage: Stage) -> None:
    assert (stage.ready, nodes(stage)) == (2, 3)
    scale(stage, 3)
    stage.run(60)
    assert stage.ready == 2
    assert "Insufficient google.com/tpu" in events(stage, "FailedScheduling")[-1]
    assert "max node group size reached" in events(stage, "NotTriggerScaleUp")[-1]


def a_growing_pool(stage: Stage) -> None:
    scale(stage, 2)
    stage.run(230)
    assert (stage.ready, nodes(stage)) == (1, 2)
    stage.run(130)
    assert (stage.ready, nodes(stage)) == (2, 3)
    assert "1->2 (max: 2)" in events(stage, "TriggeredScaleUp")[-1]


def half_rights(stage: Stage) -> None:
    google = stage.sandbox.google
    assert google.allowed("resourcemanager.projects.getIamPolicy")
    assert not google.allowed("resourcemanager.projects.setIamPolicy")


def no_metrics_port(stage: Stage) -> None:
    (pod,) = stage.pods
    assert metrics_port(pod) is None
    with pytest.raises(Refused, match="connection refused"):
        stage.sandbox.world.network.call(pod, 9100, Call("GET", "/"))


def no_workload_identity(stage: Stage) -> None:
    assert stage.sandbox.google.cluster.workload_pool is None
    found = stage.sandbox.store.list(NODE)
    assert not any("iam.gke.io" in str(node["metadata"]["labels"]) for node in found)


def other_hands(stage: Stage) -> None:
    scale(stage, 2)
    stage.run(115)
    assert stage.ready == 2
    stage.run(10)
    deployment = stage.sandbox.store.get(DEPLOYMENT, *SERVER)
    assert deployment is not None
    assert deployment["spec"]["replicas"] == 1
    assert "gitops" in {entry["manager"] for entry in deployment["metadata"]["managedFields"]}


def a_rush_hour(stage: Stage) -> None:
    stage.run(290)
    assert stage.backlog == 0
    stage.run(400)
    assert stage.backlog > 50


def a_second_autoscaler(stage: Stage) -> None:
    (hpa,) = stage.sandbox.store.list(HPA)
    assert hpa["spec"]["scaleTargetRef"]["name"] == "maxengine-server"
    assert state_of(hpa, "ScalingActive") == ("False", "FailedGetResourceMetric")


def services_disabled(stage: Stage) -> None:
    state = stage.sandbox.google.service_state("monitoring.googleapis.com")
    assert state is ServiceState.DISABLED
    assert not stage.sandbox.google.monitoring_readable_by(f"user:{stage.sandbox.google.account}")


def slow_iam(stage: Stage) -> None:
    google = stage.sandbox.google
    policy = google.policy.read()
    policy.bindings.append(policy_pb2.Binding(role="roles/monitoring.viewer", members=[ME]))
    google.policy.write(policy)
    stage.run(400)
    assert not google.monitoring_readable_by(ME)
    stage.run(30)
    assert google.monitoring_readable_by(ME)


def a_steady_load(stage: Stage) -> None:
    stage.run(1800)
    (pod,) = stage.pods
    model = stage.sandbox.world.jetstream.model(pod)
    assert model is not None
    assert model.backlog <= 5
    assert model.slots_used > 0.5


def a_stock_out(stage: Stage) -> None:
    scale(stage, 2)
    stage.run(600)
    assert (stage.ready, nodes(stage)) == (1, 2)
    assert "GCE out of resources" in events(stage, "FailedScaleUp")[-1]
    stage.run(700)
    assert (stage.ready, nodes(stage)) == (2, 3)


def tpu_only(stage: Stage) -> None:
    labels = {"app": "plain"}
    containers: list[Any] = [{"name": "main", "image": "example.com/none:1", "resources": {}}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    stage.sandbox.store.create(obj(DEPLOYMENT, "plain", spec=spec))
    stage.run(60)
    assert "untolerated taint {google.com/tpu: present}" in events(stage, "FailedScheduling")[-1]


def the_usual(stage: Stage) -> None:
    store = stage.sandbox.store
    assert (stage.ready, nodes(stage), stage.backlog) == (1, 3, 0)
    assert store.list(HPA) == []
    assert [pod["status"]["phase"] for pod in store.list(POD)] == ["Running"] * 6


def a_vanishing_node(stage: Stage) -> None:
    assert (stage.ready, nodes(stage)) == (2, 3)
    stage.run(310)
    assert (stage.ready, nodes(stage)) == (1, 2)


SHOWN: dict[str, Callable[[Stage], None]] = {
    "bad-day": a_bad_day,
    "busy-iam": busy_iam,
    "crowd": a_crowd,
    "foreign-adapter": a_foreign_adapter,
    "full-pool": a_full_pool,
    "growing-pool": a_growing_pool,
    "half-rights": half_rights,
    "no-metrics-port": no_metrics_port,
    "no-workload-identity": no_workload_identity,
    "other-hands": other_hands,
    "rush-hour": a_rush_hour,
    "second-autoscaler": a_second_autoscaler,
    "services-disabled": services_disabled,
    "slow-iam": slow_iam,
    "steady-load": a_steady_load,
    "stock-out": a_stock_out,
    "tpu-only": tpu_only,
    "usual": the_usual,
    "vanishing-node": a_vanishing_node,
}


@pytest.mark.parametrize("name", shipped())
def test_a_scenario_shows_what_it_promises(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), staged(name, tmp_path) as stage:
        SHOWN[name](stage)
    assert not caplog.records
