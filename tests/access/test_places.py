"""Somebody without a kubeconfig picks a project and a cluster, and gets there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import DEPLOYMENT, Ref
from jetscale_tui.engine.places import find_places
from jetscale_tui.errors import ExitCode
from jetscale_tui.wiring import RealBackend
from tests.cli.conftest import Shell

if TYPE_CHECKING:
    from tests.access.machine import Machine

OWN = "gke_sandbox-project_us-central1_tpu-cluster"
SERVER = Ref.to(DEPLOYMENT, "maxengine-server", "default")


def test_every_cluster_one_can_see_is_offered_and_leads_there(machine: Machine) -> None:
    machine.log_in()
    backend = RealBackend()
    places = find_places(backend)
    assert [project.project_id for project in places.projects] == ["sandbox-project"]
    (candidate,) = places.candidates
    assert candidate.name == OWN
    assert [lack.about for lack in places.lacks] == ["kubeconfig"]
    assert backend.cluster(candidate.name).get(SERVER) is not None


@pytest.mark.parametrize("permission", ["container.clusters.list"])
def test_a_project_whose_clusters_may_not_be_listed_says_what_to_ask_for(
    machine: Machine, permission: str
) -> None:
    machine.log_in()
    machine.sandbox.google.deny(permission)
    try:
        places = find_places(RealBackend())
    finally:
        machine.sandbox.google.permit(permission)
    assert places.candidates == ()
    lack = places.lacks[-1]
    assert lack.about == "project sandbox-project"
    assert "roles/container.clusterViewer" in lack.fix


def test_a_project_id_can_be_typed(machine: Machine) -> None:
    machine.log_in()
    (candidate,) = find_places(RealBackend(), "sandbox-project").candidates
    assert candidate.name == OWN
    nowhere = find_places(RealBackend(), "no-such-project")
    assert nowhere.candidates == ()
    assert nowhere.lacks[-1].about == "project no-such-project"


def test_without_a_login_both_ways_in_are_named(machine: Machine) -> None:
    kubeconfig, google = find_places(RealBackend()).lacks
    assert "get-credentials" in kubeconfig.fix
    assert google.fix == "Run: gcloud auth application-default login"


def test_with_a_login_that_has_ended_it_is_said_so(machine: Machine) -> None:
    machine.log_in()
    machine.revoke()
    assert "expired" in find_places(RealBackend()).lacks[-1].what


class TestCommands:
    """Somebody who has logged in to Google and has no kubeconfig runs a command."""

    @pytest.fixture
    def shell(self, machine: Machine, capsys: pytest.CaptureFixture[str]) -> Shell:
        return Shell(capsys, machine.folder)

    def test_the_only_cluster_one_can_see_is_meant(self, machine: Machine, shell: Shell) -> None:
        machine.log_in()
        result = shell.run("check")
        assert result.code == ExitCode.DONE, result.err
        assert f"context {OWN}" in result.out

    def test_without_a_login_the_ways_in_are_named(self, machine: Machine, shell: Shell) -> None:
        result = shell.run("check")
        assert result.code == ExitCode.USAGE
        assert "No kubeconfig was found" in result.err
        assert "There are no Google credentials" in result.err
        assert "--project, --location and --cluster" in result.err

    def test_a_document_that_names_no_project_asks_nobody(
        self, machine: Machine, shell: Shell
    ) -> None:
        machine.log_in()
        path = shell.setup(google={"project": None})
        assert shell.run("plan", "-f", path).code == ExitCode.USAGE
        assert machine.proxy.asked == []
