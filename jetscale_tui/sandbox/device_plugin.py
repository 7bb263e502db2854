"""The TPU device plugin's exporter: memory of every chip on its node, by the pod that holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import NODE, POD
from jetscale_tui.sandbox.controllers import pods as facts
from jetscale_tui.sandbox.exposition import CONTENT_TYPE, Exposition
from jetscale_tui.sandbox.jetstream import HBM_BYTES_PER_CHIP
from jetscale_tui.sandbox.kube.handlers import Reply
from jetscale_tui.sandbox.programs import Call, Plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.jetstream import JetStream
    from jetscale_tui.sandbox.jetstream_pods import JetStreamPods
    from jetscale_tui.sandbox.kube.store import Store

PORT = 2112
IMAGE = "tpu-device-plugin"


class DevicePlugin(Plain):
    """The process of the `tpu-device-plugin` DaemonSet."""

    def __init__(self, store: Store, jetstream: JetStreamPods) -> None:
        self._store = store
        self._jetstream = jetstream

    def runs_in(self, container: Json) -> bool:
        """By image."""
        return IMAGE in container["image"]

    def answer(self, pod: Json, port: int, call: Call) -> Reply | None:
        """The metrics page."""
        if port != PORT:
            return None
        if call.path != "/metrics":
            return Reply(404, b"404 page not found\n", "text/plain; charset=utf-8")
        return Reply(200, self._page(pod["spec"]["nodeName"]).encode(), CONTENT_TYPE)

    def _page(self, node_name: str) -> str:
        page = Exposition({})
        rows = list(self._chips(node_name))
        for labels, _ in rows:
            page.gauge("memory_total", "HBM of the chip in bytes", HBM_BYTES_PER_CHIP, labels)
        for labels, model in rows:
            page.gauge("memory_used", "HBM in use in bytes", model.hbm_bytes, labels)
        for labels, model in rows:
            page.gauge("duty_cycle", "Percent of time busy", 100 * model.busy, labels)
        return page.text()

    def _chips(self, node_name: str) -> Iterator[tuple[dict[str, str], JetStream]]:
        for pod, model in running_models(self._store, self._jetstream, node_name):
            node = self._store.peek(NODE, None, node_name) or {"metadata": {}}
            metadata, labels = pod["metadata"], node["metadata"].get("labels") or {}
            for chip in range(facts.chips(pod)):
                yield (
                    {
                        "namespace": metadata["namespace"],
                        "pod": metadata["name"],
                        "container": tpu_container(pod),
                        "make": "cloud-tpu",
                        "accelerator_id": f"{metadata['uid'][:8]}-{chip}",
                        "model": labels.get("cloud.google.com/gke-tpu-accelerator", ""),
                        "tpu_topology": labels.get("cloud.google.com/gke-tpu-topology", ""),
                    },
                    model,
                )


def running_models(
    store: Store, jetstream: JetStreamPods, node_name: str
) -> Iterator[tuple[Json, JetStream]]:
    """Pods with a loaded model on a node."""
    for pod in store.list(POD):
        if pod["spec"].get("nodeName") == node_name and facts.chips(pod):
            model = jetstream.model(pod)
            if model is not None:
                yield pod, model


def tpu_container(pod: Json) -> str:
    """The container that holds the chips."""
    for container in facts.containers(pod):
        if facts.requests({"spec": {"containers": [container]}}).get(facts.TPU) is not None:
            name: str = container["name"]
            return name
    return ""
