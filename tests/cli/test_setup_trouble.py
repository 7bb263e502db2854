"""Prompts where something is wrong: what it is, what helps, and what can be done from here."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from jetscale_tui.errors import ExitCode
from jetscale_tui.sandbox.blueprint import Blueprint, WorkloadBlueprint

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.cli.conftest import Result, Shell
    from tests.conftest import StartSandbox

MONITORING = "monitoring.googleapis.com"
TROUBLED = Blueprint(
    services_disabled=(MONITORING,), workload=replace(WorkloadBlueprint(), metrics_port=0)
)


@pytest.fixture(scope="module")
def troubled(start_sandbox: StartSandbox) -> Sandbox:
    """No Cloud Monitoring, and a server without its metrics port."""
    return start_sandbox(TROUBLED, speed=60.0)


@pytest.fixture
def typing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Typing:
    return Typing(shell, monkeypatch)


class Typing:
    """Runs the prompts with lines typed, in a kubeconfig."""

    def __init__(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        self._shell = shell
        self._monkeypatch = monkeypatch

    def __call__(self, kubeconfig: Path, *lines: str, flags: tuple[str, ...] = ()) -> Result:
        self._monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
        bytes_typed = "".join(f"{line}\n" for line in lines).encode("latin-1")
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(bytes_typed), "utf-8"))
        return self._shell.run("setup", "--prompts", *flags)


def test_a_failed_check_is_fixed_on_y_and_everything_is_asked_again(
    typing: Typing, troubled: Sandbox
) -> None:
    result = typing(troubled.kubeconfig, "y", "n", "n")
    assert f"failed: Google services: disabled in sandbox-project: {MONITORING}" in result.err
    assert f"gcloud services enable {MONITORING}" in result.err
    assert "in sandbox-project now? [y/N]: y" in result.err
    assert f"enabled {MONITORING}" in result.err
    assert result.err.count("Asking ") >= 2
    assert "ok: Google services: 3 enabled" in result.err


def test_going_on_in_spite_of_failed_checks_has_to_be_said(
    typing: Typing, troubled: Sandbox
) -> None:
    stays = typing(troubled.kubeconfig, "n", "n", "n")
    assert "Go on all the same? No asks everything again. [y/N]: n" in stays.err
    assert "Step 2 of 7" not in stays.err
    goes_on = typing(troubled.kubeconfig, "n", "n", "y", flags=("--new",))
    assert "Step 2 of 7" in goes_on.err


def test_a_closed_metrics_port_is_opened_by_the_plan_only_on_a_yes(
    typing: Typing, troubled: Sandbox
) -> None:
    defaults = ("",) * 9
    flags = ("--ignore-failed-checks",)
    result = typing(troubled.kubeconfig, "n", "n", *defaults, "y", "n", flags=flags)
    assert "Open the metrics port now? The server's pods are replaced. [y/N]: y" in result.err
    assert "~ Deployment default/maxengine-server" in result.err
    assert "Carry this out? [y/N]: n" in result.err
    assert result.code == ExitCode.INTERRUPTED


def test_a_no_to_a_plan_that_cannot_run_stops_with_the_answers_kept(
    typing: Typing, troubled: Sandbox
) -> None:
    defaults = ("",) * 9
    flags = ("--ignore-failed-checks",)
    result = typing(troubled.kubeconfig, "n", "n", *defaults, "n", "n", flags=flags)
    assert "The plan cannot run as it is; nothing was changed." in result.err
    assert "Plan again? [Y/n]: n" in result.err
    assert "your answers are kept" in result.err


def test_yes_does_not_replace_pods_unasked(shell: Shell, troubled: Sandbox) -> None:
    flags = ("--kubeconfig", str(troubled.kubeconfig), "--yes", "--ignore-failed-checks")
    result = shell.run("setup", *flags)
    assert result.code == ExitCode.USAGE
    assert "--yes cannot answer: Open the metrics port now?" in result.err
    assert "Answer it with --open-metrics-port." in result.err


def test_without_a_kubeconfig_what_is_missing_is_said_with_its_fix(
    typing: Typing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    result = typing(tmp_path / "nowhere", "y")
    assert "failed: Kubernetes API: No kubeconfig was found" in result.err
    assert "There is no cluster to choose." in result.err
    assert result.code == ExitCode.USAGE
    assert "gcloud container clusters get-credentials" in result.err


def test_a_cluster_that_does_not_answer_ends_yes_as_unreachable(
    shell: Shell, troubled: Sandbox, tmp_path: Path
) -> None:
    config = yaml.safe_load(troubled.kubeconfig.read_text())
    for cluster in config["clusters"]:
        cluster["cluster"]["server"] = "https://127.0.0.1:9"
    path = tmp_path / "nobody-there"
    path.write_text(yaml.safe_dump(config))
    flags = ("--kubeconfig", str(path), "--yes", "--ignore-failed-checks")
    result = shell.run("setup", *flags)
    assert result.code == ExitCode.UNREACHABLE
    assert "127.0.0.1:9" in result.err


def test_a_stray_byte_is_an_answer_that_cannot_be_used(typing: Typing, troubled: Sandbox) -> None:
    result = typing(troubled.kubeconfig, "\xff", "n")
    assert "Write y or n." in result.err
    assert result.code == ExitCode.INTERRUPTED
