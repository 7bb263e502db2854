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
