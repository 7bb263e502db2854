"""The status subresource: what may change through it, and who owns that then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.kube.serving import (
    DEPLOYMENTS,
    HPAS,
    POD_MONITORINGS,
    autoscaler,
    deployment,
    monitoring,
    owners,
)

if TYPE_CHECKING:
    from tests.sandbox.kube.serving import Client

WEB = f"{DEPLOYMENTS}/web"


def test_the_status_changes_only_through_its_subresource(admin: Client) -> None:
    admin.create(HPAS, autoscaler())
    status = {"desiredReplicas": 4, "currentMetrics": None}
    ignored = admin.patch(f"{HPAS}/web", {"status": status})
    assert ignored.body["status"]["desiredReplicas"] == 0
    both = {"status": status, "spec": {"maxReplicas": 9}}
    answer = admin.patch(f"{HPAS}/web/status", both)
    assert answer.body["status"]["desiredReplicas"] == 4
    assert answer.body["spec"]["maxReplicas"] == 2


def test_metadata_may_follow_the_status_and_has_an_owner_then(admin: Client) -> None:
    follows = {"metadata": {"annotations": {"a": "b"}, "labels": {"c": "d"}}}
    admin.create(HPAS, autoscaler())
    changed = admin.patch(f"{HPAS}/web/status", follows).body
    assert changed["metadata"]["labels"] == {"c": "d"}
    assert owners(changed)["tests/status"] == {
        "f:metadata": {
            "f:annotations": {".": {}, "f:a": {}},
            "f:labels": {".": {}, "f:c": {}},
        }
    }
    admin.create(DEPLOYMENTS, deployment())
    changed = admin.patch(f"{WEB}/status", follows).body
    assert changed["metadata"]["annotations"] == {"a": "b"}
    assert "labels" not in changed["metadata"]
    custom = admin.create(POD_MONITORINGS, monitoring()).body
    changed = admin.patch(f"{POD_MONITORINGS}/pm/status", follows).body
    assert changed["metadata"] == custom["metadata"]


def test_counts_of_a_status_are_not_below_zero(admin: Client) -> None:
    admin.create(HPAS, autoscaler())
    below = {"status": {"currentReplicas": -1, "desiredReplicas": -2}}
    refused = admin.patch(f"{HPAS}/web/status", below)
    assert refused.causes == [
        ("status.currentReplicas", "Invalid value: -1: must be greater than or equal to 0"),
        ("status.desiredReplicas", "Invalid value: -2: must be greater than or equal to 0"),
    ]
