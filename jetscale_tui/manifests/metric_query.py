"""Where a metric is asked for: the request the autoscaler's controller makes itself.

Listing the metrics APIs proves nothing, the Stackdriver adapter lists stand-ins only; asking for
the exact metric does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from jetscale_tui.manifests.rbac import CUSTOM_METRICS_GROUP, EXTERNAL_METRICS_GROUP
from jetscale_tui.manifests.serving import Source, serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """A GET on one of the metrics APIs."""

    path: str
    """Percent-encoded: a bar is `%7C`."""
    query: Mapping[str, str]
    """Parameters, not encoded."""


def metric_query(setup: Setup, profile: Profile, name: str) -> MetricQuery:
    """The request that answers with the metric's current value."""
    served = serving(setup, profile, name)
    metric = quote(served.name, safe="")
    namespace = quote(setup.workload.namespace, safe="")
    if served.source is Source.PODS:
        path = f"/apis/{CUSTOM_METRICS_GROUP}/v1beta2/namespaces/{namespace}/pods/*/{metric}"
        return MetricQuery(path, {"labelSelector": _selector(setup.workload.selector)})
    path = f"/apis/{EXTERNAL_METRICS_GROUP}/v1beta1/namespaces/{namespace}/{metric}"
    selector = _selector(served.selector)
    return MetricQuery(path, {"labelSelector": selector} if selector else {})


def _selector(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
