"""What roles and bindings in the cluster grant, and what reviews of others say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.sandbox.kube.access import Identity
from tests.sandbox.kube.serving import HPAS, PODS, autoscaler, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.kube.serving import Client, Served

RBAC = "/apis/rbac.authorization.k8s.io/v1"
DEFAULT = f"{RBAC}/namespaces/default"
REVIEWS = "/apis/authorization.k8s.io/v1"
VIEWER = {"kind": "User", "name": "viewer"}
TEAM = {"kind": "Group", "name": "team"}
ACCOUNT = {"kind": "ServiceAccount", "name": "robot", "namespace": "default"}
HPA = {"group": "autoscaling", "resource": "horizontalpodautoscalers", "namespace": "default"}
REASON = 'RBAC: allowed by RoleBinding "b/default" of Role "r" to User "viewer"'


@pytest.fixture
def served() -> Iterator[Served]:
    team = ("system:authenticated", "team")
    robot = Identity("system:serviceaccount:default:robot")
    with serving(Identity("viewer"), Identity("member", team), robot) as running:
        yield running


@pytest.fixture
def viewer(served: Served) -> Iterator[Client]:
    client = served.client("viewer")
    yield client
    client.close()


def role(kind: str, **rule: list[str]) -> Json:
    full = {"verbs": ["get", "list"], "apiGroups": ["autoscaling"], "resources": ["*"], **rule}
    rules = [{key: value for key, value in full.items() if value}]
    return {"kind": kind, "metadata": {"name": "r"}, "rules": rules}


def binding(kind: str, role_kind: str, subject: Json) -> Json:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": "r"}
    return {"kind": kind, "metadata": {"name": "b"}, "roleRef": reference, "subjects": [subject]}


def grant(admin: Client, subject: Json = VIEWER) -> None:
    """Let somebody read autoscalers in `default`."""
    admin.create(f"{DEFAULT}/roles", role("Role"))
    admin.create(f"{DEFAULT}/rolebindings", binding("RoleBinding", "Role", subject))


@pytest.mark.parametrize(
    ("subject", "token"),
    [(VIEWER, "viewer"), (TEAM, "member"), (ACCOUNT, "system:serviceaccount:default:robot")],
)
def test_a_binding_grants_its_subjects_what_the_role_says(
    served: Served, subject: Json, token: str
) -> None:
    client = served.client(token)
    assert client.get(HPAS).status == 403
    grant(served.admin, subject)
    assert client.get(HPAS).status == 200
    assert client.create(HPAS, autoscaler()).status == 403
    assert client.get(HPAS.replace("default", "kube-system")).status == 403
    served.admin.delete(f"{DEFAULT}/rolebindings/b")
    assert client.get(HPAS).status == 403
    client.close()


def test_a_binding_of_the_cluster_grants_everywhere(served: Served, viewer: Client) -> None:
    served.admin.create(f"{RBAC}/clusterroles", role("ClusterRole"))
    body = binding("ClusterRoleBinding", "ClusterRole", VIEWER)
    served.admin.create(f"{RBAC}/clusterrolebindings", body)
    assert viewer.get("/apis/autoscaling/v2/horizontalpodautoscalers").status == 200
    assert viewer.get(PODS).status == 403


def test_a_role_that_is_missing_is_told(served: Served, viewer: Client) -> None:
    grant(served.admin)
    served.admin.delete(f"{DEFAULT}/roles/r")
    refused = viewer.get(HPAS)
    assert refused.message.endswith(
        'in the namespace "default": RBAC: role.rbac.authorization.k8s.io "r" not found'
    )


def test_reviews_of_oneself_say_why(served: Served, viewer: Client) -> None:
    grant(served.admin)
    spec = {"resourceAttributes": {**HPA, "verb": "list"}}
    review = viewer.create(f"{REVIEWS}/selfsubjectaccessreviews", {"spec": spec}).body
    assert review["status"] == {"allowed": True, "reason": REASON}
    place = {"spec": {"namespace": "default"}}
    rules = viewer.create(f"{REVIEWS}/selfsubjectrulesreviews", place).body["status"]
    assert {"verbs": ["get", "list"], "apiGroups": ["autoscaling"], "resources": ["*"]} in rules[
        "resourceRules"
    ]


@pytest.mark.parametrize(
    ("who", "verb", "status"),
    [
        ({"user": "viewer"}, "list", {"allowed": True, "reason": REASON}),
        ({"user": "viewer"}, "delete", {"allowed": False}),
        ({"groups": ["team"]}, "list", {"allowed": False}),
        ({"user": "admin"}, "delete", {"allowed": True}),
    ],
)
def test_others_can_be_asked_about(admin: Client, who: Any, verb: str, status: Json) -> None:
    grant(admin)
    spec = {**who, "resourceAttributes": {**HPA, "verb": verb}}
    review = admin.create(f"{REVIEWS}/subjectaccessreviews", {"spec": spec})
    assert (review.status, review.body["status"]) == (201, status)
    local = admin.create(f"{REVIEWS}/namespaces/default/localsubjectaccessreviews", {"spec": spec})
    assert local.body["status"] == status
    assert local.body["metadata"]["namespace"] == "default"


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        (
            {"resourceAttributes": HPA},
            "spec.user",
            'Invalid value: "": at least one of user or group must be specified',
        ),
        (
            {"user": "viewer", "resourceAttributes": {**HPA, "namespace": "other"}},
            "spec.resourceAttributes.namespace",
            'Invalid value: "other": must match metadata.namespace',
        ),
        (
            {"user": "viewer", "nonResourceAttributes": {"path": "/"}},
            "spec.nonResourceAttributes",
            'Invalid value: {"path":"/"}: disallowed on this kind of request',
        ),
    ],
)
def test_a_local_review_is_about_somebody_there(
    admin: Client, spec: Json, field: str, message: str
) -> None:
    path = f"{REVIEWS}/namespaces/default/localsubjectaccessreviews"
    assert admin.create(path, {"spec": spec}).causes == [(field, message)]


def test_only_who_may_asks_about_others(viewer: Client) -> None:
    spec = {"user": "viewer", "resourceAttributes": HPA}
    assert viewer.create(f"{REVIEWS}/subjectaccessreviews", {"spec": spec}).status == 403


class TestActingAsSomebodyElse:
    WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"

    def test_one_is_them_with_what_they_may_do(self, served: Served) -> None:
        grant(served.admin)
        served.admin.headers = {"Impersonate-User": "viewer"}
        assert served.admin.get(HPAS).status == 200
        assert served.admin.get(PODS).message.startswith('pods is forbidden: User "viewer"')
        who = served.admin.create(self.WHO, {}).body["status"]["userInfo"]
        assert who == {"username": "viewer", "groups": ["system:authenticated"]}

    def test_groups_come_along_and_accounts_have_theirs(self, served: Served) -> None:
        grant(served.admin, TEAM)
        served.admin.headers = {"Impersonate-User": "anybody", "Impersonate-Group": "team"}
        assert served.admin.get(HPAS).status == 200
        served.admin.headers = {"Impersonate-User": "system:serviceaccount:default:robot"}
        who = served.admin.create(self.WHO, {}).body["status"]["userInfo"]
        assert who["groups"] == [
            "system:serviceaccounts",
            "system:serviceaccounts:default",
            "system:authenticated",
        ]

    def test_not_everybody_may(self, viewer: Client) -> None:
        viewer.headers = {"Impersonate-User": "admin"}
        refused = viewer.get(HPAS)
        assert (refused.status, refused.message) == (
            403,
            'users "admin" is forbidden: User "viewer" cannot impersonate resource "users" in API '
            'group "" at the cluster scope',
        )

    def test_a_group_needs_somebody_in_it(self, admin: Client) -> None:
        admin.headers = {"Impersonate-Group": "team"}
        assert (admin.get(HPAS).status, admin.get(HPAS).reason) == (500, "InternalError")
