"""What the chosen cluster is like, line by line, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.tpu import spoken
from jetscale_tui.domain.wording import State, plural
from jetscale_tui.engine.detect import start_up
from jetscale_tui.engine.growth import more_replicas
from jetscale_tui.wizard.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.google import GkeCluster, NodePool
    from jetscale_tui.wizard.desk import Desk
    from jetscale_tui.wizard.places import ClusterLook


def cluster_facts(desk: Desk, look: ClusterLook) -> Iterator[Fact]:
    """Version, what Google says of it, its TPU pools, and how many replicas they hold."""
    yield Fact(State.OK, "Kubernetes", look.version)
    where = desk.whereabouts
    if where is None:
        yield Fact(State.CURRENT, "Google", "asking", muted=True)
    elif where.cluster is None:
        why = where.why_not or "Google does not know this cluster"
        yield Fact(State.WARNING, "Google", why)
    else:
        yield _gke(where.cluster)
        yield from _way_in(where.cluster)
        for pool in where.cluster.pools:
            if pool.chips_per_node:
                yield Fact(State.OK, f"Pool {pool.name}", _pool(pool))
    yield from _capacity(desk, look)


def _gke(gke: GkeCluster) -> Fact:
    identity, metrics = gke.workload_pool, gke.managed_prometheus
    mode = "Autopilot" if gke.autopilot else "Standard"
    said = f"{mode}, Workload Identity {_on(identity)}, Managed Prometheus {_on(metrics)}"
    return Fact(State.OK if identity and metrics else State.WARNING, "GKE", said)


def _on(there: object) -> str:
    return "on" if there else "off"


def _way_in(gke: GkeCluster) -> Iterator[Fact]:
    """How it can be reached, where that is not from everywhere."""
    by_name = f"; its DNS endpoint answers from anywhere: {gke.dns_endpoint}"
    otherwise = by_name if gke.dns_endpoint else ""
    state = State.OK if gke.dns_endpoint else State.WARNING
    if gke.private_endpoint:
        said = "private: answers inside its network, or through a VPN or proxy to it"
        yield Fact(state, "Endpoint", said + otherwise)
    elif gke.authorized_networks:
        networks = ", ".join(gke.authorized_networks[:3])
        more = len(gke.authorized_networks) - 3
        said = f"answers {networks}{f' and {more} more' if more > 0 else ''} only"
        yield Fact(state, "Endpoint", said + otherwise)


def _pool(pool: NodePool) -> str:
    nodes = f"{plural(pool.node_count, 'node')} of {pool.chips_per_node} chips"
    grows = f", grows to {pool.max_nodes}" if pool.max_nodes > pool.node_count else ""
    spot = ", spot" if pool.spot else ""
    generation = spoken(pool.accelerator)
    machine = f"{pool.machine_type} {pool.topology}".strip()
    return f"{f'{generation}, ' if generation else ''}{machine}, {nodes}{grows}{spot}"


def _capacity(desk: Desk, look: ClusterLook) -> Iterator[Fact]:
    capacity, per_replica = look.capacity, desk.draft.workload.chips_per_replica
    if not capacity.nodes:
        yield Fact(State.WARNING, "TPU chips", "no node has chips for this server")
        return
    said = f"{capacity.chips} / {per_replica} a replica: {capacity.fits_now} fit now"
    grown = capacity.fits_grown
    if grown is not None and grown > capacity.fits_now:
        said += f", {grown} once the pool has grown"
    yield Fact(State.OK if capacity.fits_now else State.WARNING, "TPU chips", said)
    server = desk.server_look
    more = more_replicas(capacity, start_up(server.pods) if server else None)
    yield Fact(State.TODO, "More", str(more), muted=True)
