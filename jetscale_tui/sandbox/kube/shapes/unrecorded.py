"""Schemas of kinds the recorded document lacks: the sandbox's controllers own their objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

_INT: Json = {"type": "integer", "format": "int32"}
_COUNT: Json = {**_INT, "default": 0}
_GENERATION: Json = {"type": "integer", "format": "int64"}


def _ref(name: str, **extra: Any) -> Json:
    return {"allOf": [{"$ref": f"#/components/schemas/io.k8s.{name}"}], **extra}


_SELECTED: Json = {
    "minReadySeconds": _INT,
    "selector": _ref("apimachinery.pkg.apis.meta.v1.LabelSelector"),
    "template": _ref("api.core.v1.PodTemplateSpec", default={}),
}
_CONDITIONS: Json = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Condition"},
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["type"],
    "x-kubernetes-patch-strategy": "merge",
    "x-kubernetes-patch-merge-key": "type",
}


_STRING: Json = {"type": "string"}
_TIME = _ref("apimachinery.pkg.apis.meta.v1.Time")
_TRUTH: Json = {"type": "boolean"}


def _kind(group: str, name: str, properties: Json, required: list[str]) -> Json:
    return {
        "type": "object",
        "properties": {
            "apiVersion": _STRING,
            "kind": _STRING,
            "metadata": _ref("apimachinery.pkg.apis.meta.v1.ObjectMeta", default={}),
            **properties,
        },
        "required": required,
        "x-kubernetes-group-version-kind": [{"group": group, "version": "v1", "kind": name}],
    }


def _part(go_type: str, required: list[str], properties: Json) -> Json:
    return {**_struct(required, **properties), "default": {}, "x-go-type": f"v1.{go_type}"}


def _workload(name: str, spec: Json, status: Json, counted: list[str]) -> Json:
    parts: Json = {
        "spec": _part(f"{name}Spec", ["selector"], spec),
        "status": _part(f"{name}Status", counted, status),
    }
    return _kind("apps", name, parts, [])


def _struct(required: list[str] | None = None, **properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": required or []}


def _atomic(items: Json) -> Json:
    return {"type": "array", "items": items, "x-kubernetes-list-type": "atomic"}


_ENDPOINT = _struct(
    ["addresses"],
    addresses={"type": "array", "items": _STRING, "x-kubernetes-list-type": "set"},
    conditions={**_struct(ready=_TRUTH, serving=_TRUTH, terminating=_TRUTH), "default": {}},
    hostname=_STRING,
    nodeName=_STRING,
    targetRef=_ref("api.core.v1.ObjectReference"),
    zone=_STRING,
)
_ENDPOINT_PORT = {
    **_struct(appProtocol=_STRING, name=_STRING, port=_INT, protocol=_STRING),
    "x-kubernetes-map-type": "atomic",
}

UNRECORDED: dict[str, Json] = {
    "io.k8s.api.apps.v1.ReplicaSet": _workload(
        "ReplicaSet",
        {**_SELECTED, "replicas": _INT},
        {
            "replicas": _COUNT,
            "fullyLabeledReplicas": _INT,
            "readyReplicas": _INT,
            "availableReplicas": _INT,
            "terminatingReplicas": _INT,
            "observedGeneration": _GENERATION,
            "conditions": _CONDITIONS,
        },
        ["replicas"],
    ),
    "io.k8s.api.apps.v1.DaemonSet": _workload(
        "DaemonSet",
        {
            **_SELECTED,
            "revisionHistoryLimit": _INT,
            "updateStrategy": _ref("api.apps.v1.DeploymentStrategy", default={}),
        },
        {
            "currentNumberScheduled": _COUNT,
            "desiredNumberScheduled": _COUNT,
            "numberMisscheduled": _COUNT,
            "numberReady": _COUNT,
            "updatedNumberScheduled": _INT,
            "numberAvailable": _INT,
            "numberUnavailable": _INT,
            "collisionCount": _INT,
            "observedGeneration": _GENERATION,
            "conditions": _CONDITIONS,
        },
        ["currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady"],
    ),
    "io.k8s.api.discovery.v1.EndpointSlice": _kind(
        "discovery.k8s.io",
        "EndpointSlice",
        {
            "addressType": {**_STRING, "default": ""},
            "endpoints": _atomic({**_ENDPOINT, "default": {}}),
            "ports": _atomic({**_ENDPOINT_PORT, "default": {}}),
        },
        ["addressType", "endpoints"],
    ),
    "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler": _kind(
        "autoscaling",
        "HorizontalPodAutoscaler",
        {
            "spec": _part(
                "HorizontalPodAutoscalerSpec",
                ["scaleTargetRef", "maxReplicas"],
                {
                    "maxReplicas": _COUNT,
                    "minReplicas": _INT,
                    "scaleTargetRef": {
                        **_struct(
                            ["kind", "name"],
                            apiVersion=_STRING,
                            kind={**_STRING, "default": ""},
                            name={**_STRING, "default": ""},
                        ),
                        "x-kubernetes-map-type": "atomic",
                        "default": {},
                    },
                    "targetCPUUtilizationPercentage": _INT,
                },
            ),
            "status": _part(
                "HorizontalPodAutoscalerStatus",
                ["currentReplicas", "desiredReplicas"],
                {
                    "currentCPUUtilizationPercentage": _INT,
                    "currentReplicas": _COUNT,
                    "desiredReplicas": _COUNT,
                    "lastScaleTime": _TIME,
                    "observedGeneration": _GENERATION,
                },
            ),
        },
        [],
    ),
    "io.k8s.api.events.v1.Event": _kind(
        "events.k8s.io",
        "Event",
        {
            "action": _STRING,
            "deprecatedCount": _INT,
            "deprecatedFirstTimestamp": _TIME,
            "deprecatedLastTimestamp": _TIME,
            "deprecatedSource": _ref("api.core.v1.EventSource", default={}),
            "eventTime": _TIME,
            "note": _STRING,
            "reason": _STRING,
            "regarding": _ref("api.core.v1.ObjectReference", default={}),
            "related": _ref("api.core.v1.ObjectReference"),
            "reportingController": _STRING,
            "reportingInstance": _STRING,
            "series": _ref("api.core.v1.EventSeries"),
            "type": _STRING,
        },
        ["eventTime"],
    ),
    "io.k8s.api.autoscaling.v1.Scale": _kind(
        "autoscaling",
        "Scale",
        {
            "spec": _part("ScaleSpec", [], {"replicas": _INT}),
            "status": _part("ScaleStatus", ["replicas"], {"replicas": _COUNT, "selector": _STRING}),
        },
        [],
    ),
}
