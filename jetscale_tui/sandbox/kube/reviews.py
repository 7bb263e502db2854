"""Reviews: questions about the asking identity, answered and not stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube import access, bodies, catalog
from jetscale_tui.sandbox.kube.bodies import WriteOptions
from jetscale_tui.sandbox.kube.ownership import managedfields
from jetscale_tui.sandbox.kube.status import bad_request, invalid, refused

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.access import Identity
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.routes import Request


def answer(resource: Resource, request: Request, identity: Identity, now: str) -> Json:
    """A review with its status filled in.

    Raises:
        ApiError: 400 or 422, the body is no such review, or says nothing to review.
    """
    options = WriteOptions.of(request, "CreateOptions")
    review = bodies.object_in(request, resource)
    spec = review.get("spec") or {}
    head = {"kind": resource.kind.name, "apiVersion": resource.kind.api_version}
    if resource.kind == catalog.RULES_REVIEW:
        if not spec.get("namespace"):
            raise bad_request("no namespace on request")
        rules = access.review_rules(identity, spec.get("namespace", ""))
        return {**head, "metadata": {}, "spec": {}, "status": rules}
    if resource.kind == catalog.SUBJECT_REVIEW:
        user = {"username": identity.name, "groups": list(identity.groups)}
        created = {"creationTimestamp": now}
        return {**head, "metadata": created, "status": {"userInfo": user}}
    _check_attributes(spec, resource)
    full = {**head, "metadata": {}, "spec": spec}
    empty = {**head, "metadata": {}, "spec": {}}
    entries = managedfields.after_update(empty, full, options.updater(resource), now)
    status = {"allowed": access.review_access(identity, spec)}
    return {**full, "metadata": {"managedFields": entries}, "status": status}


def _check_attributes(spec: Json, resource: Resource) -> None:
    names = ("resourceAttributes", "nonResourceAttributes")
    given = [name for name in names if spec.get(name) is not None]
    if len(given) == 2:
        words = "cannot be specified in combination with resourceAttributes"
        cause = invalid("spec.nonResourceAttributes", spec["nonResourceAttributes"], words)
    elif not given:
        words = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        cause = invalid("spec.resourceAttributes", None, words)
    else:
        return
    raise refused(resource.kind, "", [cause])
