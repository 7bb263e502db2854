"""As much PromQL as rules use, with Prometheus' results; everything else is refused by name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.sandbox.promql.evaluation import NAME, Sample, evaluate, fulfils
from jetscale_tui.sandbox.promql.syntax import PromqlError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jetscale_tui.sandbox.promql.evaluation import Value
    from jetscale_tui.sandbox.promql.syntax import Matcher

SERIES = [
    Sample({NAME: "used", "pod": "a", "chip": "0"}, 6.0),
    Sample({NAME: "used", "pod": "a", "chip": "1"}, 2.0),
    Sample({NAME: "used", "pod": "b", "chip": "0"}, 1.0),
    Sample({NAME: "total", "pod": "a", "chip": "0"}, 8.0),
    Sample({NAME: "total", "pod": "a", "chip": "1"}, 8.0),
    Sample({NAME: "total", "pod": "b", "chip": "0"}, 8.0),
]


def value(expression: str) -> Value:
    def source(matchers: Sequence[Matcher]) -> Iterator[Sample]:
        return (each for each in SERIES if all(fulfils(each.labels, m) for m in matchers))

    return evaluate(parse(expression), source)


def rows(expression: str) -> dict[str, float]:
    """Values of a vector by their labels, as `pod=a,chip=0`."""
    found = value(expression)
    assert isinstance(found, list)
    return {
        ",".join(f"{name}={label}" for name, label in sample.labels.items()): sample.value
        for sample in found
    }


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("10 - 2 - 3", 5.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("-2 ^ 2", -4.0),
        ("7 % 4", 3.0),
        (".5e1", 5.0),
        ("1 / 0", math.inf),
        ("-1 / 0", -math.inf),
        ("10 ^ 999", math.inf),
    ],
)
def test_numbers_are_calculated_as_prometheus_does(expression: str, expected: float) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize("expression", ["0 / 0", "1 % 0", "(-1) ^ 0.5"])
def test_what_is_no_number_is_nan(expression: str) -> None:
    found = value(expression)
    assert isinstance(found, float)
    assert math.isnan(found)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sum(used)", {"": 9.0}),
        ("avg(used)", {"": 3.0}),
        ("min(used)", {"": 1.0}),
        ("max(used)", {"": 6.0}),
        ("count(used)", {"": 3.0}),
        ("sum by (pod) (used)", {"pod=a": 8.0, "pod=b": 1.0}),
        ("sum(used) by (pod)", {"pod=a": 8.0, "pod=b": 1.0}),
        ("sum without (chip) (used)", {"pod=a": 8.0, "pod=b": 1.0}),
        ('sum(used{pod="a",})', {"": 8.0}),
        ('sum({__name__="used", pod!="a"})', {"": 1.0}),
        ('sum(used{pod=~"a|b", chip!~"[1-9]"})', {"": 7.0}),
        ('sum(used{node=""})', {"": 9.0}),
        ("avg(used) / avg(total)", {"": 0.375}),
        ('sum(used{pod="none"}) or vector(0)', {"": 0.0}),
        ("sum(used) or vector(0)", {"": 9.0}),
        ("sum(used) * 2", {"": 18.0}),
        ("100 * sum(used)", {"": 900.0}),
        (
            "used / total",
            {"pod=a,chip=0": 0.75, "pod=a,chip=1": 0.25, "pod=b,chip=0": 0.125},
        ),
        ('used / total{pod="b"}', {"pod=b,chip=0": 0.125}),
        ('sum(used{pod="none"})', {}),
    ],
)
def test_vectors(expression: str, expected: dict[str, float]) -> None:
    assert rows(expression) == expected


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ('used{,pod="a"}', 'unexpected "," in label matching'),
        ("used{pod}", 'unexpected "}" in label matching'),
        ("sum(used", 'unexpected end of input in aggregation, expected ")"'),
        ("sum by (3) (used)", "in grouping, expected label"),
        ("used used", 'unexpected "used"'),
        ("rate(used[5m])", 'the function "rate" is not evaluated'),
        ("used[5m]", '"[" is not evaluated'),
        ("used > 1", '">" is not evaluated'),
        ("used and total", '"and" is not evaluated'),
        ("used offset 5m", '"offset" is not evaluated'),
        ("", "unexpected end of input"),
        ("§", "unexpected character"),
        ("sum(3)", "expected type instant vector"),
        ("vector(used)", "expected type scalar"),
        ('{pod="a"} + total', "many-to-many"),
        ('used{pod=~"("}', "error parsing regexp"),
    ],
)
def test_what_cannot_be_read_or_evaluated_says_why(expression: str, said: str) -> None:
    with pytest.raises(PromqlError) as refused:
        value(expression)
    assert said in str(refused.value)


def test_an_error_says_where_it_is() -> None:
    with pytest.raises(PromqlError, match=r"^1:5: parse error"):
        value("used}")


def test_quoted_text_is_unescaped() -> None:
    assert rows(r'used{pod="\"",chip="0"}') == {}
    assert rows("used{pod='a',chip=`0`}") == {f"{NAME}=used,pod=a,chip=0": 6.0}
