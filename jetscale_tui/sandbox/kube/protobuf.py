"""Objects in Kubernetes' protobuf encoding, which kubectl and Helm use to create some kinds.

Only reading, and only the kinds those tools create that way and a sandbox has a use for.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\0"

_MESSAGES = """
Unknown: 1 typeMeta TypeMeta, 2 raw raw, 3 contentEncoding, 4 contentType
TypeMeta: 1 apiVersion, 2 kind
ObjectMeta: 1 name, 2 generateName, 3 namespace, 4 selfLink, 5 uid, 6 resourceVersion,
  7 generation count, 8 creationTimestamp Nothing, 11 labels map, 12 annotations map,
  13 ownerReferences []OwnerReference, 14 finalizers []string
OwnerReference: 1 kind, 3 name, 4 uid, 5 apiVersion, 6 controller bool, 7 blockOwnerDeletion bool
Nothing:
Namespace: 1 metadata ObjectMeta, 2 spec NamespaceSpec, 3 status NamespaceStatus
NamespaceSpec: 1 finalizers []string
NamespaceStatus: 1 phase
ConfigMap: 1 metadata ObjectMeta, 2 data map, 3 binaryData bytesmap, 4 immutable bool
Secret: 1 metadata ObjectMeta, 2 data bytesmap, 3 type, 4 stringData map, 5 immutable bool
ServiceAccount: 1 metadata ObjectMeta, 4 automountServiceAccountToken bool
SelfSubjectAccessReview: 1 metadata ObjectMeta, 2 spec AccessSpec, 3 status AccessStatus
AccessSpec: 1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes PathAttributes
ResourceAttributes: 1 namespace, 2 verb, 3 group, 4 version, 5 resource, 6 subresource, 7 name
PathAttributes: 1 path, 2 verb
AccessStatus: 1 allowed flag, 2 reason, 3 evaluationError, 4 denied flag
SelfSubjectRulesReview: 1 metadata ObjectMeta, 2 spec RulesSpec, 3 status RulesStatus
RulesSpec: 1 namespace
RulesStatus: 3 incomplete flag, 4 evaluationError
SelfSubjectReview: 1 metadata ObjectMeta, 2 status SubjectStatus
SubjectStatus: 1 userInfo UserInfo
UserInfo: 1 username, 2 uid
Role: 1 metadata ObjectMeta, 2 rules []PolicyRule
ClusterRole: 1 metadata ObjectMeta, 2 rules []PolicyRule
PolicyRule: 1 verbs []string, 2 apiGroups []string, 3 resources []string,
  4 resourceNames []string, 5 nonResourceURLs []string
RoleBinding: 1 metadata ObjectMeta, 2 subjects []Subject, 3 roleRef RoleRef
ClusterRoleBinding: 1 metadata ObjectMeta, 2 subjects []Subject, 3 roleRef RoleRef
Subject: 1 kind, 2 apiGroup, 3 name, 4 namespace
RoleRef: 1 apiGroup, 2 kind, 3 name
DeleteOptions: 1 gracePeriodSeconds int, 2 preconditions Preconditions, 3 orphanDependents bool,
  4 propagationPolicy, 5 dryRun []string
Preconditions: 1 uid, 2 resourceVersion
Deployment: 1 metadata ObjectMeta, 2 spec DeploymentSpec, 3 status Nothing
DeploymentSpec: 1 replicas int, 2 selector LabelSelector, 3 template PodTemplateSpec,
  4 strategy Nothing, 5 minReadySeconds count, 7 paused flag
LabelSelector: 1 matchLabels map
PodTemplateSpec: 1 metadata ObjectMeta, 2 spec PodSpec
PodSpec: 2 containers []Container, 3 restartPolicy, 6 dnsPolicy, 8 serviceAccountName,
  9 serviceAccount, 10 nodeName, 11 hostNetwork flag, 12 hostPID flag, 13 hostIPC flag,
  16 hostname, 17 subdomain, 19 schedulerName, 24 priorityClassName
Container: 1 name, 2 image, 3 command []string, 4 args []string, 5 workingDir,
  6 ports []ContainerPort, 8 resources Nothing, 13 terminationMessagePath, 14 imagePullPolicy,
  16 stdin flag, 17 stdinOnce flag, 18 tty flag, 20 terminationMessagePolicy
