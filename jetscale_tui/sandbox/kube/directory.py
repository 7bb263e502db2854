"""What is served right now, by this server and by others, and what it says of that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import unquote

from jetscale_tui.domain.kinds import API_SERVICE, CRD
from jetscale_tui.sandbox.kube import discovery
from jetscale_tui.sandbox.kube.catalog import BY_PLURAL, RESOURCES, definition_name
from jetscale_tui.sandbox.kube.handlers import AggregatedRequest, Reply
from jetscale_tui.sandbox.kube.negotiation import aggregated_discovery
from jetscale_tui.sandbox.kube.objects import dig
from jetscale_tui.sandbox.kube.status import method_not_allowed, no_such_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.handlers import AggregatedHandler
    from jetscale_tui.sandbox.kube.routes import Request, Target
    from jetscale_tui.sandbox.kube.store import Store

_PLAIN = "text/plain; charset=utf-8"
_HEALTH = ("healthz", "livez", "readyz")
_NOT_FOUND = Reply(404, b"404 page not found\n", _PLAIN)


class Directory:
    """Groups, versions and resources; custom ones come and go with their definition."""

    def __init__(self, store: Store) -> None:
        self.aggregated: dict[tuple[str, str], AggregatedHandler] = {}
        self.address = ""
        self._store = store

    def find(self, target: Target) -> Resource | None:
        """The resource a request is about; None where this server does not have it."""
        resource = BY_PLURAL.get((target.api_version, target.plural))
        return resource if resource is not None and self.serves(resource) else None

    def serves(self, resource: Resource) -> bool:
        """Whether a resource is there now."""
        return (
            not resource.custom
            or self._store.peek(CRD, None, definition_name(resource.kind)) is not None
        )

    def elsewhere(self, target: Target, request: Request) -> Reply:
        """The answer to a request for what this server does not have itself.

        Raises:
            ApiError: 404, nobody else would have it.
        """
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
            return _NOT_FOUND
        handler = self.aggregated.get((group, version))
        if handler is None or not _available(service):
            return Reply(503, b"service unavailable\n", _PLAIN)
        return handler(AggregatedRequest(group, version, request.method, path, request.query))

    def about_itself(self, request: Request) -> Reply:
        """The answer to a request that is about no resource.

        Raises:
            ApiError: 405, it wants to change something.
        """
        if request.method not in ("GET", "HEAD"):
            raise method_not_allowed()
        path = request.path.rstrip("/") or "/"
        first, *rest = path.strip("/").split("/")
        match first, rest:
            case name, [] | ["ping"] if name in _HEALTH:
                verbose = "verbose" in request.query and not rest
                told = f"[+]ping ok\n{first} check passed\n" if verbose else "ok"
                return Reply(200, told.encode(), _PLAIN)
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
                served = (r.kind.api_version for r in RESOURCES if self.serves(r))
                return Reply.of(discovery.openapi_index(served))
            case "openapi", ["v3", ("api" | "apis"), *group_version]:
                resources = self._resources_of("/".join(group_version))
                if resources:
                    return Reply.of(discovery.openapi(resources))
            case _:
                pass
        return _NOT_FOUND

    def _paths(self) -> Iterator[str]:
        yield from ("/api", "/api/v1", "/apis", "/openapi/v3", "/version")
        yield from (f"/{name}" for name in _HEALTH)
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
        found = [r for r in RESOURCES if r.kind.api_version == group_version and self.serves(r)]
        return sorted(found, key=lambda resource: resource.kind.plural)

    def _group_versions(self) -> list[tuple[str, str]]:
        own = [(r.kind.group, r.kind.version) for r in RESOURCES if self.serves(r)]
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


def _available(service: Json) -> bool:
    conditions = dig(service, "status", "conditions")
    return isinstance(conditions, list) and any(
        condition["type"] == "Available" and condition["status"] == "True"
        for condition in conditions
    )
