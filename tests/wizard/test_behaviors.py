"""A behavior fitted to how long a replica takes to start."""

from __future__ import annotations

import pytest

from jetscale_tui.domain.behavior_rules import behavior_problems
from jetscale_tui.domain.profile import Metric, Unit
from jetscale_tui.engine.detect import StartUp
from jetscale_tui.wizard.behaviors import fitted, source
from jetscale_tui.wizard.metric_offers import spoken_target


def test_one_replica_is_added_per_start_up_and_none_taken_away_before_one_could_be_back() -> None:
    behavior = fitted(StartUp(612.4, 2))
    assert behavior["scaleUp"]["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 613}]
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 613


def test_a_fast_server_keeps_the_window_of_the_defaults() -> None:
    assert fitted(StartUp(74, 1))["scaleDown"]["stabilizationWindowSeconds"] == 300


@pytest.mark.parametrize("seconds", [0.0, 74.0, 1_799.5, 90_000.0])
def test_whatever_was_measured_the_api_server_accepts_it(seconds: float) -> None:
    assert behavior_problems(fitted(StartUp(seconds, 1)), "scaling.behavior") == []


def test_the_source_of_a_start_up_time_is_told() -> None:
    assert source(StartUp(74, 2)) == "1 min 14 s, measured on 2 pods"


@pytest.mark.parametrize(
    ("unit", "target", "said"),
    [
        (Unit.RATIO, "90%", "= 900m"),
        (Unit.RATIO, "900m", "= 90 %"),
        (Unit.RATIO, "0.5", "= 50 %"),
        (Unit.RATIO, "lots", "share"),
        (Unit.RATIO, "lots%", "share"),
        (Unit.BYTES, "12Gi", "= 12 GiB"),
        (Unit.BYTES, "", "bytes"),
        (Unit.REQUESTS, "10", "requests"),
    ],
)
def test_a_target_is_said_the_other_way_round_too(unit: Unit, target: str, said: str) -> None:
    metric = Metric(name="m", title="M", unit=unit, why="")
    assert spoken_target(metric, target) == said
