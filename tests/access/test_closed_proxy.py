"""Somebody who may not reach pods through the API server sees the server's values all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from jetscale_tui.domain.monitoring import Availability
from jetscale_tui.domain.spec import Google, Setup
from jetscale_tui.engine import detect
from jetscale_tui.engine.collected import collected, completed
from jetscale_tui.errors import ExitCode
from jetscale_tui.manifests.build import build
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.kube.access import Identity, Rule
from jetscale_tui.setupfile.profiles import load_profile
from jetscale_tui.wiring import RealBackend
from tests.cli.conftest import Shell
from tests.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.conftest import StartSandbox

LOOKING = (Rule(("get", "list", "watch"), ("", "apps"), ("pods", "deployments")),)
NO_PROXY = (
    *(
        Rule(("*",), (group,), ("*",))
        for group in (
            "apiextensions.k8s.io",
            "apiregistration.k8s.io",
            "apps",
            "autoscaling",
            "custom.metrics.k8s.io",
            "monitoring.googleapis.com",
            "rbac.authorization.k8s.io",
        )
    ),
    Rule(("*",), ("",), ("namespaces", "nodes", "pods", "serviceaccounts", "services")),
)
"""Everything a setup needs, but for reaching pods through the API server."""
TOKEN = "may-not-proxy"
BACKLOG = "jetstream_prefill_backlog_size"


def kubeconfig_of(sandbox: Sandbox, folder: Path, rules: tuple[Rule, ...]) -> Path:
    """The file of somebody who may do so much."""
    sandbox.kube.identities[TOKEN] = Identity(sandbox.blueprint.account, rules=rules)
    document = yaml.safe_load(sandbox.kubeconfig.read_text())
    for user in document["users"]:
        user["user"]["token"] = TOKEN
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(document))
    return path


def test_the_values_come_from_cloud_monitoring(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    sandbox = start_sandbox(Blueprint(), speed=60.0)
    blueprint, profile = sandbox.blueprint, load_profile("jetstream-maxtext")
    setup = Setup(
        google=Google(
            project=blueprint.project_id, location=blueprint.location, cluster=blueprint.cluster
        )
    )
    admin = RealBackend(sandbox.kubeconfig).cluster()
    scrape = next(group for group in build(setup, profile, None) if group.step == "scrape-server")
    for manifest in scrape.objects:
        admin.apply(manifest)

    backend = RealBackend(kubeconfig_of(sandbox, tmp_path, LOOKING))
    cloud = backend.cloud()
    assert cloud is not None

    look = detect.look_at_server(backend.cluster(), setup)
    assert look.page is not None
    assert "proxy" in look.page.error

    def has_values() -> bool:
        found = collected(cloud, setup, profile)
        return any(each.availability is Availability.DATA for each in found)

    eventually(has_values)
    made_up = completed(look, cloud, setup, profile)
    assert made_up.collected
    assert made_up.metrics[BACKLOG] == 0.0


def test_a_setup_is_carried_out_without_asking_a_pod(
    start_sandbox: StartSandbox,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sandbox = start_sandbox(Blueprint(iam_propagation=5.0), speed=60.0)
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig_of(sandbox, tmp_path, NO_PROXY)))
    shell = Shell(capsys, tmp_path)
    path = shell.setup()
    assert "you may not ask" in shell.run("check", "-f", path).out
    result = shell.run("apply", "--yes", "-f", path)
    assert result.code == ExitCode.DONE, result.err
    assert "port 9100 may not be asked by you" in result.err
    assert "Cloud Monitoring has jetstream_prefill" in shell.run("check", "-f", path).out
