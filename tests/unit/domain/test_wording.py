"""Numbers, times and foreign text as people read them."""

from __future__ import annotations

import math

import pytest

from jetscale_tui.domain import wording
from jetscale_tui.domain.condition_words import in_words
from jetscale_tui.domain.live import Condition
from jetscale_tui.domain.profile import Unit
from jetscale_tui.domain.tpu import spoken


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.42, "0.4 s"),
        (-3.0, "0.0 s"),
        (48.4, "48 s"),
        (240.0, "4 min"),
        (252.0, "4 min 12 s"),
        (7200.0, "2 h"),
        (7500.0, "2 h 05 min"),
        (273_600.0, "3 d 4 h"),
        (math.inf, "?"),
    ],
)
def test_a_span_of_time_is_as_exact_as_it_needs_to_be(seconds: float, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (3.0, Unit.REQUESTS, "3"),
        (0.0412, Unit.REQUESTS, "0.0412"),
        (0.0, Unit.REQUESTS, "0"),
        (12345.0, Unit.REQUESTS, "12 345"),
        (0.414, Unit.RATIO, "41.4 %"),
        (512.0, Unit.BYTES, "512 B"),
        (102 * 2.0**30, Unit.BYTES, "102 GiB"),
        (5000 * 2.0**40, Unit.BYTES, "5 000 TiB"),
    ],
)
def test_a_metrics_value_has_its_unit(value: float, unit: Unit, words: str) -> None:
    assert wording.measured(value, unit) == words


def test_one_is_not_many() -> None:
    assert wording.plural(1, "step") == "1 step"
    assert wording.plural(2, "step") == "2 steps"
    assert wording.plural(2, "replica that fits", "replicas that fit") == "2 replicas that fit"


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("plain", "plain"),
        ("größer", "größer"),
        ("a\nb\tc", "a b c"),
        ("\x1b[31mred", "<U+001B>[31mred"),
        ("left\u202eright", "left<U+202E>right"),
        ("flag\U0001f1e9", "flag<U+1F1E9>"),
        ("e\u0301", "e\u0301"),
        ("e" + "\u0301" * 9, "e\u0301\u0301<+7 marks>"),
        ("e" + "\u0301" * 9 + "x", "e\u0301\u0301<+7 marks>x"),
    ],
)
def test_foreign_text_shows_what_it_hides(text: str, drawn: str) -> None:
    assert wording.shown(text) == drawn


def test_lines_stay_lines() -> None:
    assert wording.shown_lines("a\tb\n\x00") == "a   b\n<U+0000>"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("TooManyReplicas", "the maximum holds it back"),
        ("FailedGetPodsMetric", "a metric cannot be read; the doctor finds out why"),
        ("Nonsense", ""),
    ],
)
def test_a_condition_is_said_in_a_few_words(reason: str, words: str) -> None:
    assert in_words(Condition("X", "False", reason)) == words


def test_a_generation_is_called_what_people_call_it() -> None:
    assert spoken("tpu-v5-lite-podslice") == "TPU v5e"
    assert spoken("tpu-v9-slice") == "tpu-v9-slice"
