"""Deleting: one object or a collection, under conditions, at once or in two steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import yaml

from jetscale_tui.domain import kinds
from jetscale_tui.sandbox.kube import bodies, catalog, reads
from jetscale_tui.sandbox.kube.lifecycle import released
from jetscale_tui.sandbox.kube.status import (
    ApiError,
    bad_request,
    conflict,
    invalid,
    not_found,
    not_supported,
    refused,
    resource_details,
)
from jetscale_tui.sandbox.kube.store import Missing
from jetscale_tui.sandbox.kube.writes import Written

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.routes import Request, Target
    from jetscale_tui.sandbox.kube.store import Store


FOREGROUND = "foregroundDeletion"
"""Finalizer of an owner that is to be seen until what it owns is gone."""
ORPHAN = "orphan"
"""Finalizer of an owner that is to leave behind what it owns."""
_IMMORTAL = ("default", "kube-system", "kube-public")
_HOLDS = {"Foreground": [FOREGROUND], "Background": [], "Orphan": [ORPHAN]}


def delete(store: Store, resource: Resource, target: Target, request: Request) -> Written:
    """DELETE of one object: a Status, or the object where something holds it back.

    Raises:
        ApiError: 404, it is gone already; 409, it is not the one the client means; 422, the
            options make no sense.
    """
    options = _DeleteOptions.of(request)
    if resource.kind == kinds.NAMESPACE and target.name in _IMMORTAL:
        message = f'namespaces "{target.name}" is forbidden: this namespace may not be deleted'
        raise ApiError(403, "Forbidden", message, resource_details(resource.kind, target.name))
    old = reads.existing(store, resource, target)
    options.check(resource, old)
    gone = _delete(store, resource, old, options)
    if resource.kind == kinds.CRD and not options.dry_run:
        _empty(store, old["metadata"]["name"])
    if not released(gone):
        return Written(202 if options.policy == "Foreground" else 200, gone, {})
    details = {
        "name": old["metadata"]["name"],
        "group": resource.kind.group,
        "kind": resource.kind.plural,
        "uid": old["metadata"]["uid"],
    }
    status = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {key: value for key, value in details.items() if value},
    }
    return Written(200, status, {})


def delete_all(store: Store, resource: Resource, target: Target, request: Request) -> list[Json]:
    """DELETE of a collection: those of the objects the selectors name that were still there."""
    options = _DeleteOptions.of(request)
    gone = []
    for obj in reads.selected(store, resource, target, request):
        try:
            gone.append(_delete(store, resource, obj, options))
        except ApiError as error:
            if error.code != 404:
                raise
    return gone


def _delete(store: Store, resource: Resource, obj: Json, options: _DeleteOptions) -> Json:
    metadata = obj["metadata"]
    try:
        return store.delete(
            resource.stored,
            metadata.get("namespace"),
            metadata["name"],
            uid=metadata["uid"],
            grace=options.grace_for(obj),
            finalizers=options.finalizers_for(obj),
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


@dataclass(frozen=True, slots=True)
class _DeleteOptions:
    dry_run: bool
    grace: int | None
    policy: str
    """What becomes of what the object owns; empty: as its finalizers say."""
    uid: str
    version: str

    @classmethod
    def of(cls, request: Request) -> _DeleteOptions:
        body = {**request.query, **_delete_body(request)}
        grace, policy = body.get("gracePeriodSeconds"), body.get("propagationPolicy") or ""
        orphan = str(body.get("orphanDependents", "")).lower()
        dry_run = body.get("dryRun") or []
        causes = []
        if orphan and policy:
            both = "orphanDependents and deletionPropagation cannot be both set"
            causes.append(invalid("propagationPolicy", policy, both))
        if policy and policy not in _HOLDS:
            causes.append(not_supported("propagationPolicy", policy, [*_HOLDS, "nil"]))
        dry_runs = [dry_run] if isinstance(dry_run, str) else dry_run
        if not {"All"}.issuperset(dry_runs):
            causes.append(not_supported("dryRun", dry_runs, ["All"]))
        if causes:
            raise refused(None, "", causes, "DeleteOptions.meta.k8s.io")
        preconditions = body.get("preconditions") or {}
        return cls(
            bool(dry_run),
            None if grace is None else int(grace),
            policy or {"true": "Orphan", "false": "Background"}.get(orphan, ""),
            preconditions.get("uid") or "",
            preconditions.get("resourceVersion") or "",
        )

    def finalizers_for(self, obj: Json) -> list[str]:
        """What holds an object back once it is deleted this way."""
        present = obj["metadata"].get("finalizers") or []
        if not self.policy:
            return present
        others = [each for each in present if each not in (FOREGROUND, ORPHAN)]
        return others + _HOLDS[self.policy]

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
                # Here a real server takes the kind for the resource.
                raise conflict(
                    replace(resource.kind, plural=resource.kind.name),
                    metadata["name"],
                    f"the {what} in the precondition ({wanted}) does not match the {what} in "
                    f"record ({found}). The object might have been {guess}",
                )


def _delete_body(request: Request) -> dict[str, Any]:
    if not request.body:
        return {}
    try:
        body = bodies.parsed(request)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(f"error decoding delete options: {error}") from error
    return body if isinstance(body, dict) else {}
