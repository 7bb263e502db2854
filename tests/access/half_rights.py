"""Two people of one sandbox: one who may do half of it, and an administrator."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import yaml

from jetscale_tui.sandbox.kube.access import EVERYTHING, Identity, Rule

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox

TOKEN = "half-rights-token"
DENIED = (
    "resourcemanager.projects.setIamPolicy",
    "serviceusage.services.enable",
    "iam.serviceAccounts.create",
)
HALF = (
    Rule(("get", "list", "watch"), ("*",), ("*",)),
    Rule(
        ("create", "patch", "delete"),
        ("monitoring.googleapis.com", "autoscaling"),
        ("podmonitorings", "horizontalpodautoscalers"),
    ),
    Rule(("get",), paths=("*",)),
)
"""Sees everything, scrapes and scales; may make no adapter."""

_KUBECTL = """\
import sys, yaml
from jetscale_tui.cluster.connect import connect
words = sys.argv[1:]
if "get-contexts" in words:
    sys.exit(0)
cluster = connect()
assert "--server-side" in words and "--field-manager=jetscale" in words, words
for item in yaml.safe_load_all(sys.stdin):
    cluster.apply(item)
"""
_GCLOUD = """\
import sys
from jetscale_tui.domain.google import Binding
from jetscale_tui.wiring import RealBackend
words = sys.argv[1:]
options = dict(word.removeprefix("--").split("=", 1) for word in words if "=" in word)
cloud = RealBackend().cloud()
match words[:2]:
    case ["projects", "describe"]:
        print(cloud.project(words[2]).number)
    case ["projects", "add-iam-policy-binding"]:
        cloud.add_bindings(words[2], [Binding(options["role"], options["member"])])
    case ["services", "enable"]:
        names = [word for word in words[2:] if not word.startswith("--")]
        cloud.enable_services(options["project"], names)
    case _:
        sys.exit(f"not known: {words}")
"""


def kubeconfig_of_half(sandbox: Sandbox, folder: Path) -> Path:
    """The file of somebody with half the rights in the cluster."""
    sandbox.kube.identities[TOKEN] = Identity(sandbox.blueprint.account, rules=HALF)
    document = yaml.safe_load(sandbox.kubeconfig.read_text())
    for user in document["users"]:
        user["user"]["token"] = TOKEN
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(document))
    return path


def give_all_rights(sandbox: Sandbox) -> None:
    """The administrator gives them the rights after all."""
    sandbox.kube.identities[TOKEN] = Identity(sandbox.blueprint.account, rules=EVERYTHING)
    sandbox.google.permit(*DENIED)


def run_as_administrator(script: Path, sandbox: Sandbox, folder: Path) -> str:
    """Run a script with stand-ins of gcloud and kubectl that do to the sandbox what they are told.

    What the sandbox's account may do at Google is what the administrator may, while it runs.
    """
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    for name, program in (("kubectl", _KUBECTL), ("gcloud", _GCLOUD)):
        (tools / name).write_text(f"#!{sys.executable}\n{program}")
        (tools / name).chmod(0o755)
    cat = shutil.which("cat")
    assert cat
    if not (tools / "cat").exists():
        (tools / "cat").symlink_to(cat)
    environment = {
        "PATH": str(tools),
        "KUBECONFIG": str(sandbox.kubeconfig),
        "HOME": str(folder),
        "CONTEXT": "sandbox",
    }
    sandbox.google.permit(*DENIED)
    try:
        ended = subprocess.run(
            ["/bin/sh", str(script)],
            env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        sandbox.google.deny(*DENIED)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr
