"""The explanation in lines, ready to show: what each metric wants, what cut it, what comes next.

Text may quote the cluster and is never markup. `ascii_of` replaces the signs that are not ASCII.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from jetscale_tui.domain.decision.doubts import Cause
from jetscale_tui.domain.decision.explain import Unexplained
from jetscale_tui.domain.decision.words import amount, clock, metric_title, percent, span
from jetscale_tui.domain.hpa.limits import Limit
from jetscale_tui.domain.hpa.loop import Branch
from jetscale_tui.domain.hpa.proposal import tolerances
from jetscale_tui.domain.hpa.spec import Select, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.decision.explain import Explained
    from jetscale_tui.domain.decision.outlook import Threshold
    from jetscale_tui.domain.hpa.proposal import Proposal
    from jetscale_tui.domain.hpa.spec import MetricSpec, Policy, Rules


class Tone(StrEnum):
    """How much a line wants to be seen."""

    PLAIN = "plain"
    QUIET = "quiet"
    WARNING = "warning"
    TROUBLE = "trouble"


class Part(StrEnum):
    """What a line is about: panels with little room show the first ones only."""

    DECISION = "decision"
    """A step on the way to the size, or what prevents one."""
    NEXT = "next"
    """What would change the size."""
    DOUBT = "doubt"
    """What is not known, or was assumed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a label that may stand in a column of its own, and a text."""

    label: str
    text: str
    part: Part = Part.DECISION
    tone: Tone = Tone.PLAIN
    decides: bool = False
    """This step made the size what it is."""


_ASCII = str.maketrans({"→": "->", "÷": "/", "×": "x", "−": "-"})
_WRAPPED = (
    "the HPA was unable to compute the replica count: ",
    "the HPA controller was unable to get the target's current scale: ",
)
_RATES = (Limit.SCALE_UP, Limit.SCALE_DOWN)
_PER = {
    Target.AVERAGE_VALUE: " per pod",
    Target.VALUE: " in all",
    Target.UTILIZATION: " of request",
}


def ascii_of(text: str) -> str:
    """The text with its signs in ASCII."""
    return text.translate(_ASCII)


def lines_of(explained: Explained | Unexplained, now: float) -> tuple[Line, ...]:
    """The lines of an explanation, as of a time in seconds since the epoch."""
    if isinstance(explained, Unexplained):
        return (Line("", explained.reason, tone=Tone.QUIET),)
    writer = _Writer(explained, now)
    steps = tuple(writer.steps())
    if writer.contradicted:
        steps = tuple(replace(line, decides=False) for line in steps)
    return (*steps, *writer.doubts(), *writer.next())


def next_look_text(explained: Explained | Unexplained) -> str:
    """`next look in 9 s`, or that nobody knows."""
    if isinstance(explained, Unexplained) or explained.next_look is None:
        return "next look: unknown"
    return f"next look in {max(1, round(explained.next_look))} s"


class _Writer:
    """Says one explanation."""

    def __init__(self, explained: Explained, now: float) -> None:
        self.explained = explained
        self.now = now
        self.case = explained.case
        self.decision = explained.case.decision
        self.spec = explained.case.spec

    def steps(self) -> Iterator[Line]:
        """From the readings to the size."""
        decision, spec = self.decision, self.spec
        match decision.branch:
            case Branch.PAUSED:
                yield Line(
                    "0 replicas", "switches scaling off, until the target is given a size",
                    tone=Tone.WARNING, decides=True,
                )  # fmt: skip
            case Branch.ABOVE_MAXIMUM:
                text = f"{decision.current} is more → {decision.desired}; metrics were not read"
                yield Line(f"maximum {spec.max_replicas}", text, decides=True)
            case Branch.BELOW_MINIMUM:
                text = f"{decision.current} is less → {decision.desired}; metrics were not read"
                yield Line(f"minimum {spec.min_replicas}", text, decides=True)
            case Branch.METRICS:
                yield from self._metrics()
                yield from self._stabilization()
                yield from self._rate()
                yield from self._limit()
            case _:
                yield from self._metrics()
                yield Line("no decision", self._problem(), tone=Tone.TROUBLE)

    def _problem(self) -> str:
        problem = self.case.hpa.problem
        if problem is None:
            return "a metric is missing, and without it nothing is taken away"
        if problem.message.startswith(_WRAPPED):
            # The cause is what comes last; the conditions have all of it.
            return problem.message.rpartition(": ")[2] or problem.reason
        return problem.message or problem.reason

    @property
    def contradicted(self) -> bool:
        """The controller came to another size, and no step here accounts for it."""
        return self.explained.difference is not None and not self._unseen

    @property
    def _unseen(self) -> bool:
        """Held by a window whose content is older than the watch."""
        difference = self.explained.difference
        return difference is not None and difference.cause is Cause.UNSEEN_WINDOW

    def _metrics(self) -> Iterator[Line]:
        bounded, stable = self.decision.bounded, self.decision.stabilization
        free = bounded is not None and bounded.reason is Limit.WITHIN_RANGE
        decisive = free and stable is not None and not stable.changed and not self._unseen
        for index, verdict in enumerate(self.decision.verdicts or ()):
            decides = decisive and verdict is self.decision.winner
            label = metric_title(verdict.metric.name)
            if verdict.proposal is None:
                yield Line(label, "<unknown>", tone=Tone.TROUBLE)
            else:
                shown = self.case.seen.readings[index]
                text = self._proposal(verdict.metric, verdict.proposal, shown or 0.0)
                yield Line(label, text, decides=decides)

    def _proposal(self, metric: MetricSpec, proposal: Proposal, shown: float) -> str:
        reading = f"{_reading(metric, shown)}{_PER.get(metric.target, '')}"
        share = f"{reading} ÷ {_reading(metric, _target(metric))}"
        if proposal.within_tolerance:
            allowed = tolerances(self.spec.behavior, self.case.flags)
            near = allowed.up if proposal.ratio > 1 else allowed.down
            return f"{share}, within {percent(near)} → stays {proposal.replicas}"
        if metric.target is Target.VALUE:
            share += f" × {proposal.multiplied_by} ready"
        waiting = proposal.missing + proposal.unready
        without = f", {waiting} not ready" if waiting else ""
        return f"{share}{without} → wants {proposal.replicas}"

    def _stabilization(self) -> Iterator[Line]:
        stable = self.decision.stabilization
        if self._unseen:
            text = f"{Cause.UNSEEN_WINDOW} → {self.case.size}"
            yield Line("stabilization", text, decides=True)
        elif stable is not None and self._steadied:
            which = "highest" if stable.downscale else "lowest"
            text = f"{which} of the last {span(stable.window / 1000)} → {stable.replicas}"
            yield Line("stabilization", text, decides=True)

    @property
    def _steadied(self) -> bool:
        """Whether a window made a difference to the size, and not only to what was cut off."""
        stable, bounded = self.decision.stabilization, self.decision.bounded
        if stable is None or bounded is None or not stable.changed:
            return False
        if stable.downscale:
            cut_off = bounded.reason in (Limit.SCALE_DOWN, Limit.TOO_FEW)
            return stable.raw < bounded.replicas and not cut_off
        cut_off = bounded.reason in (Limit.SCALE_UP, Limit.TOO_MANY)
        return stable.raw > bounded.replicas and not cut_off

    def _rate(self) -> Iterator[Line]:
        """The rate limit, where it cuts: also if minimum or maximum cut even more."""
        stable, bounded = self.decision.stabilization, self.decision.bounded
        if stable is None or bounded is None or bounded.rate is None or self._steadied:
            return
        rate, current = bounded.rate, self.decision.current
        up = stable.replicas > current
        reach = max(rate.replicas, current) if up else min(rate.replicas, current)
        rules = self._rules(up=up)
        if not (stable.replicas > reach if up else rules and stable.replicas < reach):
            return
        decides = bounded.reason in _RATES
        if rules is not None and rules.select is Select.DISABLED:
            word = "scale-up" if up else "scale-down"
            yield Line(word, f"switched off in the behavior → {reach}", decides=decides)
            return
        text = "×2, or to 4" if rules is None else _policies(rules, up=up)
        if rate.policy is not None and rate.period_start != current:
            text += f" from {rate.period_start}"
        yield Line("rate limit", f"{text} → {reach}", decides=decides)

    def _rules(self, *, up: bool) -> Rules | None:
        behavior = self.spec.behavior
        if behavior is None:
            return None
        return behavior.scale_up if up else behavior.scale_down

    def _limit(self) -> Iterator[Line]:
        bounded, decides = self.decision.bounded, not self._steadied
        if bounded is not None and bounded.reason is Limit.TOO_MANY:
            label = f"maximum {self.spec.max_replicas}"
            yield Line(label, f"→ {bounded.replicas}", decides=decides)
        elif bounded is not None and bounded.reason is Limit.TOO_FEW:
            label = f"minimum {self.spec.min_replicas}"
            yield Line(label, f"→ {bounded.replicas}", decides=decides)

    def doubts(self) -> Iterator[Line]:
        """Where the controller differs, and what was assumed."""
        difference = self.explained.difference
        if difference is not None and self.contradicted:
            text = f"set {difference.actual}, not {difference.computed}: {difference.cause}"
            yield Line("controller", text, Part.DOUBT, Tone.WARNING)
        for assumption in self.explained.assumptions:
            yield Line("assumed", assumption, Part.DOUBT, Tone.QUIET)

    def next(self) -> Iterator[Line]:
        """What would change the size."""
        room = self.explained.room
        if room is not None and room.chips_each:
            has = f"; the pool has {room.chips}" if room.chips else ""
            needs = f"max {room.wanted} needs {room.chips_needed} chips"
            yield Line("to serve it", needs + has, Part.NEXT)
        elif room is not None:
            yield Line("to serve it", f"a maximum of {room.wanted}", Part.NEXT)
        if self.decision.branch is not Branch.METRICS:
            return
        yield from self._change(up=True)
        yield from self._change(up=False)

    def _change(self, *, up: bool) -> Iterator[Line]:
        """The readings that would make it grow, or shrink."""
        each = (self._readings(threshold, up=up) for threshold in self.explained.thresholds)
        found = dict.fromkeys(words for words in each if words)
        label = "up" if up else "down again"
        stable, bounded = self.decision.stabilization, self.decision.bounded
        rules = self._rules(up=up)
        if not found or stable is None or bounded is None:
            return
        if rules is not None and rules.select is Select.DISABLED:
            yield Line(label, "never: switched off in the behavior", Part.NEXT)
        elif bounded.reason is (Limit.SCALE_UP if up else Limit.SCALE_DOWN):
            yield Line(label, "goes on as the rate limit allows", Part.NEXT)
        elif not up and any(one.proposal is None for one in self.decision.verdicts or ()):
            yield Line(label, "not while a metric is unknown", Part.NEXT)
        else:
            joined = (" or " if up else " and ").join(found)
            yield Line(label, f"when {joined}{self._wait(up=up)}", Part.NEXT)

    def _readings(self, threshold: Threshold, *, up: bool) -> str:
        """`above 11`, `at most 5`; with the metric's name where there are several."""
        metric = threshold.metric
        value = threshold.rise if up else threshold.fall
        if value is None:
            return ""
        comparison = "above" if up else "below" if threshold.fall_excluded else "at most"
        name = f"{metric_title(metric.name)} " if len(self.spec.metrics) > 1 else ""
        return f"{name}{comparison} {_reading(metric, value)}"

    def _wait(self, *, up: bool) -> str:
        """For how long, and how much of that is left."""
        window = self.case.reach.up_window if up else self.case.reach.down_window
        text = f" for {span(window)}" if window else ""
        hold = self.explained.hold
        if hold is None or hold.downscale is up:
            return text
        left = clock(hold.until - self.now)
        return f"{text} ({left} left)" if hold.seen else f"{text} (at most {left} left)"


def _policies(rules: Rules, *, up: bool) -> str:
    """`+4 or ×2 in 15 s`."""
    joint = " and " if rules.select is Select.MIN else " or "
    periods = {policy.period for policy in rules.policies}
    if len(periods) == 1:
        amounts = joint.join(_change_by(policy, up=up) for policy in rules.policies)
        return f"{amounts} in {span(periods.pop() / 1000)}"
    return joint.join(
        f"{_change_by(policy, up=up)} in {span(policy.period / 1000)}" for policy in rules.policies
    )


def _change_by(policy: Policy, *, up: bool) -> str:
    sign = "+" if up else "−"
    if not policy.percent:
        return f"{sign}{policy.value}"
    if up and policy.value % 100 == 0:
        return f"×{policy.value // 100 + 1}"
    return f"{sign}{policy.value} %"


def _target(metric: MetricSpec) -> float:
    return metric.amount if metric.target is Target.UTILIZATION else metric.amount / 1000


def _reading(metric: MetricSpec, value: float) -> str:
    return f"{amount(value)} %" if metric.target is Target.UTILIZATION else amount(value)
