"""What a real server refuses about objects of built-in kinds, beyond their structure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from jetscale_tui.sandbox.kube.admission.autoscalers import autoscaler_causes
from jetscale_tui.sandbox.kube.admission.workloads import (
    deployment_causes,
    label_causes,
    pod_spec_causes,
    pod_update_causes,
)
from jetscale_tui.sandbox.kube.names import (
    DNS_1035_LABEL,
    DNS_LABEL,
    DNS_SUBDOMAIN,
    label_key_problems,
)
from jetscale_tui.sandbox.kube.shapes import structural
from jetscale_tui.sandbox.kube.shapes.schema import of_kind
from jetscale_tui.sandbox.kube.status import (
    Cause,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
    too_long,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

Causes = Iterator[Cause]

_NAME_RULES = {"Namespace": DNS_LABEL, "Service": DNS_1035_LABEL}
_PATH_NAMES = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
_STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
_IMMUTABLE = "field is immutable"
_ALL_ANNOTATIONS = 256 * 1024
"""Bytes that the annotations of an object may have together."""
_COUNTS = {
    "HorizontalPodAutoscaler": ("currentReplicas", "desiredReplicas"),
    "Deployment": (
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "unavailableReplicas",
    ),
    "ReplicaSet": ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
}
"""Fields of a status that are never below zero."""


def causes(obj: Json, old: Json | None, *, custom: bool) -> list[Cause]:
    """Everything wrong with an object; `old` is what it replaces."""
    found = list(metadata_causes(obj, old, custom=custom))
    node = of_kind(obj["apiVersion"], obj["kind"])
    if custom:
        return found + structural.custom_causes(obj, node)
    check = _CHECKS.get(obj["kind"])
    if check is not None:
        found += check(obj, old)
    known = {cause.field for cause in found}
    found += [c for c in structural.enumeration_causes(obj, node) if c.field not in known]
    return found


def status_causes(obj: Json) -> Causes:
    """What is wrong with the status of an object of a built-in kind."""
    for field in _COUNTS.get(obj["kind"], ()):
        number = (obj.get("status") or {}).get(field, 0)
        if number < 0:
            yield invalid(f"status.{field}", number, "must be greater than or equal to 0")


def metadata_causes(obj: Json, old: Json | None, *, custom: bool) -> Causes:
    """What is wrong with name, labels, annotations, finalizers and owners."""
    metadata = obj["metadata"]
    name, prefix = metadata.get("name", ""), metadata.get("generateName", "")
    if prefix:
        # What is generated goes on after a dash.
        whole = f"{prefix[:-1]}a" if prefix.endswith("-") else prefix
        yield from _name_causes(obj["kind"], whole, "metadata.generateName", prefix)
    if not name and not prefix:
        yield required("metadata.name", "name or generateName is required")
    elif name:
        yield from _name_causes(obj["kind"], name, "metadata.name", name)
    yield from label_causes(metadata.get("labels") or {}, "metadata.labels")
    annotations = metadata.get("annotations") or {}
    for key in annotations:
        for problem in label_key_problems(key.lower()):
            yield invalid("metadata.annotations", key, problem)
    if sum(len(f"{key}{text}".encode()) for key, text in annotations.items()) > _ALL_ANNOTATIONS:
        yield too_long("metadata.annotations", _ALL_ANNOTATIONS)
    finalizers = metadata.get("finalizers") or []
    yield from _finalizer_causes(finalizers, custom=custom)
    before = old["metadata"] if old is not None else {}
    extra = sorted({*finalizers} - {*(before.get("finalizers") or [])})
    if before.get("deletionTimestamp") and extra:
        listed = ", ".join(f'"{finalizer}"' for finalizer in extra)
        words = (
            "no new finalizers can be added if the object is being deleted, found new finalizers "
            f"[]string{{{listed}}}"
        )
        yield forbidden("metadata.finalizers", words)
    yield from _owner_causes(metadata.get("ownerReferences") or [])


def _finalizer_causes(finalizers: list[str], *, custom: bool) -> Causes:
    for index, finalizer in enumerate(finalizers):
        for problem in label_key_problems(finalizer):
            yield invalid("metadata.finalizers", finalizer, problem)
        if not custom and "/" not in finalizer and finalizer not in _STANDARD_FINALIZERS:
            words = "name is neither a standard finalizer name nor is it fully qualified"
            yield invalid(f"metadata.finalizers[{index}]", finalizer, words)
    if {"orphan", "foregroundDeletion"} <= set(finalizers):
        words = "finalizer foregroundDeletion and orphan cannot be both set"
        yield invalid("metadata.finalizers", finalizers, words)


def _owner_causes(references: list[Json]) -> Causes:
    controller = ""
    for index, reference in enumerate(references):
        path = f"metadata.ownerReferences[{index}]"
        if not reference.get("apiVersion"):
            yield invalid(f"{path}.apiVersion", "", "version must not be empty")
        for field in ("kind", "name", "uid"):
            if not reference.get(field):
                yield invalid(f"{path}.{field}", "", "must not be empty")
        if reference.get("controller") and controller:
            words = (
                'Only one reference can have Controller set to true. Found "true" in references '
                f"for {controller} and {reference.get('name')}"
            )
            yield invalid("metadata.ownerReferences", references, words)
        elif reference.get("controller"):
            controller = reference.get("name", "")


def _name_causes(kind: str, name: str, field: str, shown: str) -> Causes:
    if kind in _PATH_NAMES:
        problems = iter([f"may not contain '{part}'" for part in ("/", "%") if part in name])
    else:
        problems = _NAME_RULES.get(kind, DNS_SUBDOMAIN).problems(name)
    for problem in problems:
        yield invalid(field, shown, problem)


def _service(service: Json, old: Json | None) -> Causes:
    spec = service["spec"]
    ports = spec.get("ports") or []
    if not ports and spec.get("clusterIP") != "None" and spec["type"] != "ExternalName":
        yield required("spec.ports")
    if spec["type"] == "ExternalName" and not spec.get("externalName"):
        yield required("spec.externalName")
    names: set[str] = set()
    for index, port in enumerate(ports):
        path = f"spec.ports[{index}]"
        if len(ports) > 1 and not port.get("name"):
            yield required(f"{path}.name")
        if port.get("name") in names:
            yield duplicate(f"{path}.name", port["name"])
        names.add(port.get("name", ""))
        for field in ("port", "targetPort"):
            number = port.get(field)
            if isinstance(number, int) and not 1 <= number <= 65535:
                yield invalid(f"{path}.{field}", number, "must be between 1 and 65535, inclusive")
    before = (old or {}).get("spec", {}).get("clusterIP")
    if before and spec.get("clusterIP") != before and spec["type"] != "ExternalName":
        yield invalid("spec.clusterIPs[0]", spec.get("clusterIP"), "may not change once set")


def _config(data: Json, old: Json | None) -> Causes:
    for field in ("data", "binaryData"):
        for key in data.get(field) or {}:
            if not re.fullmatch(r"[-._a-zA-Z0-9]+", key):
                yield invalid(
                    f"{field}[{key}]",
                    key,
                    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
                    "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation "
                    "is '[-._a-zA-Z0-9]+')",
                )
    if old is not None and old.get("immutable"):
        for field in ("immutable", "data", "binaryData"):
            if data.get(field) != old.get(field):
                yield forbidden(field, "field is immutable when `immutable` is set")


def _secret(secret: Json, old: Json | None) -> Causes:
    yield from _config(secret, old)
    if old is not None and secret.get("type") != old.get("type"):
        yield invalid("type", secret.get("type"), _IMMUTABLE)


def _role(role: Json, _old: Json | None) -> Causes:
    for index, rule in enumerate(role.get("rules") or []):
        path = f"rules[{index}]"
        if not rule.get("verbs"):
            yield required(f"{path}.verbs", "verbs must contain at least one value")
        if rule.get("nonResourceURLs"):
            if role["kind"] == "Role":
                yield invalid(
                    f"{path}.nonResourceURLs",
                    rule["nonResourceURLs"],
                    "namespaced rules cannot apply to non-resource URLs",
                )
            if rule.get("apiGroups") or rule.get("resources"):
                yield invalid(
                    f"{path}.nonResourceURLs",
                    rule["nonResourceURLs"],
                    "rules cannot apply to both regular resources and non-resource URLs",
                )
        elif not rule.get("apiGroups"):
            yield required(f"{path}.apiGroups", "resource rules must supply at least one api group")
        elif not rule.get("resources"):
            yield required(f"{path}.resources", "resource rules must supply at least one resource")


def _binding(binding: Json, old: Json | None) -> Causes:
    role, kinds = binding["roleRef"], ["ClusterRole"]
    if binding["kind"] == "RoleBinding":
        kinds = ["ClusterRole", "Role"]
    if old is not None and old["roleRef"] != role:
        yield invalid("roleRef", role, "cannot change roleRef")
    if role.get("apiGroup") != "rbac.authorization.k8s.io":
        yield not_supported("roleRef.apiGroup", role.get("apiGroup"), ["rbac.authorization.k8s.io"])
    if role.get("kind") not in kinds:
        yield not_supported("roleRef.kind", role.get("kind"), kinds)
    if not role.get("name"):
        yield required("roleRef.name")
    for index, subject in enumerate(binding.get("subjects") or []):
        path = f"subjects[{index}]"
        if not subject.get("name"):
            yield required(f"{path}.name")
        if subject.get("kind") not in ("ServiceAccount", "User", "Group"):
            yield not_supported(
                f"{path}.kind", subject.get("kind"), ["ServiceAccount", "User", "Group"]
            )
        elif subject["kind"] == "ServiceAccount" and not subject.get("namespace"):
            yield required(f"{path}.namespace")


def _api_service(api_service: Json, _old: Json | None) -> Causes:
    spec, name = api_service["spec"], api_service["metadata"].get("name", "")
    group, version = spec.get("group", ""), spec.get("version", "")
    if name != f"{version}.{group}":
        yield invalid(
            "metadata.name",
            name,
            f'must be `spec.version+"."+spec.group`: "{version}.{group}"',
        )
    if not version:
        yield required("spec.version")
    for field, largest in (("groupPriorityMinimum", 20000), ("versionPriority", 1000)):
        value = spec.get(field, 0)
        if not 0 < value <= largest:
            yield invalid(f"spec.{field}", value, f"must be positive and less than {largest}")
    service = spec.get("service")
    if service is None:
        return
    for field in ("namespace", "name"):
        if not service.get(field):
            yield required(f"spec.service.{field}")
    if spec.get("insecureSkipTLSVerify") and spec.get("caBundle"):
        yield invalid("spec.insecureSkipTLSVerify", True, "may not be true if caBundle is present")


def _pod(pod: Json, old: Json | None) -> Causes:
    if old is None:
        yield from pod_spec_causes(pod["spec"], "spec")
    else:
        yield from pod_update_causes(pod["spec"], old["spec"])


def _disruption_budget(budget: Json, _old: Json | None) -> Causes:
    spec = budget.get("spec") or {}
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        yield invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set")


def _replica_set(obj: Json, _old: Json | None) -> Causes:
    yield from pod_spec_causes(obj["spec"]["template"]["spec"], "spec.template.spec")


_CHECKS: dict[str, Callable[[Any, Any], Causes]] = {
    "HorizontalPodAutoscaler": autoscaler_causes,
    "Deployment": deployment_causes,
    "ReplicaSet": _replica_set,
    "DaemonSet": _replica_set,
    "Pod": _pod,
    "PodDisruptionBudget": _disruption_budget,
    "Service": _service,
    "ConfigMap": _config,
    "Secret": _secret,
    "Role": _role,
    "ClusterRole": _role,
    "RoleBinding": _binding,
    "ClusterRoleBinding": _binding,
    "APIService": _api_service,
}
