"""Create, update, patch, apply and delete: admission, then the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube import bodies, escalation, views
from jetscale_tui.sandbox.kube.access import authorise
from jetscale_tui.sandbox.kube.admission import admit as admission
from jetscale_tui.sandbox.kube.bodies import WriteOptions
from jetscale_tui.sandbox.kube.changes import Change
from jetscale_tui.sandbox.kube.objects import rfc3339
from jetscale_tui.sandbox.kube.ownership import apply as server_side
from jetscale_tui.sandbox.kube.ownership import managedfields
from jetscale_tui.sandbox.kube.shapes import schema
from jetscale_tui.sandbox.kube.shapes.decode import DecodeError, blank, decode
from jetscale_tui.sandbox.kube.status import (
    MODIFIED,
    already_exists,
    bad_request,
    conflict,
    internal,
    invalid,
    not_found,
    refused,
)
from jetscale_tui.sandbox.kube.store import AlreadyExists, Missing, StaleVersion

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.access import Identity
    from jetscale_tui.sandbox.kube.admission.admit import Admitted
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.routes import Request, Target
    from jetscale_tui.sandbox.kube.store import Clock, Store


_VERSION_SET = "resourceVersion should not be set on objects to be created"


@dataclass(slots=True)
class Written:
    """Outcome of a write."""

    status: int
    object: Json
    headers: dict[str, str]


class Writer:
    """Performs the writes of one server."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(self, resource: Resource, target: Target, request: Request, by: Identity) -> Written:
        """POST to a collection."""
        options = WriteOptions.of(request, "CreateOptions")
        sent = bodies.object_in(request, resource)
        admitted = admission.admit_sent(sent, resource, options)
        admission.check_scope(admitted.object, resource, target.namespace)
        if admitted.object["metadata"].pop("resourceVersion", "0") != "0":
            raise internal(_VERSION_SET)
        admitted.object["metadata"].pop("managedFields", None)
        self._own(blank_of(resource), admitted.object, options.updater(resource))
        with self._store.transaction():
            return self._store_new(admitted, resource, target, options, by)

    def update(self, resource: Resource, target: Target, request: Request, by: Identity) -> Written:
        """PUT of an object or its status."""
        options = WriteOptions.of(request, "UpdateOptions")
        sent = bodies.object_in(request, resource)
        admitted = admission.admit_sent(sent, resource, options)
        admission.check_named(admitted.object, target.name)
        admission.check_scope(admitted.object, resource, target.namespace, target.name)
        old = self._store.peek(resource.stored, target.namespace, target.name)
        if old is None and resource.created_by_put and not target.subresource:
            self._own(blank_of(resource), admitted.object, options.updater(resource))
            with self._store.transaction():
                return self._store_new(admitted, resource, target, options, by)
        old = self._existing(resource, target)
        if resource.conditional and not admitted.object["metadata"].get("resourceVersion"):
            cause = invalid("metadata.resourceVersion", 0, "must be specified for an update")
            raise refused(resource.kind, target.name, [cause])
        return self._store_changed(admitted, old, resource, target, options, by)

    def patch(self, resource: Resource, target: Target, request: Request, by: Identity) -> Written:
        """PATCH of an object or its status, by any of the four kinds of patch."""
        options = WriteOptions.of(request, "PatchOptions")
        if request.content_type == bodies.APPLY:
            return self._apply(resource, target, request, options, by)
        change = Change(request, resource)
        with self._store.transaction():
            old = self._existing(resource, target)
            decoded = change.apply(
                views.shown(old, resource), strict=options.validation == "Strict"
            )
            admitted = admission.admit_decoded(decoded, resource, options)
            admission.check_patched(admitted.object, resource, target.namespace, target.name)
            version = old["metadata"]["resourceVersion"]
            admitted.object["metadata"].setdefault("resourceVersion", version)
            return self._store_changed(admitted, old, resource, target, options, by)

    def _apply(
        self,
        resource: Resource,
        target: Target,
        request: Request,
        options: WriteOptions,
        by: Identity,
    ) -> Written:
        config = configuration(request, resource, target, options)
        node, what = schema.of(resource.kind), _described(config)
        manager = options.applier(resource, target.subresource)
        with self._store.transaction():
            old = self._store.peek(resource.stored, target.namespace, target.name)
            if old is None and target.subresource:
                raise not_found(resource.kind, target.name)
            live = blank_of(resource) if old is None else views.shown(old, resource)
            _check_preconditions(config, old, resource)
            now = rfc3339(self._clock.now())
            merged = server_side.apply(live, config, node, manager, force=options.force, now=now)
            admitted = _admit_applied(merged, resource, what)
            if old is None:
                return self._store_new(admitted, resource, target, options, by)
            admitted.object["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
            return self._store_changed(admitted, old, resource, target, options, by, owned=True)

    def _store_new(
        self,
        admitted: Admitted,
        resource: Resource,
        target: Target,
        options: WriteOptions,
        by: Identity,
    ) -> Written:
        obj = admission.to_store(admitted.object, resource)
        # Whoever makes something by PUT or apply has to be allowed to make it.
        authorise(by, replace(target.attributes, verb="create"))
        admission.check_namespace(self._store, obj, resource)
        admission.prepare_create(self._store, obj, resource)
        admission.check_valid(obj, None, resource)
        escalation.check(self._store, obj, resource, by)
        try:
            created = self._store.create(obj, manager=None, dry_run=options.dry_run)
        except AlreadyExists as error:
            raise already_exists(resource.kind, str(error), leaving=error.leaving) from error
        return Written(201, created, admitted.headers)

    def _store_changed(
        self,
        admitted: Admitted,
        old: Json,
        resource: Resource,
        target: Target,
        options: WriteOptions,
        by: Identity,
        *,
        owned: bool = False,
    ) -> Written:
        obj, status = (
            admission.to_store(admitted.object, resource),
            target.subresource == "status",
        )
        if not status:
            admission.prepare_update(obj, old)
        admission.check_valid(obj, old, resource, status=status)
        if not status:
            escalation.check(self._store, obj, resource, by)
        try:
            updated = self._store.update(
                obj,
                status=status,
                manager=None if owned else options.updater(resource, target.subresource),
                dry_run=options.dry_run,
            )
        except Missing as error:
            if self._store.peek(resource.stored, target.namespace, target.name) is None:
                raise not_found(resource.kind, target.name) from error
            given, found = obj["metadata"].get("uid"), old["metadata"]["uid"]
            why = f"Precondition failed: UID in precondition: {given}, UID in object meta: {found}"
            raise conflict(resource.kind, target.name, why) from error
        except StaleVersion as error:
            raise conflict(resource.kind, target.name, MODIFIED) from error
        return Written(200, updated, admitted.headers)

    def _existing(self, resource: Resource, target: Target) -> Json:
        found = self._store.peek(resource.stored, target.namespace, target.name)
        if found is None:
            raise not_found(resource.kind, target.name)
        return found

    def _own(self, old: Json, new: Json, manager: managedfields.Manager) -> None:
        entries = managedfields.after_update(old, new, manager, rfc3339(self._clock.now()))
        if entries:
            new["metadata"]["managedFields"] = entries


def configuration(
    request: Request, resource: Resource, target: Target, options: WriteOptions
) -> Json:
    """The configuration a server-side apply sends, seen to fit the resource and the path.

    Raises:
        ApiError: 400 or 500, it does not.
    """
    config = bodies.configuration_in(request, resource, options)
    if config["metadata"].get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    config["metadata"].pop("managedFields", None)
    admission.check_patched(config, resource, target.namespace, target.name)
    what = _described(config)
    errors = server_side.structure_errors(config, schema.of(resource.kind))
    if config.get("kind") != resource.kind.name:
        errors = [f"no corresponding type for {what.partition('; ')[2]}"]
    if errors:
        listed = errors[0] if len(errors) == 1 else "errors:\n  " + "\n  ".join(errors)
        raise internal(f"failed to create typed patch object ({what}): {listed}")
    return config


def blank_of(resource: Resource) -> Json:
    """An object of the resource of which nothing was said."""
    return blank(resource.kind.api_version, resource.kind.name)


def _described(obj: Json) -> str:
    metadata = obj["metadata"]
    group_version = obj["apiVersion"] if "/" in obj["apiVersion"] else f"/{obj['apiVersion']}"
    place = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
    return f"{place}; {group_version}, Kind={obj.get('kind', '')}"


def _admit_applied(merged: Json, resource: Resource, what: str) -> Admitted:
    """Decode and default an object after apply merged it."""
    try:
        decoded = decode(merged, resource)
    except DecodeError as error:
        group_version = what.partition("; ")[2]
        raise internal(
            f"failed to convert new object ({what}) to proper version: unable to convert "
            f"unstructured object to {group_version}: {error}"
        ) from error
    return admission.admit_decoded(decoded, resource)


def _check_preconditions(config: Json, old: Json | None, resource: Resource) -> None:
    """Refuse a configuration that was made for another object or another version of it."""
    name, uid = config["metadata"]["name"], config["metadata"].get("uid")
    version = config["metadata"].get("resourceVersion")
    if old is None:
        if uid:
            why = (
                f"uid mismatch: the provided object specified uid {uid}, and no existing object "
                "was found"
            )
            raise conflict(resource.kind, name, why)
        if version:
            raise internal(_VERSION_SET)
        return
    found = old["metadata"]["uid"]
    if uid and uid != found:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {found}"
        raise conflict(resource.kind, name, why)
    if version and version != old["metadata"]["resourceVersion"]:
        raise conflict(resource.kind, name, MODIFIED)
