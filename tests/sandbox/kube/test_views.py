"""Other versions of what is stored: HPAs of autoscaling/v1 and events of events.k8s.io."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.kinds import HPA
from tests.sandbox.kube.serving import HPAS, TABLE, autoscaler, external, metric, owners

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


def old_autoscaler(**spec: Any) -> Json:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    return {
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {"scaleTargetRef": target, "maxReplicas": 2, **spec},
    }


class TestWritingTheOldVersion:
    def test_a_percentage_becomes_a_metric(self, admin: Client) -> None:
        old = admin.create(OLD, old_autoscaler(targetCPUUtilizationPercentage=60))
        assert (old.status, old.body["spec"]["targetCPUUtilizationPercentage"]) == (201, 60)
        assert owners(old.body)["tests"] == {
            "f:spec": {
                "f:maxReplicas": {},
                "f:minReplicas": {},
                "f:scaleTargetRef": {},
                "f:targetCPUUtilizationPercentage": {},
            }
        }
        new = admin.get(f"{HPAS}/web").body
        assert new["spec"]["metrics"] == [CPU]
        assert new["status"] == {"desiredReplicas": 0, "currentMetrics": None}
        assert new["metadata"]["managedFields"][0]["apiVersion"] == "autoscaling/v1"

    def test_without_one_the_usual_metric_is_there(self, admin: Client) -> None:
        admin.create(OLD, old_autoscaler())
        target = {"type": "Utilization", "averageUtilization": 80}
        assert admin.get(f"{HPAS}/web").body["spec"]["metrics"] == [
            {"type": "Resource", "resource": {"name": "cpu", "target": target}}
        ]

    @pytest.mark.parametrize(
        "metric_",
        [
            external(type="AverageValue", averageValue="10"),
            external(type="Value", value="10"),
            metric(
                "Pods",
                metric={"name": "m", "selector": {"matchLabels": {"a": "b"}}},
                target={"type": "AverageValue", "averageValue": "1"},
            ),
            metric(
                "Object",
                describedObject={"kind": "Service", "name": "web"},
                metric={"name": "m"},
                target={"type": "AverageValue", "averageValue": "1"},
            ),
            metric(
                "ContainerResource",
                name="memory",
                container="c",
                target={"type": "AverageValue", "averageValue": "1Gi"},
            ),
        ],
    )
    def test_what_is_in_annotations_comes_back(self, admin: Client, metric_: Json) -> None:
        behavior = {"scaleDown": {"stabilizationWindowSeconds": 60}}
        before = admin.create(HPAS, autoscaler(metrics=[metric_], behavior=behavior)).body
        put = admin.request("PUT", f"{OLD}/web", admin.get(f"{OLD}/web").body)
        assert put.status == 200
        after = admin.get(f"{HPAS}/web").body
        assert after == before

    def test_a_patch_changes_what_it_names(self, admin: Client) -> None:
        admin.create(HPAS, autoscaler(metrics=[external(type="Value", value="1")]))
        patched = admin.patch(f"{OLD}/web", {"spec": {"maxReplicas": 9}}).body
        assert (patched["apiVersion"], patched["spec"]["maxReplicas"]) == ("autoscaling/v1", 9)
        new = admin.get(f"{HPAS}/web").body
        assert new["spec"]["metrics"] == [external(type="Value", value="1")]
        fields = {e["apiVersion"]: e["fieldsV1"] for e in new["metadata"]["managedFields"]}
        assert fields["autoscaling/v1"] == {"f:spec": {"f:maxReplicas": {}}}
        assert "f:maxReplicas" not in fields["autoscaling/v2"]["f:spec"]

    def test_apply_sees_the_owners_of_the_other_version(self, admin: Client) -> None:
        admin.apply(f"{HPAS}/web", autoscaler(), "new")
        refused = admin.apply(f"{OLD}/web", old_autoscaler(maxReplicas=9), "old")
        assert (refused.status, refused.causes) == (
            409,
            [(".spec.maxReplicas", 'conflict with "new"')],
        )
        forced = admin.apply(f"{OLD}/web", old_autoscaler(maxReplicas=9), "old", force="true")
        assert forced.body["spec"]["maxReplicas"] == 9
        assert "f:maxReplicas" not in owners(forced.body)["new"]["f:spec"]
        assert owners(forced.body)["old"]["f:spec"].keys() == {"f:maxReplicas", "f:scaleTargetRef"}

    def test_what_is_wrong_has_the_words_of_the_new(self, admin: Client) -> None:
        refused = admin.create(OLD, old_autoscaler(targetCPUUtilizationPercentage=0))
        assert refused.causes == [
            (
                "spec.metrics[0].resource.target.averageUtilization",
                "Invalid value: 0: must be greater than 0",
            )
        ]

    def test_it_is_deleted_by_either_name(self, admin: Client) -> None:
        admin.create(HPAS, autoscaler())
        assert admin.delete(f"{OLD}/web").status == 200
        admin.create(HPAS, autoscaler())
        assert len(admin.delete(OLD).body["items"]) == 1
        assert admin.get(f"{HPAS}/web").status == 404


def test_a_new_event_is_an_event(admin: Client) -> None:
    event = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": "web.2"},
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "reportingController": "tests",
        "reportingInstance": "here",
        "action": "Testing",
        "reason": "Tested",
        "regarding": {"kind": "Pod", "name": "web", "namespace": "default"},
        "note": "It works",
        "type": "Normal",
    }
    created = admin.create(NEW_EVENTS, event)
    assert (created.status, created.body["note"]) == (201, "It works")
    core = admin.get(f"{EVENTS}/web.2").body
    assert core["involvedObject"] == event["regarding"]
    assert (core["message"], core["reportingComponent"]) == ("It works", "tests")
    assert (core["source"], core["lastTimestamp"]) == ({}, None)
