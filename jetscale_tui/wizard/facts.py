"""What was found out about the server and the adapter, line by line, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jetscale_tui.domain.wording import State, duration, measured
from jetscale_tui.wizard.adapters import belongs_to, is_agreed, product

if TYPE_CHECKING:
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
        return (Fact(State.FAILED, "Deployment", f"{workload.deployment} is not there"),)
    started = f", ready after {duration(facts.start_up.seconds)}" if facts.start_up else ""
    state = State.OK if look.ready else State.WARNING
    lines = [Fact(state, "Pods", f"{look.ready} of {len(look.pods)} ready{started}")]
    lines.append(Fact(State.OK, "TPU chips", f"{workload.chips_per_replica} a replica"))
    if look.page is None:
        return (*lines, Fact(State.WARNING, "Metrics port", "no ready pod to ask"))
    if not look.page.answered:
        said = f"{workload.metrics_port} does not answer: {look.page.error}"
        return (*lines, Fact(State.FAILED, "Metrics port", said))
    lines.append(Fact(State.OK, "Metrics port", f"{look.page.port} answers"))
    for metric in desk.profile.metrics:
        value = look.metrics.get(metric.name)
        if value is not None and metric.scalable:
            lines.append(Fact(State.OK, metric.title, measured(value, metric.unit)))
    return tuple(lines)


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
            agreed = state is State.WARNING and is_agreed(owner, desk)
            taken = "; taken over, as you chose: undo gives it back" if agreed else ""
            facts.append(Fact(state, owner.api, f"{product(owner)}{taken}"))
    return tuple(facts)
