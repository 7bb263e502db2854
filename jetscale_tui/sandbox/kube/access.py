"""Who a request comes from and what that identity may do; access reviews answer from the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube.status import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.kinds import Json


@dataclass(frozen=True, slots=True)
class Rule:
    """A set of things an identity may do, in RBAC's terms; `*` stands for anything."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...] = ("",)
    resources: tuple[str, ...] = ()
    """`deployments`, or `deployments/scale` for a subresource."""
    namespaces: tuple[str, ...] = ()
    """None: everywhere, cluster-scoped objects included."""
    names: tuple[str, ...] = ()
    """None: objects of any name."""
    paths: tuple[str, ...] = ()
    """Non-resource URLs; a trailing `*` stands for any rest."""
    source: str = ""
    """Why it holds, as access reviews tell; empty where nobody asks."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody the server knows by a token."""

    name: str
    groups: tuple[str, ...] = ("system:authenticated",)
    rules: tuple[Rule, ...] = ()
    """What it may do beyond what every authenticated identity may."""
    missing: tuple[tuple[str, str], ...] = ()
    """Namespace (empty: everywhere) and words of what would have granted more, were it there."""


EVERYTHING = (
    Rule(("*",), ("*",), ("*",)),
    Rule(("*",), paths=("*",)),
)
AUTHENTICATED = "system:authenticated"
"""The group of everybody with a token."""


def _by_default(role: str) -> str:
    return (
        f'RBAC: allowed by ClusterRoleBinding "{role}" of ClusterRole "{role}" to Group '
        f'"{AUTHENTICATED}"'
    )


_EVERYONE = (
    Rule(("get",), paths=("/.well-known", "/.well-known/*")),
    Rule(
        ("get",),
        paths=("/healthz", "/livez", "/readyz", "/version", "/version/"),
        source=_by_default("system:public-info-viewer"),
    ),
    Rule(
        ("get",),
        paths=(
            "/api",
            "/api/*",
            "/apis",
            "/apis/*",
            "/healthz",
            "/livez",
            "/openapi",
            "/openapi/*",
            "/readyz",
            "/version",
            "/version/",
        ),
        source=_by_default("system:discovery"),
    ),
    Rule(
        ("create",),
        ("authorization.k8s.io",),
        ("selfsubjectaccessreviews", "selfsubjectrulesreviews"),
        source=_by_default("system:basic-user"),
    ),
    Rule(
        ("create",),
        ("authentication.k8s.io",),
        ("selfsubjectreviews",),
        source=_by_default("system:basic-user"),
    ),
)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a request wants to do."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""
    """Set for requests that are about no resource."""

    def __str__(self) -> str:
        """As a refusal describes it."""
        if self.path:
            return f'cannot {self.verb} path "{self.path}"'
        place = f'in the namespace "{self.namespace}"' if self.namespace else "at the cluster scope"
        return (
            f'cannot {self.verb} resource "{self.full_resource}"'
            f' in API group "{self.group}" {place}'
        )

    @property
    def full_resource(self) -> str:
        """`deployments` or `deployments/scale`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def authenticate(authorization: str, identities: Mapping[str, Identity]) -> Identity:
    """The identity of an Authorization header.

    Raises:
        ApiError: 401, no bearer token or an unknown one.
    """
    scheme, _, token = authorization.partition(" ")
    identity = identities.get(token.strip()) if scheme.lower() == "bearer" else None
    if identity is None:
        raise ApiError(401, "Unauthorized", "Unauthorized")
    return identity


def authorise(identity: Identity, wanted: Attributes) -> None:
    """Let a request pass.

    Raises:
        ApiError: 403, the identity may not do that.
    """
    if allowed(identity, wanted):
        return
    told = f'User "{identity.name}" {wanted}{_because(identity, wanted)}'
    if wanted.path:
        raise ApiError(403, "Forbidden", f"forbidden: {told}", {})
    subject = f"{wanted.resource}.{wanted.group}" if wanted.group else wanted.resource
    named = f'{subject} "{wanted.name}"' if wanted.name else subject
    details = {"name": wanted.name, "group": wanted.group, "kind": wanted.resource}
    raise ApiError(
        403,
        "Forbidden",
        f"{named} is forbidden: {told}",
        {key: value for key, value in details.items() if value},
    )


def allowed(identity: Identity, wanted: Attributes) -> bool:
    """Whether an identity may do something."""
    return _grant(identity, wanted) is not None


def _grant(identity: Identity, wanted: Attributes) -> Rule | None:
    return next((rule for rule in _rules(identity) if _covers(rule, wanted)), None)


def _rules(identity: Identity) -> tuple[Rule, ...]:
    common = _EVERYONE if AUTHENTICATED in identity.groups else ()
    return (*identity.rules, *common)


def _because(identity: Identity, wanted: Attributes) -> str:
    """What a refusal adds where a role is missing that would have granted more."""
    places = ("", wanted.namespace)
    found = [words for namespace, words in identity.missing if namespace in places]
    listed = [found[0], *(words.removeprefix("RBAC: ") for words in found[1:])] if found else []
    return f": {', '.join(listed)}" if listed else ""


def _covers(rule: Rule, wanted: Attributes) -> bool:
    if not _among(wanted.verb, rule.verbs):
        return False
    if wanted.path:
        return any(_path_matches(wanted.path, pattern) for pattern in rule.paths)
    return (
        _among(wanted.group, rule.groups)
        and _resource_matches(wanted, rule.resources)
        and (not rule.namespaces or wanted.namespace in rule.namespaces)
        and (not rule.names or wanted.name in rule.names)
    )


def _among(value: str, allowed_values: tuple[str, ...]) -> bool:
    return "*" in allowed_values or value in allowed_values


def _resource_matches(wanted: Attributes, resources: tuple[str, ...]) -> bool:
    whatever = f"*/{wanted.subresource}"
    return _among(wanted.full_resource, resources) or (
        bool(wanted.subresource) and whatever in resources
    )


def _path_matches(path: str, pattern: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern


def review_access(identity: Identity, spec: Json) -> Json:
    """Status of an access review."""
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes") or {}
    if resource is None:
        wanted = Attributes(path.get("verb", ""), path=path.get("path", ""))
    else:
        keys = ("verb", "group", "resource", "subresource", "namespace", "name")
        wanted = Attributes(**{key: resource.get(key, "") for key in keys})
    rule = _grant(identity, wanted)
    reason = rule.source if rule else _because(identity, wanted).removeprefix(": ")
    return {"allowed": rule is not None, **({"reason": reason} if reason else {})}


def review_rules(identity: Identity, namespace: str) -> Json:
    """Status of a SelfSubjectRulesReview: everything the identity may do in a namespace."""
    rules = [
        rule for rule in _rules(identity) if not rule.namespaces or namespace in rule.namespaces
    ]
    return {
        "resourceRules": [
            {
                "verbs": list(rule.verbs),
                "apiGroups": list(rule.groups),
                "resources": list(rule.resources),
                **({"resourceNames": list(rule.names)} if rule.names else {}),
            }
            for rule in rules
            if rule.resources
        ],
        "nonResourceRules": [
            {"verbs": list(rule.verbs), "nonResourceURLs": list(rule.paths)}
            for rule in rules
            if rule.paths
        ],
        "incomplete": False,
    }
