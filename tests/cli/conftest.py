"""The command line in this process, against a fast sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from jetscale_tui import cli
from jetscale_tui.sandbox.blueprint import Blueprint

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.conftest import StartSandbox

QUICK = Blueprint(iam_propagation=10.0)


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str


class Shell:
    """Runs commands with a kubeconfig; nothing is a terminal."""

    def __init__(self, capsys: pytest.CaptureFixture[str], directory: Path) -> None:
        self._capsys = capsys
        self.directory = directory

    def run(self, *arguments: str) -> Result:
        """One command."""
        self._capsys.readouterr()
        code = cli.run([*arguments])
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err
        return Result(code, said.out, said.err)

    def setup(self, **parts: Any) -> str:
        """Path of a setup document for the sandbox, with some parts replaced."""
        google = {
            "project": QUICK.project_id,
            "location": QUICK.location,
            "cluster": QUICK.cluster,
        }
        document = {"apiVersion": "jetscale/v1", "kind": "Setup", "google": google, **parts}
        return self.file(yaml.safe_dump(document))

    def file(self, text: str) -> str:
        """Path of a file with that text."""
        path = self.directory / "setup.yaml"
        path.write_text(text)
        return str(path)


@pytest.fixture(scope="module")
def quick(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox(QUICK, speed=60.0)


@pytest.fixture
def shell(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """Without a cluster."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "no-kubeconfig"))
    monkeypatch.setenv("NO_COLOR", "1")
    return Shell(capsys, tmp_path)


@pytest.fixture
def operator(shell: Shell, quick: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """With the sandbox's kubeconfig."""
    monkeypatch.setenv("KUBECONFIG", str(quick.kubeconfig))
    return shell
