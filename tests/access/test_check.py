"""`jetscale check`: what is missing is named with its fix, and in time."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import yaml

from jetscale_tui.domain.roles import smallest_role
from jetscale_tui.domain.spec import Adapter, Identity, Setup
from jetscale_tui.engine.identity import permissions
from jetscale_tui.errors import ExitCode
from jetscale_tui.sandbox.kube import access
from tests.cli.conftest import Result, Shell
from tests.cloud.sign_in import person_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.access.machine import Machine

BUSY_SECONDS = 30.0
"""More than a busy machine takes for what waits for nothing, the interpreter's start included."""
TOKEN = "token-of-the-kubeconfig"
BY_ACCOUNT = {"identity": "service-account"}
GOOGLES = permissions(Setup(adapter=Adapter(identity=Identity.SERVICE_ACCOUNT)))
KINDS = {
    "podmonitorings": "monitoring.googleapis.com",
    "namespaces": "",
    "serviceaccounts": "",
    "clusterroles": "rbac.authorization.k8s.io",
    "clusterrolebindings": "rbac.authorization.k8s.io",
    "rolebindings": "rbac.authorization.k8s.io",
    "deployments": "apps",
    "services": "",
    "apiservices": "apiregistration.k8s.io",
    "horizontalpodautoscalers": "autoscaling",
}


@pytest.fixture
def shell(machine: Machine, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys, machine.folder)


