"""Every variant of the guide with every identity: applied, seen to work, taken back."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.cluster.helm import CHART_VARIABLE
from jetscale_tui.domain.google import Binding
from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.domain.spec import Guide
from jetscale_tui.engine.plan import StepState
from jetscale_tui.errors import StepFailed
from jetscale_tui.manifests.build import google_account
from tests.engine.runs import QUICK, SPEED, Operator
from tests.sandbox.kube.tools import find
from tests.unit.manifests.variants import VARIANTS, setup_of

if TYPE_CHECKING:
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.sandbox.environment import Sandbox
    from tests.conftest import StartSandbox

CHART = Path(__file__).parents[1] / "data" / "charts" / "prometheus-adapter"
NODES = f"serviceAccount:{QUICK.project_number}-compute@developer.gserviceaccount.com"


def setup(variant: str, identity: str = "principal", install: str = "direct") -> Setup:
    adapter, metrics = VARIANTS[variant]
    google = {"project": QUICK.project_id, "location": QUICK.location, "cluster": QUICK.cluster}
    return setup_of(adapter, metrics, google=google, identity=identity, install=install)


@pytest.fixture(scope="module")
def federated(start_sandbox: StartSandbox) -> Sandbox:
    """A cluster with Workload Identity."""
    return start_sandbox(QUICK, speed=SPEED)


@pytest.fixture(scope="module")
def plain(start_sandbox: StartSandbox) -> Sandbox:
    """A cluster without, whose nodes may read Cloud Monitoring."""
    return start_sandbox(replace(QUICK, workload_identity=False), speed=SPEED)


def comes_and_goes(operator: Operator) -> None:
    """Applies the setup, looks at what it is for, and takes it back without a trace."""
    before, bindings = operator.contents(), operator.bindings()

    operator.run(operator.plan())
    assert {event.state for event in operator.events} & {StepState.FAILED, StepState.SKIPPED} == (
        set()
    )
    hpa = operator.cluster.get(Ref.to(HPA, "jetstream-hpa", "default"))
    assert hpa is not None
    assert len(hpa["status"]["currentMetrics"]) == len(operator.setup.scaling.metrics)
    conditions = {each["type"]: each["status"] for each in hpa["status"]["conditions"]}
    assert conditions["ScalingActive"] == "True"
    assert operator.plan().changes == 0, "a second plan finds everything as wanted"

    operator.undo_last()
    assert operator.contents() == before
    assert operator.bindings() == bindings


@pytest.mark.parametrize(
    ("variant", "identity"), itertools.product(VARIANTS, ("principal", "service-account"))
)
def test_with_workload_identity(
    federated: Sandbox, tmp_path: Path, variant: str, identity: str
) -> None:
    operator = Operator(federated, tmp_path, setup(variant, identity))
    comes_and_goes(operator)
    account = google_account(operator.setup, None)
    if account is not None:
        assert operator.cloud.service_account(account.project, account.email) is None


@pytest.mark.parametrize("variant", VARIANTS)
def test_with_the_identity_of_the_nodes(plain: Sandbox, tmp_path: Path, variant: str) -> None:
    operator = Operator(plain, tmp_path, setup(variant, "node"))
    operator.cloud.add_bindings(QUICK.project_id, [Binding("roles/monitoring.viewer", NODES)])
    comes_and_goes(operator)


@pytest.mark.parametrize(
    "variant", [name for name, (adapter, _) in VARIANTS.items() if adapter == "prometheus"]
)
def test_installed_by_helm(
    federated: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variant: str
) -> None:
    monkeypatch.setenv("PATH", f"{find('helm').parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv(CHART_VARIABLE, str(CHART))
    monkeypatch.setenv("HOME", str(tmp_path))
    operator = Operator(federated, tmp_path, setup(variant, install="helm"))
    comes_and_goes(operator)
    assert operator.cluster.helm.history("jetscale", "default") == ()


@pytest.mark.parametrize("variant", ["V1", "V3b", "V4", "V5"])
def test_what_the_guide_prints_works_where_the_guide_does(
    federated: Sandbox, tmp_path: Path, variant: str
) -> None:
    literal = setup(variant).model_copy(update={"guide": Guide.LITERAL})
    comes_and_goes(Operator(federated, tmp_path, literal))


def test_the_guides_memory_rule_selects_a_container_that_holds_no_tpu(
    federated: Sandbox, tmp_path: Path
) -> None:
    literal = setup("V6").model_copy(update={"guide": Guide.LITERAL})
    operator = Operator(federated, tmp_path, literal)
    before = operator.contents()
    with pytest.raises(StepFailed, match="no value of memory_used_percentage"):
        operator.run(operator.plan())
    operator.undo_last()
    assert operator.contents() == before
