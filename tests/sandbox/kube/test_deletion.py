"""Deleting: conditions, trials, finalizers, owners, running pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.kube.serving import (
    PODS,
    config_map,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.kube.serving import Answer, Client

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


def container(**fields: Any) -> Json:
    return {"name": "c", "image": "i:1", **fields}


class TestDeletion:
    """Deleting, conditionally and in part."""

    @pytest.fixture
    def stored(self, admin: Client) -> Answer:
        return admin.create(CONFIG_MAPS, config_map())

    def test_a_namespace_that_goes_takes_nothing_new(self, admin: Client) -> None:
        admin.create("/api/v1/namespaces", {"metadata": {"name": "lab"}})
        leaving = admin.delete("/api/v1/namespaces/lab").body
        assert leaving["status"]["phase"] == "Terminating"
        assert "deletionGracePeriodSeconds" not in leaving["metadata"]
        refused = admin.create("/api/v1/namespaces/lab/configmaps", config_map())
        cause = {
            "reason": "NamespaceTerminating",
            "message": "namespace lab is being terminated",
            "field": "metadata.namespace",
        }
        details = {"name": "settings", "kind": "configmaps", "causes": [cause]}
        assert (refused.status, refused.body["details"]) == (403, details)

    def test_namespaces_go_one_by_one(self, admin: Client) -> None:
        assert admin.delete("/api/v1/namespaces").status == 405

    @pytest.mark.parametrize("name", ["default", "kube-system"])
    def test_some_namespaces_stay(self, admin: Client, name: str) -> None:
        refused = admin.delete(f"/api/v1/namespaces/{name}")
        assert (refused.status, refused.reason) == (403, "Forbidden")
        assert refused.message == (
            f'namespaces "{name}" is forbidden: this namespace may not be deleted'
        )

    @pytest.mark.parametrize("condition", ["uid", "resourceVersion"])
    def test_it_can_depend_on_who_and_which_it_is(
        self, admin: Client, stored: Answer, condition: str
    ) -> None:
        path = f"{CONFIG_MAPS}/settings"
        wrong = admin.delete(path, {"preconditions": {condition: "other"}})
        assert (wrong.status, wrong.reason) == (409, "Conflict")
        assert "in the precondition (other) does not match" in wrong.message
        assert wrong.body["details"] == {"name": "settings", "kind": "ConfigMap"}
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

    def test_what_is_being_deleted_is_neither_held_more_nor_made_again(
        self, admin: Client, stored: Answer
    ) -> None:
        path = f"{CONFIG_MAPS}/settings"
        admin.patch(path, {"metadata": {"finalizers": ["example.com/hold"]}})
        held = admin.delete(path).body["metadata"]
        assert admin.delete(path).body["metadata"] == held
        more = {"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}}
        assert admin.patch(path, more).causes == [
            (
                "metadata.finalizers",
                "Forbidden: no new finalizers can be added if the object is being deleted, found "
                'new finalizers []string{"example.com/more"}',
            )
        ]
        again = admin.create(CONFIG_MAPS, config_map())
        assert (again.status, again.reason) == (409, "AlreadyExists")
        assert again.message.startswith("object is being deleted: ")

    @pytest.mark.parametrize(
        ("policy", "finalizer", "status"),
        [("Foreground", "foregroundDeletion", 202), ("Orphan", "orphan", 200)],
    )
    def test_it_can_wait_for_what_it_owns_or_leave_it(
        self, admin: Client, stored: Answer, policy: str, finalizer: str, status: int
    ) -> None:
        path = f"{CONFIG_MAPS}/settings"
        held = admin.delete(path, {"propagationPolicy": policy})
        assert (held.status, held.body["kind"]) == (status, "ConfigMap")
        assert held.body["metadata"]["finalizers"] == [finalizer]
        assert held.body["metadata"]["deletionTimestamp"]
        assert held.body["metadata"]["deletionGracePeriodSeconds"] == 0
        at_once = admin.delete(f"{path}?propagationPolicy=Background")
        assert at_once.body["status"] == "Success"
        assert admin.get(path).status == 404

    def test_without_a_policy_its_finalizers_decide(self, admin: Client, stored: Answer) -> None:
        path = f"{CONFIG_MAPS}/settings"
        admin.patch(path, {"metadata": {"finalizers": ["foregroundDeletion"]}})
        assert admin.delete(path).body["metadata"]["finalizers"] == ["foregroundDeletion"]

    @pytest.mark.parametrize(
        ("options", "field", "message"),
        [
            (
                {"propagationPolicy": "Now"},
                "propagationPolicy",
                'Unsupported value: "Now": supported values: "Foreground", "Background", '
                '"Orphan", "nil"',
            ),
            (
                {"propagationPolicy": "Orphan", "orphanDependents": True},
                "propagationPolicy",
                'Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be '
                "both set",
            ),
            (
                {"dryRun": ["Some"]},
                "dryRun",
                'Unsupported value: ["Some"]: supported values: "All"',
            ),
        ],
    )
    def test_options_that_make_no_sense_are_refused(
        self, admin: Client, stored: Answer, options: Json, field: str, message: str
    ) -> None:
        refused = admin.delete(f"{CONFIG_MAPS}/settings", options)
        assert refused.status == 422
        assert refused.causes == [(field, message)]
        assert refused.message == (f'DeleteOptions.meta.k8s.io "" is invalid: {field}: {message}')
        assert admin.get(f"{CONFIG_MAPS}/settings").status == 200

    def test_a_running_pod_gets_time_to_end(self, admin: Client) -> None:
        pod = {"metadata": {"name": "p"}, "spec": {"nodeName": "n", "containers": [container()]}}
        admin.create(PODS, pod)
        leaving = admin.delete(f"{PODS}/p").body["metadata"]
        assert leaving["deletionGracePeriodSeconds"] == 30
        assert admin.get(f"{PODS}/p").status == 200
        admin.delete(f"{PODS}/p", {"gracePeriodSeconds": 0})
        assert admin.get(f"{PODS}/p").status == 404
