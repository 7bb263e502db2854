"""The real helm against a running sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sandbox.kube.tools import Tool

CHART = str(Path(__file__).parents[2] / "data" / "chart")
GREETING = ("get", "configmap", "web-settings", "-o", "jsonpath={.data.greeting}")


def test_a_release_lives_from_install_to_uninstall(helm: Tool, kubectl: Tool) -> None:
    assert "STATUS: deployed" in helm.done("install", "web", CHART, "--wait", "--timeout=30s")
    assert kubectl.done(*GREETING) == "hello"

    helm.done("upgrade", "web", CHART, "--set", "greeting=bye", "--set", "replicas=2")
    assert kubectl.done(*GREETING) == "bye"

    helm.done("rollback", "web", "1")
    assert kubectl.done(*GREETING) == "hello"
    history = json.loads(helm.done("history", "web", "-o", "json"))
    assert [entry["status"] for entry in history] == ["superseded", "superseded", "deployed"]

    assert "uninstalled" in helm.done("uninstall", "web", "--wait", "--timeout=30s")
    assert kubectl.done("get", "deploy,svc,cm,sa", "-l", "app=web", "-o", "name") == ""
    assert json.loads(helm.done("list", "-o", "json")) == []


def test_an_upgrade_installs_what_is_not_there(helm: Tool, kubectl: Tool) -> None:
    helm.done("upgrade", "--install", "other", CHART, "--dry-run=server")
    assert kubectl("get", "deployment", "other").code == 1
    helm.done("upgrade", "--install", "other", CHART)
    assert "other" in kubectl.done("get", "deployment")
    helm.done("uninstall", "other")


def test_what_is_not_the_releases_own_is_left_alone(helm: Tool, kubectl: Tool) -> None:
    kubectl.done("create", "serviceaccount", "third")
    refused = helm("install", "third", CHART)
    assert refused.code == 1
    assert "exists and cannot be imported into the current release" in refused.err
    kubectl.done("delete", "serviceaccount", "third")
