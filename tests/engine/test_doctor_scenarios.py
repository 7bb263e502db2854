"""The doctor on the shipped scenarios, where somebody applied the setup's objects by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.google import Project
from jetscale_tui.domain.spec import AdapterKind, Setup
from jetscale_tui.engine.doctor import Health, LinkId, Patient, examine
from jetscale_tui.manifests.build import bindings, build
from jetscale_tui.manifests.hpa import hpa_name
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.environment import Sandbox
from jetscale_tui.sandbox.scenario import load_scenario
from jetscale_tui.wiring import RealBackend
from tests.engine.runs import PROFILE, SETUP, SPEED
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from jetscale_tui.engine.doctor import Link

PROJECT = Project("sandbox-project", "123456789012")


THROUGH_PROMETHEUS = SETUP.model_copy(
    update={"adapter": SETUP.adapter.model_copy(update={"kind": AdapterKind.PROMETHEUS})}
)


@dataclass
class Hands:
    """Somebody who applies manifests and looks at nothing."""

    backend: RealBackend

    def apply(
        self,
        setup: Setup,
        *,
        granted: bool = True,
        without: str = "",
        instead: tuple[str, str] = ("", ""),
    ) -> None:
        """The setup's objects; without a kind of them, or with one text instead of another."""
        cluster, cloud = self.backend.cluster(), self.backend.cloud()
        assert cloud is not None
        if granted:
            cloud.add_bindings(PROJECT.project_id, bindings(setup, PROJECT))
        for group in build(setup, PROFILE, PROJECT):
            for manifest in group.objects:
                if manifest["kind"] != without:
                    text = json.dumps(manifest).replace(*instead) if instead[0] else None
                    cluster.apply(json.loads(text) if text else manifest)

    def until_broken(self, failure: str, setup: Setup = SETUP) -> Link:
        patient = Patient(
            "default", hpa_name(setup), setup, PROFILE,
            self.backend.cluster, self.backend.cloud, self.backend.clock,
        )  # fmt: skip
        seen: list[Link] = []

        def is_it() -> bool:
            seen[:] = [link for link in examine(patient) if link.health is Health.BROKEN]
            return bool(seen) and seen[0].failure == failure

        try:
            eventually(is_it)
        except AssertionError:
            raise AssertionError(f"{failure} expected, found {seen}") from None
        return seen[0]


def playing(directory: Path, name: str) -> AbstractContextManager[Sandbox]:
    scenario = load_scenario(name)
    quick = replace(scenario.cluster, speed=SPEED)
    return Sandbox(directory, quick, scenario=scenario)


@pytest.fixture
def hands(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hands]:
    """On the scenario, or the blueprint, a test names."""
    staged = request.param
    if isinstance(staged, Blueprint):
        cluster: AbstractContextManager[Sandbox] = Sandbox(tmp_path, replace(staged, speed=SPEED))
    else:
        cluster = playing(tmp_path, staged)
    with cluster as sandbox:
        yield Hands(RealBackend(sandbox.kubeconfig))


on = pytest.mark.parametrize


@on("hands", ["no-metrics-port"], indirect=True)
def test_p1_a_server_started_without_its_metrics_port(hands: Hands) -> None:
    hands.apply(SETUP)
    bad = hands.until_broken("P1")
    assert bad.id is LinkId.PORT
    assert "prometheus_port=9100" in bad.detail


@on("hands", ["foreign-adapter"], indirect=True)
def test_a1_keda_owns_the_external_metrics(hands: Hands) -> None:
    hands.apply(THROUGH_PROMETHEUS, without="APIService")
    bad = hands.until_broken("A1", THROUGH_PROMETHEUS)
    assert bad.id is LinkId.METRIC_API
    assert "keda/keda-operator-metrics-apiserver" in bad.detail


@on("hands", ["no-workload-identity"], indirect=True)
def test_i1_pods_that_act_as_their_node(hands: Hands) -> None:
    hands.apply(SETUP, granted=False)
    bad = hands.until_broken("I1")
    assert "Workload Identity is off" in bad.detail


@on("hands", ["slow-iam"], indirect=True)
def test_i6_a_grant_that_google_has_not_come_round_to(hands: Hands) -> None:
    hands.apply(SETUP)
    bad = hands.until_broken("I6")
    assert bad.id is LinkId.IDENTITY
    assert "2 minutes as a rule, 10 at most" in bad.fix


@on("hands", ["tpu-only"], indirect=True)
def test_a10_an_adapter_with_no_node_to_run_on(hands: Hands) -> None:
    hands.apply(SETUP)
    bad = hands.until_broken("A10")
    assert bad.id is LinkId.ADAPTER
    assert "gcloud container node-pools create" in bad.command


@on("hands", [Blueprint(private_nodes=True)], indirect=True)
def test_a2_a_control_plane_that_cannot_reach_the_adapters_port(hands: Hands) -> None:
    hands.apply(THROUGH_PROMETHEUS, instead=("10250", "6443"))
    bad = hands.until_broken("A2", THROUGH_PROMETHEUS)
    assert bad.id is LinkId.METRIC_API
    assert "6443" in bad.detail
    assert "10250" in bad.fix


@on("hands", [Blueprint()], indirect=True)
def test_i3_a_frontend_that_may_not_read_is_ready_all_the_same(hands: Hands) -> None:
    hands.apply(THROUGH_PROMETHEUS, granted=False)
    bad = hands.until_broken("I1", THROUGH_PROMETHEUS)
    assert bad.id is LinkId.IDENTITY
    assert "default/jetscale-frontend" in bad.detail
