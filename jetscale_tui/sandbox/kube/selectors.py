"""Label and field selectors of list, watch and delete requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube import catalog, labels
from jetscale_tui.sandbox.kube.objects import dig
from jetscale_tui.sandbox.kube.status import bad_request

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json, Kind
    from jetscale_tui.sandbox.kube.labels import Matcher

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
    "Service": ("spec.clusterIP", "spec.type"),
    "ReplicaSet": ("status.replicas",),
}


def matcher(kind: Kind, wanted_labels: str, fields: str) -> Matcher | None:
    """What objects of a kind have to fulfil; None when anything goes.

    Raises:
        ApiError: 400, a selector cannot be read or names a field the kind cannot be selected by.
    """
    try:
        requirements = labels.requirements(wanted_labels)
    except labels.Unreadable as error:
        raise bad_request(str(error)) from error
    requirements += _field_requirements(kind, fields)
    if not requirements:
        return None
    return lambda obj: all(fulfilled(obj) for fulfilled in requirements)


def _field_requirements(kind: Kind, text: str) -> list[Matcher]:
    requirements: list[Matcher] = []
    special = _FIELDS.get(kind.name)
    resource = catalog.BY_KIND.get((kind.api_version, kind.name))
    custom = resource is not None and resource.custom
    for term in filter(None, text.split(",")):
        name, operator, value = _split_term(term)
        if kind.group == "events.k8s.io":
            name = name.replace("regarding.", "involvedObject.")
        if name not in (*_EVERY_KIND, *(special or ())):
            raise bad_request(
                f"field label not supported: {name}"
                if special or custom
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
