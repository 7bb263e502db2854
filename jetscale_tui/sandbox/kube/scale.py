"""The scale subresource of Deployments and ReplicaSets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube import bodies, catalog, patch
from jetscale_tui.sandbox.kube.bodies import WriteOptions
from jetscale_tui.sandbox.kube.objects import clone, rfc3339
from jetscale_tui.sandbox.kube.ownership import managedfields
from jetscale_tui.sandbox.kube.status import MODIFIED, bad_request, conflict, invalid, refused
from jetscale_tui.sandbox.kube.store import StaleVersion
from jetscale_tui.sandbox.kube.tables import selector_text

if TYPE_CHECKING:
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.routes import Request
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


def write(store: Store, resource: Resource, old: Json, request: Request, now: datetime) -> Json:
    """Scale a workload by PUT or PATCH; its new scale.

    Raises:
        ApiError: 400, 409, 415 or 422, as for any other object.
    """
    put = request.method == "PUT"
    options = WriteOptions.of(request, "UpdateOptions" if put else "PatchOptions")
    wanted = bodies.object_in(request, _RESOURCE) if put else _patched(of(old), request)
    replicas = (wanted.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise bad_request(
            'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal '
            "into Go struct field ScaleSpec.spec.replicas of type int32"
        )
    name = old["metadata"]["name"]
    if replicas < 0:
        cause = invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        raise refused(catalog.SCALE, name, [cause])
    new = clone(old)
    new["spec"]["replicas"] = replicas
    given = wanted.get("metadata", {}).get("resourceVersion")
    if put and not given:
        del new["metadata"]["resourceVersion"]
    elif given:
        new["metadata"]["resourceVersion"] = given
    if old["spec"].get("replicas") != replicas:
        manager = options.updater(resource, "scale")
        entries = managedfields.after_update(old, new, manager, rfc3339(now))
        new["metadata"]["managedFields"] = entries
    try:
        return of(store.update(new, manager=None, dry_run=options.dry_run))
    except StaleVersion as error:
        raise conflict(resource.kind, name, MODIFIED) from error


def _patched(scale: Json, request: Request) -> Json:
    accepted = [bodies.JSON_PATCH, bodies.MERGE_PATCH, bodies.STRATEGIC_PATCH]
    content = bodies.patch_in(request, accepted)
    if request.content_type == bodies.JSON_PATCH:
        changed = patch.json_patch(scale, content)
    else:
        changed = patch.merge(scale, content)
    return json.loads(json.dumps(changed)) if isinstance(changed, dict) else scale
