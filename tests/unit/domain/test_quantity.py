"""Quantities beyond the recorded vectors: odd spellings, giants, equality."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jetscale_tui.domain import quantity
from jetscale_tui.domain.quantity import Format, Quantity, QuantityError

INT64 = st.integers(-(2**63), 2**63 - 1)


@pytest.mark.parametrize(
    ("text", "canonical", "milli"),
    [
        ("0.5", "500m", 500),
        ("1000m", "1", 1_000),
        ("1.5Gi", "1536Mi", 1_610_612_736_000),
        ("0.5Ki", "512", 512_000),
        ("1024Gi", "1Ti", 1_099_511_627_776_000),
        ("-1.5Gi", "-1536Mi", -1_610_612_736_000),
        ("0.0001Ki", "102400u", 103),
        ("10Mi", "10Mi", 10_485_760_000),
        (".5", "500m", 500),
        ("1500u", "1500u", 2),
        ("12345678901234567890", "12345678901234567890", 2**63 - 1),
        ("0e5", "0", 0),
        ("00000000000000000000", "0", 0),
        ("0.0000000000", "0", 0),
        ("100e-5", "1e-3", 1),
        ("1.0", "1", 1_000),
        ("1e6", "1e6", 1_000_000_000),
        ("30e5", "3e6", 3_000_000_000),
    ],
)
def test_a_quantity_is_written_back_as_the_api_server_would(
    text: str, canonical: str, milli: int
) -> None:
    assert quantity.canonical(text) == canonical
    assert quantity.parse(text).milli == milli


@pytest.mark.parametrize(
    "text", ["", "K", "1K", "1 Mi", "1_000", "ten", "1e", "1.2.3", "1Kib", "٣", "0x10", "1e1.5"]
)
def test_what_is_no_quantity_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(QuantityError, match=r"quantity such as|suffix of quantities"):
        quantity.parse(text)


@pytest.mark.parametrize("text", ["9" * 5000, "1e99999999999", "1" * 30 + "e999999"])
def test_giant_numbers_are_refused_at_once_instead_of_being_computed(text: str) -> None:
    with pytest.raises(QuantityError):
        quantity.parse(text)


def test_values_out_of_range_are_held_at_the_ends_of_int64() -> None:
    assert quantity.parse("1e999999999").milli == 2**63 - 1
    assert quantity.parse("-1e999999999").value == -(2**63)
    assert quantity.parse("8Ei").value == 2**63 - 1
    assert float(quantity.parse("1e999999999")) == math.inf
    assert float(quantity.parse("-1e400")) == -math.inf
    assert float(quantity.parse("1" * 200 + "e300")) == math.inf
    assert float(quantity.parse("0e400")) == 0.0


def test_the_finest_value_is_a_billionth_away_from_zero() -> None:
    assert quantity.canonical("1e-999999999") == "1e-9"
    assert quantity.parse("0.0000000001") == quantity.parse("1n")
    assert quantity.parse("-0.0000000001") == quantity.parse("-1n")


def test_beyond_the_largest_suffix_kubernetes_writes_none() -> None:
    assert quantity.canonical("1000E") == "1"


def test_equal_numbers_are_equal_in_any_notation() -> None:
    half = quantity.parse("0.5")
    assert half == quantity.parse("500m") == quantity.parse("5e-1")
    assert hash(half) == hash(quantity.parse("500m"))
    assert quantity.parse("1Ki") == quantity.parse("1024")
    assert quantity.parse("0") == quantity.parse("0Mi")
    assert half != quantity.parse("501m")
    assert half != "0.5"


@given(INT64, st.sampled_from(list(Format)))
def test_what_is_formatted_parses_back_to_the_same_number(milli: int, form: Format) -> None:
    assert quantity.parse(quantity.format_milli(milli, form)) == quantity.of_milli(milli)


@given(st.text(alphabet="0123456789.+-eEinumkKMGTP", max_size=12))
def test_parsing_either_refuses_or_reaches_a_fixed_point(text: str) -> None:
    try:
        parsed = quantity.parse(text)
    except QuantityError:
        return
    again = quantity.parse(str(parsed))
    if abs(parsed.exponent) < 18:
        assert again == parsed
    assert str(again) == str(parsed)
    assert parsed.sign in (-1, 0, 1)
    assert (parsed.milli > 0) - (parsed.milli < 0) == parsed.sign


def test_a_quantity_built_from_parts_is_canonical() -> None:
    assert str(Quantity(1536 * 1024, 0, Format.BINARY_SI)) == "1536Ki"
    assert str(Quantity(12, 6, Format.DECIMAL_EXPONENT)) == "12e6"
    assert str(Quantity(12, 0, Format.DECIMAL_EXPONENT)) == "12"
