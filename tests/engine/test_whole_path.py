from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import DEPLOYMENT, HPA, NAMESPACE, Ref
from jetscale_tui.engine.plan import StepId, StepState, Update
from jetscale_tui.engine.planner import Choices
from jetscale_tui.errors import Conflict, PlanChanged
from tests.engine.runs import QUICK, SETUP, SPEED, Operator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.environment import Sandbox
    from tests.conftest import StartSandbox

HPA_REF = Ref.to(HPA, "jetstream-hpa", "default")


@pytest.fixture(scope="module")
def quick(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox(QUICK, speed=SPEED)


@pytest.fixture
def operator(quick: Sandbox, tmp_path: Path) -> Operator:
    return Operator(quick, tmp_path)


def test_plan_apply_verify_and_undo_leave_what_was_there_before(operator: Operator) -> None:
    before, bindings = operator.contents(), operator.bindings()

    operator.run(operator.plan())
    done = [event.step for event in operator.events if event.state is StepState.DONE]
    assert done == [
        StepId.SERVICES,
        StepId.SCRAPE_SERVER,
        StepId.SCRAPE_TPU,
        StepId.ADAPTER_IDENTITY,
        StepId.ADAPTER,
        StepId.HPA,
    ]
    assert operator.plan().changes == 0, "a second plan finds everything as wanted"
    hpa = operator.cluster.get(HPA_REF)
    assert hpa is not None
    assert hpa["status"]["currentMetrics"]

    operator.undo_last()
    assert operator.contents() == before
    assert operator.bindings() == bindings


def test_planning_changes_nothing_on_the_server(operator: Operator) -> None:
    before = operator.contents()
    operator.plan()
    assert operator.contents() == before


def test_a_field_is_changed_and_restored_beside_somebody_elses_annotation(
    operator: Operator,
) -> None:
    operator.run(operator.plan())
    first = operator.contents()
    update = {"scaling": SETUP.scaling.model_copy(update={"max_replicas": 1})}
    operator.setup = SETUP.model_copy(update=update)
    plan = operator.plan()
    changes = [c for step in plan.steps for c in step.changes if isinstance(c, Update)]
    assert [(f.path, f.before, f.after) for c in changes for f in c.fields] == [
        ("spec.maxReplicas", 2, 1)
    ]
    operator.run(plan)
    operator.undo_last()
    assert operator.contents() == first
    operator.undo_last()
    assert operator.cluster.get(HPA_REF) is None
    assert operator.cluster.get(Ref.to(NAMESPACE, "custom-metrics")) is None


class TestClosedMetricsPort:
    """The server was started without its metrics port."""

    SERVER = Ref.to(DEPLOYMENT, "maxengine-server", "default")

    @pytest.fixture
    def closed(self, start_sandbox: StartSandbox, tmp_path: Path) -> Operator:
        workload = replace(QUICK.workload, metrics_port=0, start_seconds=10.0)
        sandbox = start_sandbox(replace(QUICK, workload=workload), speed=SPEED)
        return Operator(sandbox, tmp_path)

    def arguments(self, operator: Operator) -> list[str]:
        live = operator.cluster.get(self.SERVER)
        assert live is not None
        containers = live["spec"]["template"]["spec"]["containers"]
        server = next(c for c in containers if c["name"] == "maxengine-server")
        return [*server.get("args", ())]

    def test_it_is_opened_when_asked_for_and_closed_by_undo(self, closed: Operator) -> None:
        before = self.arguments(closed)
        blocked = closed.plan()
        assert [risk.id for risk in blocked.risks if risk.blocking] == ["P1-no-metrics-port"]

        closed.run(closed.plan(Choices(open_metrics_port=True)))
        assert self.arguments(closed) == [*before, "prometheus_port=9100"]
        assert closed.events[-1].state is StepState.DONE

        closed.undo_last()
        assert self.arguments(closed) == before


class TestSomebodyElse:
    def meddle(self, operator: Operator, change: Callable[[Json], None]) -> None:
        """Changes the autoscaler as kubectl would."""
        operator.sandbox.store.mutate(
            HPA, "default", "jetstream-hpa", change, manager="kubectl-edit"
        )

    def test_fields_somebody_took_block_until_taken_over_and_undo_gives_them_back(
        self, operator: Operator
    ) -> None:
        operator.run(operator.plan())
        self.meddle(operator, lambda hpa: hpa["spec"].update(maxReplicas=4))
        theirs = operator.contents()
        (risk,) = operator.plan().risks
        assert risk.id == "fields-owned-by-others"
        assert "kubectl-edit" in risk.what

        operator.run(operator.plan(Choices(take_over=frozenset({HPA_REF}))))
        hpa = operator.cluster.get(HPA_REF)
        assert hpa is not None
        assert hpa["spec"]["maxReplicas"] == 2
        operator.undo_last()
        assert operator.contents() == theirs
        operator.undo_last()
        assert operator.cluster.get(HPA_REF) is None

    def test_a_change_between_plan_and_write_stops_the_run(self, operator: Operator) -> None:
        operator.run(operator.plan())
        update = {"scaling": SETUP.scaling.model_copy(update={"max_replicas": 1})}
        operator.setup = SETUP.model_copy(update=update)
        plan = operator.plan()
        self.meddle(operator, lambda hpa: hpa["spec"].update(maxReplicas=4))
        with pytest.raises((PlanChanged, Conflict)):
            operator.run(plan)
        hpa = operator.cluster.get(HPA_REF)
        assert hpa is not None
        assert hpa["spec"]["maxReplicas"] == 4
        operator.undo_last()
