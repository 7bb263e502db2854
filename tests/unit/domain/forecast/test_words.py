from __future__ import annotations

import pytest

from jetscale_tui.domain.forecast.words import count, of, ordinal, span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (74.4, "74 s"),
        (119, "119 s"),
        (120, "2 min"),
        (150, "2 min 30 s"),
        (3599.6, "1 h"),
        (4500, "1 h 15 min"),
        (86_400, "24 h"),
    ],
)
def test_spans(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (0.44, "0.4"), (7.2, "7"), (29_344.4, "29,344")]
)
def test_counts(number: float, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "first"),
        (3, "third"),
        (7, "7th"),
        (11, "11th"),
        (21, "21st"),
        (22, "22nd"),
        (103, "103rd"),
        (112, "112th"),
    ],
)
def test_ordinals(number: int, text: str) -> None:
    assert ordinal(number) == text


def test_one_and_many() -> None:
    assert (of(1, "pod", "pods"), of(2, "pod", "pods")) == ("1 pod", "2 pods")
