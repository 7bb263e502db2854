"""What a forecast rests on, found in the cluster: start-up, chips, slots, speed. Reads only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.facts import Fact, Facts
from jetscale_tui.domain.serving import Pace
from jetscale_tui.engine import detect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.detect import Capacity, ServerLook, StartUp
    from jetscale_tui.engine.ports import Cluster

_ENOUGH = 10
"""Requests that must have been served before their mean tells the server's speed."""


def gather(
    cluster: Cluster, setup: Setup, profile: Profile, gke: GkeCluster | None = None
) -> Facts:
    """Everything the cluster tells; `gke` says how far the node pools may grow.

    Raises:
        JetScaleError: the cluster cannot be asked.
    """
    look = detect.look_at_server(cluster, setup)
    return facts_of(
        setup,
        profile,
        look=look,
        capacity=detect.capacity(cluster, setup.workload, look.deployment, gke),
        start_up=detect.start_up(look.pods),
    )


def facts_of(
    setup: Setup,
    profile: Profile,
    *,
    look: ServerLook | None = None,
    capacity: Capacity | None = None,
    start_up: StartUp | None = None,
) -> Facts:
    """The facts, from what has been looked at already; the rest is assumed."""
    assumed = Facts()
    known: dict[Fact, str] = {}
    start_seconds, node_seconds = assumed.start_seconds, assumed.node_seconds
    if start_up is not None:
        start_seconds = start_up.seconds
        known[Fact.START_UP] = f"measured on {_pods(start_up.pods)}"
    if capacity is not None and capacity.node_wait is not None:
        node_seconds = capacity.node_wait.seconds
        known[Fact.NODE] = f"measured on {_pods(capacity.node_wait.pods)}"
    fits, nodes_to_come, per_node = _chips(capacity, known)
    return Facts(
        pace=_pace(setup, profile, look, known),
        chips_per_replica=setup.workload.chips_per_replica,
        start_seconds=start_seconds,
        node_seconds=node_seconds,
        fits_now=fits,
        nodes_to_come=nodes_to_come,
        replicas_per_node=per_node,
        known=known,
    )


def _chips(capacity: Capacity | None, known: dict[Fact, str]) -> tuple[int | None, int, int]:
    """Replicas that fit now, nodes that may come, replicas on each of those."""
    if capacity is None or not capacity.nodes:
        # A pool without nodes says nothing about the nodes it could have.
        return None, 0, 1
    per_node = capacity.nodes[0].chips // capacity.chips_per_replica
    count = len(capacity.nodes)
    known[Fact.CAPACITY] = f"{capacity.chips} chips on {count} {'node' if count == 1 else 'nodes'}"
    if capacity.growth is None:
        known[Fact.CAPACITY] += "; whether the pool may grow is not known"
    return capacity.fits_now, capacity.growth or 0, per_node


def _pace(setup: Setup, profile: Profile, look: ServerLook | None, known: dict[Fact, str]) -> Pace:
    assumed, chips = Pace(), setup.workload.chips_per_replica
    per_chip, source = profile.slots_per_chip, f"the profile's, {chips} chips"
    stated = _slots_stated(profile, look)
    if stated is not None:
        per_chip, source = stated
    known[Fact.SLOTS] = source
    step = assumed.step_seconds
    measured = _step(profile, look.metrics if look else {})
    if measured is not None:
        step, requests = measured
        known[Fact.STEP] = f"measured on {requests} requests, prefills of others included"
    return Pace(per_chip * chips, assumed.prefill_seconds, step)


def _slots_stated(profile: Profile, look: ServerLook | None) -> tuple[int, str] | None:
    """Concurrent decodes per chip as the container's arguments say."""
    if profile.slots_argument is None or look is None or look.deployment is None:
        return None
    container = detect.server_container(look.deployment, profile) or {}
    prefix, _, suffix = profile.slots_argument.partition("{slots}")
    pattern = re.compile(rf"{re.escape(prefix)}(\d+){re.escape(suffix)}")
    for word in (*(container.get("command") or ()), *(container.get("args") or ())):
        found = pattern.search(str(word))
        if found and int(found[1]):
            return int(found[1]), f"from {found[0]}"
    return None


def _step(profile: Profile, metrics: Mapping[str, float]) -> tuple[float, int] | None:
    """Mean seconds a token took after the first one, and on how many requests."""
    timing = profile.timing
    if timing is None:
        return None
    requests = metrics.get(f"{timing.request}_count", 0.0)
    tokens = metrics.get(f"{timing.output_tokens}_sum", 0.0)
    seconds = metrics.get(f"{timing.request}_sum", 0.0)
    seconds -= metrics.get(f"{timing.first_token}_sum", 0.0)
    if requests < _ENOUGH or tokens <= 0 or seconds <= 0:
        return None
    return seconds / tokens, int(requests)


def _pods(number: int) -> str:
    return "1 pod" if number == 1 else f"{number} pods"
