"""The search for better settings: every possible change is simulated, the best are advised.

What is better: first fewer requests that wait too long or get no answer, then fewer replicas that
can never run, then fewer chip-hours, then less flapping. The first is told apart to half a percent
of the requests, chip-hours to two percent of what they are now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.words import count, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jetscale_tui.domain.forecast.changes import Change, Concern
    from jetscale_tui.domain.forecast.figures import Figures
    from jetscale_tui.domain.spec import Setup

Evaluate = Callable[["Setup"], "Figures | None"]
"""The figures of a setup under the same load; None: the setup is not valid."""

FRUGAL = 1.25
"""Changes are taken together only up to so many times the chip-hours."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One change, or several together, with the evidence."""

    changes: tuple[Change, ...]
    setup: Setup
    """With them."""
    after: Figures
    better: tuple[str, ...]
    worse: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """What was found, and in how many settings."""

    advice: tuple[Advice, ...]
    tried: int


def search(
    setup: Setup,
    now: Figures,
    changes: tuple[Change, ...],
    evaluate: Evaluate,
    limit: float,
) -> Search:
    """The best change of each concern, and then the best of them together.

    Args:
        setup: what the changes are made to.
        now: the figures that are to be beaten.
        changes: what to try.
        evaluate: simulates a setup.
        limit: seconds a request may wait; for the texts.
    """
    return _Searching(setup, now, evaluate, limit).search(changes)


_Rank = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Trial:
    changes: tuple[Change, ...]
    setup: Setup
    figures: Figures
    rank: _Rank


class _Searching:
    def __init__(self, setup: Setup, now: Figures, evaluate: Evaluate, limit: float) -> None:
        self._now = now
        self._evaluate = evaluate
        self._limit = limit
        self._tried = 0
        self._start = _Trial((), setup, now, self._rank(now))

    def search(self, changes: tuple[Change, ...]) -> Search:
        best: dict[Concern, _Trial] = {}
        frugal: dict[Concern, _Trial] = {}
        for change in changes:
            trial = self._try(self._start, change)
            if trial is None:
                continue
            _keep(best, change.concern, trial)
            if trial.figures.chip_hours <= self._now.chip_hours * FRUGAL:
                _keep(frugal, change.concern, trial)
        found = [trial for trial in best.values() if trial.rank < self._start.rank]
        together = self._together(frugal)
        if len(together.changes) > 1:
            found.append(together)
        found.sort(key=lambda trial: trial.rank)
        advice = (self._advice(trial) for trial in found)
        return Search(tuple(each for each in advice if each.better), self._tried)

    def _together(self, frugal: Mapping[Concern, _Trial]) -> _Trial:
        """Add change after change, the one that helps most first, while any helps."""
        so_far = self._start
        left = {concern: trial.changes[0] for concern, trial in frugal.items()}
        while left:
            trials = [self._try(so_far, change) for change in left.values()]
            better = [
                trial
                for trial in trials
                if trial is not None
                and trial.rank < so_far.rank
                and trial.figures.chip_hours <= self._now.chip_hours * FRUGAL
            ]
            if not better:
                break
            so_far = min(better, key=lambda trial: trial.rank)
            del left[so_far.changes[-1].concern]
        return so_far

    def _try(self, base: _Trial, change: Change) -> _Trial | None:
        setup = change.apply(base.setup)
        figures = self._evaluate(setup)
        if figures is None:
            return None
        self._tried += 1
        return _Trial((*base.changes, change), setup, figures, self._rank(figures))

    def _rank(self, figures: Figures) -> _Rank:
        chips = max(self._now.chip_hours, 1e-9)
        return (
            round(200 * figures.unserved / max(figures.requests, 1.0)),
            round(figures.stuck_seconds / 60),
            round(50 * figures.chip_hours / chips),
            figures.flaps,
        )

    def _advice(self, trial: _Trial) -> Advice:
        better, worse = _differences(self._now, trial.figures, self._limit)
        return Advice(trial.changes, trial.setup, trial.figures, better, worse)


def _keep(best: dict[Concern, _Trial], concern: Concern, trial: _Trial) -> None:
    known = best.get(concern)
    if known is None or trial.rank < known.rank:
        best[concern] = trial


def _differences(
    before: Figures, after: Figures, limit: float
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What got better and what got worse, in words."""
    rows = list(_compared(before, after, limit))
    better = tuple(text for text, old, new in rows if new < old)
    worse = tuple(text for text, old, new in rows if new > old)
    return better, worse


def _compared(before: Figures, after: Figures, limit: float) -> Iterator[tuple[str, float, float]]:
    """Text, old and new value of what differs noticeably; less is better in all of them."""
    total = count(before.requests)
    counts = (
        (f"requests that wait longer than {span(limit)}, of {total}", before.late, after.late),
        ("requests that get no answer", before.lost, after.lost),
        ("backlog at its peak", before.peak_backlog, after.peak_backlog),
        ("replicas Pending for want of a node", before.most_waiting, after.most_waiting),
        ("replicas taken away and soon wanted again", before.flaps, after.flaps),
    )
    for what, old, new in counts:
        if abs(new - old) >= max(1.0, 0.01 * old):
            yield f"{what}: {count(old)} → {count(new)}", old, new
    times = (
        ("longest wait", before.longest_wait, after.longest_wait),
        ("first new replica after", before.added, after.added),
        ("backlog drained in", before.drain_seconds, after.drain_seconds),
    )
    for what, was, becomes in times:
        if was is None or becomes is None:
            continue
        if abs(was - becomes) >= max(1.0, 0.05 * was):
            yield f"{what}: {span(was)} → {span(becomes)}", was, becomes
    old, new = before.chip_hours, after.chip_hours
    if abs(new - old) >= 0.02 * old:
        percent = 100 * (new - old) / old
        yield f"chip-hours: {old:.1f} → {new:.1f} ({percent:+.0f} %)", old, new
