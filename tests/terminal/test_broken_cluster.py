"""A broken cluster in a real terminal: each prerequisite fails, and is fixed from the screen."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING

import yaml

from jetscale_tui.sandbox.blueprint import Blueprint, WorkloadBlueprint
from tests.terminal.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.conftest import StartSandbox

BROKEN = Blueprint(
    services_disabled=("monitoring.googleapis.com",),
    workload_identity=False,
    workload=WorkloadBlueprint(metrics_port=0),
)
SETUP = """\
apiVersion: jetscale/v1
kind: Setup
workload: {deployment: gemma, selector: {app: gemma}}
scaling: {maxReplicas: 9}
"""
PLUGIN = """\
#!{python}
import json, pathlib, sys
who = pathlib.Path({marker!r})
name = who.read_text().strip() if who.exists() else "nobody"
if name != "ana":
    sys.exit("Reauthentication required: " + name + ".")
print(json.dumps({{
    "apiVersion": "client.authentication.k8s.io/v1",
    "kind": "ExecCredential",
    "status": {{"token": {token!r}}},
}}))
"""
GCLOUD = """\
#!/bin/sh
printf 'gcloud %s: who are you? ' "$*"
read -r answer
echo "$answer" > {marker}
[ "$answer" = ana ]
"""


def behind_a_plugin(sandbox: Sandbox, folder: Path) -> Path:
    """A kubeconfig that lets in only who has logged in with gcloud; both are stand-ins."""
    marker, tools = folder / "logged-in", folder / "bin"
    tools.mkdir(parents=True)
    plugin, gcloud = tools / "gke-gcloud-auth-plugin", tools / "gcloud"
    plugin.write_text(PLUGIN.format(python=sys.executable, marker=str(marker), token=sandbox.token))
    gcloud.write_text(GCLOUD.format(marker=shlex.quote(str(marker))))
    for tool in (plugin, gcloud):
        tool.chmod(0o755)
    document = yaml.safe_load(sandbox.kubeconfig.read_text())
    current = document["current-context"]
    user = next(c["context"]["user"] for c in document["contexts"] if c["name"] == current)
    for entry in document["users"]:
        if entry["name"] == user:
            entry["user"] = {
                "exec": {
                    "apiVersion": "client.authentication.k8s.io/v1",
                    "command": "gke-gcloud-auth-plugin",
                    "interactiveMode": "Never",
                }
            }
    target = folder / "kubeconfig"
    target.write_text(yaml.safe_dump(document))
    target.chmod(0o600)
    return target


def test_each_prerequisite_that_fails_is_fixed_from_the_screen(
    start_sandbox: StartSandbox, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = start_sandbox(BROKEN)
    kubeconfig = behind_a_plugin(sandbox, tmp_path / "person")
    monkeypatch.setenv("PATH", f"{tmp_path / 'person' / 'bin'}:{os.environ['PATH']}")
    setup = tmp_path / "setup.yaml"
    setup.write_text(SETUP)
    with Terminal(
        home, "setup", "--answers", str(setup), "--kubeconfig", str(kubeconfig)
    ) as terminal:
        terminal.wait_for("▸ Set up autoscaling")
        terminal.press("Enter")
        # Nobody is let in: f hands the terminal to the login, and everything is asked again.
        terminal.wait_for("✗ Kubernetes API", "required: nobody.", "f Fix it")
        terminal.press("f")
        terminal.wait_for("gcloud auth login: who are you?")
        terminal.press("b", "o", "b", "Enter")
        # What a failed login said stays to be read.
        terminal.wait_for("gcloud ended with exit code 1. Enter goes back to JetScale.")
        terminal.press("Enter")
        # Asked again, not the picture of before.
        terminal.wait_for("✗ Kubernetes API", "required: bob.", "f Fix it")
        terminal.press("f")
        terminal.wait_for("gcloud auth login: who are you?")
        terminal.press("a", "n", "a", "Enter")
        # A service is enabled after a yes.
        terminal.wait_for("✓ Kubernetes API", "✗ Google services", "f Fix it")
        terminal.press("f")
        terminal.wait_for("monitoring.googleapis.com", "Enable in sandbox-project now?")
        terminal.press("y")
        # The rest are answers of the setup that do not fit this cluster.
        terminal.wait_for("✓ Google services", "✗ Workload Identity", "f Fix it")
        terminal.press("f")
        terminal.wait_for("✓ Workload Identity", "✗ Server", "f Fix it")
        terminal.press("f")
        terminal.wait_for("✓ Server", "✗ Metrics endpoint", "f Fix it")
        terminal.press("f")
        terminal.wait_for("the plan opens port 9100")
        terminal.wait_for("12 questions: 10 ok, 2 to look at")
        # What only deserves a look does not stop Enter.
        terminal.press("Enter")
        terminal.wait_for("Which cluster runs the server?")
