"""What a forecast is asked about: the options for the load, and those that replace facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from jetscale_tui.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.forecast.facts import Facts
    from jetscale_tui.domain.forecast.load import Load

Command = TypeVar("Command", bound="Callable[..., Any]")

DEFAULT_BURST = 100
"""Requests; the public guide's."""


def duration(text: str) -> float:
    """`90`, `90s`, `15m`, `1h30m`, `2d`: seconds above zero."""
    from jetscale_tui.domain.validation import duration_seconds

    seconds = duration_seconds(f"{text}s" if text.isdigit() else text)
    if not seconds:
        raise click.BadParameter(f"{text!r} is no duration; write 90s, 15m or 24h.")
    return seconds


def pair(text: str) -> tuple[float, float]:
    """Two rates with a colon between them, requests a second."""
    first, _, second = text.partition(":")
    try:
        rates = float(first), float(second)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not two rates; write 0.5:4.") from None
    if not all(0 <= rate < float("inf") for rate in rates):
        raise click.BadParameter(f"{text!r}: rates are zero or more.")
    return rates


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """Which load; one of the first six, or none for the default burst."""

    burst: int | None
    rate: float | None
    ramp: tuple[float, float] | None
    day: tuple[float, float] | None
    rates: Path | None
    history: float | None
    """Seconds of the past to play again; the caller reads them."""
    seconds: float | None
    max_tokens: int

    def check(self) -> None:
        """Refuse what does not fit together.

        Raises:
            UsageError: more than one load, or a length for one that has its own.
        """
        names = ("burst", "rate", "ramp", "day", "rates", "history")
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) > 1:
            raise UsageError(
                f"--{given[0]} and --{given[1]} are two loads.", fix="Ask about one at a time."
            )
        if self.seconds is not None and given and given[0] in ("rates", "history"):
            raise UsageError(f"--for does not go with --{given[0]}, which says itself how long.")

    def load(self) -> Load:
        """The load, of all but `--history`.

        Raises:
            ConfigError: the file of rates cannot be used.
        """
        from jetscale_tui.domain.forecast.load import DAY, HOUR, Burst, Day, Ramp
        from jetscale_tui.domain.forecast.rates_csv import parse_rates
        from jetscale_tui.setupfile.load import read

        tokens = self.max_tokens
        if self.rates is not None:
            text = read(self.rates).decode(errors="replace")
            return parse_rates(text, self.rates.name, tokens)
        if self.ramp is not None or self.rate is not None:
            first, last = self.ramp or (self.rate or 0.0, self.rate or 0.0)
            return Ramp(first, last, self.seconds or HOUR, tokens)
        if self.day is not None:
            trough, peak = self.day
            return Day(peak, trough, self.seconds or DAY, tokens)
        burst = Burst(self.burst or DEFAULT_BURST, max_tokens=tokens)
        return replace(burst, seconds=self.seconds or burst.seconds)


@dataclass(frozen=True, slots=True)
class FactOptions:
    """Facts a person knows better, or wants to try; None: as found or assumed."""

    start_up: float | None
    node_start_up: float | None
    fits: int | None
    slots: int | None
    step: float | None
    prefill: float | None

    def over(self, facts: Facts) -> Facts:
        """The facts with what was given in their place."""
        from jetscale_tui.domain.forecast.facts import Fact

        pace = {"slots": self.slots, "step_seconds": self.step, "prefill_seconds": self.prefill}
        rest = {
            "start_seconds": self.start_up,
            "node_seconds": self.node_start_up,
            "fits_now": self.fits,
        }
        named = {
            Fact.SLOTS: self.slots,
            Fact.STEP: self.step,
            Fact.PREFILL: self.prefill,
            Fact.START_UP: self.start_up,
            Fact.NODE: self.node_start_up,
            Fact.CAPACITY: self.fits,
        }
        known = {fact: "given" for fact, value in named.items() if value is not None}
        changes: dict[str, Any] = {key: each for key, each in rest.items() if each is not None}
        if self.fits is not None:
            changes["nodes_to_come"] = 0
        faster: dict[str, Any] = {key: each for key, each in pace.items() if each is not None}
        return replace(
            facts, pace=replace(facts.pace, **faster), known={**facts.known, **known}, **changes
        )


_COUNT = click.IntRange(min=1)
_POSITIVE = click.FloatRange(min=0, min_open=True)
_LOAD_OPTIONS = (
    click.option(
        "--burst", type=click.IntRange(1, 10_000), metavar="N", help="N requests at once."
    ),
    click.option("--rate", type=_POSITIVE, metavar="R", help="R requests a second."),
    click.option("--ramp", type=pair, metavar="A:B", help="From A to B requests a second."),
    click.option(
        "--day", type=pair, metavar="LOW:HIGH", help="A day's curve, lowest at 2, highest at 14."
    ),
    click.option(
        "--rates",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="CSV: a time and requests a second in each line.",
    ),
    click.option(
        "--history",
        type=duration,
        metavar="TIME",
        help="Play again what Cloud Monitoring saw in so much time (24h).",
    ),
    click.option(
        "--for",
        "seconds",
        type=duration,
        metavar="TIME",
        help="How long to look; 15m for a burst, 1h for a rate, 24h for a day.",
    ),
    click.option(
        "--max-tokens",
        type=_COUNT,
        default=200,
        show_default=True,
        help="Tokens each request generates.",
    ),
)
_FACT_OPTIONS = (
    click.option("--start-up", type=duration, metavar="TIME", help="Start-up of a replica."),
    click.option("--node-start-up", type=duration, metavar="TIME", help="Start-up of a node."),
    click.option(
        "--fits", type=_COUNT, metavar="N", help="Replicas whose chips there are, at most."
    ),
    click.option("--slots", type=_COUNT, metavar="N", help="Concurrent decodes of a replica."),
    click.option("--step", type=_POSITIVE, metavar="SECONDS", help="One decode step of all slots."),
    click.option("--prefill", type=_POSITIVE, metavar="SECONDS", help="One prefill."),
)
_LOAD_NAMES = ("burst", "rate", "ramp", "day", "rates", "history", "seconds", "max_tokens")
_FACT_NAMES = ("start_up", "node_start_up", "fits", "slots", "step", "prefill")


def forecast_options(function: Command) -> Command:
    """Gives a command these options; it gets them as `asked: LoadOptions`, `given: FactOptions`."""

    @wraps(function)
    def with_options(*arguments: Any, **values: Any) -> Any:
        asked = LoadOptions(**{name: values.pop(name) for name in _LOAD_NAMES})
        given = FactOptions(**{name: values.pop(name) for name in _FACT_NAMES})
        return function(*arguments, asked=asked, given=given, **values)

    for option in reversed((*_LOAD_OPTIONS, *_FACT_OPTIONS)):
        with_options = option(with_options)
    return cast("Command", with_options)
