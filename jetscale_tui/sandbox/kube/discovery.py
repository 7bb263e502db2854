"""What the server says of itself: version, groups, resources, health and OpenAPI."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from jetscale_tui.sandbox.kube.shapes import schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.catalog import Resource

VERSION: Json = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.2-gke.1042000",
    "gitCommit": "$Format:%H$",
    "gitTreeState": "",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "go1.27.3",
    "compiler": "gc",
    "platform": "linux/amd64",
}
_GROUP_ORDER = (
    "",
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "apiextensions.k8s.io",
    "discovery.k8s.io",
)
_WRITE_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation")


def core_versions(address: str) -> Json:
    """Answer of `/api`."""
    servers = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": servers}


def in_order(groups: Iterable[str]) -> list[str]:
    """Group names as a real server lists them: built-in ones first, others as they come."""
    known = {group: rank for rank, group in enumerate(_GROUP_ORDER)}
    return sorted(dict.fromkeys(groups), key=lambda group: known.get(group, len(known)))


def group_list(versions: Iterable[tuple[str, str]]) -> Json:
    """Answer of `/apis`, from pairs of group and version."""
    by_group: dict[str, list[str]] = {}
    for group, version in versions:
        found = by_group.setdefault(group, [])
        if version not in found:
            found.append(version)
    groups = [group_of(name, by_group[name]) for name in in_order(by_group) if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group_of(name: str, versions: Sequence[str]) -> Json:
    """One group of the list, and answer of `/apis/GROUP`."""
    served = [{"groupVersion": f"{name}/{v}", "version": v} for v in versions]
    return {"name": name, "versions": served, "preferredVersion": served[0]}


def resource_list(group_version: str, resources: Iterable[Resource]) -> Json:
    """Answer of `/apis/GROUP/VERSION`."""
    entries: list[Json] = []
    for resource in resources:
        entries.append(_entry(resource))
        entries += [
            {
                "name": f"{resource.kind.plural}/{name}",
                "singularName": "",
                "namespaced": resource.kind.namespaced,
                **_foreign(kind.group, kind.version, resource),
                "kind": kind.name,
                "verbs": list(verbs),
            }
            for name, kind, verbs in resource.subresources
        ]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version,
        "resources": entries,
    }


def _entry(resource: Resource) -> Json:
    kind = resource.kind
    entry: Json = {
        "name": kind.plural,
        "singularName": resource.singular,
        "namespaced": kind.namespaced,
        "kind": kind.name,
        "verbs": list(resource.verbs),
    }
    if resource.short:
        entry["shortNames"] = list(resource.short)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if not resource.review:
        full = f"{resource.stored.api_version}/{kind.name}" if kind.group else f"/v1/{kind.name}"
        digest = hashlib.sha256(full.encode()).digest()[:8]
        entry["storageVersionHash"] = base64.b64encode(digest).decode()
    return entry


def _foreign(group: str, version: str, resource: Resource) -> Json:
    """Group and version of a subresource's kind where they are not the resource's own."""
    own = (resource.kind.group, resource.kind.version)
    return {} if (group, version) == own else {"group": group, "version": version}


def aggregated(versions: Sequence[tuple[str, str, list[Json] | None]], media_type: str) -> Json:
    """Aggregated discovery from triples of group, version and entries; None: not reachable."""
    by_group: dict[str, list[Json]] = {}
    for group, version, resources in versions:
        entry: Json = {"version": version, "freshness": "Stale"}
        if resources is not None:
            entry.update(resources=resources, freshness="Current")
        by_group.setdefault(group, []).append(entry)
    items = [
        {"metadata": {"name": name} if name else {}, "versions": by_group[name]}
        for name in in_order(by_group)
    ]
    version = "v2beta1" if "v=v2beta1" in media_type else "v2"
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": items,
    }


def aggregated_entry(resource: Resource) -> Json:
    """A resource in aggregated discovery."""
    kind = resource.kind
    own = {
        "group": kind.group if resource.custom else "",
        "version": kind.version if resource.custom else "",
    }
    entry: Json = {
        "resource": kind.plural,
        "responseKind": {**own, "kind": kind.name},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short:
        entry["shortNames"] = list(resource.short)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if resource.subresources:
        entry["subresources"] = [
            {
                "subresource": name,
                "responseKind": {
                    **own,
                    **_foreign(sub.group, sub.version, resource),
                    "kind": sub.name,
                },
                "verbs": list(verbs),
            }
            for name, sub, verbs in resource.subresources
        ]
    return entry


def aggregated_entries(resource_list_: Json) -> list[Json]:
    """The resources of a classic list from another server, as aggregated discovery shows them."""
    entries: dict[str, Json] = {}
    for found in resource_list_.get("resources", []):
        name, _, subresource = found["name"].partition("/")
        scope = "Namespaced" if found.get("namespaced") else "Cluster"
        kind = {"group": "", "version": "", "kind": found["kind"]}
        entry = entries.setdefault(
            name,
            {
                "resource": name,
                "responseKind": {"group": "", "version": "", "kind": ""},
                "scope": scope,
                "singularResource": found.get("singularName", ""),
                "verbs": None,
            },
        )
        if not subresource:
            entry.update(responseKind=kind, verbs=found["verbs"])
            continue
        entry.setdefault("subresources", []).append(
            {"subresource": subresource, "responseKind": kind, "verbs": found["verbs"]}
        )
    return list(entries.values())


def openapi_index(api_versions: Iterable[str]) -> Json:
    """Answer of `/openapi/v3`."""
    paths = {}
    for version in dict.fromkeys(api_versions):
        place = f"apis/{version}" if "/" in version else f"api/{version}"
        paths[place] = {"serverRelativeURL": f"/openapi/v3/{place}"}
    return {"paths": paths}


def openapi(resources: Sequence[Resource]) -> Json:
    """The OpenAPI document of one group and version: its schemas and what can be written."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    document = schema.document()
    for resource in resources:
        kind = resource.kind
        _collect(document["kinds"].get(f"{kind.api_version}/{kind.name}"), schemas)
        gvk = {"group": kind.group, "version": kind.version, "kind": kind.name}
        collection = kind.path("{namespace}" if kind.namespaced else None)
        collection = collection.replace("%7Bnamespace%7D", "{namespace}")
        paths[collection] = _operations(["get", "post", "delete"], gvk)
        paths[f"{collection}/{{name}}"] = _operations(["get", "put", "patch", "delete"], gvk)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": VERSION["gitVersion"]},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operations(methods: list[str], gvk: Json) -> Json:
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
        for name in _WRITE_PARAMETERS
    ]
    return {
        method: {
            "x-kubernetes-group-version-kind": gvk,
            "parameters": parameters if method in ("post", "put", "patch", "delete") else [],
            "responses": {"200": {"description": "OK"}},
        }
        for method in methods
    }


def _collect(name: str | None, into: dict[str, Any]) -> None:
    """Add a schema and all it refers to."""
    if name is None or name in into:
        return
    found = schema.document()["schemas"][name]
    into[name] = found
    prefix = "#/components/schemas/"
    for part in json.dumps(found).split(prefix)[1:]:
        _collect(part.partition('"')[0], into)
