"""PodMonitorings: what Managed Service for Prometheus collects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import POD_MONITORING
from jetscale_tui.manifests.metadata import guide_namespace, header, is_literal

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.spec import Setup

TPU_EXPORTER_LABELS = {"k8s-app": "tpu-device-plugin"}
"""Labels of the TPU device plugin's pods."""


def server(setup: Setup) -> Json:
    """Collects the inference server's own metrics.

    The port is a number: text would be taken for the name of a container port. With a number the
    operator cannot tell the container, so that target label is not asked for. `pod` has to be
    there: the Stackdriver adapter joins series to pods on it.
    """
    scrape = setup.scrape.server
    labels = ["pod", "container", "node"] if is_literal(setup) else ["pod", "node"]
    endpoint = {
        "interval": scrape.interval,
        "path": scrape.path,
        "port": setup.workload.metrics_port,
    }
    return {
        **header(
            setup, POD_MONITORING, scrape.name, guide_namespace(setup, setup.workload.namespace)
        ),
        "spec": {
            "selector": {"matchLabels": dict(setup.workload.selector)},
            "endpoints": [endpoint],
            "targetLabels": {"metadata": labels},
        },
    }


def tpu_exporter(setup: Setup) -> Json:
    """Collects the TPU device plugin's exporter.

    Its port stays a number: with a port name, the exporter's own `container` label, which says who
    uses the chips, would be renamed.
    """
    scrape = setup.scrape.tpu
    return {
        **header(setup, POD_MONITORING, scrape.name, scrape.namespace, labels=TPU_EXPORTER_LABELS),
        "spec": {
            "endpoints": [{"port": scrape.port, "interval": scrape.interval}],
            "selector": {"matchLabels": dict(TPU_EXPORTER_LABELS)},
        },
    }
