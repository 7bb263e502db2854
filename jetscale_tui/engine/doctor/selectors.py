"""What the selector of a metric picks: series of other clusters too, or none at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jetscale_tui.domain.hpa.spec import MetricType
from jetscale_tui.domain.reading import mapping
from jetscale_tui.engine import existing_hpa, observe
from jetscale_tui.engine.doctor.chain import short
from jetscale_tui.engine.doctor.links import LinkId, Remedy, broken, note
from jetscale_tui.engine.doctor.monitorings import endpoints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.hpa.spec import HpaSpec, MetricSpec
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.doctor.chain import Walk
    from jetscale_tui.engine.doctor.links import Link

_CLUSTER_LABELS = ("resource.labels.cluster", "resource.labels.cluster_name")
_CLUSTER_MATCHER = re.compile(r"\bcluster(_name)?\s*=")
_CONTAINER = "metric.labels.container"


def of_every_cluster(walk: Walk, spec: HpaSpec) -> Iterator[Link]:
    """External metrics are asked for in the whole project: another cluster counts too (H3)."""
    external = [metric for metric in spec.metrics if metric.type == MetricType.EXTERNAL]
    queries = existing_hpa.queries(walk.cluster) if external else {}
    for metric in external:
        query = queries.get(metric.name)
        if (queries and query is None) or _names_cluster(metric, query):
            continue
        yield note(
            LinkId.AUTOSCALER,
            "H3",
            f"{short(metric.name)} is counted over every cluster of the project",
            why="Neither its selector nor a rule names the cluster: load elsewhere scales this "
            "server.",
            fix="Apply the setup: its metrics name cluster, location and namespace.",
            command=walk.patient.apply_command,
            remedy=Remedy.APPLY,
        )


def _names_cluster(metric: MetricSpec, query: str | None) -> bool:
    if query is not None:
        return _CLUSTER_MATCHER.search(query) is not None
    selector = mapping(mapping(metric.source.get("metric")).get("selector"))
    chosen = [*mapping(selector.get("matchLabels"))]
    chosen += [term.get("key", "") for term in selector.get("matchExpressions") or ()]
    return any(label in chosen for label in _CLUSTER_LABELS)


def on_dropped_label(walk: Walk, monitoring: Json) -> Link | None:
    """A selector on a label that a numeric port makes the collector leave out (S4)."""
    if not any(isinstance(each.get("port"), int) for each in endpoints(monitoring)):
        return None
    for path in walk.missing:
        if not any(_CONTAINER in chosen for chosen in path.query.values()):
            continue
        return broken(
            LinkId.SCRAPE,
            "S4",
            f"{short(path.metric)} is selected by {_CONTAINER}, which its series do not have",
            why=f"{observe.name_of(monitoring)} gives the port by number; the collector then "
            "leaves the container's name out.",
            fix="Take that label out of the metric's selector.",
            command=walk.patient.apply_command,
            remedy=Remedy.APPLY,
        )
    return None
