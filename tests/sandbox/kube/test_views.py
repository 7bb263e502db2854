"""Other versions of what is stored: HPAs of autoscaling/v1 and events of events.k8s.io."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import HPA
from tests.sandbox.kube.serving import HPAS, TABLE, autoscaler, external, metric

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.kube.serving import Client, Served

OLD = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers"
EVENTS = "/api/v1/namespaces/default/events"
NEW_EVENTS = "/apis/events.k8s.io/v1/namespaces/default/events"
ALPHA = "autoscaling.alpha.kubernetes.io"
CPU = metric("Resource", name="cpu", target={"type": "Utilization", "averageUtilization": 60})
EVENT: Json = {
    "apiVersion": "v1",
    "kind": "Event",
    "metadata": {"name": "web.1"},
    "involvedObject": {"kind": "Pod", "name": "web", "namespace": "default"},
    "reason": "Started",
    "message": "Container started",
    "type": "Normal",
    "count": 3,
    "source": {"component": "kubelet"},
    "firstTimestamp": "2026-01-01T00:00:00Z",
    "lastTimestamp": "2026-01-01T00:01:00Z",
}


def annotation(hpa: Json, name: str) -> object:
    return json.loads(hpa["metadata"]["annotations"][f"{ALPHA}/{name}"])


def test_the_old_version_has_the_percentage_of_the_cpu(admin: Client) -> None:
    admin.create(HPAS, autoscaler(metrics=[CPU]))
    old = admin.get(f"{OLD}/web").body
    assert old["apiVersion"] == "autoscaling/v1"
    assert old["spec"] == {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": 1,
        "maxReplicas": 2,
        "targetCPUUtilizationPercentage": 60,
    }
    assert "annotations" not in old["metadata"]
    assert old["status"] == {"currentReplicas": 0, "desiredReplicas": 0}


def test_what_the_old_version_has_no_field_for_is_in_annotations(served: Served) -> None:
    metrics = [CPU, external(type="AverageValue", averageValue="10")]
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 60}}
    served.admin.create(HPAS, autoscaler(metrics=metrics, behavior=behavior))
    condition = {"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"}
    current = external(averageValue="3", value="0")
    current["external"]["current"] = current["external"].pop("target")

    def report(hpa: Json) -> None:
        hpa["status"] = {"conditions": [condition], "currentMetrics": [current]}

    served.store.mutate(HPA, "default", "web", report, status=True)
    old = served.admin.get(f"{OLD}/web").body
    assert old["spec"]["targetCPUUtilizationPercentage"] == 60
    assert annotation(old, "metrics") == [
        {"type": "External", "external": {"metricName": "m", "targetAverageValue": "10"}}
    ]
    assert annotation(old, "current-metrics") == [
        {
            "type": "External",
            "external": {"metricName": "m", "currentAverageValue": "3", "currentValue": "0"},
        }
    ]
    assert annotation(old, "conditions") == [condition]
    scale_down = json.loads(old["metadata"]["annotations"][f"{ALPHA}/behavior"])["scaleDown"]
    assert scale_down["stabilizationWindowSeconds"] == 60


def test_every_way_of_reading_shows_the_version_asked_for(admin: Client) -> None:
    admin.create(HPAS, autoscaler(metrics=[CPU]))
    listed = admin.get(OLD).body
    assert (listed["kind"], listed["apiVersion"]) == (
        "HorizontalPodAutoscalerList",
        "autoscaling/v1",
    )
    assert listed["items"][0]["spec"]["targetCPUUtilizationPercentage"] == 60
    table = admin.get(OLD, accept=TABLE).body
    assert table["rows"][0]["cells"][:3] == ["web", "Deployment/web", "cpu: <unknown>/60%"]
    initial = "allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
    with admin.watch(f"{OLD}?watch=1&{initial}") as watching:
        first, last = watching.next(), watching.next()
    assert first["object"]["apiVersion"] == "autoscaling/v1"
    assert first["object"]["spec"]["targetCPUUtilizationPercentage"] == 60
    assert (last["type"], last["object"]["apiVersion"]) == ("BOOKMARK", "autoscaling/v1")


def test_a_watch_tells_of_changes_in_the_version_asked_for(admin: Client) -> None:
    version = admin.get(OLD).body["metadata"]["resourceVersion"]
    with admin.watch(f"{OLD}?watch=1&resourceVersion={version}") as watching:
        admin.create(HPAS, autoscaler(metrics=[CPU]))
        event = watching.next()
    assert (event["type"], event["object"]["apiVersion"]) == ("ADDED", "autoscaling/v1")


def test_events_have_their_new_names(admin: Client) -> None:
    admin.create(EVENTS, EVENT)
    new = admin.get(f"{NEW_EVENTS}/web.1").body
    del new["metadata"]
    assert new == {
        "kind": "Event",
        "apiVersion": "events.k8s.io/v1",
        "eventTime": None,
        "reason": "Started",
        "regarding": EVENT["involvedObject"],
        "note": "Container started",
        "type": "Normal",
        "deprecatedSource": {"component": "kubelet"},
        "deprecatedFirstTimestamp": "2026-01-01T00:00:00Z",
        "deprecatedLastTimestamp": "2026-01-01T00:01:00Z",
        "deprecatedCount": 3,
    }


@pytest.mark.parametrize(("field", "found"), [("web", 1), ("other", 0)])
def test_events_are_selected_by_what_they_regard(admin: Client, field: str, found: int) -> None:
    admin.create(EVENTS, EVENT)
    selected = admin.get(f"{NEW_EVENTS}?fieldSelector=regarding.name={field}").body
    assert len(selected["items"]) == found


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_they_are_read_only(admin: Client, method: str) -> None:
    refused = admin.request(method, OLD, autoscaler())
    assert (refused.status, refused.reason) == (405, "MethodNotAllowed")
