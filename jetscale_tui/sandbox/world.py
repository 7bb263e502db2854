"""The cluster behind the API server: its objects, its controllers, its pods and their metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from jetscale_tui.sandbox import seed
from jetscale_tui.sandbox.aggregation import METRIC_APIS, Aggregation
from jetscale_tui.sandbox.controllers.apiservices import ApiServiceController
from jetscale_tui.sandbox.controllers.autoscaler import Autoscaler
from jetscale_tui.sandbox.controllers.collector import Collector
from jetscale_tui.sandbox.controllers.daemonsets import DaemonSetController
from jetscale_tui.sandbox.controllers.deployments import DeploymentController
from jetscale_tui.sandbox.controllers.endpointslices import EndpointSliceController
from jetscale_tui.sandbox.controllers.events import EventExpiry, EventRecorder
from jetscale_tui.sandbox.controllers.garbage import GarbageCollector
from jetscale_tui.sandbox.controllers.kubelet import Kubelet
from jetscale_tui.sandbox.controllers.metrics_client import MetricsClient
from jetscale_tui.sandbox.controllers.namespaces import NamespaceController
from jetscale_tui.sandbox.controllers.node_loss import NodeLoss
from jetscale_tui.sandbox.controllers.node_pools import NodePools, PoolSizes
from jetscale_tui.sandbox.controllers.ownership import Ownership
from jetscale_tui.sandbox.controllers.replicasets import ReplicaSetController
from jetscale_tui.sandbox.controllers.runner import Runner
from jetscale_tui.sandbox.controllers.scheduler import Scheduler
from jetscale_tui.sandbox.controllers.system_metrics import SystemMetrics
from jetscale_tui.sandbox.device_plugin import DevicePlugin
from jetscale_tui.sandbox.frontend import Frontend
from jetscale_tui.sandbox.identity import PodIdentity, Policies
from jetscale_tui.sandbox.jetstream_pods import JetStreamPods
from jetscale_tui.sandbox.keda import Keda
from jetscale_tui.sandbox.kube.catalog import STORED_KINDS
from jetscale_tui.sandbox.kube.store import Store
from jetscale_tui.sandbox.managed_prometheus import ManagedPrometheus
from jetscale_tui.sandbox.monitoring import Monitoring
from jetscale_tui.sandbox.network import Network
from jetscale_tui.sandbox.programs import Programs
from jetscale_tui.sandbox.prometheus_adapter import PrometheusAdapter
from jetscale_tui.sandbox.stackdriver import StackdriverAdapter

if TYPE_CHECKING:
    from jetscale_tui.sandbox.blueprint import Blueprint
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.kube.handlers import AggregatedHandler

CLUSTER_AGE = 3 * 86_400.0
WORKLOAD_AGE = 420.0
"""Simulated seconds that had passed before the sandbox started."""
_SETTLED = 60.0
"""What the system needs to come up."""


class Cloud(Policies, PoolSizes, Protocol):
    """The Google side, as far as the cluster looks at it."""


class World:
    """A cluster that behaves; nothing in it listens on a port."""

    def __init__(self, blueprint: Blueprint, clock: SimClock, cloud: Cloud) -> None:
        kinds = STORED_KINDS
        self.blueprint = blueprint
        self.clock = clock
        self.store = Store(clock)
        self.monitoring = Monitoring(clock, blueprint.ingestion_delay)
        self.prometheus = ManagedPrometheus(clock, self.monitoring)
        self.jetstream = JetStreamPods(clock, blueprint.workload)
        identity = PodIdentity(self.store, blueprint, cloud)
        adapter = StackdriverAdapter(self.store, clock, blueprint, identity, self.monitoring)
        frontend = Frontend(blueprint, identity, self.prometheus)
        plugin = DevicePlugin(self.store, self.jetstream)
        programs = Programs([self.jetstream, adapter, frontend, plugin, Keda()])
        self.network = Network(self.store, programs)
        prometheus_adapter = PrometheusAdapter(self.store, clock, self.network)
        programs.add(prometheus_adapter)
        aggregation = Aggregation(self.store, self.network, private=blueprint.private_nodes)
        self.aggregated: dict[tuple[str, str], AggregatedHandler] = dict.fromkeys(
            METRIC_APIS, aggregation
        )
        self.events = EventRecorder(self.store, clock)
        self._ownership = Ownership(self.store, kinds)
        store, ownership, events = self.store, self._ownership, self.events
        self.node_pools = NodePools(store, clock, blueprint, events, cloud)
        self.kubelet = Kubelet(store, clock, events, programs)
        self.runner = Runner(
            clock,
            store,
            [
                NamespaceController(store, kinds),
                GarbageCollector(store, ownership, kinds),
                EventExpiry(store, clock, events),
                DeploymentController(store, clock, ownership, events),
                ReplicaSetController(store, clock, ownership, events),
                DaemonSetController(store, ownership, events),
                EndpointSliceController(store, ownership),
                Scheduler(store, clock, events),
                self.node_pools,
                NodeLoss(store, events, cloud),
                self.kubelet,
                prometheus_adapter,
                ApiServiceController(store, clock, aggregation.discover),
                Collector(store, clock, blueprint, self.network, self.monitoring),
                SystemMetrics(store, clock, blueprint, self.jetstream, self.monitoring),
                Autoscaler(
                    store,
                    clock,
                    events,
                    MetricsClient(store, self.aggregated),
                    period=blueprint.hpa_period,
                    downscale_stabilization=blueprint.downscale_stabilization,
                ),
            ],
        )

    def settle(self) -> None:
        """Let the cluster's past happen, at once: afterwards the workload runs and is ready."""
        with self.clock.stopped():
            self.runner.follow()
            begin = self.clock.monotonic()
            seed.system(self.store, self.clock, self.blueprint)
            self.runner.run_until(begin + _SETTLED)
            # Nothing happens for days; timers that would have run a thousand times run once.
            self.clock.skip(CLUSTER_AGE - WORKLOAD_AGE - _SETTLED)
            seed.workload(self.store, self.blueprint)
            self.runner.run_until(begin + CLUSTER_AGE)

    def start(self) -> None:
        """Let time go on."""
        self.runner.start()

    def stop(self) -> None:
        """End everything that waits."""
        self.clock.close()
        self.jetstream.close()
        self.runner.stop()
        self._ownership.close()
