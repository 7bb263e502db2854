"""A cluster of fakes that was set up and works, for the doctor to find one thing wrong with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.kinds import DEPLOYMENT, HPA, SERVICE, Ref
from jetscale_tui.domain.monitoring import Availability, MetricHistory, MetricSeries, Sample
from jetscale_tui.engine.doctor import Health, Link, LinkId, Patient, examine
from tests.unit.engine.scene import PAGE_PATH, PROFILE, SETUP, gke
from tests.unit.engine.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.spec import Setup

BACKLOG = "prometheus.googleapis.com/jetstream_prefill_backlog_size/gauge"
METRIC_PATH = (
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/pods/*/"
    "prometheus.googleapis.com%7Cjetstream_prefill_backlog_size%7Cgauge"
)
ADAPTER = "custom-metrics-stackdriver-adapter"
ADAPTER_REF = Ref.to(DEPLOYMENT, ADAPTER, "custom-metrics")
ADAPTER_SERVICE = Ref.to(SERVICE, ADAPTER, "custom-metrics")
HPA_REF = Ref.to(HPA, "jetstream-hpa", "default")
SERVER_REF = Ref.to(DEPLOYMENT, "maxengine-server", "default")
CRD: Json = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "podmonitorings.monitoring.googleapis.com"},
}
COLLECTOR: Json = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "metadata": {"name": "collector", "namespace": "gmp-system"},
    "status": {"numberReady": 3, "desiredNumberScheduled": 3},
}
APPLY = "jetscale apply -f setup.yaml"


class Bed:
    """Everything was applied a day ago, and fresh values come."""

    def __init__(self, folder: Path, setup: Setup = SETUP) -> None:
        self.world = World(folder)
        self.setup = setup
        self.cluster, self.cloud = self.world.cluster, self.world.cloud
        self.world.run(self.world.plan(setup))
        self.change(SERVER_REF, _probed)
        self.cluster.put(CRD)
        self.cluster.put(COLLECTOR)
        self.world.clock.seconds = 86_400.0
        self.cloud.histories[BACKLOG] = self.history(timedelta(minutes=9), timedelta(seconds=5))
        self.about: dict[str, Any] = {}
        """What is otherwise about the patient."""

    def history(
        self, *ages: timedelta, kind: str = BACKLOG, pod: str = "server-1"
    ) -> MetricHistory:
        """A metric with values of such ages, oldest first."""
        now = self.world.clock.now()
        samples = tuple(Sample(now - age, 1.0) for age in ages)
        series = MetricSeries("prometheus_target", {}, {"pod": pod} if pod else {}, samples)
        return MetricHistory(kind, Availability.DATA, (series,))

    def links(self) -> dict[LinkId, Link]:
        patient = Patient(
            "default",
            "jetstream-hpa",
            self.setup,
            PROFILE,
            lambda: self.cluster,
            lambda: self.cloud,
            self.world.clock,
            APPLY,
        )
        return {link.id: link for link in examine(replace(patient, **self.about))}

    def broken(self) -> Link:
        """The one link that is."""
        (bad,) = (link for link in self.links().values() if link.health is Health.BROKEN)
        return bad

    def link(self, which: LinkId) -> Link:
        return self.links()[which]

    def change(self, ref: Ref, change: Callable[[Json], object]) -> None:
        """Change an object as another client would, its status included."""
        obj = self.cluster.objects[ref]
        change(obj)

    def set_status(self, ref: Ref, **status: Any) -> None:
        self.change(ref, lambda obj: obj.update(status=status))

    def no_value(self, error: Exception | None = None) -> None:
        """The metrics API answers without a value, or with an error."""
        self.cluster.silent = error or "{}"

    def without_page(self) -> None:
        """Nobody answers on the server's metrics port."""
        del self.cluster.answers[PAGE_PATH]


def other_pools(**changes: Any) -> Any:
    """The cluster as Google describes it, its pool otherwise."""
    return gke(pools=(replace(gke().pools[0], **changes),))


def _probed(deployment: Json) -> None:
    container = deployment["spec"]["template"]["spec"]["containers"][1]
    container["readinessProbe"] = {"httpGet": {"path": "/healthcheck", "port": 8000}}
