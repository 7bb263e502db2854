"""The resources the server knows, with the names clients may call them by."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jetscale_tui.domain import kinds
from jetscale_tui.domain.kinds import Json, Kind

ROLE = Kind("rbac.authorization.k8s.io/v1", "Role", "roles")
POD_DISRUPTION_BUDGET = Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets")
CLUSTER_POD_MONITORING = Kind(
    "monitoring.googleapis.com/v1", "ClusterPodMonitoring", "clusterpodmonitorings", False
)
ACCESS_REVIEW = Kind(
    "authorization.k8s.io/v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", False
)
SUBJECT_ACCESS_REVIEW = Kind(
    "authorization.k8s.io/v1", "SubjectAccessReview", "subjectaccessreviews", False
)
LOCAL_ACCESS_REVIEW = Kind(
    "authorization.k8s.io/v1", "LocalSubjectAccessReview", "localsubjectaccessreviews"
)
RULES_REVIEW = Kind(
    "authorization.k8s.io/v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews", False
)
SUBJECT_REVIEW = Kind("authentication.k8s.io/v1", "SelfSubjectReview", "selfsubjectreviews", False)
SCALE = Kind("autoscaling/v1", "Scale", "scales")
HPA_V1 = Kind("autoscaling/v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
NEW_EVENT = Kind("events.k8s.io/v1", "Event", "events")
ENDPOINT_SLICE = Kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices")


_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_REVIEW_VERBS = ("create",)
_CUSTOM_VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")


_CREATED_BY_PUT = (
    "Event",
    "Service",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
)
_CONDITIONAL = ("APIService", "CustomResourceDefinition", "PodDisruptionBudget")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource at one version."""

    kind: Kind
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    status: bool = False
    """Has a status subresource."""
    scale: bool = False
    """Has a scale subresource."""
    proxy: bool = False
    """Can be reached through the API server's proxy."""
    logs: bool = False
    """Has a log subresource."""
    custom: bool = False
    """Comes from a CustomResourceDefinition; served only while that exists."""
    review: bool = False
    """Is answered, never stored."""
    view_of: Kind | None = None
    """Has the objects of another version, in words of its own."""

    @property
    def created_by_put(self) -> bool:
        """Whether a PUT makes what is not there."""
        return self.kind.name in _CREATED_BY_PUT

    @property
    def conditional(self) -> bool:
        """Whether a PUT has to say which version it replaces."""
        return self.custom or self.kind.name in _CONDITIONAL

    @property
    def stored(self) -> Kind:
        """The kind its objects are stored as."""
        return self.view_of or self.kind

    @property
    def singular(self) -> str:
        """Name of one of them, as kubectl accepts it."""
        return self.kind.name.lower()

    @property
    def verbs(self) -> tuple[str, ...]:
        """Verbs of the collection and its objects, in the order a real server lists them."""
        if self.review:
            return _REVIEW_VERBS
        if self.kind == kinds.NAMESPACE:
            return tuple(verb for verb in _VERBS if verb != "deletecollection")
        return _CUSTOM_VERBS if self.custom else _VERBS

    def verbs_of(self, subresource: str) -> tuple[str, ...] | None:
        """Verbs of a subresource, or of the resource itself; None where there is no such thing."""
        if not subresource:
            return self.verbs
        return next((verbs for name, _, verbs in self.subresources if name == subresource), None)

    @property
    def subresources(self) -> list[tuple[str, Kind, tuple[str, ...]]]:
        """Name, kind and verbs of each subresource."""
        answer: list[tuple[str, Kind, tuple[str, ...]]] = []
        if self.logs:
            answer.append(("log", self.kind, ("get",)))
        if self.proxy:
            options = replace(self.kind, name=f"{self.kind.name}ProxyOptions")
            answer.append(("proxy", options, ("create", "delete", "get", "patch", "update")))
        if self.scale:
            answer.append(("scale", SCALE, ("get", "patch", "update")))
        if self.status:
            answer.append(("status", self.kind, ("get", "patch", "update")))
        return answer


