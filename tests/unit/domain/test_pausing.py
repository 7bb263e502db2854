from __future__ import annotations

import pytest

from jetscale_tui.domain import pausing

DISABLED = {"selectPolicy": "Disabled"}


@pytest.mark.parametrize(
    ("behavior", "paused"),
    [
        (None, False),
        ({}, False),
        ({"scaleUp": DISABLED}, False),
        ({"scaleUp": DISABLED, "scaleDown": {"selectPolicy": "Max"}}, False),
        ({"scaleUp": DISABLED, "scaleDown": DISABLED}, True),
        ({"scaleUp": DISABLED, "scaleDown": "Disabled"}, False),
    ],
)
def test_paused_means_both_ways(behavior: dict[str, object] | None, paused: bool) -> None:
    assert pausing.is_paused(behavior) is paused


def test_a_pause_keeps_everything_else_of_the_behavior() -> None:
    before = {"scaleUp": {"stabilizationWindowSeconds": 30, "selectPolicy": "Min"}}
    paused = pausing.paused_behavior(before)
    assert paused["scaleUp"] == {"stabilizationWindowSeconds": 30, "selectPolicy": "Disabled"}
    assert before["scaleUp"]["selectPolicy"] == "Min"


@pytest.mark.parametrize("behavior", [None, {"scaleUp": {"stabilizationWindowSeconds": 0}}])
def test_what_was_is_remembered_exactly(behavior: dict[str, object] | None) -> None:
    note = {pausing.ANNOTATION: pausing.remembered(behavior)}
    assert pausing.behavior_before(note) == behavior


@pytest.mark.parametrize("text", ["", "[]", "7", "{"])
def test_a_damaged_memory_is_no_behavior(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        pausing.behavior_before({pausing.ANNOTATION: text})


def test_no_memory_is_no_behavior() -> None:
    with pytest.raises(KeyError):
        pausing.behavior_before({})
