"""What is refused, and with which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.kube.serving import (
    DEPLOYMENTS,
    HPAS,
    POD_MONITORINGS,
    PODS,
    autoscaler,
    config_map,
    deployment,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.kube.serving import Answer, Client

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
SERVICES = "/api/v1/namespaces/default/services"
API_SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"
RBAC = "/apis/rbac.authorization.k8s.io/v1"


def metric(kind: str, **source: Any) -> Json:
    key = kind[0].lower() + kind[1:]
    return {"type": kind, key: source}


def external(**target: Any) -> Json:
    return metric("External", metric={"name": "m"}, target=target)


BOTH = {"type": "AverageValue", "value": "1", "averageValue": "1"}


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        ({"maxReplicas": 0}, "maxReplicas", "Invalid value: 0: must be greater than 0"),
        (
            {"minReplicas": 0},
            "minReplicas",
            "Invalid value: 0: must be greater than or equal to 1",
        ),
        ({"scaleTargetRef": {"kind": "Deployment"}}, "scaleTargetRef.name", "Required value"),
        ({"scaleTargetRef": {"name": "x"}}, "scaleTargetRef.kind", "Required value"),
        (
            {"scaleTargetRef": {"kind": "D/x", "name": "x"}},
            "scaleTargetRef.kind",
            "Invalid value: \"D/x\": may not contain '/'",
        ),
        (
            {"metrics": [{"type": "Nosuch"}]},
            "metrics[0].type",
            'Unsupported value: "Nosuch": supported values: "ContainerResource", "External", '
            '"Object", "Pods", "Resource"',
        ),
        (
            {"metrics": [{"type": "Pods"}]},
            "metrics[0].pods",
            "Required value: must populate information for the given metric source",
        ),
        (
            {"metrics": [external(type="AverageValue", averageValue="-1")]},
            "metrics[0].external.target.averageValue",
            'Invalid value: "-1": must be positive',
        ),
        (
            {"metrics": [external(**BOTH)]},
            "metrics[0].external.target.value",
            "Forbidden: may not set both a target value for metric and a per-pod target",
        ),
        (
            {"metrics": [external(type="Nosuch", value="1")]},
            "metrics[0].external.target.type",
            'Invalid value: "Nosuch": must be either Utilization, Value, or AverageValue',
        ),
        (
            {"metrics": [metric("Pods", metric={"name": "m"}, target={"type": "AverageValue"})]},
            "metrics[0].pods.target.averageValue",
            "Required value: must specify a positive target averageValue",
        ),
        (
            {"metrics": [metric("Resource", name="cpu", target={"type": "Utilization"})]},
            "metrics[0].resource.target.averageUtilization",
            "Required value: must set either a target raw value or a target utilization",
        ),
        (
            {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 3601}}},
            "behavior.scaleDown.stabilizationWindowSeconds",
            "Invalid value: 3601: must be less than or equal to 3600",
        ),
        (
            {
                "behavior": {
                    "scaleUp": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 15}]}
                }
            },
            "behavior.scaleUp.policies[0].value",
            "Invalid value: 0: must be greater than zero",
        ),
        (
            {
                "behavior": {
                    "scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 1801}]}
                }
            },
            "behavior.scaleUp.policies[0].periodSeconds",
            "Invalid value: 1801: must be less than or equal to 1800",
        ),
        (
            {"behavior": {"scaleUp": {"selectPolicy": "Most"}}},
            "behavior.scaleUp.selectPolicy",
            'Unsupported value: "Most": supported values: "Disabled", "Max", "Min"',
        ),
    ],
)
def test_an_autoscaler_that_makes_no_sense_is_invalid(
    admin: Client, spec: Json, field: str, message: str
) -> None:
    refused = admin.create(HPAS, autoscaler(**spec))
    assert (refused.status, refused.reason) == (422, "Invalid")
    assert (f"spec.{field}", message) in refused.causes
    assert refused.body["details"]["kind"] == "HorizontalPodAutoscaler"


def test_two_sources_in_one_metric_are_forbidden(admin: Client) -> None:
    both = {**external(type="Value", value="1"), "pods": {"metric": {"name": "m"}, "target": {}}}
    refused = admin.create(HPAS, autoscaler(metrics=[both]))
    assert (
        "spec.metrics[0].pods",
        "Forbidden: must populate the given metric source only",
    ) in refused.causes


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


def test_a_role_once_bound_stays_bound(admin: Client) -> None:
    path = f"{RBAC}/clusterrolebindings"
    admin.create(path, {"metadata": {"name": "b"}, "roleRef": {"kind": "ClusterRole", "name": "x"}})
    refused = admin.patch(f"{path}/b", {"roleRef": {"name": "y"}})
    assert refused.causes[0][1].endswith("cannot change roleRef")


def monitoring(**endpoint: Any) -> Json:
    return {
        "apiVersion": "monitoring.googleapis.com/v1",
        "kind": "PodMonitoring",
        "metadata": {"name": "pm"},
        "spec": {"selector": {}, "endpoints": [{"port": 9100, "interval": "15s", **endpoint}]},
    }


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


class TestNames:
    """Names, labels and places of objects."""

    @pytest.mark.parametrize("name", ["UPPER", "under_score", "-dash", "x" * 254])
    def test_a_name_no_dns_would_take_is_invalid(self, admin: Client, name: str) -> None:
        refused = admin.create(CONFIG_MAPS, config_map(name))
        assert {field for field, _ in refused.causes} == {"metadata.name"}

    def test_a_name_is_needed_or_made(self, admin: Client) -> None:
        nameless = config_map("")
        assert admin.create(CONFIG_MAPS, nameless).causes == [
            ("metadata.name", "Required value: name or generateName is required")
        ]
        nameless["metadata"] = {"generateName": "made-"}
        assert admin.create(CONFIG_MAPS, nameless).body["metadata"]["name"].startswith("made-")

    def test_labels_have_a_form(self, admin: Client) -> None:
        body = config_map()
        body["metadata"]["labels"] = {"a b": "ok", "c": "not ok"}
        assert {field for field, _ in admin.create(CONFIG_MAPS, body).causes} == {"metadata.labels"}

    def test_a_missing_namespace_is_not_found(self, admin: Client) -> None:
        path = "/api/v1/namespaces/nosuch/configmaps"
        refused = admin.create(path, config_map())
        assert (refused.status, refused.message) == (404, 'namespaces "nosuch" not found')

    def test_a_namespace_on_its_way_out_takes_nothing_new(self, admin: Client) -> None:
        admin.create("/api/v1/namespaces", {"metadata": {"name": "old"}})
        leaving = admin.delete("/api/v1/namespaces/old")
        assert leaving.body["status"]["phase"] == "Terminating"
        refused = admin.create("/api/v1/namespaces/old/configmaps", config_map())
        assert refused.status == 403
        assert refused.message == (
            'configmaps "settings" is forbidden: unable to create new content in namespace old '
            "because it is being terminated"
        )
        assert refused.body["details"]["causes"][0]["reason"] == "NamespaceTerminating"


class TestUnknownFields:
    """Fields no schema knows, in an ordinary write."""

    def test_they_fall_out_with_a_warning(self, admin: Client) -> None:
        answer = admin.create(HPAS, autoscaler(nosuch=1))
        assert answer.status == 201
        assert "nosuch" not in answer.body["spec"]
        assert answer.headers["Warning"] == '299 - "unknown field \\"spec.nosuch\\""'

    def test_they_are_refused_when_the_client_is_strict(self, admin: Client) -> None:
        refused = admin.create(f"{HPAS}?fieldValidation=Strict", autoscaler(nosuch=1))
        assert (refused.status, refused.reason) == (400, "BadRequest")
        assert refused.message == (
            'HorizontalPodAutoscaler in version "v2" cannot be handled as a '
            'HorizontalPodAutoscaler: strict decoding error: unknown field "spec.nosuch"'
        )

    def test_they_fall_out_in_silence_when_told_so(self, admin: Client) -> None:
        answer = admin.create(f"{HPAS}?fieldValidation=Ignore", autoscaler(nosuch=1))
        assert (answer.status, "Warning" in answer.headers) == (201, False)

    def test_a_patch_is_held_to_the_same(self, admin: Client) -> None:
        admin.create(HPAS, autoscaler())
        path = f"{HPAS}/web?fieldValidation=Strict"
        refused = admin.patch(path, {"spec": {"nosuch": 1}})
        assert refused.causes[0][1].endswith('strict decoding error: unknown field "spec.nosuch"')


class TestBodies:
    """Bodies nobody can make sense of."""

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ("{[", "couldn't get version/kind; json parse error"),
            ("[]", "couldn't get version/kind"),
            ({"apiVersion": "autoscaling/v1"}, "does not match the expected API version"),
            ({"kind": "Pod"}, "cannot be handled as a HorizontalPodAutoscaler"),
            (
                {"spec": {"maxReplicas": "2"}},
                "json: cannot unmarshal string into Go struct field "
                "HorizontalPodAutoscalerSpec.spec.maxReplicas of type int32",
            ),
            (
                {"metadata": {"labels": {"a": 1}}},
                "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels.a "
                "of type string",
            ),
            (
                autoscaler(metrics=[external(type="Value", value="ten")]),
                "quantities must match the regular expression",
            ),
            (
                autoscaler(metrics=[external(type="Value", value="10K")]),
                "unable to parse quantity's suffix",
            ),
        ],
    )
    def test_they_are_bad_requests(self, admin: Client, body: Any, words: str) -> None:
        refused = admin.create(HPAS, body)
        assert (refused.status, refused.reason) == (400, "BadRequest")
        assert words in refused.message

    def test_a_format_nobody_reads_is_refused(self, admin: Client) -> None:
        refused = admin.request("POST", HPAS, "<xml/>", "application/xml")
        assert (refused.status, refused.reason) == (415, "UnsupportedMediaType")

    def test_yaml_is_read(self, admin: Client) -> None:
        text = "metadata: {name: y}\ndata: {a: b}"
        answer = admin.request("POST", CONFIG_MAPS, text, "application/yaml")
        assert answer.body["data"] == {"a": "b"}

    def test_too_much_is_too_much(self, admin: Client) -> None:
        refused = admin.create(CONFIG_MAPS, config_map(a="x" * 3_200_000))
        assert (refused.status, refused.reason) == (413, "RequestEntityTooLarge")

    def test_options_have_their_values(self, admin: Client) -> None:
        refused = admin.create(f"{HPAS}?dryRun=Some&fieldValidation=Often", autoscaler())
        assert refused.status == 422
        assert refused.causes == [
            ("dryRun", 'Unsupported value: "Some": supported values: "All"'),
            (
                "fieldValidation",
                'Unsupported value: "Often": supported values: "", "Ignore", "Strict", "Warn"',
            ),
        ]


class TestPaths:
    """Paths that lead nowhere."""

    @pytest.mark.parametrize(
        "path",
        [
            "/nosuch",
            "/apis/nosuch.io/v1",
            "/apis/nosuch.io/v1/things",
            "/api/v1/namespaces/default/nosuch",
            "/api/v1/namespaces/default/nodes",
            "/apis/autoscaling/v9/horizontalpodautoscalers",
            "/apis/apps/v1/deployments/web",
        ],
    )
    def test_a_path_that_was_never_there_is_plainly_not_found(
        self, admin: Client, path: str
    ) -> None:
        answer = admin.get(path)
        assert (answer.status, answer.body) == (404, "404 page not found\n")
        assert answer.content_type.startswith("text/plain")

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", f"{HPAS}/web"),
            ("PUT", HPAS),
            ("PATCH", HPAS),
            ("POST", "/apis/autoscaling/v2/horizontalpodautoscalers"),
            ("POST", "/version"),
            ("DELETE", f"{HPAS}/web/status"),
        ],
    )
    def test_a_method_that_does_not_fit_is_not_allowed(
        self, admin: Client, method: str, path: str
    ) -> None:
        refused = admin.request(method, path, {})
        assert (refused.status, refused.reason) == (405, "MethodNotAllowed")

    def test_a_subresource_a_kind_lacks_is_not_found(self, admin: Client) -> None:
        assert admin.get(f"{HPAS}/web/scale").reason == "NotFound"

    def test_custom_kinds_are_there_while_their_definition_is(self, admin: Client) -> None:
        assert admin.get(POD_MONITORINGS).status == 200
        admin.create(POD_MONITORINGS, monitoring())
        definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        admin.delete(f"{definitions}/podmonitorings.monitoring.googleapis.com")
        assert admin.get(POD_MONITORINGS).status == 404
        resources = admin.get("/apis/monitoring.googleapis.com/v1").body["resources"]
        assert {resource["name"].partition("/")[0] for resource in resources} == {
            "clusterpodmonitorings"
        }
        definition = {"metadata": {"name": "podmonitorings.monitoring.googleapis.com"}}
        assert admin.create(definitions, definition).status == 201
        assert admin.get(POD_MONITORINGS).body["items"] == []


class TestDeletion:
    """Deleting, conditionally and in part."""

    @pytest.fixture
    def stored(self, admin: Client) -> Answer:
        return admin.create(CONFIG_MAPS, config_map())

    @pytest.mark.parametrize("condition", ["uid", "resourceVersion"])
    def test_it_can_depend_on_who_and_which_it_is(
        self, admin: Client, stored: Answer, condition: str
    ) -> None:
        path = f"{CONFIG_MAPS}/settings"
        wrong = admin.delete(path, {"preconditions": {condition: "other"}})
        assert (wrong.status, wrong.reason) == (409, "Conflict")
        assert "in the precondition (other) does not match" in wrong.message
        right = {"preconditions": {condition: stored.body["metadata"][condition]}}
        assert admin.delete(path, right).status == 200

    def test_it_can_be_tried(self, admin: Client, stored: Answer) -> None:
        assert admin.delete(f"{CONFIG_MAPS}/settings?dryRun=All").status == 200
        assert admin.get(f"{CONFIG_MAPS}/settings").status == 200

    def test_it_waits_for_finalizers(self, admin: Client, stored: Answer) -> None:
        path = f"{CONFIG_MAPS}/settings"
        admin.patch(path, {"metadata": {"finalizers": ["example.com/hold"]}})
        held = admin.delete(path)
        assert held.body["metadata"]["deletionTimestamp"]
        assert admin.get(path).status == 200
        admin.patch(path, {"metadata": {"finalizers": None}})
        assert admin.get(path).status == 404

    def test_it_can_leave_what_is_owned(self, admin: Client, stored: Answer) -> None:
        owned = config_map("owned")
        owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "settings"}
        uid = stored.body["metadata"]["uid"]
        owned["metadata"]["ownerReferences"] = [{**owner, "uid": uid}]
        admin.create(CONFIG_MAPS, owned)
        admin.delete(f"{CONFIG_MAPS}/settings", {"propagationPolicy": "Orphan"})
        assert "ownerReferences" not in admin.get(f"{CONFIG_MAPS}/owned").body["metadata"]

    def test_a_running_pod_gets_time_to_end(self, admin: Client) -> None:
        pod = {"metadata": {"name": "p"}, "spec": {"nodeName": "n", "containers": [container()]}}
        admin.create(PODS, pod)
        leaving = admin.delete(f"{PODS}/p").body["metadata"]
        assert leaving["deletionGracePeriodSeconds"] == 30
        assert admin.get(f"{PODS}/p").status == 200
        admin.delete(f"{PODS}/p", {"gracePeriodSeconds": 0})
        assert admin.get(f"{PODS}/p").status == 404
