"""prometheus-adapter by the real helm: interrupted, killed, stuck, upgraded, and taken back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.cluster.helm import CHART_VARIABLE
from jetscale_tui.domain.kinds import SECRET
from jetscale_tui.engine.journal import Action, RunState, runs
from jetscale_tui.engine.plan import InstallRelease, StepId, StepState
from jetscale_tui.engine.planner import Choices
from jetscale_tui.errors import Interrupted, PlanChanged
from tests.engine.runs import QUICK, Contents, Operator
from tests.engine.test_variants import CHART, setup
from tests.sandbox.kube.tools import Tool, find
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jetscale_tui.engine.plan import Plan, Risk
    from jetscale_tui.sandbox.environment import Sandbox
    from tests.conftest import StartSandbox

RELEASE = ("jetscale", "default")
UNHURRIED = 20.0
"""A speed at which an installation takes two seconds and can be met in its middle."""


@pytest.fixture(scope="module")
def unhurried(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox(QUICK, speed=UNHURRIED)


@pytest.fixture
def helm(unhurried: Sandbox, tmp_path: Path) -> Tool:
    """Helm in the hands of somebody else."""
    return Tool(find("helm"), unhurried.kubeconfig, tmp_path)


@pytest.fixture
def operator(
    unhurried: Sandbox, helm: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Operator]:
    monkeypatch.setenv("PATH", f"{helm.binary.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv(CHART_VARIABLE, str(CHART))
    monkeypatch.setenv("HOME", str(tmp_path))
    made = Operator(unhurried, tmp_path / "runs", setup("V4", install="helm"))
    made.folder.mkdir()
    before, bindings = made.contents(), made.bindings()
    yield made
    assert made.contents() == before, "whatever happened, everything was taken back"
    assert made.bindings() == bindings


def statuses(operator: Operator) -> list[str]:
    return [each.status for each in operator.cluster.helm.history(*RELEASE)]


def besides_history(operator: Operator) -> Contents:
    """What there is, without the records that only ever grow: Helm's and the Deployments'."""
    found = {ref: obj for ref, obj in operator.contents().items() if ref.kind != SECRET}
    for obj in found.values():
        (obj["metadata"].get("annotations") or {}).pop("deployment.kubernetes.io/revision", None)
    return found


def risk(plan: Plan, name: str) -> Risk:
    return next(risk for risk in plan.risks if risk.id == name)


def test_while_helm_is_at_work_it_is_told_what_it_waits_for(operator: Operator) -> None:
    operator.run(operator.plan())
    waiting = [e.detail for e in operator.events if e.state is StepState.WAITING]
    assert "Helm is at work; jetscale-prometheus-adapter: 0 of 1 pods available" in waiting
    operator.undo_last()


def test_an_interrupt_reaches_helm_and_the_next_run_goes_on(operator: Operator) -> None:
    operator.stop = lambda: "pending-install" in statuses(operator)
    with pytest.raises(Interrupted):
        operator.run(operator.plan())
    assert statuses(operator) == ["failed"], "Helm wrote down that it was cancelled"
    (run,) = runs(operator.folder)
    assert run.state is RunState.STOPPED
    assert [(w.done, w.uid) for w in run.writes if w.action is Action.INSTALL] == [(True, "1")]

    operator.stop = lambda: False
    operator.run(operator.plan())
    assert statuses(operator)[1:] == ["deployed"]
    assert len(runs(operator.folder)) == 1
    operator.undo_last()
    assert statuses(operator) == []


def test_what_was_interrupted_can_be_taken_back_at_once(operator: Operator) -> None:
    operator.stop = lambda: "pending-install" in statuses(operator)
    with pytest.raises(Interrupted):
        operator.run(operator.plan())
    operator.stop = lambda: False
    operator.undo_last()
    assert statuses(operator) == []


def test_a_release_left_pending_is_explained_and_cleared_when_asked(
    operator: Operator, helm: Tool
) -> None:
    words = ("upgrade", "--install", "jetscale", str(CHART), "--wait")
    with helm.start(*words) as process:
        eventually(lambda: statuses(operator) == ["pending-install"])
        process.kill()
    stuck = risk(operator.plan(), "T5-release-pending")
    assert stuck.blocking
    assert "is pending-install since" in stuck.what
    assert "--roll-back-release" in stuck.fix
    assert "helm uninstall jetscale" in stuck.fix

    operator.run(operator.plan(Choices(roll_back_release=True)))
    assert statuses(operator) == ["deployed"]
    operator.undo_last()


def test_a_release_that_is_there_is_upgraded_and_brought_back(
    operator: Operator, helm: Tool
) -> None:
    helm.done("install", "jetscale", str(CHART), "--set", "listenPort=6443", "--wait")
    theirs = besides_history(operator)
    plan = operator.plan()
    (change,) = [c for s in plan.steps for c in s.changes if isinstance(c, InstallRelease)]
    assert change.revision == 1
    assert ("values.listenPort", 6443, 10250) in [
        (each.path, each.before, each.after) for each in change.fields
    ]
    operator.run(plan)
    assert statuses(operator) == ["superseded", "deployed"]
    assert operator.plan().changes == 0

    operator.undo_last()
    assert statuses(operator) == ["superseded", "superseded", "deployed"]
    assert besides_history(operator) == theirs
    helm.done("uninstall", "jetscale", "--wait")


def test_a_release_that_moved_on_is_neither_overwritten_nor_taken_back(
    operator: Operator, helm: Tool
) -> None:
    plan = operator.plan()
    helm.done("install", "jetscale", str(CHART), "--set", "listenPort=6443")
    with pytest.raises(PlanChanged, match="no longer as it was"):
        operator.run(plan)
    operator.run(operator.plan())
    helm.done("upgrade", "jetscale", str(CHART), "--set", "listenPort=6444")
    undone = operator.undo_last()
    assert any("brought it to revision 3" in note for note in undone.notes)
    assert statuses(operator)[-1] == "deployed"
    helm.done("uninstall", "jetscale", "--wait")


def test_objects_of_another_installation_are_not_given_to_helm(operator: Operator) -> None:
    direct = Operator(operator.sandbox, operator.folder, setup("V4"))
    direct.run(direct.plan())
    refused = risk(operator.plan(), "A1-not-helms")
    assert refused.blocking
    assert "APIService v1beta1.external.metrics.k8s.io" in refused.what
    direct.undo_last()


def test_without_helm_the_plan_says_how_to_get_it_and_how_to_do_without(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = risk(operator.plan(), "helm-fails")
    assert missing.blocking
    assert missing.what == "There is no helm on the PATH."
    assert "helm.sh/docs/intro/install" in missing.fix
    assert "install to direct" in missing.fix


def test_a_chart_that_cannot_be_had_is_told_in_helms_words(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(CHART_VARIABLE, str(tmp_path / "no-chart"))
    other = Operator(operator.sandbox, operator.folder, operator.setup)
    refused = risk(other.plan(), "helm-fails")
    assert "helm template failed" in refused.what
    assert "no-chart" in refused.what


def test_what_the_plan_says_of_a_release(operator: Operator) -> None:
    adapter = next(step for step in operator.plan().steps if step.id is StepId.ADAPTER)
    (command,) = [line for line in adapter.commands if line.startswith("helm")]
    assert command.startswith("helm upgrade --install jetscale prometheus-adapter --repo=https://")
    assert "--version=5.3.0" in command
    assert "--kube-context=sandbox" in command
    asked = {str(right) for right in adapter.rights}
    assert "create secrets in default" in asked
    assert "create apiservices.apiregistration.k8s.io" in asked
