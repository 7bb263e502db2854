"""Two people of one sandbox: one who may do half of it, and an administrator."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import yaml

from jetscale_tui.sandbox.restriction import load_restriction

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox
    from jetscale_tui.sandbox.people import Person

CONTEXT = "sandbox-restricted"
ACCOUNT = "half@example.com"
LOOKING = """
  - {verbs: [get, list, watch], groups: ["*"], resources: ["*"]}
  - {verbs: [get], paths: ["*"]}
"""
CHANGING = """
  - verbs: [create, patch, delete]
    groups: [monitoring.googleapis.com, autoscaling]
    resources: [podmonitorings, horizontalpodautoscalers]
"""
"""Scrapes and scales; may make no adapter."""
READING = """
  - container.*
  - iam.serviceAccounts.get
  - monitoring.*
  - resourcemanager.projects.get
  - resourcemanager.projects.getIamPolicy
  - serviceusage.services.get
  - serviceusage.services.list
"""
"""Neither grants roles nor enables services."""

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


def person(folder: Path, *rules: str) -> Person:
    """Somebody with some of the rules above, by the way of a file."""
    path = folder / "rights.yaml"
    path.write_text(f"account: {ACCOUNT}\nkubernetes:{''.join(rules)}\ngoogle:{READING}")
    return load_restriction(path).person


def kubeconfig_of(sandbox: Sandbox, folder: Path) -> Path:
    """The sandbox's file with the restricted person as the current one."""
    document = yaml.safe_load(sandbox.kubeconfig.read_text())
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump({**document, "current-context": CONTEXT}))
    return path


def run_as_administrator(script: Path, sandbox: Sandbox, folder: Path) -> str:
    """Run a script with stand-ins of gcloud and kubectl that do as they are told."""
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
    ended = subprocess.run(
        ["/bin/sh", str(script)],
        env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr
