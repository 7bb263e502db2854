"""What an answer changes in the setup. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.domain.spec import AdapterKind, Identity, Setup
    from jetscale_tui.engine.detect import FoundWorkload
    from jetscale_tui.wizard.desk import Desk
    from jetscale_tui.wizard.workloads import Servers


def moved_to(setup: Setup, context: str, cluster: GkeCluster | None) -> Setup:
    """The setup meant for another context; Google's names are those of its cluster."""
    from jetscale_tui.domain.spec import Google
    from jetscale_tui.engine.locate import in_context

    moved = setup.model_copy(update={"google": Google()})
    if cluster is not None:
        google = Google(project=cluster.project, location=cluster.location, cluster=cluster.name)
        moved = setup.model_copy(update={"google": google})
    return in_context(moved, context)


def with_server(desk: Desk, servers: Servers, server: FoundWorkload) -> Desk:
    """The desk with a server chosen: its names, ports and chips, and its profile."""
    from jetscale_tui.engine.detect import in_setup

    return replace(
        desk, profile=servers.profiles[server.profile], draft=in_setup(desk.draft, server)
    )


def server_named(setup: Setup, namespace: str, deployment: str) -> Setup:
    """The setup for a Deployment known by its name only."""
    update = {"namespace": namespace, "deployment": deployment}
    return setup.model_copy(update={"workload": setup.workload.model_copy(update=update)})


def with_adapter(
    setup: Setup, *, kind: AdapterKind | None = None, identity: Identity | None = None
) -> Setup:
    """The setup with another adapter, or one that reads as somebody else."""
    update: dict[str, object] = {}
    if kind is not None:
        update["kind"] = kind
    if identity is not None:
        update["identity"] = identity
    return setup.model_copy(update={"adapter": setup.adapter.model_copy(update=update)})


def with_metric(setup: Setup, name: str, chosen: bool, target: str) -> Setup:
    """The setup following a metric with a target, or not following it."""
    from jetscale_tui.domain.spec import MetricTarget

    metrics = [metric for metric in setup.scaling.metrics if metric.name != name]
    known = [metric.name for metric in setup.scaling.metrics]
    if chosen:
        place = known.index(name) if name in known else len(metrics)
        metrics.insert(place, MetricTarget(name=name, target=target))
    scaling = setup.scaling.model_copy(update={"metrics": tuple(metrics)})
    return setup.model_copy(update={"scaling": scaling})


def following(setup: Setup, targets: Sequence[tuple[str, str]]) -> Setup:
    """The setup following these metrics, by name and target, and no others."""
    from jetscale_tui.domain.spec import MetricTarget

    metrics = tuple(MetricTarget(name=name, target=target) for name, target in targets)
    scaling = setup.scaling.model_copy(update={"metrics": metrics})
    return setup.model_copy(update={"scaling": scaling})


def with_limits(setup: Setup, *, minimum: int | None = None, maximum: int | None = None) -> Setup:
    """The setup with other limits."""
    update = {}
    if minimum is not None:
        update["min_replicas"] = minimum
    if maximum is not None:
        update["max_replicas"] = maximum
    return setup.model_copy(update={"scaling": setup.scaling.model_copy(update=update)})
