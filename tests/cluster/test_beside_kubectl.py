"""`jetscale watch` and the real kubectl, watching the same autoscalers at the same time."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.cluster import connect
from jetscale_tui.domain.kinds import HPA, Json, Ref
from tests.sandbox.kube.tools import Tool, find
from tests.waiting import eventually

if TYPE_CHECKING:
    from jetscale_tui.sandbox.environment import Sandbox


def hpa(name: str, maximum: int, *metrics: Json) -> Json:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "nosuch"}
    spec = {"scaleTargetRef": target, "maxReplicas": maximum}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {**spec, "metrics": list(metrics)} if metrics else spec,
    }


MEMORY: Json = {
    "type": "Resource",
    "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1536Mi"}},
}
BACKLOG: Json = {
    "type": "External",
    "external": {"metric": {"name": "backlog"}, "target": {"type": "Value", "value": "600m"}},
}


def without_ages(lines: list[str]) -> list[str]:
    """The rows, whose last cell depends on the second in which each was asked for."""
    return [re.sub(r"\S+$", "", line.rstrip("\n")) for line in lines]


@pytest.mark.parametrize("scope", [[], ["-A"]], ids=["one namespace", "all namespaces"])
def test_both_print_the_same_rows(sandbox: Sandbox, tmp_path: Path, scope: list[str]) -> None:
    cluster = connect.connect(sandbox.kubeconfig)
    first = hpa("web", 2)
    cluster.apply(first)
    eventually(lambda: (cluster.get(Ref.of(first)) or {}).get("status", {}).get("conditions"))

    kubectl = Tool(find("kubectl"), sandbox.kubeconfig, tmp_path)
    python = Tool(Path(sys.executable), sandbox.kubeconfig, tmp_path)
    watching = [
        kubectl.start("get", "hpa", "--watch", *scope),
        python.start("-m", "jetscale_tui", "watch", *scope),
    ]
    try:
        outputs = [process.stdout for process in watching if process.stdout is not None]
        printed = [[output.readline() for _ in range(2)] for output in outputs]
        cluster.apply(hpa("web", 3))
        cluster.apply(hpa("an-autoscaler-with-a-long-name", 2))
        cluster.apply(hpa("web", 4, MEMORY, BACKLOG, MEMORY))
        cluster.delete(Ref.to(HPA, "an-autoscaler-with-a-long-name", "default"))
        for lines, output in zip(printed, outputs, strict=True):
            lines += [output.readline() for _ in range(4)]
    finally:
        for process in watching:
            process.kill()
            process.communicate()
        cluster.delete(Ref.of(first))
    by_kubectl, by_us = map(without_ages, printed)
    assert by_us == by_kubectl
