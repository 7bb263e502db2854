"""Each kind of Application Default Credentials reaches both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.google import ClusterName
from jetscale_tui.wiring import RealBackend
from tests.cloud.sign_in import (
    EMAIL,
    PERSON,
    person_file,
    write_external_file,
    write_impersonation_file,
    write_key_file,
    write_workforce_file,
)

if TYPE_CHECKING:
    from tests.access.machine import Machine

NAME = ClusterName("sandbox-project", "us-central1", "tpu-cluster")


@pytest.fixture(params=["person", "workforce", "key", "impersonation", "external"])
def who(request: pytest.FixtureRequest, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> str:
    """Somebody logged in that way; what they are called."""
    machine.log_in()
    folder = machine.folder
    path = folder / "credentials.json"
    if request.param != "person":
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    match request.param:
        case "key":
            write_key_file(path, "https://oauth2.googleapis.com/token")
        case "impersonation":
            write_impersonation_file(path, person_file(folder))
        case "workforce":
            write_workforce_file(path)
            return PERSON
        case "external":
            write_external_file(path, folder / "subject")
            return PERSON
        case _:
            return PERSON
    return EMAIL


def test_it_is_let_in_by_google_and_by_the_cluster(machine: Machine, who: str) -> None:
    backend = RealBackend(cluster=NAME)
    cloud = backend.cloud()
    assert cloud is not None
    assert cloud.identity() == who
    assert cloud.project("sandbox-project").number == "123456789012"
    assert backend.cluster().version().startswith("v1.")
    cloud.close()


def test_a_person_of_another_directory_is_billed_to_the_project_at_hand(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.log_in()
    path = machine.folder / "credentials.json"
    write_workforce_file(path)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    cloud = RealBackend(project="sandbox-project", cluster=NAME).cloud()
    assert cloud is not None
    cloud.projects()
    call = machine.google.server.calls[-1]
    assert call.metadata["x-goog-user-project"] == "sandbox-project"
    cloud.close()
