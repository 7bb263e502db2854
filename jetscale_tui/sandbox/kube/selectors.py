"""Label and field selectors of list, watch and delete requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube.objects import dig
from jetscale_tui.sandbox.kube.status import bad_request

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json, Kind

Matcher = Callable[["Json"], bool]

_SET_REQUIREMENT = re.compile(r"([^\s!=<>(),]+)\s+(in|notin)\s*\(([^()]*)\)")
_REQUIREMENT = re.compile(r"([^\s!=<>(),]+)\s*(==|!=|=|>|<)\s*([^\s!=<>(),]*)")
_EXISTS = re.compile(r"(!?)\s*([^\s!=<>(),]+)")
_SEPARATOR = re.compile(r"\s*(,|$)\s*")

_EVERY_KIND = ("metadata.name", "metadata.namespace")
_FIELDS: dict[str, tuple[str, ...]] = {
    "Pod": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "Event": (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    "Node": ("spec.unschedulable",),
    "Namespace": ("status.phase",),
    "Secret": ("type",),
    "ReplicaSet": ("status.replicas",),
}


def matcher(kind: Kind, labels: str, fields: str) -> Matcher | None:
    """What objects of a kind have to fulfil; None when anything goes.

    Raises:
        ApiError: 400, a selector cannot be read or names a field the kind cannot be selected by.
    """
    requirements = _label_requirements(labels) + _field_requirements(kind, fields)
    if not requirements:
        return None
    return lambda obj: all(fulfilled(obj) for fulfilled in requirements)


def _label_requirements(text: str) -> list[Matcher]:
    requirements: list[Matcher] = []
    text, at = text.strip(), 0
    while at < len(text):
        for pattern, build in _BUILDERS:
            match = pattern.match(text, at)
            end = _SEPARATOR.match(text, match.end()) if match else None
            if match and end:
                requirements.append(build(match))
                at = end.end()
                break
        else:
            found = f"found '{text[at:]}', expected: identifier after ','"
            raise bad_request(f"unable to parse requirement: {found}")
    return requirements


def _among(match: re.Match[str]) -> Matcher:
    key, operator = match[1], match[2]
    values = {value.strip() for value in match[3].split(",")}
    if operator == "in":
        return lambda obj: _label(obj, key) in values
    return lambda obj: _label(obj, key) not in values


def _compared(match: re.Match[str]) -> Matcher:
    key, operator, value = match[1], match[2], match[3]
    if operator in ("<", ">"):
        return lambda obj: _ordered(_label(obj, key), operator, value)
    if operator == "!=":
        return lambda obj: _label(obj, key) != value
    return lambda obj: _label(obj, key) == value


def _exists(match: re.Match[str]) -> Matcher:
    key, wanted = match[2], not match[1]
    return lambda obj: (_label(obj, key) is not None) is wanted


_BUILDERS = ((_SET_REQUIREMENT, _among), (_REQUIREMENT, _compared), (_EXISTS, _exists))


def _ordered(label: str | None, operator: str, value: str) -> bool:
    try:
        difference = int(label or "") - int(value)
    except ValueError:
        return False
    return difference > 0 if operator == ">" else difference < 0


def _label(obj: Json, key: str) -> str | None:
    labels = obj["metadata"].get("labels")
    return labels.get(key) if labels else None


def _field_requirements(kind: Kind, text: str) -> list[Matcher]:
    requirements: list[Matcher] = []
    special = _FIELDS.get(kind.name)
    for term in filter(None, text.split(",")):
        name, operator, value = _split_term(term)
        if kind.group == "events.k8s.io":
            name = name.replace("regarding.", "involvedObject.")
        if name not in (*_EVERY_KIND, *(special or ())):
            raise bad_request(
                f"field label not supported: {name}"
                if special
                else f'"{name}" is not a known field selector: '
                'only "metadata.name", "metadata.namespace"'
            )
        requirements.append(_field(name, value, equal=operator != "!="))
    return requirements


def _split_term(term: str) -> tuple[str, str, str]:
    for operator in ("!=", "==", "="):
        name, found, value = term.partition(operator)
        if found:
            return name.strip(), operator, value.strip()
    raise bad_request(f"invalid selector: '{term}'; can't understand '{term}'")


def _field(name: str, value: str, *, equal: bool) -> Matcher:
    path = tuple(name.split(".")) if name != "source" else ("source", "component")

    def fulfilled(obj: Json) -> bool:
        found = dig(obj, *path)
        written = "" if found is None else str(found).lower() if found in (True, False) else found
        return (str(written) == value) is equal

    return fulfilled
