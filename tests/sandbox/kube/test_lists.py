"""Lists: pages, versions, forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from jetscale_tui.domain.kinds import CONFIG_MAP
from tests.sandbox.kube.serving import TABLE, autoscaler, config_map

if TYPE_CHECKING:
    from tests.sandbox.kube.serving import Client, Served

PATH = "/api/v1/namespaces/default/configmaps"
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


@pytest.fixture
def five(served: Served) -> Client:
    """A client of a server with five ConfigMaps, a to e."""
    for name in "abcde":
        store_config_map(served, name)
    return served.admin


def store_config_map(served: Served, name: str) -> None:
    body = config_map(name)
    body["metadata"]["namespace"] = "default"
    served.store.create(body)


def names(body: Any) -> list[str]:
    return [item["metadata"]["name"] for item in body["items"]]


def test_pages_follow_each_other(five: Client) -> None:
    first = five.get(f"{PATH}?limit=2").body
    assert names(first) == ["a", "b"]
    assert first["metadata"]["remainingItemCount"] == 3
    second = five.get(f"{PATH}?limit=2&continue={first['metadata']['continue']}").body
    third = five.get(f"{PATH}?limit=2&continue={second['metadata']['continue']}").body
    assert (names(second), names(third)) == (["c", "d"], ["e"])
    assert "continue" not in third["metadata"]


def test_pages_show_one_moment_whatever_happens_in_between(served: Served, five: Client) -> None:
    first = five.get(f"{PATH}?limit=2").body
    five.delete(f"{PATH}/d")
    five.patch(f"{PATH}/c", {"data": {"new": "1"}})
    store_config_map(served, "cc")
    rest = five.get(f"{PATH}?limit=9&continue={first['metadata']['continue']}").body
    assert names(rest) == ["c", "d", "e"]
    assert "data" not in rest["items"][0]
    assert rest["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


def test_a_page_that_is_forgotten_is_gone_and_offers_the_rest(served: Served, five: Client) -> None:
    first = five.get(f"{PATH}?limit=2").body
    store_config_map(served, "f")
    served.store.compact()
    gone = five.get(f"{PATH}?limit=9&continue={first['metadata']['continue']}")
    assert (gone.status, gone.reason) == (410, "Expired")
    token = gone.body["metadata"]["continue"]
    assert names(five.get(f"{PATH}?continue={token}").body) == ["c", "d", "e", "f"]


def test_a_list_can_be_of_an_exact_version(served: Served, five: Client) -> None:
    then = five.get(PATH).body["metadata"]["resourceVersion"]
    store_config_map(served, "f")
    exact = five.get(f"{PATH}?resourceVersion={then}&resourceVersionMatch=Exact").body
    assert names(exact) == ["a", "b", "c", "d", "e"]
    served.store.compact()
    gone = five.get(f"{PATH}?resourceVersion={then}&resourceVersionMatch=Exact")
    assert (gone.status, gone.reason) == (410, "Expired")


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        (
            "resourceVersionMatch=Exact",
            "resourceVersionMatch",
            "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
        ),
        (
            "sendInitialEvents=true",
            "sendInitialEvents",
            "Forbidden: sendInitialEvents is forbidden for list",
        ),
        (
            "resourceVersion=0&resourceVersionMatch=Exact",
            "resourceVersionMatch",
            'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        ),
        (
            "resourceVersion=1000&resourceVersionMatch=About",
            "resourceVersionMatch",
            'Unsupported value: "About": supported values: "Exact", "NotOlderThan", ""',
        ),
    ],
)
def test_options_that_make_no_sense_are_invalid(
    five: Client, query: str, field: str, message: str
) -> None:
    refused = five.get(f"{PATH}?{query}")
    assert refused.status == 422
    assert refused.body["details"]["kind"] == "ListOptions"
    assert refused.causes == [(field, message)]


def test_a_version_that_is_yet_to_come_is_waited_for_in_vain(five: Client) -> None:
    refused = five.get(f"{PATH}?resourceVersion=999999")
    assert (refused.status, refused.reason) == (504, "Timeout")
    assert refused.message.startswith("Timeout: Too large resource version: 999999, current: ")
    assert refused.headers["Retry-After"] == "1"


def test_a_version_that_is_no_number_is_a_bad_request_of_a_list_alone(five: Client) -> None:
    problem = (
        'resourceVersion: Invalid value: "new": strconv.ParseUint: parsing "new": invalid syntax'
    )
    told = [
        (answer.status, answer.message)
        for path in (PATH, f"{PATH}/a", f"{PATH}?watch=1&")
        for answer in [five.get(f"{path}?resourceVersion=new".replace("&?", "&"))]
    ]
    prefix = "invalid resource version: "
    assert told == [(400, f"{prefix}{problem}"), (500, problem), (500, problem)]


def test_any_version_will_do_so_the_limit_does_not_count(five: Client) -> None:
    body = five.get(f"{PATH}?limit=2&resourceVersion=0").body
    assert len(body["items"]) == 5
    assert "continue" not in body["metadata"]


def test_a_limit_makes_a_version_an_exact_one(five: Client) -> None:
    before = five.get(PATH).body["metadata"]["resourceVersion"]
    five.delete(f"{PATH}/a")
    body = five.get(f"{PATH}?limit=9&resourceVersion={before}").body
    assert body["metadata"]["resourceVersion"] == before
    assert len(body["items"]) == 5
    expired = five.get(f"{PATH}?limit=9&resourceVersion=1")
    assert (expired.status, expired.reason) == (410, "Expired")
    assert expired.message == "The resourceVersion for the provided list is too old."


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "continue=abc",
            "invalid continue token: continue key is not valid: "
            "invalid character 'i' looking for beginning of value",
        ),
        (
            "limit=2&resourceVersion=5&continue={}",
            "specifying resource version is not allowed when using continue",
        ),
    ],
)
def test_a_page_goes_on_from_its_token_alone(five: Client, query: str, message: str) -> None:
    token = five.get(f"{PATH}?limit=2").body["metadata"]["continue"]
    refused = five.get(f"{PATH}?{query.format(token)}")
    assert (refused.status, refused.message) == (400, message)


def test_a_list_can_be_of_metadata_alone(five: Client) -> None:
    body = five.get(PATH, accept=METADATA).body
    assert body["kind"] == "PartialObjectMetadataList"
    assert body["items"][0].keys() == {"kind", "apiVersion", "metadata"}


def test_a_table_can_carry_whole_objects_or_none(five: Client) -> None:
    rows = five.get(f"{PATH}?includeObject=Object", accept=TABLE).body["rows"]
    assert rows[0]["object"]["kind"] == "ConfigMap"
    rows = five.get(f"{PATH}?includeObject=None", accept=TABLE).body["rows"]
    assert "object" not in rows[0]


def test_an_answer_in_a_form_nobody_knows_is_not_acceptable(five: Client) -> None:
    refused = five.get(PATH, accept="application/vnd.kubernetes.protobuf")
    assert (refused.status, refused.reason) == (406, "NotAcceptable")
    assert refused.message == (
        "only the following media types are accepted: application/json, application/yaml"
    )


def test_who_prefers_yaml_gets_yaml(five: Client) -> None:
    answer = five.get(f"{PATH}/a", accept="application/json;q=0.5, application/yaml")
    assert answer.content_type == "application/yaml"
    assert yaml.safe_load(answer.body)["metadata"]["name"] == "a"
    missing = five.get(f"{PATH}/z", accept="application/yaml")
    assert yaml.safe_load(missing.body)["reason"] == "NotFound"


@pytest.mark.parametrize("option", ["limit", "timeoutSeconds"])
def test_numbers_are_numbers(five: Client, option: str) -> None:
    refused = five.get(f"{PATH}?{option}=x")
    assert (refused.status, refused.message) == (
        400,
        'strconv.ParseInt: parsing "x": invalid syntax',
    )


def test_a_version_that_is_yet_to_come_is_waited_for_elsewhere(five: Client) -> None:
    for path in (PATH, f"{PATH}/a"):
        refused = five.get(f"{path}?resourceVersion=99999")
        assert (refused.status, refused.reason) == (504, "Timeout")
        assert refused.message.startswith("Timeout: Too large resource version: 99999, current: ")


def test_every_option_that_makes_no_sense_is_told(five: Client) -> None:
    query = "resourceVersionMatch=About&sendInitialEvents=true&continue=x"
    refused = five.get(f"{PATH}?{query}")
    assert [field for field, _ in refused.causes] == [
        "resourceVersionMatch",
        "resourceVersionMatch",
        "resourceVersionMatch",
        "sendInitialEvents",
    ]
    fallback = "application/vnd.kubernetes.protobuf,application/json"
    assert five.get(PATH, accept=fallback).status == 200


def test_all_namespaces_are_listed_together_in_order(admin: Client) -> None:
    for namespace, name in (("kube-system", "a"), ("default", "b")):
        path = f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"
        admin.create(path, autoscaler(name))
    body = admin.get("/apis/autoscaling/v2/horizontalpodautoscalers").body
    assert [(i["metadata"]["namespace"], i["metadata"]["name"]) for i in body["items"]] == [
        ("default", "b"),
        ("kube-system", "a"),
    ]


def test_what_a_reader_got_is_never_changed_under_it(served: Served, five: Client) -> None:
    before = served.store.list(CONFIG_MAP)
    five.patch(f"{PATH}/a", {"data": {"x": "y"}})
    assert "data" not in before[0]
