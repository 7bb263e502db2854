"""The value of a PromQL expression at one moment."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from jetscale_tui.sandbox.promql.syntax import (
    Aggregation,
    Binary,
    Expression,
    Matcher,
    Number,
    PromqlError,
    Selector,
    Vector,
)

NAME = "__name__"


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of an instant vector."""

    labels: Mapping[str, str]
    value: float


Source = Callable[[Sequence[Matcher]], Iterable[Sample]]
"""The newest value of every series that fulfils all matchers."""
Value = float | list[Sample]
"""A scalar or an instant vector."""

_AGGREGATE: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": math.fsum,
    "avg": statistics.fmean,
    "min": min,
    "max": max,
    "count": len,
}


def evaluate(tree: Expression, source: Source) -> Value:
    """The value of an expression.

    Raises:
        PromqlError: the types do not fit, or series cannot be matched one to one.
    """
    match tree:
        case Number(value):
            return value
        case Selector(matchers):
            return list(source(matchers))
        case Vector(inner):
            return [Sample({}, _scalar(evaluate(inner, source), "vector"))]
        case Aggregation():
            return _aggregated(tree, _vector(evaluate(tree.of, source), tree.operator))
        case Binary("or", left, right):
            return _either(
                _vector(evaluate(left, source), "or"), _vector(evaluate(right, source), "or")
            )
        case Binary(operator, left, right):
            return _calculated(operator, evaluate(left, source), evaluate(right, source))


def fulfils(labels: Mapping[str, str], matcher: Matcher) -> bool:
    """Whether labels meet a condition; a label that is not there counts as empty.

    Raises:
        PromqlError: its regular expression is none.
    """
    value = labels.get(matcher.label, "")
    if matcher.operator in ("=", "!="):
        return (value == matcher.value) is (matcher.operator == "=")
    try:
        found = re.fullmatch(matcher.value, value) is not None
    except re.error as error:
        raise PromqlError(f"error parsing regexp: {error}: `{matcher.value}`") from error
    return found is (matcher.operator == "=~")


def _aggregated(tree: Aggregation, samples: Iterable[Sample]) -> list[Sample]:
    groups: dict[frozenset[tuple[str, str]], list[float]] = {}
    for sample in samples:
        kept = frozenset(
            (name, value)
            for name, value in sample.labels.items()
            if name != NAME and (name in tree.labels) is not tree.without
        )
        groups.setdefault(kept, []).append(sample.value)
    reduce = _AGGREGATE[tree.operator]
    return [Sample(dict(sorted(kept)), float(reduce(values))) for kept, values in groups.items()]


def _either(left: list[Sample], right: list[Sample]) -> list[Sample]:
    """All of the left side, and what the right side has besides."""
    there = {_signature(sample) for sample in left}
    return [*left, *(sample for sample in right if _signature(sample) not in there)]


def _calculated(operator: str, left: Value, right: Value) -> Value:
    if isinstance(left, float) and isinstance(right, float):
        return _arithmetic(operator, left, right)
    if isinstance(right, float):
        return [_unnamed(s, _arithmetic(operator, s.value, right)) for s in _vector(left, operator)]
    if isinstance(left, float):
        return [_unnamed(s, _arithmetic(operator, left, s.value)) for s in right]
    partners = _by_signature(right)
    return [
        _unnamed(samples, _arithmetic(operator, samples.value, partners[signature].value))
        for signature, samples in _by_signature(left).items()
        if signature in partners
    ]


def _by_signature(samples: Iterable[Sample]) -> dict[frozenset[tuple[str, str]], Sample]:
    found: dict[frozenset[tuple[str, str]], Sample] = {}
    for sample in samples:
        if found.setdefault(_signature(sample), sample) is not sample:
            raise PromqlError(
                "many-to-many matching not allowed: matching labels must be unique on one side"
            )
    return found


def _arithmetic(operator: str, left: float, right: float) -> float:
    """As floating-point hardware does it: nothing raises, and 0/0 is not a number."""
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/" if right == 0:
            return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)
        case "/":
            return left / right
        case "%":
            return math.fmod(left, right) if right else math.nan
        case _:
            return _power(left, right)


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def _unnamed(sample: Sample, value: float) -> Sample:
    return Sample({k: v for k, v in sample.labels.items() if k != NAME}, value)


def _signature(sample: Sample) -> frozenset[tuple[str, str]]:
    return frozenset(item for item in sample.labels.items() if item[0] != NAME)


def _vector(value: Value, wanted_by: str) -> list[Sample]:
    if isinstance(value, float):
        raise PromqlError(f'parse error: expected type instant vector in "{wanted_by}", got scalar')
    return value


def _scalar(value: Value, wanted_by: str) -> float:
    if not isinstance(value, float):
        raise PromqlError(f'parse error: expected type scalar in "{wanted_by}", got instant vector')
    return value
