from __future__ import annotations

import math

from jetscale_tui.domain.forecast.facts import NODE_SCAN_SECONDS, Facts
from jetscale_tui.domain.forecast.fleet import Fleet

START = 75.0
NODE = NODE_SCAN_SECONDS + 150.0


def test_the_replicas_at_rest_are_ready() -> None:
    fleet = Fleet(Facts(fits_now=4), 2)
    assert (fleet.size, len(fleet.ready), fleet.placed) == (2, 2, 2)
    assert fleet.next_change == math.inf


def test_a_new_replica_is_ready_after_its_start_up() -> None:
    fleet = Fleet(Facts(fits_now=2), 1)
    fleet.resize(2, 20.0)
    assert fleet.next_change == 20.0 + START
    fleet.advance(94.0)
    assert len(fleet.ready) == 1
    fleet.advance(95.0)
    assert len(fleet.ready) == 2


def test_what_does_not_fit_waits_and_is_stuck_where_the_pool_cannot_grow() -> None:
    fleet = Fleet(Facts(fits_now=2), 1)
    fleet.resize(4, 0.0)
    assert (fleet.placed, fleet.stuck) == (2, 2)
    fleet.advance(10_000.0)
    assert len(fleet.ready) == 2


def test_all_fit_where_nobody_counted_the_chips() -> None:
    fleet = Fleet(Facts(), 1)
    fleet.resize(50, 0.0)
    assert fleet.placed == 50


def test_a_node_is_made_for_each_replica_that_waits_as_far_as_the_pool_grows() -> None:
    fleet = Fleet(Facts(fits_now=1, nodes_to_come=1), 1)
    fleet.resize(3, 0.0)
    assert (fleet.placed, fleet.stuck) == (1, 1)
    fleet.advance(NODE)
    assert (fleet.placed, fleet.stuck) == (2, 1)
    fleet.advance(NODE + START)
    assert len(fleet.ready) == 2


def test_a_node_may_hold_several_replicas() -> None:
    fleet = Fleet(Facts(fits_now=1, nodes_to_come=2, replicas_per_node=2), 1)
    fleet.resize(3, 0.0)
    fleet.advance(NODE)
    assert fleet.placed == 3


def test_the_least_useful_replicas_go_first() -> None:
    fleet = Fleet(Facts(fits_now=3), 2)
    fleet.resize(4, 0.0)
    oldest = fleet.ready[0]
    waiting, starting, younger = (fleet.resize(size, 10.0)[0] for size in (3, 2, 1))
    assert (waiting.number, starting.number, younger.number) == (3, 2, 1)
    assert fleet.ready == (oldest,)


def test_a_replica_that_goes_makes_room_for_one_that_waits() -> None:
    fleet = Fleet(Facts(fits_now=1, nodes_to_come=1), 1)
    fleet.resize(2, 0.0)
    fleet.resize(1, 30.0)
    fleet.resize(2, 60.0)
    # The node that was asked for is still coming.
    fleet.advance(NODE)
    assert fleet.placed == 2


def test_the_autoscaler_sees_replicas_that_start_as_pending() -> None:
    fleet = Fleet(Facts(fits_now=2), 1)
    before = fleet.version
    fleet.resize(2, 0.0)
    assert fleet.version > before
    pods = fleet.pods()
    assert (pods.listed, pods.ready) == (2, 1)
    assert [pod.phase for pod in pods.each] == ["Running", "Pending"]