ContainerPort: 1 name, 2 hostPort count, 3 containerPort count, 4 protocol, 5 hostIP
HorizontalPodAutoscaler: 1 metadata ObjectMeta, 2 spec HpaSpec, 3 status HpaStatus
HpaSpec: 1 scaleTargetRef TargetRef, 2 minReplicas int, 3 maxReplicas int, 4 metrics []MetricSpec
HpaStatus: 3 currentReplicas count, 4 desiredReplicas count
TargetRef: 1 kind, 2 name, 3 apiVersion
MetricSpec: 1 type, 4 resource ResourceMetric
ResourceMetric: 1 name, 2 target MetricTarget
MetricTarget: 1 type, 2 value quantity, 3 averageValue quantity, 4 averageUtilization int
Quantity: 1 string
"""


def _read_messages(text: str) -> dict[str, dict[int, tuple[str, str]]]:
    """By message and field number: the field's name and type; a string where none is given."""
    messages: dict[str, dict[int, tuple[str, str]]] = {}
    for line in text.replace(",\n ", ",").strip().splitlines():
        name, _, fields = line.partition(":")
        messages[name] = {}
        for entry in filter(None, fields.strip().split(", ")):
            number, field, *kind = entry.split()
            messages[name][int(number)] = (field, kind[0] if kind else "string")
    return messages


_FIELDS = _read_messages(_MESSAGES)
_NUMBERS = ("int", "count", "bool", "flag")


class Unreadable(ValueError):
    """The bytes are no object, or one of a kind or with a field that is not in the table."""


def object_of(data: bytes) -> Json:
    """The object a request carries.

    Raises:
        Unreadable: see there.
    """
    if not data.startswith(_MAGIC):
        raise Unreadable("it does not begin as Kubernetes' protobuf does")
    envelope = _message(data[len(_MAGIC) :], "Unknown")
    head: Json = envelope.get("typeMeta", {})
    kind = head.get("kind", "")
    if kind not in _FIELDS:
        raise Unreadable(f"the sandbox reads no {kind} in protobuf")
    return {**head, **_message(envelope.get("raw", b""), kind)}


def _message(data: bytes, name: str) -> Json:
    known, decoded = _FIELDS[name], dict[str, Any]()
    for number, raw in _parts(data):
        if number not in known:
            if raw in (0, b"") or name == "Nothing":
                continue
            raise Unreadable(f"the sandbox does not read field {number} of {name} in protobuf")
        field, kind = known[number]
        if kind.startswith("[]"):
            decoded.setdefault(field, []).append(_value(raw, kind[2:]))
        elif kind in ("map", "bytesmap"):
            entry = dict(_parts(_expected(raw, bytes)))
            text = _value(entry.get(2, b""), "string" if kind == "map" else "bytes")
            decoded.setdefault(field, {})[_value(entry.get(1, b""), "string")] = text
        elif not (kind in ("count", "flag", "Nothing", "string") and raw in (0, b"")):
            decoded[field] = _value(raw, kind)
    return decoded


def _expected(raw: Any, wanted: type) -> Any:
    if not isinstance(raw, wanted):
        raise Unreadable(f"a field has {type(raw).__name__} for {wanted.__name__}")
    return raw


def _value(raw: Any, kind: str) -> Any:
    _expected(raw, int if kind in _NUMBERS else bytes)
    match kind:
        case "raw":
            return raw
        case "string":
            return raw.decode()
        case "bytes":
            return base64.b64encode(raw).decode()
        case "int" | "count":
            return raw - (1 << 64) if raw >> 63 else raw
        case "bool" | "flag":
            return bool(raw)
        case "quantity":
            return _message(raw, "Quantity").get("string", "0")
        case "Nothing":
            return {}
        case _:
            return _message(raw, kind)


def _parts(data: bytes) -> Iterator[tuple[int, Any]]:
    """Field numbers and raw values of a message, in order."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                value, at = _varint(data, at)
                yield key >> 3, value
            case 2:
                length, at = _varint(data, at)
                if at + length > len(data):
                    raise Unreadable("a field ends after the message does")
                yield key >> 3, data[at : at + length]
                at += length
            case 1 | 5 as fixed:
                size = 8 if fixed == 1 else 4
                yield key >> 3, int.from_bytes(data[at : at + size], "little")
                at += size
            case wire_type:
                raise Unreadable(f"there is no wire type {wire_type}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Unreadable("a number does not end")
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
