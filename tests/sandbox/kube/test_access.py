"""Who may do what, and how the server says no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.sandbox.kube.access import Identity, Rule
from tests.sandbox.kube.serving import DEPLOYMENTS, HPAS, PODS, autoscaler, deployment, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.kube.serving import Client

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
HALF = Identity(
    "half",
    ("system:authenticated", "team"),
    (
        Rule(("get", "list", "watch"), ("apps", "autoscaling"), ("*",)),
        Rule(("patch",), ("apps",), ("deployments/scale",), ("default",)),
        Rule(("get",), ("",), ("configmaps",), names=("known",)),
        Rule(("get",), paths=("/metrics/*",)),
    ),
)


@pytest.fixture
def half() -> Iterator[Client]:
    """Somebody who may read workloads everywhere and scale them in `default`."""
    with serving(HALF) as served:
        served.admin.create(DEPLOYMENTS, deployment())
        client = served.client("half")
        yield client
        client.close()


def allowed(client: Client, **attributes: str) -> Any:
    review = client.create(REVIEWS, {"spec": {"resourceAttributes": attributes}})
    assert review.status == 201
    return review.body["status"]["allowed"]


def test_what_a_rule_grants_works(half: Client) -> None:
    assert half.get(f"{DEPLOYMENTS}/web").status == 200
    assert half.get(HPAS).status == 200
    assert half.patch(f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": 2}}).status == 200


@pytest.mark.parametrize(
    ("method", "path", "what"),
    [
        ("PATCH", f"{DEPLOYMENTS}/web", 'patch resource "deployments" in API group "apps"'),
        ("DELETE", f"{DEPLOYMENTS}/web", 'delete resource "deployments" in API group "apps"'),
        ("DELETE", DEPLOYMENTS, 'deletecollection resource "deployments" in API group "apps"'),
        ("POST", DEPLOYMENTS, 'create resource "deployments" in API group "apps"'),
        ("GET", PODS, 'list resource "pods" in API group ""'),
        ("GET", f"{PODS}?watch=1", 'watch resource "pods" in API group ""'),
        ("GET", f"{PODS}/p:80/proxy/x", 'get resource "pods/proxy" in API group ""'),
        ("GET", "/api/v1/namespaces/default/configmaps/other", 'get resource "configmaps"'),
    ],
)
def test_what_no_rule_grants_is_forbidden(half: Client, method: str, path: str, what: str) -> None:
    refused = half.request(method, path, {} if method in ("PATCH", "POST") else None)
    assert (refused.status, refused.reason) == (403, "Forbidden")
    assert f'is forbidden: User "half" cannot {what}' in refused.message
    assert refused.message.endswith('in the namespace "default"')


def test_a_refusal_names_the_object(half: Client) -> None:
    refused = half.delete(f"{HPAS}/web")
    assert refused.message.startswith(
        'horizontalpodautoscalers.autoscaling "web" is forbidden: User "half"'
    )
    assert refused.body["details"] == {
        "name": "web",
        "group": "autoscaling",
        "kind": "horizontalpodautoscalers",
    }


def test_cluster_scope_and_plain_paths_are_told_apart(half: Client) -> None:
    assert half.get("/api/v1/nodes").message == (
        'nodes is forbidden: User "half" cannot list resource "nodes" in API group "" '
        "at the cluster scope"
    )
    assert half.get("/metrics").message == 'forbidden: User "half" cannot get path "/metrics"'
    assert half.get("/metrics/slis").status == 404


def test_a_rule_for_a_name_grants_that_name(half: Client) -> None:
    known = "/api/v1/namespaces/default/configmaps/known"
    assert half.get(known).status == 404


def test_an_access_review_answers_as_a_request_would(half: Client) -> None:
    place = {"group": "apps", "resource": "deployments", "namespace": "default"}
    assert allowed(half, verb="get", **place)
    assert not allowed(half, verb="patch", **place)
    assert allowed(half, verb="patch", subresource="scale", **place)
    elsewhere = {**place, "namespace": "kube-system"}
    assert not allowed(half, verb="patch", subresource="scale", **elsewhere)
    assert allowed(half, verb="get", resource="configmaps", name="known", namespace="default")
    path = {"spec": {"nonResourceAttributes": {"verb": "get", "path": "/metrics/slis"}}}
    assert half.create(REVIEWS, path).body["status"]["allowed"]


def test_a_rules_review_lists_what_holds_in_the_namespace(half: Client) -> None:
    def scalable(namespace: str) -> bool:
        answer = half.create(RULES, {"spec": {"namespace": namespace}}).body["status"]
        rules = answer["resourceRules"]
        return any(rule["resources"] == ["deployments/scale"] for rule in rules)

    assert scalable("default")
    assert not scalable("kube-system")


def test_everybody_may_ask_who_they_are(half: Client) -> None:
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    user = half.create(path, {}).body["status"]["userInfo"]
    assert user == {"username": "half", "groups": ["system:authenticated", "team"]}


@pytest.mark.parametrize("token", ["", "wrong"])
def test_nothing_is_said_without_a_known_token(token: str) -> None:
    with serving() as served:
        client = served.client(token)
        for path in (HPAS, "/version", "/readyz", "/nosuch"):
            answer = client.get(path)
            assert (answer.status, answer.message) == (401, "Unauthorized")
        client.close()


@pytest.mark.parametrize(
    ("spec", "field", "words"),
    [
        (
            {},
            "spec.resourceAttributes",
            "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must "
            "be specified",
        ),
        (
            {"resourceAttributes": {"verb": "get"}, "nonResourceAttributes": {"path": "/"}},
            "spec.nonResourceAttributes",
            'Invalid value: {"path":"/"}: cannot be specified in combination with '
            "resourceAttributes",
        ),
    ],
)
def test_a_review_is_about_one_thing(half: Client, spec: Any, field: str, words: str) -> None:
    refused = half.create(REVIEWS, {"spec": spec})
    assert (refused.status, refused.causes) == (422, [(field, words)])


def test_rules_are_those_of_a_namespace(half: Client) -> None:
    refused = half.create(RULES, {"spec": {}})
    assert (refused.status, refused.message) == (400, "no namespace on request")


class TestGranting:
    """Nobody grants what they do not hold."""

    ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles"
    BINDINGS = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings"
    AUTHOR = Identity(
        "author",
        rules=(
            Rule(("create", "patch"), ("rbac.authorization.k8s.io",), ("roles", "rolebindings")),
            Rule(("get", "list"), ("",), ("pods",)),
            Rule(("bind",), ("rbac.authorization.k8s.io",), ("roles",), names=("known",)),
        ),
    )

    @pytest.fixture
    def author(self) -> Iterator[Client]:
        """May write roles, and look at pods."""
        with serving(self.AUTHOR) as served:
            for name in ("known", "strange"):
                served.admin.create(self.ROLES, self.role(name, "delete"))
            client = served.client("author")
            yield client
            client.close()

    def role(self, name: str, *verbs: str) -> Any:
        rule = {"verbs": list(verbs), "apiGroups": [""], "resources": ["pods"]}
        return {"metadata": {"name": name}, "rules": [rule]}

    def binding(self, role: str) -> Any:
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role}
        return {"metadata": {"name": "b"}, "roleRef": reference}

    def test_a_role_of_what_its_author_holds_is_made(self, author: Client) -> None:
        assert author.create(self.ROLES, self.role("r", "get", "list")).status == 201

    def test_a_role_of_more_is_refused(self, author: Client) -> None:
        refused = author.create(self.ROLES, self.role("r", "get", "delete"))
        assert (refused.status, refused.reason) == (403, "Forbidden")
        assert refused.message == (
            'roles.rbac.authorization.k8s.io "r" is forbidden: user "author" '
            '(groups=["system:authenticated"]) is attempting to grant RBAC permissions not '
            'currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get", "delete"]}'
        )

    def test_a_binding_gives_no_more_either_unless_one_may_bind(self, author: Client) -> None:
        assert author.create(self.BINDINGS, self.binding("strange")).status == 403
        assert author.create(self.BINDINGS, self.binding("nosuch")).status == 404
        assert author.create(self.BINDINGS, self.binding("known")).status == 201


def test_to_apply_something_new_is_to_create_it() -> None:
    patcher = Identity("patcher", rules=(Rule(("patch",), ("autoscaling",), ("*",)),))
    with serving(patcher) as served:
        client = served.client("patcher")
        refused = client.apply(f"{HPAS}/web", autoscaler())
        assert (refused.status, refused.reason) == (403, "Forbidden")
        assert 'cannot create resource "horizontalpodautoscalers"' in refused.message
        served.admin.create(HPAS, autoscaler())
        assert client.apply(f"{HPAS}/web", autoscaler()).status == 200
        client.close()
