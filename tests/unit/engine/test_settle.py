from __future__ import annotations

from dataclasses import replace

import pytest

from jetscale_tui.domain.google import Binding
from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.engine.journal import Action, Write
from jetscale_tui.engine.plan import FieldChange, StepId
from jetscale_tui.engine.settle import settled
from jetscale_tui.errors import PermissionDenied
from tests.fakes import FakeCloud, FakeCluster
from tests.unit.engine.scene import hpa

REF = Ref.to(HPA, "other", "default")
CREATE = Write(1, StepId.HPA, Action.CREATE, REF, hpa())
FIELD = FieldChange("spec.maxReplicas", 1, 2)
UPDATE = replace(CREATE, action=Action.UPDATE, fields=(FIELD,))
DELETE = replace(CREATE, action=Action.DELETE)
GRANT = Write(
    1,
    StepId.ADAPTER_IDENTITY,
    Action.GRANT,
    project="p",
    bindings=(Binding("roles/a", "user:x"), Binding("roles/b", "user:x")),
)


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


def test_a_confirmed_write_is_not_asked_about(cluster: FakeCluster) -> None:
    confirmed = replace(CREATE, done=True, uid="u")
    assert settled(confirmed, cluster, None) is confirmed


def test_a_created_object_that_bears_our_mark_is_ours(cluster: FakeCluster) -> None:
    assert settled(CREATE, cluster, None) is None
    live = cluster.apply(hpa())
    assert settled(CREATE, cluster, None) == replace(CREATE, done=True, uid=live["metadata"]["uid"])


def test_an_object_of_that_name_by_somebody_else_is_not(cluster: FakeCluster) -> None:
    cluster.put(hpa())
    assert settled(CREATE, cluster, None) is None


def test_an_update_happened_if_its_values_are_there(cluster: FakeCluster) -> None:
    assert settled(UPDATE, cluster, None) is None
    cluster.put(hpa())
    found = settled(UPDATE, cluster, None)
    assert found is not None
    assert found.done
    cluster.change(REF, lambda live: live["spec"].update(maxReplicas=1))
    assert settled(UPDATE, cluster, None) is None


def test_a_deletion_happened_if_nothing_is_there(cluster: FakeCluster) -> None:
    assert settled(DELETE, cluster, None) == replace(DELETE, done=True)
    cluster.put(hpa())
    assert settled(DELETE, cluster, None) is None


def test_only_bindings_that_are_there_now_were_granted(cluster: FakeCluster) -> None:
    cloud = FakeCloud()
    assert settled(GRANT, cluster, cloud) is None
    cloud.bindings.add(GRANT.bindings[1])
    found = settled(GRANT, cluster, cloud)
    assert found is not None
    assert found.bindings == GRANT.bindings[1:]
    revoke = replace(GRANT, action=Action.REVOKE)
    found = settled(revoke, cluster, cloud)
    assert found is not None
    assert found.bindings == GRANT.bindings[:1]


def test_without_a_look_at_the_policy_nothing_is_claimed(cluster: FakeCluster) -> None:
    assert settled(GRANT, cluster, None) is None
    cloud = FakeCloud()
    cloud.refusals["policy"] = PermissionDenied("no")
    assert settled(GRANT, cluster, cloud) is None


def test_enabling_a_service_needs_no_answer(cluster: FakeCluster) -> None:
    enable = Write(1, StepId.SERVICES, Action.ENABLE, project="p", services=("s",))
    assert settled(enable, cluster, None) == replace(enable, done=True)
