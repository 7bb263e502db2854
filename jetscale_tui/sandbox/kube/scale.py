"""The scale subresource of Deployments and ReplicaSets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube import bodies, catalog, reads
from jetscale_tui.sandbox.kube.admission import admit as admission
from jetscale_tui.sandbox.kube.bodies import WriteOptions
from jetscale_tui.sandbox.kube.changes import Change
from jetscale_tui.sandbox.kube.labels import selector_text
from jetscale_tui.sandbox.kube.objects import clone, rfc3339
from jetscale_tui.sandbox.kube.ownership import apply as server_side
from jetscale_tui.sandbox.kube.ownership import managedfields
from jetscale_tui.sandbox.kube.shapes import schema
from jetscale_tui.sandbox.kube.status import MODIFIED, conflict, invalid, refused
from jetscale_tui.sandbox.kube.store import StaleVersion
from jetscale_tui.sandbox.kube.writes import configuration

if TYPE_CHECKING:
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.routes import Request, Target
    from jetscale_tui.sandbox.kube.store import Store

_RESOURCE = catalog.Resource(catalog.SCALE)
_COPIED = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def of(obj: Json) -> Json:
    """The scale of a workload."""
    spec = {"replicas": obj["spec"]["replicas"]} if obj["spec"].get("replicas") else {}
    status = {
        "replicas": obj.get("status", {}).get("replicas", 0),
        "selector": selector_text(obj["spec"].get("selector")),
    }
    metadata = {key: obj["metadata"][key] for key in _COPIED}
    return {
        "kind": "Scale",
        "apiVersion": catalog.SCALE.api_version,
        "metadata": metadata,
        "spec": spec,
        "status": status,
    }


def write(
    store: Store, resource: Resource, target: Target, request: Request, now: datetime
) -> Json:
    """Scale a workload by PUT, PATCH or apply; its new scale.

    Raises:
        ApiError: 400, 404, 409, 415 or 422, as for any other object.
    """
    put, applied = request.method == "PUT", request.content_type == bodies.APPLY
    options = WriteOptions.of(request, "UpdateOptions" if put else "PatchOptions")
    with store.transaction():
        old = reads.existing(store, resource, target)
        wanted = _wanted(old, target, request, options)
        replicas, name = wanted.get("spec", {}).get("replicas", 0), old["metadata"]["name"]
        if replicas < 0:
            cause = invalid("spec.replicas", replicas, "must be greater than or equal to 0")
            raise refused(catalog.SCALE, name, [cause])
        if applied:
            new = _applied(old, wanted, resource, options, now)
        else:
            new = {**clone(old), "spec": {**clone(old["spec"]), "replicas": replicas}}
        given = wanted["metadata"].get("resourceVersion")
        if put and not given:
            del new["metadata"]["resourceVersion"]
        elif given:
            new["metadata"]["resourceVersion"] = given
        if not applied and old["spec"].get("replicas") != replicas:
            manager = options.updater(resource, "scale")
            entries = managedfields.after_update(old, new, manager, rfc3339(now))
            new["metadata"]["managedFields"] = entries
        try:
            return of(store.update(new, manager=None, dry_run=options.dry_run))
        except StaleVersion as error:
            raise conflict(resource.kind, name, MODIFIED) from error


def _wanted(old: Json, target: Target, request: Request, options: WriteOptions) -> Json:
    """The scale that a request asks for; of an apply, what it says of it."""
    if request.content_type == bodies.APPLY:
        return configuration(request, _RESOURCE, target, options)
    if request.method == "PUT":
        sent = bodies.object_in(request, _RESOURCE)
        wanted = admission.admit_sent(sent, _RESOURCE, options).object
        admission.check_named(wanted, old["metadata"]["name"])
        admission.check_scope(wanted, _RESOURCE, target.namespace, target.name)
        return wanted
    change = Change(request, _RESOURCE)
    wanted = change.apply(of(old), strict=options.validation == "Strict").object
    admission.check_patched(wanted, _RESOURCE, target.namespace, target.name)
    return wanted


def _applied(
    old: Json, scale: Json, resource: Resource, options: WriteOptions, now: datetime
) -> Json:
    """The workload after somebody applied a scale; its replicas are all that this is about."""
    spec = {key: value for key, value in scale.get("spec", {}).items() if key == "replicas"}
    config = {"metadata": {"name": old["metadata"]["name"]}, **({"spec": spec} if spec else {})}
    manager = options.applier(resource, "scale")
    node = schema.of(resource.kind)
    return server_side.apply(old, config, node, manager, force=options.force, now=rfc3339(now))
