"""What a replica more than fit costs in time, and how much of that is known."""

from __future__ import annotations

from dataclasses import replace

from jetscale_tui.engine import detect
from jetscale_tui.engine.detect import Capacity, StartUp, TpuNode
from jetscale_tui.engine.growth import NodeWait, more_replicas
from jetscale_tui.engine.planner import build_plan
from tests.fakes import FakeCloud
from tests.unit.engine.scene import (
    PROFILE,
    SETUP,
    cluster_with_server,
    deployment,
    gke,
    node,
    pod,
    setup_with,
)

TWO = Capacity((TpuNode("a", 8, 0, "2x4"), TpuNode("b", 8, 0, "2x4")), 8, growth=1)


def test_what_was_measured_is_told_from_what_is_assumed() -> None:
    assumed = more_replicas(TWO, None)
    assert (assumed.node_source, assumed.start_source) == ("assumed", "assumed")
    measured = more_replicas(replace(TWO, node_wait=NodeWait(200.0, 2)), StartUp(70.0, 1))
    assert (measured.first, measured.seconds) == (3, 270.0)
    assert measured.possible
    assert str(measured) == (
        "Replica 3 waits for a new node: about 4 min 30 s (node 3 min 20 s, measured on 2 pods; "
        "start-up 1 min 10 s, measured on 1 pod)."
    )


def test_a_pool_at_its_maximum_has_to_be_made_larger_first() -> None:
    full = more_replicas(replace(TWO, growth=0), None)
    assert not full.possible
    assert str(full).startswith("Replica 3 needs a larger node pool: the pool is at its maximum.")


def test_a_pool_nobody_knows_is_said_so() -> None:
    unknown = more_replicas(replace(TWO, growth=None), None)
    assert unknown.possible
    assert "waits for a new node, if the pool may grow: about" in str(unknown)


def test_the_wait_is_measured_on_any_pod_that_had_to_wait_for_such_a_node() -> None:
    waited = pod("other", labels={"app": "other"}, node="tpu-1")
    waited["metadata"]["creationTimestamp"] = "2026-01-01T09:56:00Z"
    made = node("tpu-1")
    made["metadata"]["creationTimestamp"] = "2026-01-01T09:58:30Z"
    cluster = cluster_with_server(waited, made)
    found = detect.capacity(cluster, SETUP.workload, deployment(), gke())
    assert found.node_wait == NodeWait(240.0, 1)


def test_nodes_are_counted_where_they_are_not_where_the_pool_began() -> None:
    """The GKE API tells the size a pool was made with."""
    nodes = [node("tpu-0"), node("tpu-1")]
    for each in nodes:
        each["metadata"]["labels"] = {
            **each["metadata"]["labels"],
            "cloud.google.com/gke-nodepool": "tpu-pool",
        }
    grown = replace(gke().pools[0], node_count=1, max_nodes=4)
    cluster = cluster_with_server(*nodes)
    found = detect.capacity(cluster, SETUP.workload, deployment(), gke(pools=(grown,)))
    assert found.growth == 2


def test_how_far_autopilot_grows_is_not_known() -> None:
    cluster = cluster_with_server()
    found = detect.capacity(cluster, SETUP.workload, deployment(), gke(autopilot=True))
    assert found.growth is None


def test_a_plan_says_what_a_larger_maximum_costs() -> None:
    plan = build_plan(SETUP, PROFILE, cluster_with_server(), FakeCloud(gke()))
    (note,) = (note for note in plan.notes if "larger maximum" in note)
    assert "Replica 3 needs a larger node pool" in note
    assert "start-up 1 min 15 s, measured on 1 pod" in note


def test_a_plan_whose_maximum_needs_a_node_says_how_long_that_takes() -> None:
    google = gke(pools=(replace(gke().pools[0], max_nodes=4),))
    setup = setup_with(scaling={"max_replicas": 3})
    plan = build_plan(setup, PROFILE, cluster_with_server(), FakeCloud(google))
    (risk,) = (risk for risk in plan.risks if risk.id == "T2-needs-new-nodes")
    assert "Replica 3 waits for a new node: about 3 min 45 s" in risk.what
    assert not [note for note in plan.notes if "larger maximum" in note]
