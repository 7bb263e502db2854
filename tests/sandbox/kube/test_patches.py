"""Merge, JSON and strategic merge patches, and plain replacement."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.kinds import POD
from jetscale_tui.sandbox.kube import patch as patching
from jetscale_tui.sandbox.kube.shapes import schema
from tests.sandbox.kube.serving import (
    DEPLOYMENTS,
    HPAS,
    JSON_PATCH,
    MERGE,
    POD_MONITORINGS,
    STRATEGIC,
    autoscaler,
    config_map,
    deployment,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.kube.serving import Client, Served

WEB = f"{DEPLOYMENTS}/web"
SETTINGS = "/api/v1/namespaces/default/configmaps/settings"


@pytest.fixture
def settings(admin: Client) -> str:
    admin.create(SETTINGS.rpartition("/")[0], config_map(a="1", b="2"))
    return SETTINGS


def test_a_merge_patch_adds_replaces_and_removes(admin: Client, settings: str) -> None:
    answer = admin.patch(settings, {"data": {"a": "9", "b": None, "c": "3"}})
    assert answer.body["data"] == {"a": "9", "c": "3"}


@pytest.mark.parametrize(
    ("operations", "data"),
    [
        ([{"op": "add", "path": "/data/c", "value": "3"}], {"a": "1", "b": "2", "c": "3"}),
        ([{"op": "replace", "path": "/data/a", "value": "9"}], {"a": "9", "b": "2"}),
        ([{"op": "remove", "path": "/data/a"}], {"b": "2"}),
        ([{"op": "move", "from": "/data/a", "path": "/data/c"}], {"b": "2", "c": "1"}),
        ([{"op": "copy", "from": "/data/a", "path": "/data/b"}], {"a": "1", "b": "1"}),
        ([{"op": "add", "path": "/data/x~1y~0z", "value": "3"}], None),
    ],
)
def test_a_json_patch_follows_its_operations(
    admin: Client, settings: str, operations: list[Json], data: Json | None
) -> None:
    answer = admin.patch(settings, operations, JSON_PATCH)
    if data is None:
        assert (answer.status, answer.causes[0][0]) == (422, "data[x/y~z]")
    else:
        assert answer.body["data"] == data


def test_a_json_patch_works_on_lists(admin: Client) -> None:
    admin.create(DEPLOYMENTS, deployment())
    containers = "/spec/template/spec/containers"
    added = [{"op": "add", "path": f"{containers}/0", "value": {"name": "first", "image": "i:1"}}]
    answer = admin.patch(WEB, added, JSON_PATCH)
    assert [c["name"] for c in answer.body["spec"]["template"]["spec"]["containers"]] == [
        "first",
        "c",
    ]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/data/a", "value": "other"},
        {"op": "remove", "path": "/data/nosuch"},
        {"op": "replace", "path": "/nosuch/at/all", "value": 1},
        {"op": "dance", "path": "/data/a"},
        {},
    ],
)
def test_a_json_patch_that_does_not_fit_is_invalid(
    admin: Client, settings: str, operation: Json
) -> None:
    refused = admin.patch(settings, [operation], JSON_PATCH)
    assert (refused.status, refused.reason) == (422, "Invalid")
    assert refused.message == "the server rejected our request due to an error in our request"


def test_a_strategic_patch_merges_containers_by_name(admin: Client) -> None:
    admin.create(DEPLOYMENTS, deployment())
    changes = [{"name": "c", "image": "other:2"}, {"name": "d", "image": "new:1"}]
    patch = {"spec": {"template": {"spec": {"containers": changes}}}}
    spec = admin.patch(WEB, patch, STRATEGIC).body["spec"]["template"]["spec"]
    assert [(c["name"], c["image"]) for c in spec["containers"]] == [
        ("c", "other:2"),
        ("d", "new:1"),
    ]
    assert spec["containers"][0]["terminationMessagePath"] == "/dev/termination-log"


def test_a_strategic_patch_obeys_its_directives(admin: Client) -> None:
    admin.create(DEPLOYMENTS, deployment("web", {"name": "a", "image": "a:1", "args": ["x"]}))
    spec: Json = {
        "containers": [
            {"name": "a", "$patch": "delete"},
            {"name": "b", "image": "b:1"},
        ],
        "securityContext": {"$patch": "replace", "runAsUser": 1},
    }
    patch = {
        "spec": {"template": {"spec": spec}, "strategy": {"$patch": "replace", "type": "Recreate"}}
    }
    answer = admin.patch(WEB, patch, STRATEGIC).body["spec"]
    assert [c["name"] for c in answer["template"]["spec"]["containers"]] == ["b"]
    assert answer["template"]["spec"]["securityContext"] == {"runAsUser": 1}
    assert answer["strategy"] == {"type": "Recreate"}


def test_a_strategic_patch_orders_items_when_told(admin: Client) -> None:
    two = ({"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"})
    admin.create(DEPLOYMENTS, deployment("web", *two))
    order = [{"name": "b"}, {"name": "a"}]
    spec = {"$setElementOrder/containers": order, "containers": [{"name": "a", "image": "a:2"}]}
    answer = admin.patch(WEB, {"spec": {"template": {"spec": spec}}}, STRATEGIC)
    containers = answer.body["spec"]["template"]["spec"]["containers"]
    assert [(c["name"], c["image"]) for c in containers] == [("b", "b:1"), ("a", "a:2")]


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        ({"args": ["a"]}, {"args": ["b"]}, {"args": ["b"]}),
        (
            {"ports": [{"containerPort": 1}]},
            {"ports": [{"$patch": "replace"}, {"containerPort": 2}]},
            {"ports": [{"containerPort": 2}]},
        ),
        (
            {"env": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]},
            {"env": [{"name": "a", "value": None, "valueFrom": {}}]},
            {"env": [{"name": "a", "valueFrom": {}}, {"name": "b", "value": "2"}]},
        ),
        (
            {"resources": {"limits": {"a": "1"}}},
            {"resources": {"$patch": "delete"}},
            {"resources": {}},
        ),
        (
            {"lifecycle": {"preStop": {"sleep": {"seconds": 1}, "exec": {}}}},
            {"lifecycle": {"preStop": {"$retainKeys": ["exec"], "exec": {"command": ["x"]}}}},
            {"lifecycle": {"preStop": {"exec": {"command": ["x"]}}}},
        ),
        ({}, {"image": "i:1", "$patch": "merge"}, {"image": "i:1"}),
    ],
)
def test_a_strategic_patch_follows_the_schema(target: Json, patch: Json, merged: Json) -> None:
    node = schema.of(POD)
    for key in ("spec", "containers"):
        node = node.fields[key].node
    assert node.item is not None
    assert patching.strategic(target, patch, node.item) == merged


def test_finalizers_are_merged_as_a_set_and_taken_out_one_by_one() -> None:
    metadata = schema.of(POD).fields["metadata"].node
    added = patching.strategic({"finalizers": ["a"]}, {"finalizers": ["b", "a"]}, metadata)
    assert added == {"finalizers": ["a", "b"]}
    removal = {"$deleteFromPrimitiveList/finalizers": ["a"]}
    assert patching.strategic(added, removal, metadata) == {"finalizers": ["b"]}


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (
            {"spec": {"template": {"spec": {"containers": [{"image": "nameless:1"}]}}}},
            "map: map[image:nameless:1] does not contain declared merge key: name",
        ),
        (
            {"spec": {"$patch": "somehow"}},
            "unknown patch type: somehow in map: map[$patch:somehow]",
        ),
    ],
)
def test_a_strategic_patch_that_makes_no_sense_is_told(
    admin: Client, patch: Json, message: str
) -> None:
    admin.create(DEPLOYMENTS, deployment())
    refused = admin.patch(WEB, patch, STRATEGIC)
    assert (refused.status, refused.message) == (500, message)


@pytest.mark.parametrize(
    ("spec", "shown", "why"),
    [
        ({"replicas": "two"}, "map[replicas:two]", "unrecognized type: int32"),
        ({"paused": 1}, "map[paused:1]", "unrecognized type: bool"),
        ({"template": []}, "map[template:[]]", "cannot restore struct from slice"),
    ],
)
def test_a_strategic_patch_with_a_wrong_type_is_shown(
    admin: Client, spec: Json, shown: str, why: str
) -> None:
    admin.create(DEPLOYMENTS, deployment())
    refused = admin.patch(WEB, {"spec": spec}, STRATEGIC)
    assert refused.status == 422
    assert refused.message == f' "" is invalid: patch: Invalid value: "map[spec:{shown}]": {why}'


def test_an_order_alone_is_followed(admin: Client) -> None:
    two = ({"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"})
    admin.create(DEPLOYMENTS, deployment("web", *two))
    spec = {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}
    answer = admin.patch(WEB, {"spec": {"template": {"spec": spec}}}, STRATEGIC)
    containers = answer.body["spec"]["template"]["spec"]["containers"]
    assert [container["name"] for container in containers] == ["b", "a"]


def test_a_patch_does_not_make_another_kind_of_it(admin: Client) -> None:
    admin.create(DEPLOYMENTS, deployment())
    refused = admin.patch(WEB, {"kind": "Thing"})
    assert refused.causes[0][0] == "patch"
    assert refused.causes[0][1].endswith(
        'no kind "Thing" is registered for version "apps/v1" in scheme '
        '"pkg/api/legacyscheme/scheme.go:30"'
    )


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (
            "name",
            "other",
            "the name of the object (other) does not match the name on the URL (web)",
        ),
        (
            "namespace",
            "other",
            "the namespace of the object (other) does not match the namespace on the URL (default)",
        ),
    ],
)
def test_a_patch_does_not_move_an_object(
    admin: Client, field: str, value: str, message: str
) -> None:
    admin.create(DEPLOYMENTS, deployment())
    refused = admin.patch(WEB, {"metadata": {field: value}})
    assert (refused.status, refused.message) == (400, message)


def test_who_gives_up_the_last_field_is_no_manager_any_more(admin: Client) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    admin.create(path, config_map(a="b"))
    emptied = admin.patch(f"{path}/settings", {"data": None}).body
    assert "managedFields" not in emptied["metadata"]


@pytest.mark.parametrize(
    ("operations", "left"),
    [
        ([{"op": "add", "path": "", "value": {"b": 1}}], {"b": 1}),
        ([{"op": "replace", "path": "/a/1", "value": 9}], {"a": [1, 9, 3]}),
        ([{"op": "add", "path": "/a/-", "value": 9}], {"a": [1, 2, 3, 9]}),
        ([{"op": "add", "path": "/a/3", "value": 9}], {"a": [1, 2, 3, 9]}),
        ([{"op": "remove", "path": "/a/0"}], {"a": [2, 3]}),
        ([{"op": "test", "path": "/a/0", "value": 1}], {"a": [1, 2, 3]}),
    ],
)
def test_json_patch_operations_reach_into_lists(operations: list[Json], left: Json) -> None:
    assert patching.json_patch({"a": [1, 2, 3]}, operations) == left


def test_patches_at_the_same_time_do_not_lose_each_other(served: Served, settings: str) -> None:
    def write(writer: int) -> list[int]:
        client = served.client("admin")
        try:
            return [
                client.patch(settings, {"data": {f"w{writer}-{number}": "x"}}).status
                for number in range(10)
            ]
        finally:
            client.close()

    with ThreadPoolExecutor(4) as pool:
        assert {status for statuses in pool.map(write, range(4)) for status in statuses} == {200}
    assert len(served.admin.get(settings).body["data"]) == 2 + 40


def test_custom_kinds_take_no_strategic_patch(admin: Client) -> None:
    body = {
        "apiVersion": "monitoring.googleapis.com/v1",
        "kind": "PodMonitoring",
        "metadata": {"name": "pm"},
        "spec": {"selector": {}, "endpoints": [{"port": 1, "interval": "5s"}]},
    }
    admin.create(POD_MONITORINGS, body)
    refused = admin.patch(f"{POD_MONITORINGS}/pm", {"spec": {}}, STRATEGIC)
    assert (refused.status, refused.reason) == (415, "UnsupportedMediaType")
    assert refused.message == (
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    )


def test_a_patch_that_breaks_a_type_says_so_with_the_whole_object(admin: Client) -> None:
    admin.create(HPAS, autoscaler())
    refused = admin.patch(f"{HPAS}/web", {"spec": {"maxReplicas": "many"}})
    assert (refused.status, refused.reason) == (422, "Invalid")
    field, message = refused.causes[0]
    assert field == "patch"
    assert message.endswith(
        "json: cannot unmarshal string into Go struct field "
        "HorizontalPodAutoscalerSpec.spec.maxReplicas of type int32"
    )
    assert refused.message.startswith(' "" is invalid: patch: Invalid value: ')


def test_a_patch_can_be_conditional(admin: Client, settings: str) -> None:
    before = admin.get(settings).body["metadata"]["resourceVersion"]
    conditional: Json = {"metadata": {"resourceVersion": before}, "data": {"a": "2"}}
    assert admin.patch(settings, conditional).status == 200
    stale = admin.patch(settings, {**conditional, "data": {"a": "3"}})
    assert (stale.status, stale.reason) == (409, "Conflict")


def test_a_replacement_without_a_version_wins_and_keeps_what_the_server_owns(
    admin: Client,
) -> None:
    created = admin.create(HPAS, autoscaler()).body
    answer = admin.request("PUT", f"{HPAS}/web", autoscaler(maxReplicas=8)).body
    assert answer["spec"]["maxReplicas"] == 8
    for kept in ("uid", "creationTimestamp"):
        assert answer["metadata"][kept] == created["metadata"][kept]


def test_a_replacement_of_a_custom_object_needs_its_version(admin: Client) -> None:
    body: dict[str, Any] = {
        "apiVersion": "monitoring.googleapis.com/v1",
        "kind": "PodMonitoring",
        "metadata": {"name": "pm"},
        "spec": {"selector": {}, "endpoints": [{"port": 1, "interval": "5s"}]},
    }
    admin.create(POD_MONITORINGS, body)
    refused = admin.request("PUT", f"{POD_MONITORINGS}/pm", body)
    assert refused.causes == [
        ("metadata.resourceVersion", "Invalid value: 0: must be specified for an update")
    ]


def test_a_replacement_of_nothing_is_not_found(admin: Client) -> None:
    assert admin.request("PUT", f"{HPAS}/web", autoscaler()).status == 404


def test_a_generation_counts_changes_of_intent(admin: Client) -> None:
    admin.create(DEPLOYMENTS, deployment())

    def generation(patch: Json, path: str = WEB) -> Any:
        return admin.patch(path, patch, MERGE).body["metadata"]["generation"]

    assert generation({"metadata": {"labels": {"a": "b"}}}) == 1
    assert generation({"spec": {"replicas": 3}}) == 2
    assert generation({"status": {"replicas": 3}}, f"{WEB}/status") == 2


def test_a_patch_in_no_known_format_is_refused(admin: Client, settings: str) -> None:
    refused = admin.patch(settings, "a: b", "text/plain")
    assert (refused.status, refused.message) == (415, "415: Unsupported Media Type")
    assert admin.patch(settings, "{[", MERGE).status == 400
