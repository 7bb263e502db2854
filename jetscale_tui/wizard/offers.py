"""What can be chosen, in words: a title, and what is worth knowing before choosing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jetscale_tui.domain.wording import plural
from jetscale_tui.wizard.adapters import belongs_to, product

if TYPE_CHECKING:
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.engine.detect import FoundWorkload
    from jetscale_tui.engine.places import Candidate
    from jetscale_tui.wizard.desk import Desk

_KINDS = {
    "stackdriver": (
        "Custom Metrics Stackdriver Adapter",
        "recommended",
        "Google's own. Reads Cloud Monitoring by metric name; averages per replica.",
    ),
    "prometheus": (
        "prometheus-adapter",
        "",
        "Queries in PromQL through Google's frontend; needed for HBM used as a share.",
    ),
}
_IDENTITIES = {
    "principal": ("principal", "its own service account, directly"),
    "service-account": ("service account", "a Google one it acts as"),
    "node": ("node", "whatever its node may do"),
}


class Offer(NamedTuple):
    """One thing to choose. All text is data, never markup."""

    key: str
    title: str
    note: str = ""
    """A few words behind the title."""
    details: tuple[str, ...] = ()
    """Lines below the title."""
    warning: str = ""
    """What choosing it would break."""


def cluster_offer(candidate: Candidate) -> Offer:
    """A cluster, by its context where it has one."""
    context, cluster = candidate.context, candidate.cluster
    if context is not None:
        return Offer(candidate.name, context.name, "current context" if context.current else "")
    assert cluster is not None, "a candidate is one or the other"
    where = f"{cluster.project} {cluster.location}, by your Google credentials"
    return Offer(candidate.name, cluster.name, where)


def server_offers(desk: Desk) -> tuple[Offer, ...]:
    """The Deployments that were recognised, and the one that is named if it is another."""
    servers, workload = desk.servers, desk.draft.workload
    if servers is None:
        return ()
    offers = [_server(each, servers.profiles[each.profile]) for each in servers.found]
    key = server_key(workload.namespace, workload.deployment)
    if servers.named(desk.draft) is None:
        offers.append(Offer(key, key, details=(servers.why_not or "not recognised by a profile",)))
    return tuple(offers)


def server_key(namespace: str, deployment: str) -> str:
    """A Deployment as one word."""
    return f"{namespace}/{deployment}"


def _server(server: FoundWorkload, profile: Profile) -> Offer:
    ready = f"{server.ready}/{server.replicas} ready"
    key = server_key(server.namespace, server.deployment)
    chips = plural(server.chips_per_replica, "chip")
    port = "" if server.metrics_port else "runs without its metrics port"
    return Offer(key, key, f"{profile.title}, {ready}, {chips}", warning=port)


def adapter_offers(desk: Desk) -> tuple[Offer, ...]:
    """The adapters, with what choosing each would take over."""
    owners, offers = desk.owners or (), []
    for key, (title, note, details) in _KINDS.items():
        installed = any(belongs_to(owner, key) for owner in owners)
        others = sorted({product(owner) for owner in owners if not belongs_to(owner, key)})
        warning = f"takes the metrics APIs from {', '.join(others)}" if others else ""
        offers.append(Offer(key, title, "installed" if installed else note, (details,), warning))
    return tuple(offers)


def identity_offers() -> tuple[Offer, ...]:
    """As whom the adapter may read Cloud Monitoring."""
    return tuple(Offer(key, title, said) for key, (title, said) in _IDENTITIES.items())
