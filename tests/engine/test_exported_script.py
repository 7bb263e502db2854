"""The exported script, run with the real kubectl and helm: what it does is what `apply` does."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

from jetscale_tui.cluster.helm import CHART_VARIABLE
from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.export.script import script
from tests.engine.runs import PROFILE, QUICK, SPEED, Operator
from tests.engine.test_variants import CHART, setup
from tests.sandbox.kube.tools import find
from tests.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.conftest import StartSandbox

GCLOUD = """\
import sys
from jetscale_tui.domain.google import Binding
from jetscale_tui.wiring import RealBackend

cloud = RealBackend().cloud()
group, *words = [word for word in sys.argv[1:] if not word.startswith("--")]
options = dict(word[2:].split("=", 1) for word in sys.argv[1:] if word.startswith("--"))
binding = Binding(options.get("role", ""), options.get("member", ""))
match group, words:
    case "services", ["enable", *names]:
        cloud.enable_services(options["project"], names)
    case "projects", ["describe", project]:
        print(cloud.project(project).number)
    case "projects", ["add-iam-policy-binding", project]:
        cloud.add_bindings(project, [binding])
    case "iam", ["service-accounts", "describe", email]:
        sys.exit(cloud.service_account(options["project"], email) is None)
    case "iam", ["service-accounts", "create", name]:
        cloud.create_service_account(options["project"], name)
    case "iam", ["service-accounts", "add-iam-policy-binding", email]:
        cloud.add_account_bindings(options["project"], email, [binding])
    case _:
        sys.exit(f"unexpected: {sys.argv[1:]}")
"""
HELM = """\
import os, sys
kept = [w for w in sys.argv[1:] if not w.startswith(("--repo=", "--version="))]
given = ["{chart}" if word == "prometheus-adapter" else word for word in kept]
os.execv("{helm}", ["helm", *given])
"""


def program(path: Path, text: str) -> None:
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def run(exported: str, sandbox: Sandbox, folder: Path) -> None:
    """Run a script against a sandbox; Google is reached through what JetScale reaches it with."""
    program(folder / "gcloud", GCLOUD)
    program(folder / "helm", HELM.format(chart=CHART, helm=find("helm")))
    program(folder / "sleep", "import sys, time\ntime.sleep(float(sys.argv[1]) / 60)")
    (folder / "kubectl").symlink_to(find("kubectl"))
    done = subprocess.run(
        ["/bin/sh", "-c", exported],
        env={
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "KUBECONFIG": str(sandbox.kubeconfig),
            "CONTEXT": "sandbox",
            "JETSCALE_HOME": str(folder / "home"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def value_seen(operator: Operator) -> bool:
    hpa = operator.cluster.get(Ref.to(HPA, "jetstream-hpa", "default")) or {}
    return bool((hpa.get("status") or {}).get("currentMetrics"))


def test_apply_finds_nothing_left_to_do(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    sandbox = start_sandbox(QUICK, speed=SPEED)
    operator = Operator(sandbox, tmp_path, setup("V1", "service-account"))
    run(script(operator.setup, PROFILE, None), sandbox, tmp_path)
    eventually(lambda: value_seen(operator))
    plan = operator.plan()
    assert plan.changes == 0
    assert plan.kept == 24


def test_with_helm_too(
    start_sandbox: StartSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = start_sandbox(QUICK, speed=SPEED)
    monkeypatch.setenv("PATH", f"{find('helm').parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv(CHART_VARIABLE, str(CHART))
    monkeypatch.setenv("HOME", str(tmp_path))
    operator = Operator(sandbox, tmp_path, setup("V6", install="helm"))
    run(script(operator.setup, PROFILE, None), sandbox, tmp_path)
    eventually(lambda: value_seen(operator))
    assert operator.plan().changes == 0
