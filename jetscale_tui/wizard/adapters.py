"""Who owns the metrics APIs now."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jetscale_tui.engine.detect import ApiOwner
    from jetscale_tui.wizard.desk import Desk

_PRODUCTS = {
    "stackdriver": "Custom Metrics Stackdriver Adapter",
    "prometheus": "prometheus-adapter",
    "keda": "KEDA",
    "datadog": "Datadog",
    "kube-metrics": "kube-metrics-adapter",
}


def owners_of_apis(desk: Desk) -> tuple[ApiOwner, ...]:
    """Ask the chosen cluster.

    Raises:
        JetScaleError: it cannot be asked.
    """
    from jetscale_tui.engine.detect import metric_api_owners

    return metric_api_owners(desk.backend.cluster(desk.draft.kubernetes.context))


def product(owner: ApiOwner) -> str:
    """The product behind a metrics API, else the name of its Service."""
    for part, name in _PRODUCTS.items():
        if part in owner.service.lower():
            return name
    return f"{owner.namespace}/{owner.service}"


def belongs_to(owner: ApiOwner, kind: str) -> bool:
    """Whether the owner is the adapter of that kind."""
    return str(kind) in owner.service.lower()
