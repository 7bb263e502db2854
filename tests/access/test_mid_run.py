"""A login that ends while a setup is carried out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from jetscale_tui.errors import ExitCode
from jetscale_tui.sandbox.kube.access import EVERYTHING, Identity
from tests.cli.conftest import Shell
from tests.cli.terminal import Terminal
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox
    from jetscale_tui.sandbox.kube.routes import Request
    from tests.access.machine import Machine


def before_the_first_write(sandbox: Sandbox, path: str, happens: Callable[[], object]) -> None:
    """Something happens just before the first write below a path is looked at."""

    def intercept(request: Request) -> None:
        if request.method == "PATCH" and path in request.path and "dryRun" not in request.query:
            sandbox.kube.interceptor = None
            happens()

    sandbox.kube.interceptor = intercept


def test_without_a_terminal_it_fails_with_the_command_and_the_next_apply_goes_on(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    shell, path = Shell(capsys, machine.folder), machine.setup()
    machine.log_in()
    before_the_first_write(machine.sandbox, "/podmonitorings/", machine.revoke)
    ended = shell.run("apply", "--yes", "-f", path)
    assert ended.code == ExitCode.FAILED
    assert "gcloud auth application-default login" in ended.err
    assert f"Go on: jetscale apply -f {path}" in ended.err
    machine.log_in()
    again = shell.run("apply", "--yes", "-f", path)
    assert again.code == ExitCode.DONE, again.err
    (run,) = json.loads(shell.run("runs", "--json").out)
    assert run["state"] == "done"
    assert shell.run("undo", "--yes").code == ExitCode.DONE


def test_on_a_terminal_a_google_login_that_ends_is_waited_for(machine: Machine, home: Path) -> None:
    """One login for both sides, no kubeconfig: it ends before a write and is renewed elsewhere."""
    machine.log_in()
    before_the_first_write(machine.sandbox, "/podmonitorings/", machine.revoke)
    variables = {"JETSCALE_HOME": str(home)}
    terminal = Terminal("apply", "--yes", "-f", machine.setup(), variables=variables)
    try:
        eventually(
            lambda: (
                terminal.says("gcloud auth application-default login")
                and "The run goes on once that works." in " ".join(terminal.text.split())
            )
        )
        machine.log_in()
        assert terminal.code == ExitCode.DONE, terminal.text
        assert "✓ Autoscaler" in terminal.text
    finally:
        terminal.close()
    undo = Terminal("undo", "--yes", variables=variables)
    try:
        assert undo.code == ExitCode.DONE, undo.text
    finally:
        undo.close()


class TestOnATerminal:
    """Somebody is there: the run waits."""

    TOKENS = ("first-token", "second-token")

    @pytest.fixture
    def kubeconfig(self, quick: Sandbox, tmp_path: Path) -> Path:
        path = tmp_path / "kubeconfig"
        self.log_in(quick, path, self.TOKENS[0])
        return path

    def log_in(self, sandbox: Sandbox, path: Path, token: str) -> None:
        """As a login tool does: a new token, known to the server, in the kubeconfig."""
        account = sandbox.blueprint.account
        sandbox.kube.identities[token] = Identity(account, rules=EVERYTHING)
        document = yaml.safe_load(sandbox.kubeconfig.read_text())
        for user in document["users"]:
            user["user"]["token"] = token
        path.write_text(yaml.safe_dump(document))

    def test_it_says_which_command_to_run_and_goes_on_once_it_worked(
        self, quick: Sandbox, kubeconfig: Path, tmp_path: Path, home: Path
    ) -> None:
        google = {"project": "sandbox-project", "location": "us-central1", "cluster": "tpu-cluster"}
        setup = tmp_path / "setup.yaml"
        setup.write_text(yaml.safe_dump({"google": google}))
        variables = {"KUBECONFIG": str(kubeconfig), "JETSCALE_HOME": str(home)}
        end_login = quick.kube.identities.pop
        before_the_first_write(
            quick, "/horizontalpodautoscalers/", lambda: end_login(self.TOKENS[0])
        )
        terminal = Terminal("apply", "--yes", "-f", str(setup), variables=variables)
        try:
            eventually(
                lambda: (
                    terminal.says("refused the credentials")
                    and "The run goes on once that works." in " ".join(terminal.text.split())
                )
            )
            self.log_in(quick, kubeconfig, self.TOKENS[1])
            assert terminal.code == ExitCode.DONE, terminal.text
            assert "✓ Autoscaler" in terminal.text
        finally:
            terminal.close()
        undo = Terminal("undo", "--yes", variables=variables)
        try:
            assert undo.code == ExitCode.DONE
        finally:
            undo.close()
