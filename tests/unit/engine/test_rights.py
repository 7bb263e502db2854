from __future__ import annotations

from jetscale_tui.domain.google import Binding
from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.domain.rights import GooglePermission, KubernetesRight
from jetscale_tui.engine import rights
from jetscale_tui.engine.plan import (
    Change,
    Create,
    Delete,
    EnableService,
    Grant,
    Keep,
    Revoke,
    Update,
)
from jetscale_tui.engine.rights import Permissions
from jetscale_tui.errors import PermissionDenied
from tests.fakes import FakeCloud, FakeCluster

REF = Ref.to(HPA, "h", "default")
BINDING = Binding("roles/monitoring.viewer", "principal://x")


def verbs(change: Change) -> list[str]:
    found = rights.of_change(change)
    return [right.verb for right in found if isinstance(right, KubernetesRight)]


def permissions(change: Change) -> list[str]:
    found = rights.of_change(change)
    return [right.name.rpartition(".")[2] for right in found if isinstance(right, GooglePermission)]


def test_every_kind_of_change_says_what_it_needs() -> None:
    assert verbs(Create(REF, {})) == ["get", "create", "patch"]
    assert verbs(Update(REF, {}, {}, ())) == ["get", "patch"]
    assert verbs(Delete(REF, {})) == ["get", "delete"]
    assert verbs(Keep(REF, {})) == ["get"]
    assert permissions(Grant("p", BINDING)) == ["getIamPolicy", "setIamPolicy"]
    assert permissions(Grant("p", BINDING, present=True)) == ["getIamPolicy"]
    assert permissions(Revoke("p", BINDING)) == ["getIamPolicy", "setIamPolicy"]
    assert permissions(EnableService("p", "s")) == ["get", "enable"]
    assert permissions(EnableService("p", "s", present=True)) == ["get"]


def test_rights_of_several_changes_are_listed_once() -> None:
    changes: list[Change] = [Keep(REF, {}), Update(REF, {}, {}, ())]
    assert len(rights.of_changes(changes)) == 2


def test_lacking_rights_are_found_on_both_sides() -> None:
    cluster, cloud = FakeCluster(), FakeCloud()
    cluster.denied.add(("patch", "horizontalpodautoscalers"))
    cloud.denied.add("resourcemanager.projects.setIamPolicy")
    needed = rights.of_changes([Create(REF, {}), Grant("p", BINDING)])
    missing = Permissions(cluster, cloud, "p").missing(needed)
    assert [str(right) for right in missing] == [
        "patch horizontalpodautoscalers.autoscaling in default",
        "resourcemanager.projects.setIamPolicy",
    ]


def test_each_right_is_asked_about_once() -> None:
    cluster = FakeCluster()
    held = Permissions(cluster, None, None)
    needed = rights.of_change(Keep(REF, {}))
    assert held.missing(needed) == ()
    cluster.denied.add(("*", "horizontalpodautoscalers"))
    assert held.missing(needed) == ()


def test_without_google_its_permissions_are_lacking() -> None:
    needed = rights.of_change(Grant("p", BINDING, present=True))
    assert Permissions(FakeCluster(), None, None).missing(needed) == needed


def test_a_project_one_may_not_ask_about_is_one_one_may_not_change() -> None:
    cloud = FakeCloud()
    cloud.refusals["allowed"] = PermissionDenied("no")
    needed = rights.of_change(Grant("p", BINDING, present=True))
    assert Permissions(FakeCluster(), cloud, "p").missing(needed) == needed
