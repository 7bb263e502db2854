"""Objects a real server refuses, kind by kind, and its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.kube.serving import (
    DEPLOYMENTS,
    POD_MONITORINGS,
    config_map,
    deployment,
    monitoring,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.kube.serving import Client

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
SERVICES = "/api/v1/namespaces/default/services"
API_SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"
RBAC = "/apis/rbac.authorization.k8s.io/v1"


def container(**fields: Any) -> Json:
    return {"name": "c", "image": "i:1", **fields}


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (deployment("web", container(image="")), "containers[0].image", "Required value"),
        (deployment("web", container(name="")), "containers[0].name", "Required value"),
        (
            deployment("web", container(imagePullPolicy="Maybe")),
            "containers[0].imagePullPolicy",
            'Unsupported value: "Maybe": supported values: "Always", "IfNotPresent", "Never"',
        ),
        (
            deployment("web", container(ports=[{"containerPort": 70000}])),
            "containers[0].ports[0].containerPort",
            "Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        (
            deployment("web", container(volumeMounts=[{"name": "v", "mountPath": "/v"}])),
            "containers[0].volumeMounts[0].name",
            'Not found: "v"',
        ),
        (
            deployment("web", container(resources={"requests": {"google.com/tpu": "8"}})),
            "containers[0].resources.limits",
            "Required value: Limit must be set for non overcommitable resources",
        ),
        (
            deployment(
                "web",
                container(resources={"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}),
            ),
            "containers[0].resources.requests",
            'Invalid value: "2": must be less than or equal to cpu limit of 1',
        ),
    ],
)
def test_a_pod_that_could_never_run_is_invalid(
    admin: Client, body: Json, field: str, message: str
) -> None:
    refused = admin.create(DEPLOYMENTS, body)
    assert (f"spec.template.spec.{field}", message) in refused.causes


def test_a_deployment_needs_a_selector_and_pods_that_go_on(admin: Client) -> None:
    body = deployment()
    del body["spec"]["selector"]
    body["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    assert admin.create(DEPLOYMENTS, body).causes == [
        ("spec.selector", "Required value"),
        (
            "spec.template.metadata.labels",
            'Invalid value: {"app":"web"}: `selector` does not match template `labels`',
        ),
        (
            "spec.template.spec.restartPolicy",
            'Unsupported value: "Never": supported values: "Always"',
        ),
    ]


def test_a_selector_has_to_fit_its_template_and_stays(admin: Client) -> None:
    wrong = deployment(selector={"matchLabels": {"app": "other"}})
    field, message = admin.create(DEPLOYMENTS, wrong).causes[0]
    assert field == "spec.template.metadata.labels"
    assert message.endswith("`selector` does not match template `labels`")
    admin.create(DEPLOYMENTS, deployment())
    other = {
        "selector": {"matchLabels": {"app": "other"}},
        "template": {"metadata": {"labels": {"app": "other"}}},
    }
    field, message = admin.patch(f"{DEPLOYMENTS}/web", {"spec": other}).causes[0]
    assert field == "spec.selector"
    assert message.endswith("field is immutable")


@pytest.mark.parametrize(
    ("path", "body", "field", "message"),
    [
        (SERVICES, {"spec": {}}, "spec.ports", "Required value"),
        (
            SERVICES,
            {"spec": {"ports": [{"port": 0}]}},
            "spec.ports[0].port",
            "Invalid value: 0: must be between 1 and 65535, inclusive",
        ),
        (
            SERVICES,
            {"spec": {"ports": [{"port": 1}, {"port": 2}]}},
            "spec.ports[0].name",
            "Required value",
        ),
        (
            SERVICES,
            {"spec": {"ports": [{"port": 1, "name": "a"}, {"port": 2, "name": "a"}]}},
            "spec.ports[1].name",
            'Duplicate value: "a"',
        ),
        (SERVICES, {"spec": {"type": "ExternalName"}}, "spec.externalName", "Required value"),
        (
            f"{RBAC}/clusterroles",
            {"rules": [{"verbs": ["get"], "resources": ["pods"]}]},
            "rules[0].apiGroups",
            "Required value: resource rules must supply at least one api group",
        ),
        (
            f"{RBAC}/clusterroles",
            {"rules": [{"verbs": ["get"], "apiGroups": [""]}]},
            "rules[0].resources",
            "Required value: resource rules must supply at least one resource",
        ),
        (
            f"{RBAC}/namespaces/default/roles",
            {"rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}]},
            "rules[0].nonResourceURLs",
            'Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
        ),
        (
            f"{RBAC}/namespaces/default/rolebindings",
            {"roleRef": {"kind": "Role", "apiGroup": "other.io"}},
            "roleRef.name",
            "Required value",
        ),
        (
            f"{RBAC}/clusterrolebindings",
            {"roleRef": {"kind": "ClusterRole", "name": "x"}, "subjects": [{"kind": "Robot"}]},
            "subjects[0].kind",
            'Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
        ),
        (
            f"{RBAC}/clusterroles",
            {"rules": [{"apiGroups": [""], "resources": ["pods"]}]},
            "rules[0].verbs",
            "Required value: verbs must contain at least one value",
        ),
        (
            f"{RBAC}/clusterrolebindings",
            {"roleRef": {"kind": "Role", "name": "x"}},
            "roleRef.kind",
            'Unsupported value: "Role": supported values: "ClusterRole"',
        ),
        (
            f"{RBAC}/clusterrolebindings",
            {
                "roleRef": {"kind": "ClusterRole", "name": "x"},
                "subjects": [{"kind": "ServiceAccount", "name": "sa"}],
            },
            "subjects[0].namespace",
            "Required value",
        ),
        (
            API_SERVICES,
            {"spec": {"group": "g.io", "version": "v1", "groupPriorityMinimum": 1}},
            "metadata.name",
            'Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.g.io"',
        ),
    ],
)
def test_other_kinds_have_their_rules_too(
    admin: Client, path: str, body: Json, field: str, message: str
) -> None:
    refused = admin.create(path, {"metadata": {"name": "x"}, **body})
    assert refused.status == 422, refused.body
    assert (field, message) in refused.causes


def test_what_cannot_change_stays(admin: Client) -> None:
    address = admin.create(
        SERVICES, {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 1}]}}
    ).body["spec"]["clusterIP"]
    refused = admin.patch(f"{SERVICES}/s", {"spec": {"clusterIP": "34.118.239.254"}})
    assert refused.causes[0][1].endswith("may not change once set")
    assert admin.get(f"{SERVICES}/s").body["spec"]["clusterIP"] == address
    fixed = {**config_map(a="1"), "immutable": True}
    admin.create(CONFIG_MAPS, fixed)
    refused = admin.patch(f"{CONFIG_MAPS}/settings", {"data": {"a": "2"}})
    assert refused.causes == [("data", "Forbidden: field is immutable when `immutable` is set")]
    secrets = "/api/v1/namespaces/default/secrets"
    admin.create(secrets, {"metadata": {"name": "s"}})
    refused = admin.patch(f"{secrets}/s", {"type": "other"})
    assert refused.causes == [("type", 'Invalid value: "other": field is immutable')]


def test_a_role_once_bound_stays_bound(admin: Client) -> None:
    path = f"{RBAC}/clusterrolebindings"
    admin.create(path, {"metadata": {"name": "b"}, "roleRef": {"kind": "ClusterRole", "name": "x"}})
    refused = admin.patch(f"{path}/b", {"roleRef": {"name": "y"}})
    assert refused.causes[0][1].endswith("cannot change roleRef")


@pytest.mark.parametrize(
    ("endpoint", "place", "message"),
    [
        (
            {"interval": 15},
            ".interval",
            'Invalid value: "integer": spec.endpoints[0].interval in body must be of type string: '
            '"integer"',
        ),
        (
            {"interval": "soon"},
            ".interval",
            'Invalid value: "soon": spec.endpoints[0].interval in body must be of type duration: '
            '"soon"',
        ),
        (
            {"scheme": "ftp"},
            ".scheme",
            'Unsupported value: "ftp": supported values: "http", "https"',
        ),
        (
            {"timeout": "30s"},
            "",
            'Invalid value: "object": scrape timeout (30s) must not be greater than scrape '
            "interval (15s)",
        ),
        ({"port": 0}, ".port", 'Invalid value: "": Port is required'),
        (
            {"metricRelabeling": [{"targetLabel": "cluster"}]},
            ".metricRelabeling[0].targetLabel",
            'Invalid value: "string": cannot relabel onto protected label "cluster"',
        ),
        (
            {"tls": {"cert": {"secret": {"key": "k", "name": "n"}}}},
            ".tls",
            'Invalid value: "object": client cert and client key must be provided together, when '
            "either is provided",
        ),
    ],
)
def test_a_custom_object_is_held_against_its_schema(
    admin: Client, endpoint: Json, place: str, message: str
) -> None:
    refused = admin.create(POD_MONITORINGS, monitoring(**endpoint))
    assert refused.status == 422, refused.body
    assert (f"spec.endpoints[0]{place}", message) in refused.causes


def test_a_custom_list_has_to_have_items(admin: Client) -> None:
    body = monitoring()
    body["spec"]["endpoints"] = []
    refused = admin.create(POD_MONITORINGS, body)
    assert refused.causes[0] == (
        "spec.endpoints",
        "Invalid value: 0: spec.endpoints in body should have at least 1 items",
    )


_PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or "
    "'93%', regex used for validation is '[0-9]+%')"
)


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        (
            {"progressDeadlineSeconds": 5, "minReadySeconds": 5},
            "progressDeadlineSeconds",
            "Invalid value: 5: must be greater than minReadySeconds",
        ),
        (
            {"minReadySeconds": -1},
            "minReadySeconds",
            "Invalid value: -1: must be greater than or equal to 0",
        ),
        (
            {"strategy": {"rollingUpdate": {"maxUnavailable": "101%"}}},
            "strategy.rollingUpdate.maxUnavailable",
            'Invalid value: "101%": must not be greater than 100%',
        ),
        (
            {"strategy": {"rollingUpdate": {"maxSurge": "some"}}},
            "strategy.rollingUpdate.maxSurge",
            f'Invalid value: "some": {_PERCENT}',
        ),
        (
            {"strategy": {"rollingUpdate": {"maxSurge": -1}}},
            "strategy.rollingUpdate.maxSurge",
            "Invalid value: -1: must be greater than or equal to 0",
        ),
        (
            {"selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}},
            "selector.matchExpressions[0].values",
            "Required value: must be specified when `operator` is 'In' or 'NotIn'",
        ),
        (
            {"selector": {"matchExpressions": [{"key": "a", "operator": "Near"}]}},
            "selector.matchExpressions[0].operator",
            'Invalid value: "Near": not a valid selector operator',
        ),
        (
            {"selector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}},
            "template.metadata.labels",
            'Invalid value: {"app":"web"}: `selector` does not match template `labels`',
        ),
    ],
)
def test_a_deployment_that_could_never_roll_is_invalid(
    admin: Client, spec: Json, field: str, message: str
) -> None:
    refused = admin.create(DEPLOYMENTS, deployment(**spec))
    assert (f"spec.{field}", message) in refused.causes


@pytest.mark.parametrize(
    ("metadata", "field", "message"),
    [
        (
            {"finalizers": ["mine"]},
            "metadata.finalizers[0]",
            'Invalid value: "mine": name is neither a standard finalizer name nor is it fully '
            "qualified",
        ),
        (
            {"finalizers": ["orphan", "foregroundDeletion"]},
            "metadata.finalizers",
            'Invalid value: ["orphan","foregroundDeletion"]: finalizer foregroundDeletion and '
            "orphan cannot be both set",
        ),
        (
            {"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": ""}]},
            "metadata.ownerReferences[0].uid",
            'Invalid value: "": must not be empty',
        ),
    ],
)
def test_metadata_has_its_rules(admin: Client, metadata: Json, field: str, message: str) -> None:
    body = config_map()
    body["metadata"].update(metadata)
    assert (field, message) in admin.create(CONFIG_MAPS, body).causes


def test_only_one_owner_controls(admin: Client) -> None:
    body = config_map()
    owner = {"apiVersion": "v1", "kind": "Pod", "uid": "1", "controller": True}
    body["metadata"]["ownerReferences"] = [{**owner, "name": "a"}, {**owner, "name": "b"}]
    ((field, message),) = admin.create(CONFIG_MAPS, body).causes
    assert field == "metadata.ownerReferences"
    assert message.endswith('Found "true" in references for a and b')


def test_what_is_immutable_stays_so(admin: Client) -> None:
    admin.create(CONFIG_MAPS, {**config_map(a="1"), "immutable": True})
    words = "Forbidden: field is immutable when `immutable` is set"
    for change, field in (({"immutable": False}, "immutable"), ({"data": {"a": "2"}}, "data")):
        refused = admin.patch(f"{CONFIG_MAPS}/settings", change)
        assert refused.causes == [(field, words)]


def test_secrets_are_base64(admin: Client) -> None:
    refused = admin.create(
        "/api/v1/namespaces/default/secrets", {"metadata": {"name": "s"}, "data": {"a": "YQ==!"}}
    )
    assert (refused.status, refused.message) == (
        400,
        'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 4',
    )


def test_a_rule_is_about_resources_or_paths(admin: Client) -> None:
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "nonResourceURLs": ["/x"]}
    refused = admin.create(f"{RBAC}/clusterroles", {"metadata": {"name": "r"}, "rules": [rule]})
    assert refused.causes == [
        (
            "rules[0].nonResourceURLs",
            'Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource '
            "URLs",
        )
    ]
