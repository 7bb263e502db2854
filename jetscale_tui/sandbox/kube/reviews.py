"""Reviews: questions about who may do what, answered and not stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube import access, bodies, catalog
from jetscale_tui.sandbox.kube.bodies import WriteOptions
from jetscale_tui.sandbox.kube.ownership import managedfields
from jetscale_tui.sandbox.kube.status import bad_request, invalid, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.access import Identity
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.routes import Request, Target
    from jetscale_tui.sandbox.kube.status import Cause

    Known = Callable[[str, tuple[str, ...]], Identity]


def answer(
    resource: Resource, target: Target, request: Request, identity: Identity, known: Known, now: str
) -> Json:
    """A review with its status filled in.

    `known` finds somebody else by user name and groups.

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
    causes = list(_causes(spec, resource, target.namespace))
    if causes:
        raise refused(resource.kind, "", causes)
    if resource.kind != catalog.ACCESS_REVIEW:
        identity = known(spec.get("user", ""), tuple(spec.get("groups") or ()))
    place = {"namespace": target.namespace} if target.namespace else {}
    full = {**head, "metadata": place, "spec": spec}
    empty = {**head, "metadata": {}, "spec": {}}
    entries = managedfields.after_update(empty, full, options.updater(resource), now)
    metadata = {**place, "managedFields": entries}
    return {**full, "metadata": metadata, "status": access.review_access(identity, spec)}


def _causes(spec: Json, resource: Resource, namespace: str) -> Iterator[Cause]:
    asked, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if asked is not None and path is not None:
        words = "cannot be specified in combination with resourceAttributes"
        yield invalid("spec.nonResourceAttributes", path, words)
    if asked is None and path is None:
        words = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        yield invalid("spec.resourceAttributes", None, words)
    if resource.kind != catalog.ACCESS_REVIEW and not (spec.get("user") or spec.get("groups")):
        yield invalid("spec.user", "", "at least one of user or group must be specified")
    if resource.kind == catalog.LOCAL_ACCESS_REVIEW:
        given = (asked or {}).get("namespace", "")
        if asked is not None and given != namespace:
            words = "must match metadata.namespace"
            yield invalid("spec.resourceAttributes.namespace", given, words)
        if path is not None:
            words = "disallowed on this kind of request"
            yield invalid("spec.nonResourceAttributes", path, words)
