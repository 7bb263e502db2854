"""Somebody with half the rights: what they may do is done, the rest is handed over, then all is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import HPA, NAMESPACE, POD_MONITORING
from jetscale_tui.errors import ExitCode
from jetscale_tui.sandbox.blueprint import Blueprint
from tests.access import half_rights
from tests.cli.conftest import Shell
from tests.cli.terminal import Terminal
from tests.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.conftest import StartSandbox

ADAPTER = "custom-metrics"


@pytest.fixture
def rules() -> tuple[str, ...]:
    """What the person may do in the cluster."""
    return (half_rights.LOOKING, half_rights.CHANGING)


@pytest.fixture
def half(start_sandbox: StartSandbox, tmp_path: Path, rules: tuple[str, ...]) -> Sandbox:
    """Each test changes it for good."""
    restricted = half_rights.person(tmp_path, *rules)
    return start_sandbox(Blueprint(iam_propagation=5.0), speed=60.0, restricted=restricted)


@pytest.fixture
def person(
    half: Sandbox,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    """At a command line that is no terminal."""
    monkeypatch.setenv("KUBECONFIG", str(half_rights.kubeconfig_of(half, tmp_path)))
    monkeypatch.setenv("NO_COLOR", "1")
    return Shell(capsys, tmp_path)


def test_the_permitted_steps_are_done_and_the_rest_once_the_script_was_run(
    person: Shell, half: Sandbox, tmp_path: Path
) -> None:
    path, folder = person.setup(), tmp_path / "for-the-administrator"

    first = person.run("apply", "--yes", "-f", path)
    assert first.code == ExitCode.FAILED
    assert "Autoscaler cannot work before somebody else has done: " in first.err
    assert "Adapter identity, Metrics adapter" in first.err
    assert f"jetscale plan -f {path} --hand-over DIR" in first.err
    assert half.store.get(POD_MONITORING, "default", "jetstream-podmonitoring")
    assert half.store.get(HPA, "default", "jetstream-hpa")
    assert half.store.get(NAMESPACE, None, ADAPTER) is None

    handed = person.run("plan", "-f", path, "--hand-over", str(folder))
    assert handed.code == ExitCode.DONE
    assert sorted(file.name for file in folder.iterdir()) == ["hand-over.md", "hand-over.sh"]
    half_rights.run_as_administrator(folder / "hand-over.sh", half, tmp_path)
    assert half.store.get(NAMESPACE, None, ADAPTER)

    second = person.run("apply", "--yes", "-f", path)
    assert second.code == ExitCode.DONE, second.err
    assert "✓ Adapter identity" in second.err
    assert "✓ Autoscaler" in second.err
    (run,) = json.loads(person.run("runs", "--json").out)
    assert run["state"] == "done"
    assert person.run("plan", "-f", path, "--hand-over", str(folder)).err.startswith("Nothing has")

    assert person.run("undo", "--yes").code == ExitCode.DONE
    assert half.store.get(HPA, "default", "jetstream-hpa") is None
    assert half.store.get(NAMESPACE, None, ADAPTER), "what somebody else made is not ours to undo"


def test_the_script_may_be_run_again(person: Shell, half: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    person.run("plan", "-f", person.setup(), "--hand-over", str(folder))
    for _ in range(2):
        half_rights.run_as_administrator(folder / "hand-over.sh", half, tmp_path)
    role = "roles/monitoring.viewer"
    granted = [b for b in half.google.policy.read().bindings if b.role == role]
    assert [len(binding.members) for binding in granted] == [1]


def test_files_are_never_overwritten_unless_forced(person: Shell, tmp_path: Path) -> None:
    arguments = ("plan", "-f", person.setup(), "--hand-over", str(tmp_path / "out"))
    assert person.run(*arguments).code == ExitCode.DONE
    script = tmp_path / "out" / "hand-over.sh"
    script.write_text("mine")
    refused = person.run(*arguments)
    assert refused.code == ExitCode.USAGE
    assert "exists already" in refused.err
    assert script.read_text() == "mine"
    assert person.run(*arguments, "--force").code == ExitCode.DONE
    assert script.read_text() != "mine"


def test_force_alone_is_refused(person: Shell) -> None:
    assert person.run("plan", "-f", person.setup(), "--force").code == ExitCode.USAGE


@pytest.mark.parametrize("rules", [(half_rights.LOOKING,)])
def test_somebody_who_may_do_nothing_is_told_before_anything_is_begun(person: Shell) -> None:
    result = person.run("apply", "--yes", "-f", person.setup())
    assert result.code == ExitCode.FAILED
    assert "You may not make any of these changes; nothing was changed." in result.err
    assert "--hand-over DIR" in result.err
    assert "No runs yet." in person.run("runs").err


def test_on_a_terminal_it_waits_and_goes_on_once_the_script_was_run(
    person: Shell, half: Sandbox, tmp_path: Path, home: Path
) -> None:
    path, folder = person.setup(), tmp_path / "out"
    person.run("plan", "-f", path, "--hand-over", str(folder))
    variables = {"KUBECONFIG": str(tmp_path / "kubeconfig"), "JETSCALE_HOME": str(home)}
    terminal = Terminal("apply", "--yes", "-f", path, variables=variables)
    try:
        eventually(lambda: terminal.says("» Autoscaler"))
        half_rights.run_as_administrator(folder / "hand-over.sh", half, tmp_path)
        assert terminal.code == ExitCode.DONE, terminal.text
        assert "✓ Autoscaler" in terminal.text
    finally:
        terminal.close()
