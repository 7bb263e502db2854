"""What is refused of any kind: names, fields, bodies, paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.kube.serving import (
    HPAS,
    POD_MONITORINGS,
    autoscaler,
    config_map,
    external,
    monitoring,
)

if TYPE_CHECKING:
    from tests.sandbox.kube.serving import Client

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


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
                "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels "
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

    def test_annotations_have_a_limit_together(self, admin: Client) -> None:
        body = config_map()
        body["metadata"]["annotations"] = {"a": "x" * 200_000, "b": "x" * 100_000}
        assert admin.create(CONFIG_MAPS, body).causes == [
            ("metadata.annotations", "Too long: may not be more than 262144 bytes")
        ]

    @pytest.mark.parametrize(
        ("query", "field", "message"),
        [
            ("force=true", "force", "Forbidden: may not be specified for non-apply patch"),
            (
                f"fieldManager={'m' * 129}",
                "fieldManager",
                "Too long: may not be more than 128 bytes",
            ),
            (
                "fieldManager=a%07",
                "fieldManager",
                'Invalid value: "a\\u0007": invalid character U+0007 (at position 1)',
            ),
        ],
    )
    def test_options_of_a_patch_fit_it(
        self, admin: Client, query: str, field: str, message: str
    ) -> None:
        refused = admin.patch(f"{HPAS}/web?{query}", {})
        assert refused.causes == [(field, message)]
        assert refused.body["details"]["kind"] == "PatchOptions"

    def test_options_have_their_values(self, admin: Client) -> None:
        refused = admin.create(f"{HPAS}?dryRun=Some&fieldValidation=Often", autoscaler())
        assert refused.status == 422
        assert refused.causes == [
            ("dryRun", 'Unsupported value: ["Some"]: supported values: "All"'),
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
            "/apis/monitoring.googleapis.com/v1/things",
            "/apis/autoscaling/v9/horizontalpodautoscalers",
        ],
    )
    def test_a_path_that_was_never_there_is_plainly_not_found(
        self, admin: Client, path: str
    ) -> None:
        answer = admin.get(path)
        assert (answer.status, answer.body) == (404, "404 page not found\n")
        assert answer.content_type.startswith("text/plain")

    @pytest.mark.parametrize(
        "path",
        [
            "/api/v1/namespaces/default/nosuch",
            "/api/v1/namespaces/default/nodes",
            "/apis/apps/v1/deployments/web",
        ],
    )
    def test_a_version_that_is_served_says_what_it_does_not_have(
        self, admin: Client, path: str
    ) -> None:
        answer = admin.get(path)
        assert (answer.status, answer.reason) == (404, "NotFound")
        assert answer.message == "the server could not find the requested resource"

    def test_the_root_lists_where_to_go_on(self, admin: Client) -> None:
        paths = admin.get("/").body["paths"]
        assert {"/api/v1", "/apis/autoscaling/v2", "/openapi/v3", "/version"} <= set(paths)
        assert all(admin.get(path).status == 200 for path in paths)

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", f"{HPAS}/web"),
            ("PUT", HPAS),
            ("PATCH", HPAS),
            ("OPTIONS", HPAS),
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
