"""What a forecast does not know, said with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.facts import Fact
from jetscale_tui.domain.forecast.gauges import Gauge
from jetscale_tui.domain.forecast.load import Burst
from jetscale_tui.domain.forecast.words import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.forecast.facts import Facts
    from jetscale_tui.domain.forecast.simulate import Question


def unknowns(question: Question) -> tuple[str, ...]:
    """One sentence each, the assumed numbers first."""
    return (
        *_assumed(question.facts),
        *_metrics(question),
        *question.notes,
        *_model(question),
    )


def basis(facts: Facts) -> tuple[tuple[Fact, str, str], ...]:
    """What the forecast rests on: fact, value, and where it is from."""
    pace = facts.pace
    fits = "all" if facts.fits_now is None else str(facts.fits_now)
    if facts.nodes_to_come:
        fits = f"{fits} now, {facts.fits_at_most} once the pool has grown"
    values = {
        Fact.START_UP: span(facts.start_seconds),
        Fact.NODE: span(facts.node_seconds),
        Fact.CAPACITY: fits,
        Fact.SLOTS: str(pace.slots),
        Fact.STEP: f"{pace.step_seconds:.3g} s",
        Fact.PREFILL: f"{pace.prefill_seconds:.3g} s",
    }
    return tuple((fact, text, facts.known.get(fact, "assumed")) for fact, text in values.items())


def _assumed(facts: Facts) -> Iterator[str]:
    needed = [fact for fact in Fact if fact is not Fact.NODE or facts.nodes_to_come]
    assumed = [fact for fact in needed if fact not in facts.known]
    if assumed:
        yield f"Assumed, not measured: {', '.join(assumed)}."
    if facts.fits_now is None:
        yield "How many replicas the TPU chips can hold is not known; here every one finds a node."


def _metrics(question: Question) -> Iterator[str]:
    missing = [
        metric.name
        for metric, followed in zip(question.hpa.metrics, question.followed, strict=True)
        if followed is None
    ]
    if missing:
        yield f"The model has no {', '.join(missing)}; the HPA is shown as if it could not read it."
    memory = (Gauge.HBM_BYTES, Gauge.HBM_SHARE)
    if any(followed and followed.gauge in memory for followed in question.followed):
        yield (
            "HBM is modelled as JetStream fills it: 80 % once loaded, hardly more under load. "
            "Your model and chips differ."
        )


def _model(question: Question) -> Iterator[str]:
    interval = max((each.interval for each in question.followed if each), default=0.0)
    apart = span((interval + question.facts.sync_seconds) / 2)
    yield (
        "When metrics are scraped and when the controller looks is not known and taken as on "
        f"average: each reaction may come up to {apart} earlier or later."
    )
    if isinstance(question.load, Burst):
        yield (
            "All requests of a burst come in the first moment and stay with the replica they were "
            "sent to, as connections do: one that becomes ready later takes none of them over."
        )
    else:
        yield (
            "Requests come independently of each other, in one draw that is always the same, and "
            "spread evenly over the replicas; yours may come in larger clumps."
        )
    yield (
        f"Every request is taken to generate {question.load.max_tokens} tokens; start-up is the "
        "same each time; nothing fails, and nobody else takes chips."
    )
    yield (
        "Chip-hours count what replicas hold. Nodes cost until the cluster autoscaler has removed "
        "them, which is ten minutes or more after they are empty, and always if the pool is fixed."
    )
