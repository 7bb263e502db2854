"""A healthy cluster and project for the prerequisites; a test breaks one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.engine.checks import (
    Finding,
    Scene,
    run_check,
)
from jetscale_tui.engine.prerequisites import CHECKS
from tests.fakes import FakeCloud
from tests.unit.engine.scene import (
    PROFILE,
    SETUP,
    cluster_with_server,
    gke,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.spec import Setup


def collector(ready: int = 3) -> Json:
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "collector", "namespace": "gmp-system"},
        "status": {"numberReady": ready, "desiredNumberScheduled": 3},
    }


CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "podmonitorings.monitoring.googleapis.com"},
}


class Place:
    """A healthy cluster and project; a test breaks one thing."""

    def __init__(self) -> None:
        self.cluster = cluster_with_server(CRD, collector())
        self.cloud: FakeCloud | None = FakeCloud(gke())

    def scene(self, setup: Setup = SETUP) -> Scene:
        return Scene(setup, PROFILE, lambda: self.cluster, lambda: self.cloud)

    def find(self, which: str, setup: Setup = SETUP) -> Finding:
        check = next(check for check in CHECKS if check.id == which)
        return run_check(check, self.scene(setup))
