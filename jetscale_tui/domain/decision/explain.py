"""Why an HPA has the size it has: the last pass rebuilt, doubted, and looked ahead from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.decision import doubts, outlook, passes
from jetscale_tui.domain.decision.case import open_case
from jetscale_tui.domain.hpa.readings import DEFAULT_FLAGS
from jetscale_tui.domain.hpa.spec import parse_spec
from jetscale_tui.domain.reading import mapping

if TYPE_CHECKING:
    from datetime import datetime

    from jetscale_tui.domain.decision.case import Case
    from jetscale_tui.domain.decision.doubts import Difference
    from jetscale_tui.domain.decision.outlook import Hold, Room, Threshold
    from jetscale_tui.domain.decision.recall import Recall
    from jetscale_tui.domain.hpa.readings import Flags
    from jetscale_tui.domain.hpa.spec import HpaSpec
    from jetscale_tui.domain.live import HpaView, LiveSnapshot


@dataclass(frozen=True, slots=True)
class Unexplained:
    """Nothing was decided yet, or nothing that can be understood."""

    reason: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Explained:
    """Why the size is what it is."""

    case: Case
    """The last pass, with every value on the way to its decision."""
    difference: Difference | None
    """Set when the controller came to another size than its own functions do here."""
    hold: Hold | None
    """The window that keeps the size from following the metrics."""
    thresholds: tuple[Threshold, ...]
    """One a metric: the readings that would change the size."""
    room: Room | None
    """What it takes to serve what the maximum cuts off; None while it cuts nothing off."""
    assumptions: tuple[str, ...]
    """What was assumed and may matter, in a sentence each."""
    next_look: float | None
    """Seconds to the controller's next pass, estimated; None: unknown."""


def explain(
    snapshot: LiveSnapshot,
    hpa: HpaView,
    now: datetime,
    flags: Flags = DEFAULT_FLAGS,
    recall: Recall | None = None,
) -> Explained | Unexplained:
    """Why an HPA of a snapshot has its size, as of the cluster's time `now`.

    With the `recall` of the time before only what is new is worked out; the answer is the same.
    """
    if not hpa.conditions:
        return Unexplained("Not evaluated yet: the first look comes 15 s after an HPA appears.")
    spec = _spec_of(hpa)
    if spec is None:
        return Unexplained("The spec of this HPA cannot be understood.")
    time = now.timestamp()
    case = open_case(snapshot, hpa, spec, time, flags, recall)
    return Explained(
        case=case,
        difference=doubts.difference(case),
        hold=outlook.hold(case),
        thresholds=outlook.thresholds(case),
        room=outlook.room(case, snapshot.nodes),
        assumptions=doubts.assumptions(case),
        next_look=passes.next_look(case.history, time),
    )


def _spec_of(hpa: HpaView) -> HpaSpec | None:
    """The spec; None for one that no API server would have let through."""
    try:
        spec = parse_spec(mapping(hpa.raw.get("spec")), namespace=hpa.namespace, name=hpa.name)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    numbers: list[object] = [spec.min_replicas, spec.max_replicas]
    numbers += [metric.amount for metric in spec.metrics]
    if spec.behavior is not None:
        for rules in (spec.behavior.scale_up, spec.behavior.scale_down):
            numbers += [
                number for policy in rules.policies for number in (policy.value, policy.period)
            ]
            numbers.append(rules.window or 0)
    return spec if all(isinstance(number, int) for number in numbers) else None
