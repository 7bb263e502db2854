"""What matters most in a forecast, a line each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.words import count, of, ordinal, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.forecast.figures import Figures
    from jetscale_tui.domain.forecast.simulate import Question

_NOTICEABLE = 0.005
"""Share of the requests below which waits are not worth a line."""


@dataclass(frozen=True, slots=True)
class Headline:
    """One line."""

    text: str
    warning: bool = False


def headlines(question: Question, numbers: Figures) -> tuple[Headline, ...]:
    """The lines, scaling first, then what stands in its way, then what requests see of it."""
    return (
        _scaling(question, numbers),
        *_maximum(question, numbers),
        *_waits(question, numbers),
        *_flapping(numbers),
    )


def _scaling(question: Question, numbers: Figures) -> Headline:
    hpa = question.hpa
    if numbers.added is not None:
        return Headline(f"first new replica after {span(numbers.added)}")
    if numbers.decided is not None:
        return Headline(
            f"more replicas are asked for after {span(numbers.decided)}, none becomes ready", True
        )
    if hpa.min_replicas == hpa.max_replicas:
        return Headline(f"always {of(hpa.max_replicas, 'replica', 'replicas')}: min is max")
    loaded = numbers.peak_backlog >= 1 or numbers.late > 0
    if loaded:
        return Headline("no replica is added, although requests wait: the target is not met", True)
    return Headline("no replica is added: the load stays below the target")


def _maximum(question: Question, numbers: Figures) -> Iterator[Headline]:
    """When the limit is reached, and what the chips have to say to it."""
    hpa, facts = question.hpa, question.facts
    if numbers.most_waiting:
        yield _short_of_chips(question)
    elif numbers.at_maximum is not None and hpa.min_replicas < hpa.max_replicas:
        text = f"max is reached after {span(numbers.at_maximum)}"
        more = hpa.max_replicas + 1
        if numbers.most_asked > hpa.max_replicas:
            text += f"; the metric asks for {numbers.most_asked}"
        if facts.fits_now is not None and hpa.max_replicas >= facts.fits_now:
            text += f"; a {ordinal(more)} replica needs a node"
        yield Headline(text)


def _short_of_chips(question: Question) -> Headline:
    facts = question.facts
    fits, most = facts.fits_now or 0, facts.fits_at_most or 0
    if question.hpa.max_replicas > most:
        return Headline(
            f"replica {most + 1} and on stay Pending: the pool holds {most} at most", True
        )
    return Headline(f"replica {fits + 1} and on wait for a node, {span(facts.node_seconds)} each")


def _waits(question: Question, numbers: Figures) -> Iterator[Headline]:
    total = max(numbers.requests, 1.0)
    if numbers.late / total > _NOTICEABLE:
        yield Headline(
            f"{count(numbers.late)} of {count(total)} requests wait longer than "
            f"{span(question.limit)}, the longest {span(numbers.longest_wait)}",
            True,
        )
    if numbers.lost / total > _NOTICEABLE:
        yield Headline(
            f"{count(numbers.lost)} requests are cut off with the replicas that are taken away",
            True,
        )


def _flapping(numbers: Figures) -> Iterator[Headline]:
    if numbers.flaps:
        times = "once" if numbers.flaps == 1 else f"{numbers.flaps} times"
        yield Headline(
            f"replicas are taken away and wanted again within ten minutes, {times}", True
        )
