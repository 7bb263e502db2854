"""What cannot be read, and what is read twice: told in the words of a real server's decoder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.sandbox.kube.gojson import parse
from tests.sandbox.kube.serving import DEPLOYMENTS, MERGE, STRATEGIC, config_map, deployment

if TYPE_CHECKING:
    from tests.sandbox.kube.serving import Client

PATH = "/api/v1/namespaces/default/configmaps"
ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles"
STRUCT = (
    'Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string '
    '"json:\\"kind,omitempty\\"" }'
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a":', "unexpected end of JSON input"),
        ("", "unexpected end of JSON input"),
        ('{"a', "unexpected end of JSON input"),
        ("x", "invalid character 'x' looking for beginning of value"),
        ("{x}", "invalid character 'x' looking for beginning of object key string"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
        ("[1 2]", "invalid character '2' after array element"),
        ("{} {}", "invalid character '{' after top-level value"),
        ('{"a":NaN}', "invalid character 'N' looking for beginning of value"),
        ("{\"a\":'b'}", r"invalid character '\'' looking for beginning of value"),
    ],
)
def test_what_is_no_json_is_told_in_gos_words(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse(text.encode())


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('{"a":', 'unexpected end of JSON input ({"a":)'),
        ("", "unexpected end of JSON input (<empty>)"),
        ("[]", f"json: cannot unmarshal array into {STRUCT} (5b5d)"),
        (
            '{"kind":1}',
            'json: cannot unmarshal number into Go struct field .kind of type string ({"kind":1})',
        ),
    ],
)
def test_what_is_no_object_is_shown(admin: Client, body: str, why: str) -> None:
    refused = admin.request("POST", PATH, body)
    assert (refused.status, refused.reason) == (400, "BadRequest")
    assert refused.message == (
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get "
        f"version/kind; json parse error: {why}"
    )


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (
            {"apiVersion": "v1", "kind": "Secret"},
            'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to '
            "(core.ConfigMap): unknown conversion",
        ),
        (
            {"apiVersion": "v1", "kind": "Thing"},
            'Thing in version "v1" cannot be handled as a ConfigMap: no kind "Thing" is registered '
            'for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
        ),
        (
            {"apiVersion": "v2", "kind": "ConfigMap"},
            "the API version in the data (v2) does not match the expected API version (v1)",
        ),
    ],
)
def test_another_kind_is_refused(admin: Client, head: dict[str, str], why: str) -> None:
    refused = admin.create(PATH, {**config_map(), **head})
    assert (refused.status, refused.message) == (400, why)


def test_types_are_told_by_the_fields_that_lead_there(admin: Client) -> None:
    refused = admin.create(PATH, {"metadata": {"name": "x"}, "data": {"a": 1}})
    assert refused.message == (
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number '
        "into Go struct field ConfigMap.data of type string"
    )


def test_a_field_given_twice_is_told(admin: Client) -> None:
    text = '{"metadata":{"name":"twice"},"data":{"a":"1","a":"2"},"data":{"a":"3"}}'
    strict = admin.request("POST", f"{PATH}?fieldValidation=Strict", text)
    assert strict.status == 400
    assert strict.message.endswith('strict decoding error: duplicate field "data"')
    warned = admin.request("POST", PATH, text)
    assert warned.headers["Warning"] == '299 - "duplicate field \\"data\\""'
    assert warned.body["data"] == {"a": "3"}
    ignored = admin.request("POST", f"{PATH}?fieldValidation=Ignore", text.replace("twice", "t"))
    assert (ignored.status, "Warning" in ignored.headers) == (201, False)


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        (MERGE, "{", "error decoding patch: unexpected end of JSON input"),
        (STRATEGIC, "{", "unexpected end of JSON input"),
    ],
)
def test_a_patch_that_is_no_json_is_refused(
    admin: Client, content_type: str, body: str, message: str
) -> None:
    admin.create(DEPLOYMENTS, deployment())
    refused = admin.request("PATCH", f"{DEPLOYMENTS}/web", body, content_type)
    assert (refused.status, refused.message) == (400, message)


class TestNames:
    """Which object a body means."""

    def test_what_is_generated_is_short_enough(self, admin: Client) -> None:
        made = admin.create(PATH, {"metadata": {"generateName": "g" * 200}})
        assert len(made.body["metadata"]["name"]) == 63

    def test_what_a_name_is_generated_from_has_to_be_one(self, admin: Client) -> None:
        refused = admin.create(PATH, {"metadata": {"generateName": "Web-"}})
        ((field, message),) = refused.causes
        assert field == "metadata.generateName"
        assert message.startswith('Invalid value: "Web-": a lowercase RFC 1123 subdomain')

    @pytest.mark.parametrize("apply", [False, True])
    def test_something_new_has_no_version_yet(self, admin: Client, apply: bool) -> None:
        body = config_map("new")
        body["metadata"]["resourceVersion"] = "5"
        answer = admin.apply(f"{PATH}/new", body) if apply else admin.create(PATH, body)
        assert answer.status == 500
        assert answer.message == "resourceVersion should not be set on objects to be created"

    def test_a_put_names_what_it_replaces(self, admin: Client) -> None:
        admin.create(PATH, config_map())
        refused = admin.request("PUT", f"{PATH}/settings", {"data": {}})
        assert (refused.status, refused.message) == (
            400,
            "the name of the object (settings based on URL) was undeterminable: name must be "
            "provided",
        )

    @pytest.mark.parametrize(("path", "status"), [(ROLES, 201), (PATH, 404)])
    def test_a_put_makes_some_kinds(self, admin: Client, path: str, status: int) -> None:
        answer = admin.request("PUT", f"{path}/new", {"metadata": {"name": "new"}})
        assert answer.status == status

    def test_some_kinds_are_only_replaced_by_version(self, admin: Client) -> None:
        budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
        body: dict[str, Any] = {"metadata": {"name": "b"}, "spec": {"minAvailable": 1}}
        made = admin.create(budgets, body)
        refused = admin.request("PUT", f"{budgets}/b", body)
        assert refused.causes == [
            ("metadata.resourceVersion", "Invalid value: 0: must be specified for an update")
        ]
        assert admin.request("PUT", f"{budgets}/b", made.body).status == 200
