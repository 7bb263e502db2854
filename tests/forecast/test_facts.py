"""What a forecast rests on, found in a small cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from jetscale_tui.domain.forecast.facts import Fact
from jetscale_tui.engine.forecast_facts import facts_of, gather
from jetscale_tui.engine.growth import NodeWait, node_wait
from tests.fakes import FakeCluster
from tests.unit.engine.scene import (
    PAGE,
    PAGE_PATH,
    PROFILE,
    SETUP,
    deployment,
    gke,
    node,
    pod,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.ports import Cluster

SERVED = """\
jetstream_time_per_request_sum{id="a"} 460.0
jetstream_time_per_request_count{id="a"} 20.0
jetstream_time_to_first_token_sum{id="a"} 60.0
jetstream_request_output_length_sum{id="a"} 8000.0
"""


def cluster(*objects: Json, page: str = PAGE) -> Cluster:
    fake = FakeCluster(*objects)
    fake.answers[PAGE_PATH] = page
    return cast("Cluster", fake)


def with_pool(**changes: Any) -> GkeCluster:
    known = gke()
    return replace(known, pools=tuple(replace(pool, **changes) for pool in known.pools))


def test_everything_is_measured_where_it_can_be() -> None:
    there = cluster(
        deployment(arguments=("per_device_batch_size=2",)),
        pod(),
        node("tpu-0"),
        node("tpu-1"),
        page=SERVED,
    )
    facts = gather(there, SETUP, PROFILE, with_pool(max_nodes=5))
    assert facts.start_seconds == 75.0
    assert (facts.fits_now, facts.nodes_to_come, facts.fits_at_most) == (2, 3, 5)
    assert facts.pace.slots == 16
    assert facts.pace.step_seconds == pytest.approx(400 / 8000)
    assert facts.known == {
        Fact.START_UP: "measured on 1 pod",
        Fact.CAPACITY: "16 chips on 2 nodes",
        Fact.SLOTS: "from per_device_batch_size=2",
        Fact.STEP: "measured on 20 requests, prefills of others included",
    }


def test_what_is_not_there_is_assumed() -> None:
    facts = gather(cluster(), SETUP, PROFILE)
    assert facts.fits_now is facts.fits_at_most is None
    assert facts.pace.slots == 32
    assert facts.known == {Fact.SLOTS: "the profile's, 8 chips"}
    assert facts == facts_of(SETUP, PROFILE)


def test_a_pool_that_google_does_not_describe_may_or_may_not_grow() -> None:
    facts = gather(cluster(deployment(), node("tpu-0")), SETUP, PROFILE)
    assert facts.fits_at_most == 1
    assert facts.known[Fact.CAPACITY] == (
        "8 chips on 1 node; whether the pool may grow is not known"
    )


def test_a_node_may_hold_several_replicas() -> None:
    small = SETUP.model_copy(
        update={"workload": SETUP.workload.model_copy(update={"chips_per_replica": 4})}
    )
    facts = gather(cluster(deployment(), node("tpu-0")), small, PROFILE, with_pool(max_nodes=3))
    assert (facts.fits_now, facts.replicas_per_node, facts.fits_at_most) == (2, 2, 4)


@pytest.mark.parametrize(
    "page",
    [PAGE, SERVED.replace("20.0", "9.0"), SERVED.replace("8000.0", "0.0"), "time 1\n"],
    ids=["no histograms", "too few requests", "no tokens", "another page"],
)
def test_the_speed_is_not_measured_on_too_little(page: str) -> None:
    there = cluster(deployment(), pod(), node("tpu-0"), page=page)
    assert Fact.STEP not in gather(there, SETUP, PROFILE).known


def test_a_profile_need_not_say_how_speed_and_slots_are_found() -> None:
    plain = PROFILE.model_copy(update={"timing": None, "slots_argument": None})
    there = cluster(deployment(arguments=("per_device_batch_size=2",)), pod(), page=SERVED)
    facts = gather(there, SETUP, plain)
    assert (facts.pace.slots, facts.pace.step_seconds) == (32, 0.1)


@pytest.mark.parametrize("argument", ["per_device_batch_size=0", "other=3"])
def test_an_argument_that_says_nothing_leaves_the_profiles_slots(argument: str) -> None:
    there = cluster(deployment(arguments=(argument,)), pod())
    assert gather(there, SETUP, PROFILE).pace.slots == 32


def test_a_deployment_without_the_server_leaves_the_profiles_slots() -> None:
    other = deployment(arguments=("per_device_batch_size=2",))
    other["spec"]["template"]["spec"]["containers"] = []
    assert gather(cluster(other), SETUP, PROFILE).pace.slots == 32


class TestNodeWait:
    """How long pods waited for a node that was made for them."""

    def waiting(self, created: str = "2026-01-01T09:57:00Z") -> Json:
        found = pod()
        found["metadata"]["creationTimestamp"] = created
        return found

    def made(self, at: str) -> Json:
        found = node("tpu-0")
        found["metadata"]["creationTimestamp"] = at
        return found

    def test_it_is_measured_on_pods_older_than_their_node(self) -> None:
        younger = self.made("2026-01-01T09:59:30Z")
        assert node_wait([self.waiting()], [younger]) == NodeWait(180.0, 1)

    def test_a_pod_on_a_node_that_was_there_tells_nothing(self) -> None:
        older = self.made("2026-01-01T08:00:00Z")
        assert node_wait([self.waiting()], [older]) is None

    def test_what_has_no_times_tells_nothing(self) -> None:
        unplaced = self.waiting()
        unplaced["status"]["conditions"][0]["status"] = "False"
        younger = self.made("2026-01-01T09:59:30Z")
        assert node_wait([pod(), unplaced], [younger]) is None
        assert node_wait([self.waiting()], []) is None

    def test_it_is_part_of_the_facts(self) -> None:
        there = cluster(deployment(), self.waiting(), self.made("2026-01-01T09:59:30Z"))
        facts = gather(there, SETUP, PROFILE)
        assert facts.node_seconds == 180.0
        assert facts.known[Fact.NODE] == "measured on 1 pod"
