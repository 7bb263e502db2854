"""The way of one request: who asks, what for, may they, then read, write or watch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from jetscale_tui.domain.kinds import NAMESPACE
from jetscale_tui.sandbox.kube import deletion, logs, reads, reviews, roles, scale
from jetscale_tui.sandbox.kube.access import Identity, authenticate, authorise
from jetscale_tui.sandbox.kube.directory import Directory
from jetscale_tui.sandbox.kube.handlers import LogReader, ProxyHandler, ProxyRequest, Reply, Stream
from jetscale_tui.sandbox.kube.impersonation import acting
from jetscale_tui.sandbox.kube.negotiation import encoded
from jetscale_tui.sandbox.kube.objects import rfc3339
from jetscale_tui.sandbox.kube.routes import Request, Target, attributes_of, target_of
from jetscale_tui.sandbox.kube.status import (
    ApiError,
    bad_request,
    method_not_allowed,
    no_such_path,
    not_found,
)
from jetscale_tui.sandbox.kube.watch import Watch
from jetscale_tui.sandbox.kube.writes import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.handlers import LogLine
    from jetscale_tui.sandbox.kube.store import Clock, Store


class Api:
    """Answers requests from one store."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        identities: Mapping[str, Identity],
        stopped: Callable[[], bool],
    ) -> None:
        self.identities = dict(identities)
        self.directory = Directory(store)
        self.proxies: ProxyHandler | None = None
        self.logs: LogReader | None = None
        self._store = store
        self._clock = clock
        self._writer = Writer(store, clock)
        self._stopped = stopped

    def answer(self, request: Request) -> Reply | Stream:
        """The answer to a request, refusals included, encoded as the client likes it."""
        try:
            answer = self._answer(request)
        except ApiError as error:
            answer = replace(Reply.of(error.status, error.code), headers=error.headers)
        except RecursionError:
            answer = Reply.of(bad_request("exceeded max depth").status, 400)
        return encoded(answer, request.accept) if isinstance(answer, Reply) else answer

    def _answer(self, request: Request) -> Reply | Stream:
        """Route, authorise, then on to the resource; admission and storage are the writer's."""
        identity = authenticate(request.authorization, self.identities)
        caller = roles.with_grants(self._store, identity)
        identity = acting(request, caller, self._known)
        target = target_of(request)
        authorise(identity, attributes_of(target, request))
        if target is None:
            return self.directory.about_itself(request)
        resource = self.directory.find(target)
        if resource is None:
            return self.directory.elsewhere(target, request)
        _check_place(resource, target)
        if resource.review:
            now = rfc3339(self._clock.now())
            review = reviews.answer(resource, target, request, identity, self._known, now)
            return Reply.of(review, 201)
        return self._perform(resource, target, request, identity)

    def _known(self, user: str, groups: tuple[str, ...]) -> Identity:
        """Somebody by name and groups, with all they may do."""
        found = next((i for i in self.identities.values() if i.name == user), Identity(user))
        return roles.with_grants(self._store, replace(found, groups=groups))

    def _perform(
        self, resource: Resource, target: Target, request: Request, by: Identity
    ) -> Reply | Stream:
        store, now = self._store, self._clock.now()
        match target.subresource, target.verb:
            case "" | "status", "get":
                return reads.get(store, resource, target, request, now)
            case "", "list":
                return reads.list_objects(store, resource, target, request, now)
            case "", "watch":
                watch = Watch.of(store, resource, target, request, self._clock.now)
                return Stream(watch.lines(self._stopped))
            case "", "create":
                written = self._writer.create(resource, target, request, by)
            case "" | "status", "update":
                written = self._writer.update(resource, target, request, by)
            case "" | "status", "patch":
                written = self._writer.patch(resource, target, request, by)
            case "", "delete":
                written = deletion.delete(store, resource, target, request)
                if written.object["kind"] == "Status":
                    return Reply.of(written.object)
            case "", "deletecollection":
                deleted = deletion.delete_all(store, resource, target, request)
                return reads.collection(deleted, resource, store.version, request, now)
            case "scale", "get":
                return Reply.of(scale.of(reads.existing(store, resource, target)))
            case "scale", _:
                return Reply.of(scale.write(store, resource, target, request, now))
            case "log", _:
                pod = reads.existing(store, resource, target)
                return logs.answer(store, pod, request, self.logs or _no_log, now, self._stopped)
            case _:
                return self._proxy(resource, target, request)
        return reads.rendered(written, resource, request, now)

    def _proxy(self, resource: Resource, target: Target, request: Request) -> Reply:
        # `name`, `name:port` or `scheme:name:port`
        parts = target.name.split(":")
        name, port = (parts[-2], parts[-1]) if len(parts) > 1 else (parts[0], "")
        if self._store.peek(resource.kind, target.namespace, name) is None or not self.proxies:
            raise not_found(resource.kind, name)
        path = "/" + unquote("/".join(target.rest))
        plural, namespace = resource.kind.plural, target.namespace
        return self.proxies(
            ProxyRequest(
                plural, namespace, name, port, request.method, path, request.query, request.body
            )
        )


def _check_place(resource: Resource, target: Target) -> None:
    """See that a path leads to something, and that the method fits it.

    Raises:
        ApiError: 404 or 405.
    """
    namespaced, verbs = resource.kind.namespaced, resource.verbs_of(target.subresource)
    if verbs is None or (namespaced and target.name and not target.namespace):
        raise no_such_path()
    if not namespaced and target.namespace and resource.kind != NAMESPACE:
        raise no_such_path()
    whole = target.verb in ("create", "deletecollection")
    fits = bool(target.name) is not whole or bool(target.subresource)
    if whole and namespaced and not target.namespace:
        raise method_not_allowed()
    if target.verb not in verbs or not (fits or target.verb in ("get", "list", "watch")):
        raise method_not_allowed()


def _no_log(_pod: Json, _container: str, _previous: bool) -> list[LogLine]:
    return []
