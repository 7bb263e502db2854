"""What was found out about the server and the adapter, line by line, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jetscale_tui.domain.wording import State, duration, measured, plural
from jetscale_tui.wizard.adapters import belongs_to, is_agreed, product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.wizard.desk import Desk
    from jetscale_tui.wizard.workloads import ServerFacts


class Fact(NamedTuple):
    """One thing found out. Text is data, never markup."""

    state: State
    name: str
    """Empty: the words alone, without a column for names."""
    said: str
    muted: bool = False


def error_facts(error: JetScaleError) -> tuple[Fact, ...]:
    """What happened, why, and what to do."""
    facts = [Fact(State.FAILED, "", error.what)]
    facts += [Fact(State.TODO, "", text) for text in (error.why, error.fix) if text]
    return tuple(facts)


def server_facts(desk: Desk, facts: ServerFacts) -> tuple[Fact, ...]:
    """What the chosen server says about itself, line by line."""
    look, workload = facts.look, desk.draft.workload
    if look.deployment is None:
        missing = f"{workload.deployment} is not in namespace {workload.namespace}"
        nothing = (
            "Nothing here looks like a server: name its Deployment, or ask again once it runs."
        )
        hint = () if desk.servers is not None and desk.servers.found else (nothing,)
        return (
            Fact(State.FAILED, "Deployment", missing),
            *(Fact(State.TODO, "Next", text) for text in hint),
        )
    started = f", ready after {duration(facts.start_up.seconds)}" if facts.start_up else ""
    state = State.OK if look.ready else State.WARNING
    lines = [Fact(state, "Pods", f"{look.ready} of {len(look.pods)} ready{started}")]
    lines += _container(desk, look.deployment)
    if look.page is None:
        return (*lines, Fact(State.WARNING, "Metrics port", "no ready pod to ask"))
    if not look.page.answered:
        said = f"{workload.metrics_port} does not answer: {look.page.error}"
        return (*lines, Fact(State.FAILED, "Metrics port", said))
    count = plural(len(look.metrics), "metric")
    lines.append(Fact(State.OK, "Metrics port", f"{look.page.port} answers with {count}"))
    for metric in desk.profile.metrics:
        value = look.metrics.get(metric.name)
        if value is not None and metric.scalable:
            lines.append(Fact(State.OK, metric.title, measured(value, metric.unit)))
    return tuple(lines)


def _container(desk: Desk, deployment: Json) -> Iterator[Fact]:
    """The container that serves, its chips, and the argument that opens its metrics port."""
    from jetscale_tui.engine.detect import metrics_port, server_container

    workload, profile = desk.draft.workload, desk.profile
    container = server_container(deployment, profile)
    chips = plural(workload.chips_per_replica, "TPU chip")
    if container is None:
        yield Fact(State.WARNING, "Container", f"none is known to the profile {profile.name}")
        return
    image = str(container.get("image", "")).rpartition("/")[2]
    yield Fact(State.OK, "Container", f"{container['name']} ({image}), {chips}")
    port = metrics_port(container, profile)
    if port is None:
        flag = profile.metrics_argument.format(port=workload.metrics_port)
        said = f"{flag} is missing: the plan can add it, which replaces the pods"
        yield Fact(State.WARNING, "Metrics flag", said)
    else:
        yield Fact(State.OK, "Metrics flag", profile.metrics_argument.format(port=port))


def owner_facts(desk: Desk) -> tuple[Fact, ...]:
    """Who serves the metrics APIs, once the cluster was asked."""
    if not desk.owners:
        return (Fact(State.OK, "", "The metrics APIs are free: nothing is taken over."),)
    chosen, facts = desk.draft.adapter.kind, []
    for owner in desk.owners:
        if not owner.available:
            said = f"{product(owner)}, not available: {owner.reason}"
            facts.append(Fact(State.FAILED, owner.api, said))
        else:
            state = State.OK if belongs_to(owner, chosen) else State.WARNING
            users = f"; asked by {', '.join(owner.users)}" if owner.users else ""
            agreed = state is State.WARNING and is_agreed(owner, desk)
            taken = "; taken over, as you chose: undo gives it back" if agreed else ""
            facts.append(Fact(state, owner.api, f"{product(owner)}{users}{taken}"))
    return tuple(facts)
