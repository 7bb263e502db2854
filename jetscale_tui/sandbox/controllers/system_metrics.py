"""GKE's own accelerator metrics: per node and per container, once a minute, readable late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import NODE
from jetscale_tui.sandbox.controllers import pods as facts
from jetscale_tui.sandbox.device_plugin import running_models, tpu_container
from jetscale_tui.sandbox.jetstream import HBM_BYTES_PER_CHIP
from jetscale_tui.sandbox.monitoring import Series, labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.blueprint import Blueprint
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.jetstream import JetStream
    from jetscale_tui.sandbox.jetstream_pods import JetStreamPods
    from jetscale_tui.sandbox.kube.store import Store
    from jetscale_tui.sandbox.monitoring import Monitoring

_SAMPLE_SECONDS = 60.0
_VISIBLE_SECONDS = 120.0


class SystemMetrics:
    """Samples the chips of every TPU node; needs no PodMonitoring."""

    kinds = (NODE,)
    delay = _SAMPLE_SECONDS

    def __init__(
        self,
        store: Store,
        clock: SimClock,
        blueprint: Blueprint,
        jetstream: JetStreamPods,
        monitoring: Monitoring,
    ) -> None:
        self._store = store
        self._clock = clock
        self._blueprint = blueprint
        self._jetstream = jetstream
        self._monitoring = monitoring

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """TPU nodes."""
        if facts.TPU in ((observed.obj.get("status") or {}).get("allocatable") or ()):
            yield observed.key

    def reconcile(self, key: Key) -> float | None:
        """Take one sample of a node."""
        if self._store.peek(NODE, None, key[1]) is None:
            return None
        now = self._clock.monotonic()
        for pod, model in running_models(self._store, self._jetstream, key[1]):
            for series, value in self._samples(key[1], pod, model):
                self._monitoring.write(series, value, now, _VISIBLE_SECONDS)
        return _SAMPLE_SECONDS

    def _samples(
        self, node_name: str, pod: Json, model: JetStream
    ) -> Iterator[tuple[Series, float]]:
        blueprint, metadata = self._blueprint, pod["metadata"]
        place = {
            "project_id": blueprint.project_id,
            "location": blueprint.location,
            "cluster_name": blueprint.cluster,
        }
        container = {
            "namespace_name": metadata["namespace"],
            "pod_name": metadata["name"],
            "container_name": tpu_container(pod),
        }
        values = {
            "memory_used": model.hbm_bytes,
            "memory_total": HBM_BYTES_PER_CHIP,
            "duty_cycle": 100 * model.busy,
        }
        for chip in range(facts.chips(pod)):
            metric = {"make": "cloud-tpu", "accelerator_id": f"{metadata['uid'][:8]}-{chip}"}
            for name, value in values.items():
                for level, resource in (
                    ("node", {"node_name": node_name}),
                    ("container", container),
                ):
                    yield (
                        Series(
                            f"kubernetes.io/{level}/accelerator/{name}",
                            "GAUGE",
                            labels(metric),
                            f"k8s_{level}",
                            labels({**place, **resource}),
                        ),
                        value,
                    )
