from __future__ import annotations

import pytest

from jetscale_tui.domain.forecast.rates_csv import parse_rates
from jetscale_tui.errors import ConfigError


def test_seconds_and_rates() -> None:
    load = parse_rates("second,rate\n0,1.5\n\n60,3\n", "rates.csv", max_tokens=50)
    assert load.steps == ((0.0, 1.5), (60.0, 3.0))
    assert (load.seconds, load.max_tokens) == (120.0, 50)
    assert load.title == "the rates of rates.csv"


def test_time_stamps_are_counted_from_the_first() -> None:
    load = parse_rates("2026-03-01T14:00:00Z,1\n2026-03-01T14:05:00Z, 2\n", "rates.csv")
    assert load.steps == ((0.0, 1.0), (300.0, 2.0))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "fewer than two"),
        ("0,1\n", "fewer than two"),
        ("0,1\nsoon,2\n", "Line 2 of rates.csv is no rate: 'soon,2'"),
        ("0,1\n60\n", "Line 2 of rates.csv is no rate"),
        ("0,1\n60,nan\n", "Line 2 of rates.csv is no rate"),
        ("0,1\ninf,2\n", "Line 2 of rates.csv is no rate"),
        ("0,1\n60,-2\n", "Line 2 of rates.csv has a rate below zero"),
        ("0,1\n60,2\n60,3\n", "Line 3 of rates.csv does not come after"),
    ],
)
def test_what_is_no_list_of_rates_is_refused_with_the_line(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_rates(text, "rates.csv")
    assert complaint in refused.value.what
