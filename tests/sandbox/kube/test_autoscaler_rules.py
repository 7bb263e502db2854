"""Autoscalers a real server refuses, and its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.kube.serving import (
    HPAS,
    autoscaler,
    external,
    metric,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.kube.serving import Client, Served


AVERAGE = {"type": "AverageValue", "averageValue": "1"}
BOTH = {"type": "AverageValue", "value": "1", "averageValue": "1"}


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        ({"maxReplicas": 0}, "maxReplicas", "Required value: must be set and greater than 0"),
        ({"maxReplicas": -1}, "maxReplicas", "Invalid value: -1: must be greater than 0"),
        (
            {"minReplicas": 0},
            "minReplicas",
            "Invalid value: 0: must be greater than or equal to 1",
        ),
        ({"scaleTargetRef": {"kind": "Deployment"}}, "scaleTargetRef.name", "Required value"),
        ({"scaleTargetRef": {"name": "x"}}, "scaleTargetRef.kind", "Required value"),
        (
            {"scaleTargetRef": {"kind": "D/x", "name": "x"}},
            "scaleTargetRef.kind",
            "Invalid value: \"D/x\": may not contain '/'",
        ),
        (
            {"scaleTargetRef": {"kind": "Deployment", "name": "x"}},
            "scaleTargetRef.apiVersion",
            'Invalid value: "": apiVersion must specify API group',
        ),
        (
            {"scaleTargetRef": {"apiVersion": "v1", "kind": "Deployment", "name": "x"}},
            "scaleTargetRef.apiVersion",
            'Invalid value: "v1": apiVersion must specify API group',
        ),
        (
            {"scaleTargetRef": {"apiVersion": "a/b/c", "kind": "Deployment", "name": "x"}},
            "scaleTargetRef.apiVersion",
            'Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        ),
        (
            {"metrics": [metric("Object", metric={"name": "m"}, target={"type": "Value"})]},
            "metrics[0].object.target.averageValue",
            "Required value: must set either a target value or averageValue",
        ),
        (
            {"metrics": [metric("ContainerResource", name="gpu", container="c", target=AVERAGE)]},
            "metrics[0].containerResource.name",
            'Invalid value: "gpu": must be a standard resource for containers',
        ),
        (
            {"metrics": [{"type": "Nosuch"}]},
            "metrics[0].type",
            'Unsupported value: "Nosuch": supported values: "ContainerResource", "External", '
            '"Object", "Pods", "Resource"',
        ),
        (
            {"metrics": [{"type": "Pods"}]},
            "metrics[0].pods",
            "Required value: must populate information for the given metric source",
        ),
        (
            {"metrics": [external(type="AverageValue", averageValue="-1")]},
            "metrics[0].external.target.averageValue",
            'Invalid value: "-1": must be positive',
        ),
        (
            {"metrics": [external(**BOTH)]},
            "metrics[0].external.target.value",
            "Forbidden: may not set both a target value for metric and a per-pod target",
        ),
        (
            {"metrics": [external(type="Nosuch", value="1")]},
            "metrics[0].external.target.type",
            'Invalid value: "Nosuch": must be either Utilization, Value, or AverageValue',
        ),
        (
            {"metrics": [metric("Pods", metric={"name": "m"}, target={"type": "AverageValue"})]},
            "metrics[0].pods.target.averageValue",
            "Required value: must specify a positive target averageValue",
        ),
        (
            {"metrics": [metric("Resource", name="cpu", target={"type": "Utilization"})]},
            "metrics[0].resource.target.averageUtilization",
            "Required value: must set either a target raw value or a target utilization",
        ),
        (
            {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 3601}}},
            "behavior.scaleDown.stabilizationWindowSeconds",
            "Invalid value: 3601: must be less than or equal to 3600",
        ),
        (
            {
                "behavior": {
                    "scaleUp": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 15}]}
                }
            },
            "behavior.scaleUp.policies[0].value",
            "Invalid value: 0: must be greater than zero",
        ),
        (
            {
                "behavior": {
                    "scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 1801}]}
                }
            },
            "behavior.scaleUp.policies[0].periodSeconds",
            "Invalid value: 1801: must be less than or equal to 1800",
        ),
        (
            {"behavior": {"scaleUp": {"stabilizationWindowSeconds": -1}}},
            "behavior.scaleUp.stabilizationWindowSeconds",
            "Invalid value: -1: must be greater than or equal to zero",
        ),
        (
            {
                "behavior": {
                    "scaleUp": {"policies": [{"type": "Few", "value": 1, "periodSeconds": 1}]}
                }
            },
            "behavior.scaleUp.policies[0].type",
            'Unsupported value: "Few": supported values: "Percent", "Pods"',
        ),
        (
            {"behavior": {"scaleUp": {"tolerance": "-1"}}},
            "behavior.scaleUp.tolerance",
            'Invalid value: "-1": must be greater than or equal to 0',
        ),
        (
            {"scaleTargetRef": {"kind": "Deployment", "name": ".."}},
            "scaleTargetRef.name",
            "Invalid value: \"..\": may not be '..'",
        ),
        (
            {"metrics": [external()]},
            "metrics[0].external.target.type",
            "Required value: must specify a metric target type",
        ),
        (
            {"metrics": [metric("External", metric={}, target=AVERAGE)]},
            "metrics[0].external.metric.name",
            "Required value: must specify a metric name",
        ),
        (
            {"metrics": [metric("Object", metric={"name": "m"}, target=AVERAGE)]},
            "metrics[0].object.describedObject.kind",
            "Required value",
        ),
        (
            {"metrics": [metric("Resource", target={"type": "Utilization"})]},
            "metrics[0].resource.name",
            "Required value: must specify a resource name",
        ),
        (
            {
                "metrics": [
                    metric(
                        "Resource",
                        name="cpu",
                        target={**AVERAGE, "averageUtilization": 0},
                    )
                ]
            },
            "metrics[0].resource.target.averageUtilization",
            "Invalid value: 0: must be greater than 0",
        ),
        (
            {
                "metrics": [
                    metric(
                        "Resource",
                        name="cpu",
                        target={**AVERAGE, "averageUtilization": 1},
                    )
                ]
            },
            "metrics[0].resource.target.averageValue",
            "Forbidden: may not set both a target raw value and a target utilization",
        ),
        (
            {"metrics": [metric("ContainerResource", name="cpu", target=AVERAGE)]},
            "metrics[0].containerResource.container",
            "Required value: must specify a container",
        ),
        (
            {"metrics": [{"type": ""}]},
            "metrics[0].type",
            "Required value: must specify a metric source type",
        ),
        (
            {"behavior": {"scaleUp": {"selectPolicy": "Most"}}},
            "behavior.scaleUp.selectPolicy",
            'Unsupported value: "Most": supported values: "Disabled", "Max", "Min"',
        ),
    ],
)
def test_an_autoscaler_that_makes_no_sense_is_invalid(
    admin: Client, spec: Json, field: str, message: str
) -> None:
    refused = admin.create(HPAS, autoscaler(**spec))
    assert (refused.status, refused.reason) == (422, "Invalid")
    assert (f"spec.{field}", message) in refused.causes
    assert refused.body["details"]["kind"] == "HorizontalPodAutoscaler"


def test_two_sources_in_one_metric_are_forbidden(admin: Client) -> None:
    both = {**external(type="Value", value="1"), "pods": {"metric": {"name": "m"}, "target": {}}}
    refused = admin.create(HPAS, autoscaler(metrics=[both]))
    assert (
        "spec.metrics[0].pods",
        "Forbidden: must populate the given metric source only",
    ) in refused.causes


def test_what_is_said_twice_is_two_causes_and_one_sentence(admin: Client) -> None:
    refused = admin.create(HPAS, autoscaler(metrics=[{"type": "Nosuch"}]))
    assert [field for field, _ in refused.causes] == ["spec.metrics[0].type"] * 2
    assert refused.message.count("Unsupported value") == 1


def test_a_target_that_names_no_group_may_stay_but_not_come(admin: Client, served: Served) -> None:
    target = {"kind": "Deployment", "name": "web"}
    body = autoscaler(scaleTargetRef=target)
    body["metadata"]["namespace"] = "default"
    served.store.create(body)
    assert admin.patch(f"{HPAS}/web", {"spec": {"maxReplicas": 9}}).status == 200
    moved = {"spec": {"scaleTargetRef": {"kind": "StatefulSet"}}}
    assert [field for field, _ in admin.patch(f"{HPAS}/web", moved).causes] == [
        "spec.scaleTargetRef.apiVersion"
    ]


def test_a_replication_controller_needs_no_group(admin: Client) -> None:
    target = {"kind": "ReplicationController", "name": "web"}
    assert admin.create(HPAS, autoscaler(scaleTargetRef=target)).status == 201


def test_an_object_may_have_both_a_total_and_an_average(admin: Client) -> None:
    described = {"kind": "Service", "name": "web"}
    both = metric("Object", describedObject=described, metric={"name": "m"}, target=BOTH)
    assert admin.create(HPAS, autoscaler(metrics=[both])).status == 201
