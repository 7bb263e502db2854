"""Acts on an autoscaler that is there, on a sandbox: planned, carried out, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain import pausing
from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.engine import acts
from jetscale_tui.engine.acts import Bench, Numbers
from jetscale_tui.engine.journal import RunState, runs
from jetscale_tui.engine.plan import Update
from jetscale_tui.engine.undo import build_undo
from jetscale_tui.errors import Conflict, NotFound
from tests.engine.runs import QUICK, SETUP, SPEED, Operator
from tests.engine.test_doctor import autoscaler, pods_metric

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.plan import Plan
    from tests.conftest import StartSandbox

OURS = Ref.to(HPA, "jetstream-hpa", "default")
BEHAVIOR: Json = {
    "scaleUp": {
        "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}],
        "selectPolicy": "Max",
        "stabilizationWindowSeconds": 30,
    }
}


@pytest.fixture(scope="module")
def operator(start_sandbox: StartSandbox, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    sandbox = start_sandbox(QUICK, speed=SPEED)
    person = Operator(sandbox, tmp_path_factory.mktemp("runs"))
    person.run(person.plan())
    return person


@pytest.fixture
def bench(operator: Operator) -> Bench:
    return Bench(operator.cluster, SETUP)


def spec(operator: Operator) -> Json:
    live = operator.cluster.get(OURS)
    assert live is not None
    found: Json = live["spec"]
    return found


def written_beside(operator: Operator) -> Json:
    live = operator.cluster.get(OURS)
    assert live is not None
    return dict(live["metadata"].get("annotations") or {})


def perform(operator: Operator, plan: Plan) -> None:
    events = list(acts.carry_out(plan, operator.cluster, operator.backend.clock))
    assert events[-1].error is None


def change(operator: Operator, bench: Bench, numbers: Numbers) -> None:
    perform(operator, acts.plan_numbers(bench, "default", "jetstream-hpa", numbers))


def test_other_numbers_are_written_and_undone(operator: Operator, bench: Bench) -> None:
    before = spec(operator)
    plan = acts.plan_numbers(bench, "default", "jetstream-hpa", Numbers(1, 4, ("12",), BEHAVIOR))
    (step,) = plan.steps
    (update,) = step.changes
    assert isinstance(update, Update)
    assert {field.path.partition("[")[0] for field in update.fields} >= {
        "spec.maxReplicas", "spec.metrics",
    }  # fmt: skip
    perform(operator, plan)
    now = acts.numbers_of(spec(operator))
    assert (now.min_replicas, now.max_replicas, now.targets) == (1, 4, ("12",))
    assert now.behavior is not None
    assert now.behavior["scaleUp"] == BEHAVIOR["scaleUp"]
    run = runs()[-1]
    assert (run.state, run.act) == (RunState.DONE, "change default/jetstream-hpa")
    operator.run(build_undo(run, operator.cluster, operator.cloud))
    assert spec(operator) == before


@pytest.mark.parametrize("behavior", [None, BEHAVIOR], ids=["without", "with a behavior"])
def test_a_pause_switches_both_ways_off_and_resuming_restores_what_was(
    operator: Operator, bench: Bench, behavior: Json | None
) -> None:
    change(operator, bench, Numbers(1, 2, ("10",), behavior))
    before, metadata = spec(operator), written_beside(operator)
    perform(operator, acts.plan_pause(bench, "default", "jetstream-hpa"))
    assert pausing.is_paused(spec(operator)["behavior"])
    assert pausing.ANNOTATION in written_beside(operator)
    perform(operator, acts.plan_resume(bench, "default", "jetstream-hpa"))
    assert spec(operator) == before
    assert written_beside(operator) == metadata


def test_a_pause_is_taken_back_like_any_run(operator: Operator, bench: Bench) -> None:
    before = spec(operator)
    perform(operator, acts.plan_pause(bench, "default", "jetstream-hpa"))
    operator.run(build_undo(runs()[-1], operator.cluster, operator.cloud))
    assert spec(operator) == before
    assert pausing.ANNOTATION not in written_beside(operator)


def test_an_act_never_goes_on_with_an_unfinished_run_of_the_setup(
    operator: Operator, bench: Bench, home: Path
) -> None:
    assert not runs()
    perform(operator, acts.plan_pause(bench, "default", "jetstream-hpa"))
    perform(operator, acts.plan_resume(bench, "default", "jetstream-hpa"))
    assert [run.act.split()[0] for run in runs()] == ["pause", "resume"]
    assert home.exists()


def test_what_jetscale_did_not_make_is_refused_with_the_command_for_it(
    operator: Operator, bench: Bench
) -> None:
    foreign = autoscaler("foreign", [pods_metric("x")], "bystander")
    operator.sandbox.store.create(foreign)
    with pytest.raises(Conflict) as refused:
        acts.plan_pause(bench, "default", "foreign")
    assert "was not made by JetScale" in refused.value.what
    assert "kubectl --context=sandbox --namespace=default patch hpa foreign" in refused.value.fix
    assert '"selectPolicy": "Disabled"' in refused.value.fix
    operator.cluster.delete(Ref.of(foreign))


def test_a_pause_whose_memory_is_gone_is_not_ended_by_guessing(
    operator: Operator, bench: Bench
) -> None:
    with pytest.raises(Conflict, match="does not say what its behavior was"):
        acts.plan_resume(bench, "default", "jetstream-hpa")


def test_one_that_is_gone_is_said_to_be(bench: Bench) -> None:
    with pytest.raises(NotFound):
        acts.plan_pause(bench, "default", "never-was")
