"""Which label selectors can be parsed, and what is said of those that cannot."""

from __future__ import annotations

import pytest

from jetscale_tui.domain.hpa.label_selector import rendered
from jetscale_tui.domain.hpa.selector_syntax import syntax_error

OPERATORS = "expected: in, notin, =, ==, !=, gt, lt"


@pytest.mark.parametrize(
    "selector",
    [
        "",
        "app",
        "!canary",
        "app=web",
        "app==web,tier!=db",
        "app=,tier",
        "generation>3",
        "app in (a, b), env notin (c)",
        "app in ()",
        "app in (,a,,b,)",
    ],
)
def test_the_grammar_of_label_selectors_is_accepted(selector: str) -> None:
    assert syntax_error(selector) == ""


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ("cheddar cheese", f"unable to parse requirement: found 'cheese', {OPERATORS}"),
        ("=a", "found '=', expected: !, identifier, or 'end of string'"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("a=(", "unable to parse requirement: found '(', expected: identifier"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("a,", "found '', expected: identifier after ','"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
        ("a in (=)", "unable to parse requirement: found '=', expected: ',', ')' or identifier"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
    ],
)
def test_what_cannot_be_parsed_is_told_in_the_label_parsers_words(
    selector: str, words: str
) -> None:
    assert syntax_error(selector) == words


def test_a_metric_selector_is_shown_as_go_shows_it() -> None:
    assert rendered(None) == "nil"
    assert rendered({}) == (
        "&LabelSelector{MatchLabels:map[string]string{},"
        "MatchExpressions:[]LabelSelectorRequirement{},}"
    )
    selector = {
        "matchLabels": {"b": "2", "a": "1"},
        "matchExpressions": [{"key": "env", "operator": "In", "values": ["x", "y"]}],
    }
    assert rendered(selector) == (
        "&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},"
        "MatchExpressions:[]LabelSelectorRequirement{"
        "LabelSelectorRequirement{Key:env,Operator:In,Values:[x y],},},}"
    )
