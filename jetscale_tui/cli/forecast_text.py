"""A forecast as a report for people."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from jetscale_tui.cli.forecast_plot import plot
from jetscale_tui.domain.forecast.unknowns import basis, unknowns
from jetscale_tui.domain.forecast.words import count, of, span
from jetscale_tui.domain.quantity import format_milli

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jetscale_tui.domain.forecast.advice import Advice, Search
    from jetscale_tui.domain.forecast.figures import Figures
    from jetscale_tui.domain.forecast.result import Forecast
    from jetscale_tui.domain.forecast.simulate import Question
    from jetscale_tui.tui.glyphs import Glyphs


def report(
    forecast: Forecast,
    search: Search | None,
    *,
    price: float | None,
    width: int,
    glyphs: Glyphs,
) -> str:
    """Plot, headlines, figures, advice, what it rests on and what it does not know.

    `price` is per chip-hour; `search` is None when no advice was asked for.
    """
    question = forecast.question
    bullet = "-" if glyphs.ascii else glyphs.dot
    marks = {True: glyphs.warning, False: bullet}
    text = "\n".join(
        (
            *_title(question),
            "",
            *plot(forecast, width, glyphs),
            "",
            *(
                row
                for line in forecast.headlines
                for row in _folded([line.text], f"{marks[line.warning]} ", width)
            ),
            "",
            *_figures(forecast, price, width),
            *(() if search is None else _advice(search, width)),
            "",
            "What this rests on",
            *_basis(question),
            "",
            "What it does not know",
            *_folded(unknowns(question), f"  {bullet} ", width),
        )
    )
    return text.replace("→", glyphs.arrow)


def _title(question: Question) -> Iterator[str]:
    hpa = question.hpa
    sizes = f"{hpa.min_replicas} to {of(hpa.max_replicas, 'replica', 'replicas')}"
    yield f"{question.load.title.capitalize()} on HPA {hpa.name}, {sizes}"
    for metric in hpa.metrics:
        target = format_milli(metric.amount)
        yield f"  {_short(metric.name)} at {target} ({metric.type}, {metric.target})"


def _short(metric: str) -> str:
    """The metric's own name, without the system's around it."""
    system, _, rest = metric.partition("|")
    return rest.rpartition("|")[0] if system == "prometheus.googleapis.com" else metric


def _figures(forecast: Forecast, price: float | None, width: int) -> Iterator[str]:
    numbers, limit = forecast.figures, span(forecast.question.limit)
    answered = f"{count(numbers.lost)} get no answer" if numbers.lost else "all are answered"
    drained = numbers.drain_seconds
    emptied = "not gone at the end" if drained is None else f"gone {span(drained)} later"
    peak = f"{count(numbers.peak_backlog)} at its peak after {span(numbers.peak_at)}, {emptied}"
    cost = "" if price is None else f", {numbers.chip_hours * price:,.2f} at {price:g} each"
    rows = (
        ("requests", f"{count(numbers.requests)}, {answered}"),
        (
            "waits",
            f"{count(numbers.late)} longer than {limit}, at most {span(numbers.longest_wait)}",
        ),
        ("backlog", peak if numbers.peak_backlog else "none"),
        ("replicas", _replicas(numbers)),
        ("chips", f"{numbers.chip_hours:.1f} chip-hours{cost}"),
    )
    for name, text in rows:
        yield from _folded([text], f"{name:<10}", width)


def _replicas(numbers: Figures) -> str:
    parts = [
        f"at most {numbers.most_ready} ready",
        f"at the maximum for {span(numbers.seconds_at_maximum)}",
        of(numbers.changes, "change of size", "changes of size"),
    ]
    if numbers.flaps:
        parts.append(f"{numbers.flaps} of them soon after the opposite")
    return ", ".join(parts)


def _advice(search: Search, width: int) -> Iterator[str]:
    yield ""
    tried = of(search.tried, "setting", "settings")
    if not search.advice:
        yield f"No advice: none of {tried} that were tried does better under this load."
        return
    yield f"Advice for this load, out of {tried} that were tried"
    for number, advice in enumerate(search.advice, start=1):
        yield from _one(number, advice, width)
    yield "  --apply-advice NUMBER prints the setup with one of them; -o FILE writes it."


def _one(number: int, advice: Advice, width: int) -> Iterator[str]:
    for index, change in enumerate(advice.changes):
        mark = "" if index else str(number)
        yield from _folded([change.text], f"  {mark:<3}", width)
    yield from _folded(advice.better, "     + ", width)
    yield from _folded(advice.worse, "     - ", width)


def _basis(question: Question) -> Iterator[str]:
    rows = basis(question.facts)
    names = max(len(fact) for fact, _, _ in rows)
    values = max(len(value) for _, value, _ in rows)
    for fact, value, source in rows:
        yield f"  {fact:<{names}}  {value:<{values}}  {source}"


def _folded(texts: Iterable[str], lead: str, width: int) -> Iterator[str]:
    """Each text after its lead, folded below its own beginning."""
    for text in texts:
        yield from textwrap.wrap(
            text,
            width,
            initial_indent=lead,
            subsequent_indent=" " * len(lead),
            break_long_words=False,
        )
