"""Merge, JSON and strategic merge patches, and plain replacement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

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
    from tests.sandbox.kube.serving import Client

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


def test_the_status_changes_only_through_its_subresource(admin: Client) -> None:
    admin.create(HPAS, autoscaler())
    status = {"desiredReplicas": 4, "currentMetrics": None}
    ignored = admin.patch(f"{HPAS}/web", {"status": status})
    assert ignored.body["status"]["desiredReplicas"] == 0
    both = {"status": status, "spec": {"maxReplicas": 9}}
    answer = admin.patch(f"{HPAS}/web/status", both)
    assert answer.body["status"]["desiredReplicas"] == 4
    assert answer.body["spec"]["maxReplicas"] == 2


def test_a_generation_counts_changes_of_intent(admin: Client) -> None:
    admin.create(DEPLOYMENTS, deployment())

    def generation(patch: Json, path: str = WEB) -> Any:
        return admin.patch(path, patch, MERGE).body["metadata"]["generation"]

    assert generation({"metadata": {"labels": {"a": "b"}}}) == 1
    assert generation({"spec": {"replicas": 3}}) == 2
    assert generation({"status": {"replicas": 3}}, f"{WEB}/status") == 2


def test_a_patch_in_no_known_format_is_refused(admin: Client, settings: str) -> None:
    assert admin.patch(settings, "a: b", "text/plain").status == 415
    assert admin.patch(settings, "{[", MERGE).status == 400
