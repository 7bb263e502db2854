from __future__ import annotations

import pytest

from jetscale_tui.domain.behavior_rules import behavior_problems
from jetscale_tui.domain.behavior_text import DirectionText, NotABehavior, read, written

FULL = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
}


@pytest.mark.parametrize(
    ("rules", "window", "rate"),
    [
        (None, "", ""),
        (FULL, "0", "4 pods/15s or 100%/15s"),
        ({**FULL, "selectPolicy": "Min"}, "0", "4 pods/15s and 100%/15s"),
        ({"selectPolicy": "Disabled"}, "", "off"),
        ({"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}, "", "1 pod/60s"),
        ({"tolerance": "0.05", "stabilizationWindowSeconds": 300}, "300", ""),
    ],
)
def test_rules_are_written_and_read_back(
    rules: dict[str, object] | None, window: str, rate: str
) -> None:
    text = written(rules)
    assert text == DirectionText(window, rate)
    again = read(text, rules)
    assert written(again) == text
    assert not behavior_problems({"scaleUp": again}, "behavior") if again else rules is None


def test_what_has_no_text_stays() -> None:
    assert read(DirectionText("30", ""), {"tolerance": "0.05"}) == {
        "tolerance": "0.05",
        "stabilizationWindowSeconds": 30,
    }


def test_off_keeps_the_policies_for_the_day_it_is_on_again() -> None:
    assert read(DirectionText("", "off"), FULL) == {
        "policies": FULL["policies"],
        "selectPolicy": "Disabled",
    }


@pytest.mark.parametrize(
    ("window", "rate", "said"),
    [
        ("soon", "", "0 to 3600"),
        ("3601", "", "0 to 3600"),
        ("", "fast", "such as 4 pods/15s"),
        ("", "0 pods/15s", "1 or more"),
        ("", "4 pods/0s", "1 to 1800"),
        ("", "1/15s or 2/15s and 3/15s", "either or"),
        ("", "٤/15s", "such as"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_few_words(window: str, rate: str, said: str) -> None:
    with pytest.raises(NotABehavior, match=said):
        read(DirectionText(window, rate), None)