@pytest.fixture
def kubeconfig(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kubeconfig as of a real cluster, with a login of its own: nothing of it says sandbox."""
    document = yaml.safe_load(machine.sandbox.kubeconfig.read_text())
    for cluster in document["clusters"]:
        del cluster["cluster"]["extensions"]
    for user in document["users"]:
        user["user"]["token"] = TOKEN
    let_in(machine, access.EVERYTHING)
    path = machine.folder / "kubeconfig"
    path.write_text(yaml.safe_dump(document))
    monkeypatch.setenv("KUBECONFIG", str(path))
    return path


def let_in(machine: Machine, rules: tuple[access.Rule, ...]) -> None:
    account = machine.sandbox.blueprint.account
    machine.sandbox.kube.identities[TOKEN] = access.Identity(account, rules=rules)


def line(result: Result, title: str) -> str:
    """What is said about one question, its fix included."""
    blocks = result.out.replace("\n    ", "\0").splitlines()
    return next(block for block in blocks if block[2:].startswith(title)).replace("\0", "\n")


def quickly(shell: Shell, *arguments: str) -> Result:
    """With time to spare, which is not needed."""
    begun = time.monotonic()
    result = shell.run("check", *arguments, "--timeout", str(2 * BUSY_SECONDS))
    assert time.monotonic() - begun < BUSY_SECONDS
    return result


@pytest.mark.parametrize("with_file", [True, False], ids=["file", "detected"])
def test_a_healthy_project_passes(
    machine: Machine, shell: Shell, kubeconfig: Path, with_file: bool
) -> None:
    machine.log_in()
    result = quickly(shell, *(("-f", machine.setup()) if with_file else ()))
    assert result.code == ExitCode.DONE, result.out
    assert "12 fine, 0 to look at, 0 missing, 0 not reached" in result.err


def test_a_healthy_project_passes_without_a_kubeconfig(machine: Machine, shell: Shell) -> None:
    machine.log_in()
    named = ("--project", "sandbox-project", "--location", "us-central1")
    result = quickly(shell, *named, "--cluster", "tpu-cluster")
    assert "12 fine" in result.err, result.out
    assert "context gke_sandbox-project_us-central1_tpu-cluster" in line(result, "Kubernetes API")


@pytest.mark.parametrize("permission", GOOGLES)
def test_a_permission_that_is_missing_is_named_with_the_role_to_ask_for(
    machine: Machine, shell: Shell, kubeconfig: Path, permission: str
) -> None:
    machine.log_in()
    machine.sandbox.google.deny(permission)
    try:
        result = quickly(shell, "-f", machine.setup(adapter=BY_ACCOUNT))
    finally:
        machine.sandbox.google.permit(permission)
    about = line(result, "Permissions")
    assert about.startswith("!")
    assert f"you lack {permission}\n" in about
    assert "jetscale plan --hand-over DIR" in about
    assert (
        "gcloud projects add-iam-policy-binding sandbox-project --member=user:ana@example.com "
        f"--role={smallest_role(permission)} --condition=None" in about
    )


@pytest.mark.parametrize("resource", KINDS)
def test_a_right_in_the_cluster_that_is_missing_is_named(
    machine: Machine, shell: Shell, kubeconfig: Path, resource: str
) -> None:
    machine.log_in()
    others = tuple(
        access.Rule(("*",), (group,), (plural,))
        for plural, group in KINDS.items()
        if plural != resource
    )
    look = access.Rule(("get", "list", "watch"), ("*",), ("*",))
    let_in(machine, (*others, look, access.Rule(("*",), ("*",), ("pods/proxy",))))
    result = quickly(shell, "-f", machine.setup())
    about = line(result, "Permissions")
    assert f"you lack create/patch {resource}" in about
    assert "jetscale plan --hand-over DIR" in about


def test_without_credentials_the_command_to_log_in_is_named(
    machine: Machine, shell: Shell, kubeconfig: Path
) -> None:
    result = quickly(shell, "-f", machine.setup())
    about = line(result, "Google credentials")
    assert about.startswith("! Google credentials")
    assert "none found" in about
    assert "gcloud auth application-default login" in about
    assert line(result, "Google services").startswith("…")
    assert line(result, "Server").startswith("✓"), "the cluster is looked at all the same"


def test_expired_credentials_are_told_from_none(
    machine: Machine, shell: Shell, kubeconfig: Path
) -> None:
    machine.log_in()
    machine.revoke()
    result = quickly(shell, "-f", machine.setup())
    assert result.code == ExitCode.FAILED
    about = line(result, "Google credentials")
    assert about.startswith("✗")
    assert "have expired or were revoked" in about
    assert "Run: gcloud auth application-default login" in about
    assert line(result, "Server").startswith("✓")


def test_a_broken_credentials_file_is_told_from_none(
    machine: Machine, shell: Shell, kubeconfig: Path
) -> None:
    machine.log_in()
    person_file(machine.folder).write_text("{")
    about = line(quickly(shell, "-f", machine.setup()), "Google credentials")
    assert about.startswith("✗")
    assert str(person_file(machine.folder)) in about


def test_a_refused_kubeconfig_login_fails_and_google_is_looked_at_all_the_same(
    machine: Machine, shell: Shell, kubeconfig: Path
) -> None:
    machine.log_in()
    del machine.sandbox.kube.identities[TOKEN]
    result = quickly(shell, "-f", machine.setup())
    assert line(result, "Kubernetes API").startswith("✗")
    assert "Log in again" in line(result, "Kubernetes API")
    assert line(result, "Google services").startswith("✓")


class TestDeadNetwork:
    """Nothing comes back. Measured from the outside, the start of the interpreter included."""

    @pytest.fixture
    def silence(self) -> Iterator[int]:
        """A port that takes every connection and never says anything."""
        held: list[socket.socket] = []
        with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as server:

            def hold() -> None:
                while True:
                    try:
                        held.append(server.accept()[0])
                    except OSError:
                        return

            threading.Thread(target=hold, daemon=True).start()
            yield int(server.getsockname()[1])
            server.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()

    def check(self, *arguments: str) -> tuple[subprocess.CompletedProcess[str], float]:
        begun = time.monotonic()
        ended = subprocess.run(
            [sys.executable, "-m", "jetscale_tui", "check", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=dict(os.environ),
            timeout=3 * BUSY_SECONDS,
        )
        return ended, time.monotonic() - begun

    @pytest.mark.parametrize("with_file", [True, False], ids=["file", "detected"])
    def test_both_sides_are_given_up_in_time_each_with_its_fix(
        self,
        machine: Machine,
        kubeconfig: Path,
        silence: int,
        monkeypatch: pytest.MonkeyPatch,
        with_file: bool,
    ) -> None:
        """With a file as it comes, without one after a shorter time."""
        machine.log_in()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{silence}")
        how = ("-f", machine.setup()) if with_file else ("--timeout", "2")
        given = 7.0 if with_file else 2.0
        ended, seconds = self.check(*how)
        assert seconds < given + BUSY_SECONDS
        assert ended.returncode == ExitCode.FAILED, ended.stderr
        said = Result(ended.returncode, ended.stdout, ended.stderr)
        for title in ("Google credentials", "Kubernetes API"):
            assert line(said, title).startswith("✗")
            assert "network" in line(said, title)
        assert f"did not answer within {given - 0.5:g} s" in line(said, "Kubernetes API")
        assert "10 not reached" in ended.stderr
        assert "Traceback" not in ended.stderr

    def test_a_network_that_refuses_everything_is_known_at_once(
        self, machine: Machine, kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        machine.log_in()
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        ended, seconds = self.check("-f", machine.setup(), "--timeout", str(2 * BUSY_SECONDS))
        assert seconds < BUSY_SECONDS
        assert "did not answer within" not in ended.stdout
        assert "HTTPS_PROXY" in ended.stdout

    def test_google_apis_that_are_silent_do_not_hold_up_the_cluster(
        self, machine: Machine, kubeconfig: Path, silence: int
    ) -> None:
        """Signing in works, and then no API answers."""
        machine.log_in()
        machine.proxy.port = silence
        # Not less: it has to sign in meanwhile, and look at the cluster.
        given = 12.0
        ended, seconds = self.check("-f", machine.setup(), "--timeout", str(given))
        assert seconds < given + BUSY_SECONDS
        said = Result(ended.returncode, ended.stdout, ended.stderr)
        assert line(said, "Google credentials").startswith("✓")
        assert line(said, "Server").startswith("✓")
        assert line(said, "Google services").startswith("…")
        assert "serviceusage" in line(said, "Google services") or "services" in ended.stdout
