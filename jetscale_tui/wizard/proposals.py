"""What is proposed, from what was found out, wherever nobody has answered yet. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jetscale_tui.wizard.adapters import belongs_to
from jetscale_tui.wizard.answers import with_adapter, with_limits, with_server
from jetscale_tui.wizard.behaviors import fitted, measured, with_behavior
from jetscale_tui.wizard.topics import Topic

if TYPE_CHECKING:
    from jetscale_tui.domain.spec import AdapterKind
    from jetscale_tui.engine.detect import FoundWorkload
    from jetscale_tui.wizard.desk import Desk

_OF_THE_SERVER = {
    "profile": "workload.profile",
    "selector": "workload.selector",
    "chips_per_replica": "workload.chipsPerReplica",
    "metrics_port": "workload.metricsPort",
}
"""What a found server says of itself; each stays as it was given, where it was."""


def proposed(desk: Desk) -> Desk:
    """The desk with everything filled in that can be known and was not answered."""
    for propose in (_server, _its_labels, _adapter, _maximum, _behavior):
        desk = propose(desk)
    return desk


def _server(desk: Desk) -> Desk:
    """The only server, or the first one; of one that is named, what it says of itself."""
    servers = desk.servers
    if servers is None or not servers.found:
        return desk
    chosen = servers.named(desk.draft)
    if chosen is None and not desk.is_given(Topic.SERVER):
        chosen = next((each for each in servers.found if _fits(each, desk)), None)
    return desk if chosen is None else _keeping(desk, with_server(desk, servers, chosen))


def _fits(server: FoundWorkload, desk: Desk) -> bool:
    """Whether it is in the namespace that was said, if one was."""
    wanted = desk.draft.workload.namespace
    return server.namespace == wanted or not desk.is_given("workload.namespace")


def _its_labels(desk: Desk) -> Desk:
    """Of a server that no profile recognises: its labels and chips, as its Deployment has them."""
    from jetscale_tui.engine.detect import chips_requested

    live = desk.server_look.deployment if desk.server_look else None
    workload = desk.draft.workload
    if live is None or (desk.servers and desk.servers.named(desk.draft)):
        return desk
    update: dict[str, object] = {}
    labels = live["spec"]["selector"].get("matchLabels")
    chips = chips_requested(live["spec"]["template"]["spec"])
    if labels:
        update["selector"] = dict(labels)
    if chips:
        update["chips_per_replica"] = chips
    found = desk.draft.model_copy(update={"workload": workload.model_copy(update=update)})
    return _keeping(desk, replace(desk, draft=found))


def _keeping(before: Desk, after: Desk) -> Desk:
    """What was found, but for what was answered."""
    kept = {
        name: getattr(before.draft.workload, name)
        for name, field in _OF_THE_SERVER.items()
        if before.is_given(field)
    }
    if not kept:
        return after
    workload = after.draft.workload.model_copy(update=kept)
    profile = before.profile if "profile" in kept else after.profile
    draft = after.draft.model_copy(update={"workload": workload})
    return replace(after, draft=draft, profile=profile)


def _adapter(desk: Desk) -> Desk:
    """The one that is installed already."""
    installed = installed_adapter(desk)
    if installed is None or desk.is_given(Topic.ADAPTER):
        return desk
    return replace(desk, draft=with_adapter(desk.draft, kind=installed))


def installed_adapter(desk: Desk) -> AdapterKind | None:
    """The adapter that owns a metrics API and that JetScale knows; None when there is none."""
    from jetscale_tui.domain.spec import AdapterKind

    kinds = [
        kind
        for owner in desk.owners or ()
        for kind in AdapterKind
        if belongs_to(owner, kind) and owner.available
    ]
    return kinds[0] if kinds else None


def _maximum(desk: Desk) -> Desk:
    """What the chips allow."""
    look = desk.cluster_look
    if look is None or not look.capacity.nodes or desk.is_given(Topic.MAXIMUM):
        return desk
    return replace(desk, draft=with_limits(desk.draft, maximum=look.capacity.proposed_maximum))


def _behavior(desk: Desk) -> Desk:
    """Fitted to the start-up time, where that was asked for."""
    took = measured(desk)
    if not desk.opening.fit or took is None or desk.is_given(Topic.BEHAVIOR):
        return desk
    return replace(desk, draft=with_behavior(desk.draft, fitted(took)))
