"""Watches: what happened to a collection since a resource version, as it happens."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jetscale_tui.sandbox.kube import selectors, tables, views
from jetscale_tui.sandbox.kube.history import Change, ResourceVersionTooOld
from jetscale_tui.sandbox.kube.negotiation import Form, form_of, partial
from jetscale_tui.sandbox.kube.reads import version_in
from jetscale_tui.sandbox.kube.shapes.decode import blank
from jetscale_tui.sandbox.kube.status import expired, forbidden, not_supported, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.labels import Matcher
    from jetscale_tui.sandbox.kube.routes import Request, Target
    from jetscale_tui.sandbox.kube.store import Store

_DEFAULT_TIMEOUT = 1800.0
_BOOKMARK_EVERY = 60.0
_BOOKMARK_BEFORE_END = 2.0
_LOOK_AROUND = 5.0
"""Seconds a quiet watch waits before it looks whether its client is still there."""
_INITIAL_EVENTS_END = {"k8s.io/initial-events-end": "true"}


@dataclass(frozen=True, slots=True)
class Watch:
    """One client's watch on a collection."""

    store: Store
    resource: Resource
    namespace: str
    matches: Matcher | None
    form: Form
    include: str
    now: Callable[[], datetime]
    start: int | None
    """Resource version to continue from; None: begin with what exists."""
    bookmarks: bool
    initial_events: bool
    """Say by a bookmark where what exists ends."""
    timeout: float

    @classmethod
    def of(
        cls,
        store: Store,
        resource: Resource,
        target: Target,
        request: Request,
        now: Callable[[], datetime],
    ) -> Watch:
        """The watch a request asks for.

        Raises:
            ApiError: 400 or 422, options that make no sense.
        """
        query = request.query
        _check_watch_options(query)
        bookmarks = request.flag("allowWatchBookmarks")
        timeout = query.get("timeoutSeconds", "")
        return cls(
            store,
            resource,
            target.namespace,
            selectors.matcher(
                resource.kind, query.get("labelSelector", ""), query.get("fieldSelector", "")
            ),
            form_of(request.accept, streamed=True),
            query.get("includeObject", ""),
            now,
            _start(request, store),
            bookmarks,
            bookmarks and _starts_with_all(request),
            float(timeout) if timeout.isdigit() and int(timeout) else _DEFAULT_TIMEOUT,
        )

    def lines(self, stopped: Callable[[], bool]) -> Iterator[bytes]:
        """Events as lines of JSON; empty ones only ask whether anyone still listens."""
        deadline = time.monotonic() + self.timeout
        version = self.start
        columns = True
        if version is None:
            objects, version = self.store.snapshot(self.resource.stored, self.namespace or None)
            for obj in objects:
                if self.matches is None or self.matches(obj):
                    yield self._line("ADDED", obj, columns=columns)
                    columns = False
            if self.initial_events:
                yield self._bookmark(version, _INITIAL_EVENTS_END)
        bookmark_at = self._next_bookmark(deadline)
        while not stopped():
            left = min(deadline, bookmark_at) - time.monotonic()
            try:
                changes, version = self.store.changes(
                    self.resource.stored, version, max(0.0, min(left, _LOOK_AROUND))
                )
            except ResourceVersionTooOld as error:
                yield _encoded("ERROR", expired(str(error)).status)
                return
            for change in changes:
                line = self._event(change, columns=columns)
                if line:
                    columns = False
                    yield line
            moment = time.monotonic()
            if moment >= deadline:
                return
            if moment >= bookmark_at:
                yield self._bookmark(version, {})
                bookmark_at = self._next_bookmark(deadline)
            elif not changes:
                yield b""

    def _next_bookmark(self, deadline: float) -> float:
        now = time.monotonic()
        last = deadline - _BOOKMARK_BEFORE_END
        if not self.bookmarks or now >= last:
            return float("inf")
        return min(now + _BOOKMARK_EVERY, last)

    def _event(self, change: Change, *, columns: bool) -> bytes:
        obj = change.object
        if self.namespace and obj["metadata"].get("namespace") != self.namespace:
            return b""
        kind = change.type
        if self.matches is not None:
            is_in = kind != "DELETED" and self.matches(obj)
            was_in = change.previous is not None and self.matches(change.previous)
            if not is_in and not was_in:
                return b""
            kind = "MODIFIED" if is_in and was_in else "ADDED" if is_in else "DELETED"
        if kind != change.type or self.form != "object" or self.resource.view_of:
            return self._line(kind, obj, columns=columns)
        if change.line is None:
            change.line = _encoded(kind, obj)
        return change.line

    def _line(self, kind: str, obj: Json, *, columns: bool) -> bytes:
        if self.form == "table":
            metadata = {"resourceVersion": obj["metadata"]["resourceVersion"]}
            table = tables.render(self.resource, [obj], metadata, self.now(), self.include)
            if not columns:
                table["columnDefinitions"] = None
            return _encoded(kind, table)
        obj = views.shown(obj, self.resource)
        return _encoded(kind, partial(obj) if self.form == "metadata" else obj)

    def _bookmark(self, version: int, annotations: dict[str, str]) -> bytes:
        kind = self.resource.stored
        metadata: Json = {"resourceVersion": str(version)}
        if annotations:
            metadata["annotations"] = annotations
        obj = {**blank(kind.api_version, kind.name), "metadata": metadata}
        obj = views.shown(obj, self.resource)
        if self.form == "table":
            row = {"cells": [], "object": partial(obj)}
            obj = {
                "kind": "Table",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": {"resourceVersion": str(version)},
                "columnDefinitions": None,
                "rows": [row],
            }
        elif self.form == "metadata":
            obj = partial(obj)
        return _encoded("BOOKMARK", obj)


def _encoded(kind: str, obj: Any) -> bytes:
    return json.dumps({"type": kind, "object": obj}, separators=(",", ":")).encode() + b"\n"


def _starts_with_all(request: Request) -> bool:
    """Whether what exists comes first: as asked for, or where no version is given."""
    query = request.query
    unsaid = "sendInitialEvents" not in query and not query.get("resourceVersionMatch")
    return request.flag("sendInitialEvents") or (unsaid and not version_in(query))


def _start(request: Request, store: Store) -> int | None:
    """The version to continue from; None where what exists comes first."""
    return None if _starts_with_all(request) else version_in(request.query) or store.version


def _check_watch_options(query: Mapping[str, str]) -> None:
    match, field, causes = query.get("resourceVersionMatch", ""), "resourceVersionMatch", []
    if "sendInitialEvents" in query and match != "NotOlderThan":
        problem = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        causes.append(forbidden(field, problem))
    if match and "sendInitialEvents" not in query:
        problem = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        causes.append(forbidden(field, problem))
    if match not in ("", "NotOlderThan"):
        causes.append(not_supported(field, match, ["NotOlderThan"]))
    if match and query.get("continue"):
        problem = "resourceVersionMatch is forbidden when continue is provided"
        causes.append(forbidden(field, problem))
    if causes:
        raise refused(None, "", causes, "ListOptions.meta.k8s.io")
