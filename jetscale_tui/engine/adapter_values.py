"""Whether the adapter has a value for every metric, asked as the autoscaler will ask.

Where it has none, the likely cause is looked for: the frontend of Managed Prometheus is ready
whatever it may do, so only a query through it tells whether its grant has taken effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from jetscale_tui.domain.spec import AdapterKind
from jetscale_tui.engine import observe
from jetscale_tui.engine.waiting import Seen
from jetscale_tui.errors import AuthError, JetScaleError, NotFound, PermissionDenied, Unreachable
from jetscale_tui.manifests import frontend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Cluster

_NEW = "A new metric may take up to 10 minutes."


def look(
    hpa: Json, pod_labels: Mapping[str, str], setup: Setup, cluster: Cluster, hint: str
) -> Seen:
    """One look at the values of an autoscaler's metrics.

    Args:
        hpa: its manifest.
        pod_labels: of the Deployment's selector.
        setup: what the adapter was installed by.
        cluster: where.
        hint: what else may be missing; empty if nothing is known to be.
    """
    seen = []
    for path in observe.metric_paths(hpa, pod_labels):
        try:
            values = observe.metric_values(cluster, path)
        except (PermissionDenied, Unreachable, NotFound) as error:
            return Seen(False, f"{path.metric}: {error.what}", why=error.why, fix=error.fix)
        if not values:
            return _frontend(setup, cluster, hint) or Seen(
                False, f"the adapter has no value of {path.metric} yet", why=f"{_NEW} {hint}"
            )
        seen.append(f"{path.metric} = {', '.join(values[:3])}")
    return Seen(True, "; ".join(seen))


def _frontend(setup: Setup, cluster: Cluster, hint: str) -> Seen | None:
    """What Cloud Monitoring answers the frontend, where that is why there are no values."""
    if setup.adapter.kind is not AdapterKind.PROMETHEUS:
        return None
    namespace = quote(setup.adapter.prometheus.namespace, safe="")
    service = f"{quote(frontend.service_name(setup), safe='')}:{frontend.PORT}"
    path = f"/api/v1/namespaces/{namespace}/services/{service}/proxy/api/v1/query"
    try:
        cluster.raw(path, {"query": "vector(1)"})
    except AuthError:
        raise
    except JetScaleError as error:
        return Seen(
            False,
            "Cloud Monitoring does not answer the frontend; waiting for Google IAM: usually 2 min, "
            "at most 10",
            why=" ".join(filter(None, (error.what, error.why, hint))),
            fix="Apply again once the grant has taken effect; it goes on from here.",
        )
    return None
