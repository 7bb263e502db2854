"""The forecast held against what the sandbox then really does."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import pytest

from jetscale_tui.domain.forecast.load import Burst, Ramp
from jetscale_tui.domain.forecast.result import answer
from tests.forecast.stage import BACKLOG, SLOTS, Minute, Scenario, stage

if TYPE_CHECKING:
    from jetscale_tui.domain.forecast.result import Forecast

SEED = 20260301


def backlog(target: str) -> dict[str, str]:
    return {"name": BACKLOG, "target": target}


def slots(target: str) -> dict[str, str]:
    return {"name": SLOTS, "target": target}


def one_pod(seconds: int) -> dict[str, object]:
    return {"policies": [{"type": "Pods", "value": 1, "periodSeconds": seconds}]}


BURSTS: dict[str, Scenario] = {
    "the guide's burst": Scenario(Burst(100)),
    "room for eight": Scenario(
        Burst(600), nodes=8, scaling={"maxReplicas": 8, "metrics": [backlog("20")]}
    ),
    "a pool that grows": Scenario(Burst(400), max_nodes=5, scaling={"maxReplicas": 5}),
    "a maximum the pool cannot hold": Scenario(Burst(300), scaling={"maxReplicas": 6}),
    "slow to start": Scenario(
        Burst(500, seconds=1800), nodes=6, start_seconds=300, scaling={"maxReplicas": 6}
    ),
    "slots used": Scenario(
        Burst(200), nodes=4, scaling={"maxReplicas": 4, "metrics": [slots("800m")]}
    ),
    "one pod at a time, both ways": Scenario(
        Burst(800, seconds=1800),
        nodes=8,
        scaling={
            "maxReplicas": 8,
            "behavior": {
                "scaleUp": one_pod(60),
                "scaleDown": {"stabilizationWindowSeconds": 120, **one_pod(60)},
            },
        },
    ),
    "two metrics, two to begin with": Scenario(
        Burst(300),
        nodes=6,
        scaling={"minReplicas": 2, "maxReplicas": 6, "metrics": [backlog("5"), slots("900m")]},
    ),
    "a slower server, scraped less often": Scenario(
        Burst(150, seconds=1800),
        nodes=5,
        step_seconds=0.25,
        scaling={"maxReplicas": 5, "metrics": [backlog("15")]},
        sections={"scrape": {"server": {"interval": "30s"}, "tpu": {"enabled": False}}},
    ),
    "the guide's average": Scenario(
        Burst(400),
        nodes=6,
        scaling={"maxReplicas": 6, "metrics": [backlog("10")]},
        sections={"adapter": {"kind": "prometheus"}},
        averaged=True,
    ),
}


class Compared(NamedTuple):
    """A forecast beside what happened, minute by minute."""

    foreseen: list[Minute]
    seen: list[Minute]

    def within(self, replicas: int) -> int:
        """Minutes at which both counts are at most so far off."""
        return sum(
            abs(one.size - other.size) <= replicas and abs(one.ready - other.ready) <= replicas
            for one, other in zip(self.foreseen, self.seen, strict=True)
        )


def minutes(foreseen: Forecast) -> list[Minute]:
    last = int(foreseen.question.load.seconds // 60)
    found = []
    for minute in range(1, last + 1):
        point = [each for each in foreseen.series if each.at <= minute * 60][-1]
        found.append(Minute(point.desired, point.ready))
    return found


def compare(scenario: Scenario, seed: int) -> Compared:
    random = Random(seed)
    with stage(scenario, random) as set_up:
        foreseen = answer(set_up.question())
        return Compared(minutes(foreseen), set_up.play(random))


@pytest.fixture(scope="module")
def bursts() -> dict[str, Compared]:
    return {
        name: compare(scenario, SEED + index)
        for index, (name, scenario) in enumerate(BURSTS.items())
    }


def test_bursts_are_foreseen_to_a_replica_at_nearly_every_minute(
    bursts: dict[str, Compared],
) -> None:
    all_minutes = sum(len(each.seen) for each in bursts.values())
    assert len(bursts) >= 10
    assert sum(each.within(1) for each in bursts.values()) >= 0.95 * all_minutes
    # Mostly it is not even one replica off.
    assert sum(each.within(0) for each in bursts.values()) >= 0.8 * all_minutes


@pytest.mark.parametrize("name", BURSTS)
def test_the_most_replicas_of_a_burst_are_foreseen(bursts: dict[str, Compared], name: str) -> None:
    compared = bursts[name]
    assert max(compared.foreseen) == max(compared.seen)
    assert compared.foreseen[-1] == compared.seen[-1]


def test_a_forecast_of_another_setup_does_not_fit(bursts: dict[str, Compared]) -> None:
    other = Compared(bursts["slots used"].foreseen, bursts["room for eight"].seen)
    assert other.within(1) < 0.95 * len(other.seen)


def test_a_rising_rate_of_independent_requests_is_foreseen_to_a_replica() -> None:
    scenario = Scenario(
        Ramp(0.5, 3.0, 1800.0), nodes=4, scaling={"maxReplicas": 4, "metrics": [slots("700m")]}
    )
    compared = compare(scenario, SEED)
    assert compared.within(1) >= 0.95 * len(compared.seen)


def test_a_setup_that_flaps_is_foreseen_to_flap() -> None:
    """A backlog is there or not: between, the HPA sees no reason to keep what serves it."""
    scenario = Scenario(Ramp(2.0, 2.0, 3600.0), nodes=4, scaling={"maxReplicas": 4})
    compared = compare(scenario, SEED)
    assert falls(compared.seen) >= 3
    assert abs(falls(compared.foreseen) - falls(compared.seen)) <= 1


def falls(minutes: list[Minute]) -> int:
    """How often the size came back to one."""
    sizes = [minute.size for minute in minutes]
    return sum(before > 1 and after == 1 for before, after in pairwise(sizes))
