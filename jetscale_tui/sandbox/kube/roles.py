"""What the cluster's roles and bindings grant somebody, beyond what the sandbox gave them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE_BINDING
from jetscale_tui.sandbox.kube.access import EVERYTHING, Identity, Rule
from jetscale_tui.sandbox.kube.catalog import ROLE

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.store import Store


def with_grants(store: Store, identity: Identity) -> Identity:
    """An identity with the rules of every role that a binding gives it or one of its groups."""
    if identity.rules == EVERYTHING:
        return identity
    rules: list[Rule] = []
    missing: list[tuple[str, str]] = []
    for binding in store.list(CLUSTER_ROLE_BINDING) + store.list(ROLE_BINDING):
        subjects = binding.get("subjects") or []
        subject = next((each for each in subjects if _is(each, identity)), None)
        if subject is None:
            continue
        namespace, role = binding["metadata"].get("namespace", ""), binding["roleRef"]
        kind = ROLE if role["kind"] == "Role" else CLUSTER_ROLE
        found = store.peek(kind, namespace, role["name"])
        if found is None:
            named = f'{kind.name.lower()}.{kind.group} "{role["name"]}"'
            missing.append((namespace, f"RBAC: {named} not found"))
            continue
        by = f"RBAC: allowed by {_described(binding, subject)}"
        rules += [_rule(each, namespace, by) for each in found.get("rules") or []]
    return replace(identity, rules=(*identity.rules, *rules), missing=tuple(missing))


def _is(subject: Json, identity: Identity) -> bool:
    match subject["kind"]:
        case "Group":
            return subject["name"] in identity.groups
        case "ServiceAccount":
            account = f"system:serviceaccount:{subject.get('namespace', '')}:{subject['name']}"
            return account == identity.name
        case _:
            return bool(subject["name"] == identity.name)


def _described(binding: Json, subject: Json) -> str:
    metadata, role = binding["metadata"], binding["roleRef"]
    place = f"/{metadata['namespace']}" if metadata.get("namespace") else ""
    owner = f"/{subject['namespace']}" if subject["kind"] == "ServiceAccount" else ""
    return (
        f'{binding["kind"]} "{metadata["name"]}{place}" of {role["kind"]} "{role["name"]}" to '
        f'{subject["kind"]} "{subject["name"]}{owner}"'
    )


def _rule(rule: Json, namespace: str, by: str) -> Rule:
    def listed(field: str) -> tuple[str, ...]:
        return tuple(rule.get(field) or ())

    return Rule(
        listed("verbs"),
        listed("apiGroups"),
        listed("resources"),
        (namespace,) if namespace else (),
        listed("resourceNames"),
        # What is bound in a namespace is about nothing outside of it.
        () if namespace else listed("nonResourceURLs"),
        by,
    )
