"""What commands leave behind, at the most talkative level: nothing that lets anybody in."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from jetscale_tui.errors import ExitCode
from tests.cli.conftest import Shell

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.access.machine import Machine

DEBUG = ("--log-level", "debug")


def left_behind(home: Path) -> str:
    """Logs, journals and whatever else lies in JetScale's own folders."""
    files = [file for file in home.rglob("*") if file.is_file()]
    assert files
    return "\n".join(file.read_text(errors="replace") for file in files)


def test_a_whole_run_leaves_no_token(
    quick: Sandbox,
    tmp_path: Path,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(quick.kubeconfig))
    shell = Shell(capsys, tmp_path)
    path = shell.setup()
    said = ""
    for arguments in (
        ("check", "-f", path),
        ("plan", "-f", path, "--json"),
        ("apply", "-f", path, "--yes", "--json"),
        ("undo", "--yes"),
    ):
        result = shell.run(*arguments, *DEBUG)
        assert result.code == ExitCode.DONE, result.err
        said += result.out + result.err
    written = left_behind(home)
    assert "run " in written, "it was talkative"
    assert quick.token not in said + written
    assert "PRIVATE KEY" not in said + written


def test_a_login_that_fails_leaves_no_token(
    machine: Machine, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shell, path = Shell(capsys, machine.folder), machine.setup()
    machine.log_in()
    good = shell.run("check", "-f", path, *DEBUG)
    token = machine.sign_in.token
    machine.revoke()
    bad = shell.run("plan", "-f", path, *DEBUG)
    assert bad.code == ExitCode.FAILED
    told = good.out + good.err + bad.out + bad.err + left_behind(home)
    for secret in (token, "not-so-secret"):
        assert secret not in told


def test_without_a_project_nothing_of_googles_is_even_loaded(
    quick: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Through plan, apply, check, doctor, forecast and undo; the rest is handed over."""
    path = Shell(capsys, tmp_path).setup(google={"project": None})
    commands = [
        (["plan", "-f", path], 0),
        (["apply", "-f", path, "--yes"], 1),
        (["check", "-f", path], 0),
        (["doctor", "-f", path], 1),
        (["forecast", "-f", path], 0),
        (["undo", "--yes"], 0),
    ]
    code = (
        "import sys\n"
        "from jetscale_tui import cli\n"
        f"for words, code in {commands!r}:\n"
        "    ended = cli.run(words)\n"
        "    assert ended == code, (words, ended)\n"
        "print([n for n in sys.modules if n.split('.')[0] == 'grpc' or n == 'google.cloud'])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KUBECONFIG": str(quick.kubeconfig)},
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-1] == "[]"
    assert "Adapter identity  (handed over)" in answer.stdout
    assert "google.project is not set" in answer.stdout
