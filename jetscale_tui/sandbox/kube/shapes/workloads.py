"""Schemas of two kinds the recorded document lacks: the sandbox's controllers own their objects."""

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


def _kind(name: str, spec: Json, status: Json, counted: list[str]) -> Json:
    return {
        "type": "object",
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": _ref("apimachinery.pkg.apis.meta.v1.ObjectMeta", default={}),
            "spec": {"type": "object", "properties": spec, "required": ["selector"], "default": {}},
            "status": {"type": "object", "properties": status, "required": counted, "default": {}},
        },
        "x-kubernetes-group-version-kind": [{"group": "apps", "version": "v1", "kind": name}],
    }


WORKLOADS: dict[str, Json] = {
    "io.k8s.api.apps.v1.ReplicaSet": _kind(
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
    "io.k8s.api.apps.v1.DaemonSet": _kind(
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
}
