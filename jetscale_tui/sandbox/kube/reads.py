"""Get and list: from the store to what the client asked to see."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jetscale_tui.sandbox.kube import gojson, selectors, tables, views
from jetscale_tui.sandbox.kube.handlers import Reply
from jetscale_tui.sandbox.kube.history import ResourceVersionTooOld
from jetscale_tui.sandbox.kube.negotiation import form_of, partial
from jetscale_tui.sandbox.kube.status import (
    ApiError,
    bad_request,
    expired,
    forbidden,
    internal,
    invalid,
    not_found,
    not_supported,
    refused,
    too_new,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.labels import Matcher
    from jetscale_tui.sandbox.kube.routes import Request, Target
    from jetscale_tui.sandbox.kube.store import Store
    from jetscale_tui.sandbox.kube.writes import Written

_LIST_TOO_OLD = "The resourceVersion for the provided list is too old."
_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start "
    "a new list without the continue parameter, or use the continue token in this response to "
    "retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the "
    "first chunk was returned and now may show up in the list."
)


def get(store: Store, resource: Resource, target: Target, request: Request, now: datetime) -> Reply:
    """One object.

    Raises:
        ApiError: 404.
    """
    wanted = version_in(request.query)
    if wanted > store.version:
        raise too_new(wanted, store.version)
    obj = existing(store, resource, target)
    return Reply.of(in_form(obj, resource, request, now))


def existing(store: Store, resource: Resource, target: Target) -> Json:
    """The stored object a request names; read only.

    Raises:
        ApiError: 404.
    """
    obj = store.peek(resource.stored, target.namespace, target.name)
    if obj is None:
        raise not_found(resource.kind, target.name)
    return obj


def rendered(written: Written, resource: Resource, request: Request, now: datetime) -> Reply:
    """The outcome of a write in the form the client accepts."""
    body = in_form(written.object, resource, request, now)
    return replace(Reply.of(body, written.status), headers=written.headers)


def in_form(obj: Json, resource: Resource, request: Request, now: datetime) -> Json:
    """One object as data in the form the client accepts."""
    form = form_of(request.accept)
    if form == "table":
        metadata = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
        include = request.query.get("includeObject", "")
        return tables.render(resource, [obj], metadata, now, include)
    obj = views.shown(obj, resource)
    return partial(obj) if form == "metadata" else obj


def selected(store: Store, resource: Resource, target: Target, request: Request) -> list[Json]:
    """All objects of a collection that the selectors of a request name; read only.

    Raises:
        ApiError: 400, a selector makes no sense.
    """
    objects = store.list(resource.stored, target.namespace or None)
    matches = _matcher(resource, request)
    return objects if matches is None else [obj for obj in objects if matches(obj)]


def collection(
    objects: list[Json], resource: Resource, version: int, request: Request, now: datetime
) -> Reply:
    """Objects as a list in the form the client accepts."""
    return Reply.of(_collection(objects, {"resourceVersion": str(version)}, resource, request, now))


def _matcher(resource: Resource, request: Request) -> Matcher | None:
    query = request.query
    return selectors.matcher(
        resource.kind, query.get("labelSelector", ""), query.get("fieldSelector", "")
    )


def list_objects(
    store: Store, resource: Resource, target: Target, request: Request, now: datetime
) -> Reply:
    """The objects of a collection, page by page where the client sets a limit.

    Raises:
        ApiError: 400 or 422 for options that make no sense, 410 for a version that is gone.
    """
    query = request.query
    _check_list_options(query)
    matches = _matcher(resource, request)
    page = _Page.of(query)
    if page.newest > store.version:
        raise too_new(page.newest, store.version)
    namespace = target.namespace or None
    try:
        objects, version = store.snapshot(resource.stored, namespace, at=page.version)
    except ResourceVersionTooOld as error:
        raise _continue_expired(page) if page.start else expired(_LIST_TOO_OLD) from error
    if page.start:
        objects = [obj for obj in objects if _position(obj, resource) >= page.start]
    if matches is not None:
        objects = [obj for obj in objects if matches(obj)]
    metadata: Json = {"resourceVersion": str(version)}
    if 0 < page.limit < len(objects):
        rest = len(objects) - page.limit
        objects = objects[: page.limit]
        metadata["continue"] = _token(version, _position(objects[-1], resource) + "\0")
        if matches is None:
            metadata["remainingItemCount"] = rest
    return Reply.of(_collection(objects, metadata, resource, request, now))


def _collection(
    objects: list[Json], metadata: Json, resource: Resource, request: Request, now: datetime
) -> Json:
    form = form_of(request.accept)
    if form == "table":
        include = request.query.get("includeObject", "")
        return tables.render(resource, objects, metadata, now, include)
    objects = [views.shown(obj, resource) for obj in objects]
    if form == "metadata":
        items = [partial(obj) for obj in objects]
        kind, api_version = "PartialObjectMetadataList", "meta.k8s.io/v1"
    else:
        kind, api_version = f"{resource.kind.name}List", resource.kind.api_version
        items = objects if resource.custom else [_untyped(obj) for obj in objects]
    return {"kind": kind, "apiVersion": api_version, "metadata": metadata, "items": items}


def _untyped(obj: Json) -> Json:
    """An item of a list of a built-in kind: the list says what its items are."""
    return {key: value for key, value in obj.items() if key not in ("apiVersion", "kind")}


@dataclass(frozen=True, slots=True)
class _Page:
    limit: int
    start: str
    """Position the page starts at; empty: at the beginning."""
    version: int | None
    """Resource version to look at; None: the newest."""
    newest: int = 0
    """Resource version the client has seen already."""

    @classmethod
    def of(cls, query: Any) -> _Page:
        limit, match = int(query.get("limit") or "0"), query.get("resourceVersionMatch", "")
        token, wanted = query.get("continue", ""), query.get("resourceVersion", "")
        if token:
            start, pinned = _position_in(token)
            if wanted not in ("", "0"):
                words = "specifying resource version is not allowed when using continue"
                raise bad_request(words)
            return cls(limit, start, pinned if pinned > 0 else None)
        try:
            version = version_in(query)
        except ApiError as error:
            # Only lists look at it before the storage does.
            raise bad_request(f"invalid resource version: {error}") from error
        if wanted == "0":
            # Any version will do, so the cache answers, and whole.
            limit = 0
        exact = match == "Exact" or (not match and limit > 0 and version > 0)
        return cls(limit, "", version if exact else None, version)


def _position_in(token: str) -> tuple[str, int]:
    """Where a page starts, and the version of the list it belongs to; below zero: the newest."""
    try:
        given = gojson.parse(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        version, start = int(given["rv"]), str(given["start"])
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        message = f"invalid continue token: continue key is not valid: {error}"
        raise bad_request(message) from error
    return start, version


def version_in(query: Mapping[str, str]) -> int:
    """The resource version a request gives; none is 0.

    Raises:
        ApiError: 500, as a real server answers where this is no number.
    """
    text = query.get("resourceVersion", "")
    if re.fullmatch(r"\d*", text, re.ASCII):
        return int(text or "0")
    problem = f'strconv.ParseUint: parsing "{text}": invalid syntax'
    raise internal(str(invalid("resourceVersion", text, problem)))


def _position(obj: Json, resource: Resource) -> str:
    metadata = obj["metadata"]
    return (
        f"/{metadata['namespace']}/{metadata['name']}"
        if resource.kind.namespaced
        else f"/{metadata['name']}"
    )


def _token(version: int, start: str) -> str:
    token = {"v": "meta.k8s.io/v1", "rv": version, "start": start}
    encoded = base64.urlsafe_b64encode(json.dumps(token, separators=(",", ":")).encode())
    return encoded.decode().rstrip("=")


def _continue_expired(page: _Page) -> ApiError:
    error = expired(_TOO_OLD)
    error.status["metadata"] = {"continue": _token(-1, page.start)}
    return error


def _check_list_options(query: Mapping[str, str]) -> None:
    for name in ("limit", "timeoutSeconds"):
        if not re.fullmatch(r"[+-]?\d+", query.get(name) or "0"):
            raise bad_request(f'strconv.ParseInt: parsing "{query[name]}": invalid syntax')
    match, field, causes = query.get("resourceVersionMatch", ""), "resourceVersionMatch", []
    if match and not query.get("resourceVersion"):
        problem = "resourceVersionMatch is forbidden unless resourceVersion is provided"
        causes.append(forbidden(field, problem))
    if match and query.get("continue"):
        problem = "resourceVersionMatch is forbidden when continue is provided"
        causes.append(forbidden(field, problem))
    if match not in ("", "Exact", "NotOlderThan"):
        causes.append(not_supported(field, match, ["Exact", "NotOlderThan", ""]))
    if match == "Exact" and query.get("resourceVersion") == "0":
        problem = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
        causes.append(forbidden(field, problem))
    if "sendInitialEvents" in query:
        causes.append(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    if causes:
        raise refused(None, "", causes, _LIST_OPTIONS)


_LIST_OPTIONS = "ListOptions.meta.k8s.io"
