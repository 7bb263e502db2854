"""Deleting: one object or a collection, under conditions, at once or in two steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from jetscale_tui.domain import kinds
from jetscale_tui.sandbox.kube import bodies, catalog
from jetscale_tui.sandbox.kube.status import ApiError, bad_request, conflict, not_found
from jetscale_tui.sandbox.kube.store import Missing

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.routes import Request
    from jetscale_tui.sandbox.kube.store import Store


def delete(store: Store, resource: Resource, old: Json, request: Request) -> Json:
    """DELETE of one object: a Status, or the object itself where something holds it back.

    Raises:
        ApiError: 404, it is gone already; 409, it is not the one the client means.
    """
    options = _DeleteOptions.of(request)
    options.check(resource, old)
    gone = _delete(store, resource, old, options)
    if resource.kind == kinds.CRD and not options.dry_run:
        _empty(store, old["metadata"]["name"])
    if gone["metadata"].get("deletionTimestamp") or resource.kind == kinds.NAMESPACE:
        return gone
    details = {
        "name": old["metadata"]["name"],
        "group": resource.kind.group,
        "kind": resource.kind.plural,
        "uid": old["metadata"]["uid"],
    }
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {key: value for key, value in details.items() if value},
    }


def delete_all(
    store: Store, resource: Resource, objects: list[Json], request: Request
) -> list[Json]:
    """DELETE of a collection: those of the objects that were still there."""
    options = _DeleteOptions.of(request)
    gone = []
    for obj in objects:
        try:
            gone.append(_delete(store, resource, obj, options))
        except ApiError as error:
            if error.code != 404:
                raise
    return gone


def _delete(store: Store, resource: Resource, obj: Json, options: _DeleteOptions) -> Json:
    metadata = obj["metadata"]
    if options.orphan:
        _orphan(store, metadata["uid"])
    try:
        return store.delete(
            resource.kind,
            metadata.get("namespace"),
            metadata["name"],
            uid=metadata["uid"],
            grace=options.grace_for(obj),
            dry_run=options.dry_run,
        )
    except Missing as error:
        raise not_found(resource.kind, metadata["name"]) from error


def _empty(store: Store, definition: str) -> None:
    """Remove the objects of a custom kind that is gone."""
    for custom in catalog.RESOURCES:
        if custom.custom and catalog.definition_name(custom.kind) == definition:
            for obj in store.list(custom.kind):
                metadata = obj["metadata"]
                store.delete(custom.kind, metadata.get("namespace"), metadata["name"])


def _orphan(store: Store, uid: str) -> None:
    """Let go of everything an object owns, so that it outlives its owner."""
    for kind in kinds.KINDS:
        for obj in store.list(kind):
            metadata = obj["metadata"]
            if any(owner["uid"] == uid for owner in metadata.get("ownerReferences") or ()):
                place = metadata.get("namespace"), metadata["name"]
                store.mutate(kind, *place, lambda owned: _let_go(owned, uid))


def _let_go(obj: Json, uid: str) -> None:
    owners = obj["metadata"].pop("ownerReferences", [])
    rest = [owner for owner in owners if owner["uid"] != uid]
    if rest:
        obj["metadata"]["ownerReferences"] = rest


@dataclass(frozen=True, slots=True)
class _DeleteOptions:
    dry_run: bool
    grace: int | None
    orphan: bool
    uid: str
    version: str

    @classmethod
    def of(cls, request: Request) -> _DeleteOptions:
        body = _delete_body(request)
        dry_run = body.get("dryRun") or request.query.get("dryRun")
        grace = body.get("gracePeriodSeconds", request.query.get("gracePeriodSeconds"))
        policy = body.get("propagationPolicy") or request.query.get("propagationPolicy")
        preconditions = body.get("preconditions") or {}
        return cls(
            bool(dry_run),
            None if grace is None else int(grace),
            policy == "Orphan" or bool(body.get("orphanDependents")),
            preconditions.get("uid") or "",
            preconditions.get("resourceVersion") or "",
        )

    def grace_for(self, obj: Json) -> int:
        """Seconds an object has to end; only pods that run somewhere have any."""
        if obj["kind"] != "Pod" or not obj.get("spec", {}).get("nodeName"):
            return 0
        if self.grace is not None:
            return self.grace
        return int(obj["spec"].get("terminationGracePeriodSeconds", 30))

    def check(self, resource: Resource, old: Json) -> None:
        """Refuse where the object is not the one the client means."""
        metadata = old["metadata"]
        for what, wanted, found, guess in (
            ("UID", self.uid, metadata["uid"], "deleted and then recreated"),
            ("ResourceVersion", self.version, metadata["resourceVersion"], "modified"),
        ):
            if wanted and wanted != found:
                raise conflict(
                    resource.kind,
                    metadata["name"],
                    f"the {what} in the precondition ({wanted}) does not match the {what} in "
                    f"record ({found}). The object might have been {guess}",
                )


def _delete_body(request: Request) -> dict[str, Any]:
    try:
        body = bodies.parsed(request)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(f"error decoding delete options: {error}") from error
    return body if isinstance(body, dict) else {}
