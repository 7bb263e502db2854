"""What goes wrong ends as one clear message, the documented exit code, and nothing half-done."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from jetscale_tui.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.cli.conftest import Shell
    from tests.conftest import FullDisk

HEAD = "apiVersion: jetscale/v1\nkind: Setup\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line"),
        ("", "setup.yaml"),
        (HEAD + "scalling: {}\n", "scaling"),
        (HEAD + "scaling: {minReplicas: 5, maxReplicas: 2}\n", "scaling"),
        (HEAD + "google: !!python/object:os.system {}\n", "setup.yaml"),
    ],
)
@pytest.mark.parametrize("command", ["plan", "apply", "check"])
def test_a_broken_setup_file_is_refused(shell: Shell, command: str, text: str, said: str) -> None:
    result = shell.run(command, "-f", shell.file(text))
    assert result.code == ExitCode.USAGE
    assert result.out == ""
    assert said in result.err


def test_a_missing_setup_file_is_said(shell: Shell) -> None:
    result = shell.run("plan", "-f", "nowhere.yaml")
    assert result.code == ExitCode.USAGE
    assert "nowhere.yaml does not exist." in result.err


def test_a_mistyped_command_is_answered_with_the_nearest(shell: Shell) -> None:
    result = shell.run("plam")
    assert result.code == ExitCode.USAGE
    assert "There is no command 'plam'. Did you mean plan?" in result.err
    assert "Did you mean" not in shell.run("zzz").err
    assert shell.run("plan", "--nope").code == ExitCode.USAGE


def test_an_unknown_context_is_answered_with_those_there_are(operator: Shell) -> None:
    result = operator.run("plan", "-f", operator.setup(), "--context", "nope")
    assert result.code == ExitCode.USAGE
    assert "sandbox, sandbox-viewer" in result.err


class TestServers:
    @pytest.fixture
    def kubeconfig(self, quick: Sandbox, tmp_path: Path) -> Path:
        """A copy to spoil."""
        path = tmp_path / "spoilt"
        path.write_text(quick.kubeconfig.read_text())
        return path

    def spoil(self, path: Path, old: str, new: str) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    @pytest.mark.parametrize("command", ["plan", "apply"])
    def test_an_unreachable_server(
        self, operator: Shell, quick: Sandbox, kubeconfig: Path, command: str
    ) -> None:
        self.spoil(kubeconfig, quick.kube_url, "https://127.0.0.1:1")
        path = operator.setup()
        result = operator.run(command, "-f", path, "--kubeconfig", str(kubeconfig))
        assert result.code == ExitCode.UNREACHABLE
        assert result.out == ""
        assert "127.0.0.1:1" in result.err

    def test_a_wrong_token(self, operator: Shell, quick: Sandbox, kubeconfig: Path) -> None:
        document = yaml.safe_load(kubeconfig.read_text())
        for user in document["users"]:
            user["user"]["token"] = "wrong"
        kubeconfig.write_text(yaml.safe_dump(document))
        result = operator.run("plan", "-f", operator.setup(), "--kubeconfig", str(kubeconfig))
        assert result.code == ExitCode.FAILED
        assert result.err.startswith("✗ ")
        assert quick.token not in result.err

    def test_somebody_who_may_nothing(self, operator: Shell) -> None:
        path = operator.setup()
        result = operator.run("apply", "--yes", "-f", path, "--context", "sandbox-viewer")
        assert result.code == ExitCode.FAILED
        assert "viewer@example.com may not" in result.err
        assert "No runs yet." in operator.run("runs").err

    def test_a_broken_kubeconfig(self, operator: Shell, kubeconfig: Path) -> None:
        kubeconfig.write_text("{")
        result = operator.run("plan", "-f", operator.setup(), "--kubeconfig", str(kubeconfig))
        assert result.code == ExitCode.USAGE


def in_a_process(
    *arguments: str, home: Path, stdout: int = subprocess.PIPE, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jetscale_tui", *arguments],
        env={**os.environ, "JETSCALE_HOME": str(home), **variables},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_reader_that_has_gone_is_no_news(home: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = in_a_process("config", "schema", home=home, stdout=writing)
    finally:
        os.close(writing)
    assert done.stderr == ""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_are_no_defect(home: Path, closed: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m jetscale_tui config schema {closed}', sys.executable],
        env={**os.environ, "JETSCALE_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (ExitCode.DONE, "")


def test_output_that_finds_no_room_is_said(home: Path) -> None:
    with open("/dev/full", "w") as full:
        done = in_a_process("config", "schema", home=home, stdout=full.fileno())
    assert done.returncode == ExitCode.FAILED
    assert [line[:21] for line in done.stderr.splitlines()] == [
        "✗ The output could no",
        "  No space left on de",
        "  Free some space whe",
    ]


def test_answers_that_cannot_be_kept_are_said(operator: Shell, full_disk: FullDisk) -> None:
    with full_disk(100):
        result = operator.run("setup", "--yes")
    assert result.code == ExitCode.USAGE
    assert "Your answers cannot be kept in" in result.err
    assert "JETSCALE_HOME" in result.err


def test_a_home_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("in the way")
    done = in_a_process("runs", home=blocked)
    assert done.returncode == ExitCode.USAGE
    said = done.stderr.splitlines()
    assert said[0].startswith("✗ JetScale cannot keep its files in")
    assert str(blocked) in said[0]
    assert "JETSCALE_HOME" in said[-1]
    assert len(said) == 3


def test_a_run_whose_journal_finds_no_room_stops_and_says_so(
    operator: Shell, full_disk: FullDisk
) -> None:
    with full_disk(6_000):
        stopped = operator.run("apply", "-f", operator.setup(), "--yes")
    assert stopped.code == ExitCode.FAILED
    assert "cannot be written, and nothing is written without it." in stopped.err
    assert "jetscale undo" in stopped.err
    undone = operator.run("undo", "--yes")
    assert undone.code == ExitCode.DONE


def test_a_command_that_needs_no_state_works_without_a_home(tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("in the way")
    assert in_a_process("config", "schema", home=blocked).returncode == ExitCode.DONE


def test_without_a_command_and_a_terminal_the_help_is_printed(home: Path) -> None:
    done = in_a_process(home=home)
    assert done.returncode == ExitCode.DONE
    assert "Exit codes" in done.stdout
    assert done.stderr == ""
