"""Credential plugins run without our keyboard and screen, and fail in words."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from jetscale_tui.cluster import credentials
from jetscale_tui.cluster.credentials import Plugin
from jetscale_tui.errors import AuthError, ConfigError

CLUSTER = {
    "server": "https://gke.example",
    "certificate-authority-data": "UEVN",
    "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}],
}


def plugin(tmp_path: Path, body: str, **entry: Any) -> Plugin:
    """A plugin that is a Python program of its own."""
    script = tmp_path / "login"
    script.write_text(f"#!{sys.executable}\nimport json, os, sys\n{body}\n")
    script.chmod(0o755)
    return Plugin.of({"command": str(script), **entry}, CLUSTER)


ANSWER = """
status = {"token": "t0k3n", "expirationTimestamp": "2030-01-01T00:00:00Z"}
print(json.dumps({"kind": "ExecCredential", "status": status}))
"""


def test_a_token_and_its_expiry_come_back_and_stay_out_of_reprs(tmp_path: Path) -> None:
    credential = plugin(tmp_path, ANSWER).run()
    assert credential.token == "t0k3n"
    assert credential.expires is not None
    assert credential.expires.year == 2030
    assert "t0k3n" not in repr(credential)


def test_a_client_certificate_is_a_credential_too(tmp_path: Path) -> None:
    body = """
print(json.dumps({"status": {"clientCertificateData": "CERT", "clientKeyData": "KEY"}}))
"""
    credential = plugin(tmp_path, body).run()
    assert (credential.certificate, credential.key) == ("CERT", "KEY")


def test_a_plugin_is_told_what_the_protocol_says(tmp_path: Path) -> None:
    body = """
seen = {"info": json.loads(os.environ["KUBERNETES_EXEC_INFO"]), "args": sys.argv[1:],
        "mode": os.environ["MODE"], "input": sys.stdin.read()}
print(json.dumps({"status": {"token": json.dumps(seen)}}))
"""
    entry = {
        "args": ["--quick"],
        "env": [{"name": "MODE", "value": "test"}],
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "provideClusterInfo": True,
    }
    seen = json.loads(plugin(tmp_path, body, **entry).run().token)
    assert seen["args"] == ["--quick"]
    assert seen["mode"] == "test"
    assert seen["input"] == "", "a plugin must not read our keyboard"
    assert seen["info"] == {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "kind": "ExecCredential",
        "spec": {
            "interactive": False,
            "cluster": {
                "server": "https://gke.example",
                "certificate-authority-data": "UEVN",
                "config": {"audience": "x"},
            },
        },
    }


def test_a_plugin_that_fails_is_quoted_and_writes_nothing_itself(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    failing = plugin(tmp_path, "sys.stderr.write('Reauthentication is needed\\n'); sys.exit(3)")
    with pytest.raises(AuthError, match="exit code 3") as raised:
        failing.run()
    assert raised.value.why == "Reauthentication is needed"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("output", ["", "no json", "[]", '{"status": {}}', '{"status": "ok"}'])
def test_a_plugin_that_answers_nonsense_gave_no_credential(tmp_path: Path, output: str) -> None:
    with pytest.raises(AuthError, match="gave no credential"):
        plugin(tmp_path, f"print({output!r})").run()


def test_a_plugin_that_cannot_start_says_why(tmp_path: Path) -> None:
    broken = plugin(tmp_path, "")
    Path(broken.command).write_text("#!/no/such/interpreter\n")
    with pytest.raises(AuthError, match="cannot be run"):
        broken.run()


def test_a_plugin_that_insists_on_a_keyboard_is_not_started(tmp_path: Path) -> None:
    with pytest.raises(AuthError, match="insists on a keyboard"):
        plugin(tmp_path, ANSWER, interactiveMode="Always").run()


def test_a_missing_plugin_says_how_to_install_it(tmp_path: Path) -> None:
    with pytest.raises(AuthError, match="was not found") as gke:
        Plugin.of({"command": str(tmp_path / "gke-gcloud-auth-plugin")}, {}).run()
    assert "gcloud components install gke-gcloud-auth-plugin" in gke.value.fix
    with pytest.raises(AuthError) as other:
        Plugin.of({"command": "no-such-login", "installHint": "brew install it"}, {}).run()
    assert other.value.fix == "brew install it"


def test_a_plugin_beside_gcloud_is_found_though_it_is_not_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sdk, path = tmp_path / "sdk" / "bin", tmp_path / "bin"
    for folder in (sdk, path):
        folder.mkdir(parents=True)
    for name in ("gcloud", "gke-gcloud-auth-plugin"):
        (sdk / name).write_text("#!/bin/sh\n")
        (sdk / name).chmod(0o755)
    (path / "gcloud").symlink_to(sdk / "gcloud")
    monkeypatch.setenv("PATH", str(path))
    assert credentials.find_program("gke-gcloud-auth-plugin") == str(sdk / "gke-gcloud-auth-plugin")
    assert credentials.find_program(os.sep + "no/such/plugin") is None


def test_a_plugin_finds_the_programs_beside_it(tmp_path: Path) -> None:
    body = """
import shutil
print(json.dumps({"status": {"token": shutil.which("gcloud") or "lost"}}))
"""
    beside = tmp_path / "gcloud"
    beside.write_text("#!/bin/sh\n")
    beside.chmod(0o755)
    assert plugin(tmp_path, body, env=[{"name": "LANG", "value": "C"}]).run().token != "lost"


def test_an_entry_without_a_command_is_refused() -> None:
    with pytest.raises(ConfigError, match="without a command"):
        Plugin.of({"args": ["x"]}, {})
