"""Admission: from an object a client sent to one that may be stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import NAMESPACE
from jetscale_tui.sandbox.kube import gojson, views
from jetscale_tui.sandbox.kube.admission import addresses, validation
from jetscale_tui.sandbox.kube.admission.defaulting import set_defaults
from jetscale_tui.sandbox.kube.objects import clone
from jetscale_tui.sandbox.kube.shapes.decode import Decoded, DecodeError, blank, decode
from jetscale_tui.sandbox.kube.status import (
    ApiError,
    bad_request,
    not_found,
    qualified,
    refused,
    resource_details,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.bodies import WriteOptions
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.store import Store


@dataclass(slots=True)
class Admitted:
    """An object on its way to the store."""

    object: Json
    warnings: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        """Warning headers for the answer."""
        texts = ", ".join(f'299 - "{_escaped(text)}"' for text in self.warnings)
        return {"Warning": texts} if texts else {}


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def admit_sent(sent: Json, resource: Resource, options: WriteOptions) -> Admitted:
    """Decode and default an object that a create or update sent.

    Raises:
        ApiError: 400, a value has the wrong type or (strict) a field is unknown.
    """
    kind = resource.kind
    handled = f'{kind.name} in version "{kind.version}" cannot be handled as a {kind.name}'
    try:
        decoded = decode(sent, resource)
    except DecodeError as error:
        raise bad_request(f"{handled}: {error}") from error
    decoded.unknown[:0] = [f'duplicate field "{path}"' for path in gojson.duplicates(sent)]
    if decoded.unknown and options.validation == "Strict":
        raise bad_request(f"{handled}: strict decoding error: {', '.join(decoded.unknown)}")
    return admit_decoded(decoded, resource, options)


def admit_decoded(
    decoded: Decoded, resource: Resource, options: WriteOptions | None = None
) -> Admitted:
    """Default a decoded object; with options, warn of what fell out of it."""
    if not resource.custom:
        set_defaults(decoded.object)
    warn = options is not None and options.validation == "Warn"
    return Admitted(decoded.object, decoded.unknown if warn else [])


def to_store(obj: Json, resource: Resource) -> Json:
    """An admitted object in the version that is stored, with that version's defaults."""
    if resource.view_of is not None:
        obj = views.stored(obj, resource)
        set_defaults(obj)
    return obj


def check_scope(obj: Json, resource: Resource, namespace: str, name: str = "") -> None:
    """See that an object is where its URL says, and say so in the object.

    Raises:
        ApiError: 400, it names another namespace or (with `name`) another name.
    """
    metadata = obj["metadata"]
    if not resource.kind.namespaced:
        metadata.pop("namespace", None)
    elif metadata.get("namespace") in (None, "", namespace):
        metadata["namespace"] = namespace
    else:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    _check_name(metadata, name)


def check_named(obj: Json, name: str) -> None:
    """See that an object to replace another with has a name at all.

    Raises:
        ApiError: 400.
    """
    if not obj["metadata"].get("name"):
        raise bad_request(
            f"the name of the object ({name} based on URL) was undeterminable: name must be "
            "provided"
        )


def check_patched(obj: Json, resource: Resource, namespace: str, name: str) -> None:
    """See that a patch has not moved an object; the refusals are those of patches.

    Raises:
        ApiError: 400, it names another namespace or another name.
    """
    metadata = obj["metadata"]
    given = metadata.get("namespace") or namespace
    _check_name(metadata, name)
    if resource.kind.namespaced and given != namespace:
        raise bad_request(
            f"the namespace of the object ({given}) does not match the namespace on the URL "
            f"({namespace})"
        )
    check_scope(obj, resource, namespace, name)


def _check_name(metadata: Json, name: str) -> None:
    if name and metadata.get("name") not in (None, "", name):
        raise bad_request(
            f"the name of the object ({metadata['name']}) does not match the name on the URL "
            f"({name})"
        )
    if name:
        metadata["name"] = name


def check_namespace(store: Store, obj: Json, resource: Resource) -> None:
    """See that the namespace of a new object takes new objects.

    Raises:
        ApiError: 404, it does not exist; 403, it is being deleted.
    """
    if not resource.kind.namespaced:
        return
    namespace = obj["metadata"]["namespace"]
    found = store.peek(NAMESPACE, None, namespace)
    if found is None:
        raise not_found(NAMESPACE, namespace)
    if not found["metadata"].get("deletionTimestamp"):
        return
    kind, name = resource.kind, obj["metadata"].get("name", "")
    message = (
        f'{qualified(kind)} "{name}" is forbidden: unable to create new content in namespace '
        f"{namespace} because it is being terminated"
    )
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {namespace} is being terminated",
        "field": "metadata.namespace",
    }
    details = {**resource_details(kind, name), "causes": [cause]}
    raise ApiError(403, "Forbidden", message, details)


def prepare_create(store: Store, obj: Json, resource: Resource) -> None:
    """Set what a new object starts with, whatever the client said."""
    if resource.status:
        empty = blank(obj["apiVersion"], obj["kind"]).get("status")
        obj.pop("status", None)
        if empty is not None:
            obj["status"] = clone(empty)
    match obj["kind"]:
        case "Namespace":
            obj["spec"]["finalizers"] = ["kubernetes"]
            obj["status"] = {"phase": "Active"}
        case "Pod":
            obj["status"] = {"phase": "Pending", "qosClass": "BestEffort"}
        case "Service":
            addresses.assign(store, obj)
        case _:
            pass


def prepare_update(obj: Json, old: Json) -> None:
    """Keep what the server assigned when the object was created."""
    if obj["kind"] == "Service":
        addresses.keep(obj, old)


def check_valid(obj: Json, old: Json | None, resource: Resource, *, status: bool = False) -> None:
    """Refuse what a real server's validation refuses; with `status`, of the status alone.

    Raises:
        ApiError: 422, with every problem as a cause.
    """
    if status:
        causes = list(validation.status_causes(obj))
    else:
        causes = validation.causes(obj, old, custom=resource.custom)
    if causes:
        raise refused(resource.kind, obj["metadata"].get("name", ""), causes)
