"""Nobody grants what they do not hold: roles and bindings, unless one may escalate or bind."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import CLUSTER_ROLE
from jetscale_tui.sandbox.kube.access import Attributes, allowed
from jetscale_tui.sandbox.kube.catalog import ROLE
from jetscale_tui.sandbox.kube.status import ApiError, not_found, qualified, resource_details

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.access import Identity
    from jetscale_tui.sandbox.kube.catalog import Resource
    from jetscale_tui.sandbox.kube.store import Store

_GROUP = CLUSTER_ROLE.group


def check(store: Store, obj: Json, resource: Resource, by: Identity) -> None:
    """Refuse a role or binding that gives more than its author has.

    Raises:
        ApiError: 403; 404, the role of a binding does not exist.
    """
    namespace, name = obj["metadata"].get("namespace", ""), obj["metadata"].get("name", "")
    match obj["kind"]:
        case "Role" | "ClusterRole":
            plural = resource.kind.plural
            if allowed(by, Attributes("escalate", _GROUP, plural, "", namespace, name)):
                return
            rules = obj.get("rules") or []
        case "RoleBinding" | "ClusterRoleBinding":
            kind = ROLE if obj["roleRef"]["kind"] == "Role" else CLUSTER_ROLE
            named = obj["roleRef"]["name"]
            if allowed(by, Attributes("bind", _GROUP, kind.plural, "", namespace, named)):
                return
            role = store.peek(kind, namespace, named)
            if role is None:
                raise not_found(kind, named)
            rules = role.get("rules") or []
        case _:
            return
    lacking = [rule for rule in rules if not all(allowed(by, a) for a in _asked(rule, namespace))]
    if lacking:
        listed = "\n".join(map(_text, lacking))
        groups = ",".join(f'"{group}"' for group in by.groups)
        raise ApiError(
            403,
            "Forbidden",
            f'{qualified(resource.kind)} "{name}" is forbidden: user "{by.name}" (groups='
            f"[{groups}]) is attempting to grant RBAC permissions not currently held:\n{listed}",
            resource_details(resource.kind, name),
        )


def _asked(rule: Json, namespace: str) -> Iterator[Attributes]:
    """Everything one rule lets somebody do."""
    verbs = rule.get("verbs") or []
    for verb, path in product(verbs, rule.get("nonResourceURLs") or []):
        yield Attributes(verb, path=path)
    places = product(verbs, rule.get("apiGroups") or [], rule.get("resources") or [])
    for verb, group, full in places:
        plural, _, subresource = full.partition("/")
        for name in rule.get("resourceNames") or [""]:
            yield Attributes(verb, group, plural, subresource, namespace, name)


def _text(rule: Json) -> str:
    names = {"apiGroups": "APIGroups", "resources": "Resources", "resourceNames": "ResourceNames"}
    names |= {"nonResourceURLs": "NonResourceURLs", "verbs": "Verbs"}
    parts = []
    for key, label in names.items():
        if rule.get(key):
            listed = ", ".join(f'"{value}"' for value in rule[key])
            parts.append(f"{label}:[{listed}]")
    return "{" + ", ".join(parts) + "}"
