"""The way of one request: who asks, what for, may they, then read, write or watch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import unquote

from jetscale_tui.domain.kinds import API_SERVICE, CRD, NAMESPACE
from jetscale_tui.sandbox.kube import deletion, discovery, logs, reads, reviews, scale
from jetscale_tui.sandbox.kube.access import Attributes, Identity, authenticate, authorise
from jetscale_tui.sandbox.kube.catalog import BY_PLURAL, RESOURCES, Resource, definition_name
from jetscale_tui.sandbox.kube.handlers import (
    AggregatedHandler,
    AggregatedRequest,
    LogReader,
    ProxyHandler,
    ProxyRequest,
    Reply,
    Stream,
)
from jetscale_tui.sandbox.kube.negotiation import aggregated_discovery, encoded
from jetscale_tui.sandbox.kube.objects import dig, rfc3339
from jetscale_tui.sandbox.kube.routes import Request, Target, target_of
from jetscale_tui.sandbox.kube.status import (
    ApiError,
    bad_request,
    method_not_allowed,
    no_such_path,
    not_found,
)
from jetscale_tui.sandbox.kube.watch import Watch
from jetscale_tui.sandbox.kube.writes import Writer, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.handlers import LogLine
    from jetscale_tui.sandbox.kube.store import Clock, Store

_PLAIN = "text/plain; charset=utf-8"
NOT_FOUND = Reply(404, b"404 page not found\n", _PLAIN)
_HEALTH = ("/healthz", "/livez", "/readyz")


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
        self.aggregated: dict[tuple[str, str], AggregatedHandler] = {}
        self.proxies: ProxyHandler | None = None
        self.logs: LogReader | None = None
        self.address = ""
        self._store = store
        self._clock = clock
        self._writer = Writer(store, clock)
        self._stopped = stopped

    def answer(self, request: Request) -> Reply | Stream:
        """The answer to a request, refusals included, encoded as the client likes it."""
        answer = self._answer(request)
        return encoded(answer, request.accept) if isinstance(answer, Reply) else answer

    def _answer(self, request: Request) -> Reply | Stream:
        try:
            identity = authenticate(request.authorization, self.identities)
            target = target_of(request)
            if target is None:
                authorise(identity, Attributes(request.method.lower(), path=request.path))
                return self._about_itself(request)
            authorise(identity, target.attributes)
            resource = BY_PLURAL.get((target.api_version, target.plural))
            if resource is None or not self._served(resource):
                return self._elsewhere(target, request)
            if not _in_place(resource, target):
                raise no_such_path()
            return self._on_resource(resource, target, request, identity)
        except ApiError as error:
            return Reply.of(error.status, error.code)
        except RecursionError:
            return Reply.of(bad_request("exceeded max depth").status, 400)

    def _on_resource(
        self, resource: Resource, target: Target, request: Request, identity: Identity
    ) -> Reply | Stream:
        now = self._clock.now()
        if resource.review and target.verb == "create":
            return Reply.of(reviews.answer(resource, request, identity, rfc3339(now)), 201)
        if target.subresource:
            return self._on_subresource(resource, target, request)
        if target.verb not in resource.verbs:
            raise method_not_allowed()
        match target.verb:
            case "get":
                return reads.get(self._store, resource, target, request, now)
            case "list":
                return reads.list_objects(self._store, resource, target, request, now)
            case "watch":
                watch = Watch.of(self._store, resource, target, request, self._clock.now)
                return Stream(watch.lines(self._stopped))
            case "create" | "deletecollection" if resource.kind.namespaced and not target.namespace:
                raise method_not_allowed()
            case "create" if not target.name:
                written = self._writer.create(resource, target, request)
            case "update" if target.name:
                written = self._writer.update(resource, target, request)
            case "patch" if target.name:
                written = self._writer.patch(resource, target, request)
            case "delete":
                status, gone = deletion.delete(self._store, resource, target, request)
                if gone["kind"] == "Status":
                    return Reply.of(gone)
                written = Written(status, gone, {})
            case "deletecollection":
                matching = reads.selected(self._store, resource, target, request)
                deleted = deletion.delete_all(self._store, resource, matching, request)
                return reads.collection(deleted, resource, self._store.version, request, now)
            case _:
                raise method_not_allowed()
        return reads.rendered(written, resource, request, now)

    def _on_subresource(
        self, resource: Resource, target: Target, request: Request
    ) -> Reply | Stream:
        now = self._clock.now()
        offered = {name for name, _, _ in resource.subresources}
        if target.subresource not in offered:
            raise no_such_path()
        if target.subresource == "proxy":
            return self._proxy(resource, target, request)
        if target.subresource == "log":
            if target.verb != "get":
                raise method_not_allowed()
            pod, reader = reads.existing(self._store, resource, target), self.logs or _no_log
            return logs.answer(self._store, pod, request, reader, now, self._stopped)
        if target.subresource == "scale":
            if target.verb == "get":
                return Reply.of(scale.of(reads.existing(self._store, resource, target)))
            if target.verb not in ("update", "patch"):
                raise method_not_allowed()
            return Reply.of(scale.write(self._store, resource, target, request, now))
        match target.verb:
            case "get":
                return reads.get(self._store, resource, target, request, now)
            case "update":
                written = self._writer.update(resource, target, request)
            case "patch":
                written = self._writer.patch(resource, target, request)
            case _:
                raise method_not_allowed()
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

    def _served(self, resource: Resource) -> bool:
        return (
            not resource.custom
            or self._store.peek(CRD, None, definition_name(resource.kind)) is not None
        )

    def _elsewhere(self, target: Target, request: Request) -> Reply:
        """A request to a group that the server does not serve itself, or not with this resource."""
        if any(not resource.custom for resource in self._resources_of(target.api_version)):
            raise no_such_path()
        parts = [target.namespace and "namespaces", target.namespace, target.plural]
        parts += [target.name, target.subresource]
        path = (*filter(None, parts), *map(unquote, target.rest))
        return self._aggregate(target.group, target.version, path, request)

    def _aggregate(
        self, group: str, version: str, path: tuple[str, ...], request: Request
    ) -> Reply:
        service = self._store.peek(API_SERVICE, None, f"{version}.{group}")
        if service is None or not service["spec"].get("service"):
            return NOT_FOUND
        handler = self.aggregated.get((group, version))
        if handler is None or not _available(service):
            return Reply(503, b"service unavailable\n", _PLAIN)
        return handler(AggregatedRequest(group, version, request.method, path, request.query))

    def _about_itself(self, request: Request) -> Reply:
        if request.method not in ("GET", "HEAD"):
            raise method_not_allowed()
        path = request.path.rstrip("/") or "/"
        if path.startswith(_HEALTH):
            return Reply(200, b"ok", _PLAIN)
        first, *rest = path.strip("/").split("/")
        match first, rest:
            case "", []:
                return Reply.of({"paths": sorted(self._paths())})
            case "version", []:
                return Reply.of(discovery.VERSION)
            case (("api" | "apis"), []):
                return self._groups(first, request)
            case "api", ["v1"]:
                return self._resources("v1")
            case "apis", [group]:
                versions = [v for g, v in self._group_versions() if g == group]
                if versions:
                    found = discovery.group_of(group, versions)
                    return Reply.of({"kind": "APIGroup", "apiVersion": "v1", **found})
            case "apis", [group, version]:
                if self._resources_of(f"{group}/{version}"):
                    return self._resources(f"{group}/{version}")
                return self._aggregate(group, version, (), request)
            case "openapi", ["v3"]:
                served = (r.kind.api_version for r in RESOURCES if self._served(r))
                return Reply.of(discovery.openapi_index(served))
            case "openapi", ["v3", ("api" | "apis"), *group_version]:
                resources = self._resources_of("/".join(group_version))
                if resources:
                    return Reply.of(discovery.openapi(resources))
            case _:
                pass
        return NOT_FOUND

    def _paths(self) -> Iterator[str]:
        yield from ("/api", "/api/v1", "/apis", "/openapi/v3", "/version", *_HEALTH)
        for group, version in self._group_versions():
            if group:
                yield from (f"/apis/{group}", f"/apis/{group}/{version}")

    def _groups(self, root: str, request: Request) -> Reply:
        media_type = aggregated_discovery(request.accept)
        if media_type:
            versions = [(g, v) for g, v in self._group_versions() if bool(g) is (root == "apis")]
            found = [(g, v, self._entries(g, v, request)) for g, v in versions]
            return Reply.of(discovery.aggregated(found, media_type), content_type=media_type)
        if root == "api":
            return Reply.of(discovery.core_versions(self.address))
        return Reply.of(discovery.group_list(self._group_versions()))

    def _resources(self, group_version: str) -> Reply:
        resources = self._resources_of(group_version)
        return Reply.of(discovery.resource_list(group_version, resources))

    def _resources_of(self, group_version: str) -> list[Resource]:
        found = [r for r in RESOURCES if r.kind.api_version == group_version and self._served(r)]
        return sorted(found, key=lambda resource: resource.kind.plural)

    def _group_versions(self) -> list[tuple[str, str]]:
        own = [(r.kind.group, r.kind.version) for r in RESOURCES if self._served(r)]
        services = self._store.list(API_SERVICE)
        others = [(s["spec"].get("group", ""), s["spec"]["version"]) for s in services]
        return list(dict.fromkeys([*own, *others]))

    def _entries(self, group: str, version: str, request: Request) -> list[Json] | None:
        resources = self._resources_of(f"{group}/{version}" if group else version)
        if resources:
            return [discovery.aggregated_entry(resource) for resource in resources]
        reply = self._aggregate(group, version, (), request)
        if reply.status != 200:
            return None
        return discovery.aggregated_entries(json.loads(reply.body))


def _no_log(_pod: Json, _container: str, _previous: bool) -> list[LogLine]:
    return []


def _in_place(resource: Resource, target: Target) -> bool:
    """Whether objects of the resource are where the path looks for them."""
    if resource.kind.namespaced:
        return bool(target.namespace) or not target.name
    return not target.namespace or resource.kind == NAMESPACE


def _available(service: Json) -> bool:
    conditions = dig(service, "status", "conditions")
    return isinstance(conditions, list) and any(
        condition["type"] == "Available" and condition["status"] == "True"
        for condition in conditions
    )
