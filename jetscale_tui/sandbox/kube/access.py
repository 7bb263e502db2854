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


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody the server knows by a token."""

    name: str
    groups: tuple[str, ...] = ("system:authenticated",)
    rules: tuple[Rule, ...] = ()
    """What it may do beyond what every authenticated identity may."""


EVERYTHING = (
    Rule(("*",), ("*",), ("*",)),
    Rule(("*",), paths=("*",)),
)
_EVERYONE = (
    Rule(("get",), paths=("/.well-known", "/.well-known/*")),
    Rule(("get",), paths=("/healthz", "/livez", "/readyz", "/version", "/version/")),
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
    ),
    Rule(
        ("create",),
        ("authorization.k8s.io",),
        ("selfsubjectaccessreviews", "selfsubjectrulesreviews"),
    ),
    Rule(("create",), ("authentication.k8s.io",), ("selfsubjectreviews",)),
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
    if wanted.path:
        raise ApiError(403, "Forbidden", f'forbidden: User "{identity.name}" {wanted}', {})
    subject = f"{wanted.resource}.{wanted.group}" if wanted.group else wanted.resource
    named = f'{subject} "{wanted.name}"' if wanted.name else subject
    details = {"name": wanted.name, "group": wanted.group, "kind": wanted.resource}
    raise ApiError(
        403,
        "Forbidden",
        f'{named} is forbidden: User "{identity.name}" {wanted}',
        {key: value for key, value in details.items() if value},
    )


def allowed(identity: Identity, wanted: Attributes) -> bool:
    """Whether an identity may do something."""
    return any(_covers(rule, wanted) for rule in (*_EVERYONE, *identity.rules))


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


def review_access(identity: Identity, spec: Json) -> bool:
    """Answer of a SelfSubjectAccessReview."""
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is None:
        path = path or {}
        return allowed(identity, Attributes(path.get("verb", ""), path=path.get("path", "")))
    keys = ("verb", "group", "resource", "subresource", "namespace", "name")
    return allowed(identity, Attributes(**{key: resource.get(key, "") for key in keys}))


def review_rules(identity: Identity, namespace: str) -> Json:
    """Status of a SelfSubjectRulesReview: everything the identity may do in a namespace."""
    rules = [
        rule
        for rule in (*identity.rules, *_EVERYONE)
        if not rule.namespaces or namespace in rule.namespaces
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