RESOURCES: tuple[Resource, ...] = (
    Resource(kinds.CONFIG_MAP, ("cm",)),
    Resource(kinds.EVENT, ("ev",)),
    Resource(kinds.NAMESPACE, ("ns",), status=True),
    Resource(kinds.NODE, ("no",), status=True),
    Resource(kinds.POD, ("po",), ("all",), status=True, proxy=True, logs=True),
    Resource(kinds.SECRET),
    Resource(kinds.SERVICE_ACCOUNT, ("sa",)),
    Resource(kinds.SERVICE, ("svc",), ("all",), status=True, proxy=True),
    Resource(kinds.API_SERVICE, categories=("api-extensions",), status=True),
    Resource(kinds.DAEMON_SET, ("ds",), ("all",), status=True),
    Resource(kinds.DEPLOYMENT, ("deploy",), ("all",), status=True, scale=True),
    Resource(kinds.REPLICA_SET, ("rs",), ("all",), status=True, scale=True),
    Resource(kinds.HPA, ("hpa",), ("all",), status=True),
    Resource(HPA_V1, ("hpa",), ("all",), status=True, view_of=kinds.HPA),
    Resource(ENDPOINT_SLICE),
    Resource(NEW_EVENT, ("ev",), view_of=kinds.EVENT),
    Resource(kinds.NETWORK_POLICY, ("netpol",)),
    Resource(POD_DISRUPTION_BUDGET, ("pdb",), status=True),
    Resource(kinds.CLUSTER_ROLE_BINDING),
    Resource(kinds.CLUSTER_ROLE),
    Resource(kinds.ROLE_BINDING),
    Resource(ROLE),
    Resource(LOCAL_ACCESS_REVIEW, review=True),
    Resource(ACCESS_REVIEW, review=True),
    Resource(RULES_REVIEW, review=True),
    Resource(SUBJECT_ACCESS_REVIEW, review=True),
    Resource(SUBJECT_REVIEW, review=True),
    Resource(kinds.CRD, ("crd", "crds"), ("api-extensions",), status=True),
    Resource(CLUSTER_POD_MONITORING, status=True, custom=True),
    Resource(kinds.POD_MONITORING, status=True, custom=True),
)

STORED_KINDS = tuple(r.kind for r in RESOURCES if not r.review and r.view_of is None)
BY_PLURAL = {(resource.kind.api_version, resource.kind.plural): resource for resource in RESOURCES}
BY_KIND = {(resource.kind.api_version, resource.kind.name): resource for resource in RESOURCES}


def definition_name(kind: Kind) -> str:
    """Name of the CustomResourceDefinition a custom kind comes from."""
    return f"{kind.plural}.{kind.group}"


def definition_of(resource: Resource) -> Json:
    """The CustomResourceDefinition of a custom resource, established; without its schema."""
    kind = resource.kind
    names = {
        "plural": kind.plural,
        "singular": resource.singular,
        "kind": kind.name,
        "listKind": f"{kind.name}List",
    }
    return {
        "apiVersion": kinds.CRD.api_version,
        "kind": kinds.CRD.name,
        "metadata": {"name": definition_name(kind)},
        "spec": {
            "group": kind.group,
            "names": names,
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "versions": [
                {
                    "name": kind.version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object"}},
                    "subresources": {"status": {}},
                }
            ],
            "conversion": {"strategy": "None"},
        },
        "status": {
            "acceptedNames": names,
            "storedVersions": [kind.version],
            "conditions": [
                {
                    "type": condition,
                    "status": "True",
                    "reason": reason,
                    "message": message,
                    "lastTransitionTime": "2026-01-01T00:00:00Z",
                }
                for condition, reason, message in (
                    ("NamesAccepted", "NoConflicts", "no conflicts found"),
                    ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
                )
            ],
        },
    }


def custom_definitions() -> list[Json]:
    """The definitions of Managed Prometheus, to be stored where it is switched on."""
    return [definition_of(resource) for resource in RESOURCES if resource.custom]
