"""Acts on one autoscaler that is not JetScale's alone: what is refused, and what stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain import pausing
from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.engine import acts
from jetscale_tui.engine.acts import Bench, Numbers
from jetscale_tui.engine.plan import StepId, Update
from jetscale_tui.engine.verify import Verifier
from jetscale_tui.errors import Conflict
from tests.fakes import FakeClock, FakeCluster
from tests.unit.engine.scene import SETUP, hpa

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

OURS = {
    "manager": "jetscale",
    "operation": "Apply",
    "fieldsV1": {"f:metadata": {"f:annotations": {}}, "f:spec": {}},
}
REF = Ref.to(HPA, "other", "default")


def bench(
    annotations: dict[str, str] | None = None, *, ours: bool = True
) -> tuple[Bench, FakeCluster]:
    """An HPA, made by JetScale or not."""
    obj: Json = hpa()
    obj["metadata"]["annotations"] = annotations or {}
    if ours:
        obj["metadata"]["managedFields"] = [OURS]
    cluster = FakeCluster(obj)
    return Bench(cluster, SETUP), cluster


def test_resuming_leaves_what_else_is_noted_on_the_object() -> None:
    before = {"scaleUp": {"selectPolicy": "Max"}}
    place, cluster = bench({pausing.ANNOTATION: json.dumps(before), "team": "llm"})
    paused = pausing.paused_behavior(None)
    cluster.change(REF, lambda obj: obj["spec"].update(behavior=paused))
    (update,) = acts.plan_resume(place, "default", "other").steps[0].changes
    assert isinstance(update, Update)
    assert update.manifest["metadata"]["annotations"] == {"team": "llm"}
    assert update.manifest["spec"]["behavior"] == before


def test_what_others_manage_of_it_is_refused_with_the_command_for_them() -> None:
    place, cluster = bench()
    cluster.refusals[REF] = Conflict("argocd owns .spec.maxReplicas")
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 60}}
    with pytest.raises(Conflict, match="Somebody else manages") as refused:
        acts.plan_numbers(place, "default", "other", Numbers(1, 9, ("1",), behavior))
    assert "kubectl" in refused.value.fix
    patch = json.loads(refused.value.fix.partition("--patch=")[2].strip("'"))
    assert patch["spec"]["maxReplicas"] == 9
    assert "metadata" not in patch


def test_the_command_says_only_what_changes_however_deep() -> None:
    place, cluster = bench(ours=False)
    down = {"stabilizationWindowSeconds": 300, "selectPolicy": "Max"}
    cluster.change(REF, lambda obj: obj["spec"].update(behavior={"scaleDown": down}))
    changed = {"scaleDown": {**down, "stabilizationWindowSeconds": 60}}
    with pytest.raises(Conflict, match="not made by JetScale") as refused:
        acts.plan_numbers(place, "default", "other", Numbers(1, 2, ("1",), changed))
    patch = json.loads(refused.value.fix.partition("--patch=")[2].strip("'"))
    assert patch["spec"]["behavior"] == {"scaleDown": {"stabilizationWindowSeconds": 60}}


def test_a_pause_that_others_made_is_not_ended_by_guessing() -> None:
    place, _ = bench(ours=False)
    with pytest.raises(Conflict, match="not made by JetScale") as refused:
        acts.plan_resume(place, "default", "other")
    assert refused.value.fix.startswith("Give it a behavior")


def test_an_act_is_read_back_before_it_counts_as_done() -> None:
    place, cluster = bench()
    plan = acts.plan_pause(place, "default", "other")
    look = Verifier(plan, None, cluster, None, FakeClock()).look(plan.steps[0])
    assert plan.steps[0].id is StepId.HPA
    assert not look().done
    assert "does not read back as written" in look().detail
    (update,) = plan.steps[0].changes
    assert isinstance(update, Update)
    cluster.apply(update.manifest)
    assert look().done
