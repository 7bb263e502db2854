"""The doctor on two replicas that are loaded, rolled out, or lose their node."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import DEPLOYMENT, HPA, POD
from jetscale_tui.domain.spec import MetricTarget
from jetscale_tui.engine.doctor import Health, Link, LinkId, Patient, Remedy, examine
from jetscale_tui.manifests.hpa import hpa_name
from jetscale_tui.sandbox.controllers.conditions import set_condition
from jetscale_tui.sandbox.controllers.pods import is_ready
from jetscale_tui.sandbox.environment import Sandbox
from jetscale_tui.sandbox.kube.objects import rfc3339
from jetscale_tui.sandbox.scenario import load_scenario
from jetscale_tui.wiring import RealBackend
from tests.engine.runs import PROFILE, SETUP, SPEED
from tests.engine.test_doctor_scenarios import THROUGH_PROMETHEUS, Hands
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.spec import Setup

TWO = SETUP.scaling.model_copy(update={"min_replicas": 2, "max_replicas": 2})
KEEPING_TWO = SETUP.model_copy(update={"scaling": TWO})
SERVER = "maxengine-server"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Ward:
    """Both TPU nodes are taken, and somebody keeps it at two replicas."""

    def __init__(self, sandbox: Sandbox, setup: Setup) -> None:
        self.sandbox = sandbox
        self.setup = setup
        self.backend = RealBackend(sandbox.kubeconfig)

    def links(self) -> list[Link]:
        patient = Patient(
            "default", hpa_name(self.setup), self.setup, PROFILE,
            self.backend.cluster, self.backend.cloud, self.backend.clock,
        )  # fmt: skip
        return list(examine(patient))

    def until(self, failure: str) -> Link:
        """The finding, as soon as it is there, whether it speaks for its link or beside it."""
        found: list[Link] = []
        seen: list[Link] = []

        def told() -> bool:
            seen[:] = self.told()
            found[:] = [each for each in seen if each.failure == failure]
            return bool(found)

        try:
            eventually(told, within=30)
        except AssertionError:
            raise AssertionError(f"{failure} expected, found {seen}") from None
        return found[0]

    def told(self) -> list[Link]:
        """Everything that is said, beside its link or for it."""
        return [each for link in self.links() for each in (link, *link.also)]

    def until_working(self) -> None:
        """Wait until every link passes its metric on."""
        working = (Health.FINE, Health.NOTE)
        eventually(lambda: all(link.health in working for link in self.links()), within=30)

    @property
    def pods(self) -> list[Json]:
        return [
            pod
            for pod in self.sandbox.store.list(POD, "default")
            if pod["metadata"]["name"].startswith(SERVER) and is_ready(pod)
        ]


def ward_of(sandbox: Sandbox, setup: Setup = KEEPING_TWO) -> Ward:
    ward = Ward(sandbox, setup)
    Hands(ward.backend).apply(setup)
    ward.until_working()
    return ward


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    with Sandbox(tmp_path, replace(load_scenario("full-pool").cluster, speed=SPEED)) as sandbox:
        yield ward_of(sandbox)


def test_t3_a_rollout_that_needs_the_chips_it_is_to_free(ward: Ward) -> None:
    def newer(deployment: Json) -> None:
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            container["image"] = f"{container['image']}-next"

    ward.sandbox.store.mutate(DEPLOYMENT, "default", SERVER, newer)
    found = ward.until("T3")
    assert (found.id, found.health) == (LinkId.SERVER, Health.BROKEN)
    assert "the rollout waits for itself" in found.detail
    assert "Insufficient google.com/tpu" in found.why
    strategy = json.loads(found.command.partition("--patch=")[2].strip("'"))
    ward.sandbox.store.mutate(
        DEPLOYMENT, "default", SERVER, lambda obj: obj["spec"].update(strategy["spec"])
    )
    ward.until_working()


def test_t4_all_requests_go_to_one_pod(ward: Ward) -> None:
    first, _ = ward.pods
    for _ in range(80):
        ward.sandbox.world.jetstream.submit(first, 2000)
    found = ward.until("T4")
    assert (found.id, found.health, found.command) == (LinkId.PORT, Health.NOTE, "jetscale burst")
    assert first["metadata"]["name"] in found.detail
    for pod in ward.pods[1:]:
        for _ in range(80):
            ward.sandbox.world.jetstream.submit(pod, 2000)
    eventually(lambda: all(each.failure != "T4" for each in ward.told()), within=30)


def test_h8_the_deployment_was_applied_with_a_size(ward: Ward) -> None:
    manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 1}}

    def by_kubectl(deployment: Json) -> None:
        deployment["metadata"]["annotations"] = {LAST_APPLIED: json.dumps(manifest)}

    ward.sandbox.store.mutate(DEPLOYMENT, "default", SERVER, by_kubectl)
    found = ward.until("H8")
    assert (found.id, found.health) == (LinkId.AUTOSCALER, Health.NOTE)
    assert "says replicas: 1" in found.detail


def test_h5_a_maximum_that_is_reached_before_the_first_new_replica_is_ready(ward: Ward) -> None:
    ward.sandbox.store.mutate(
        HPA, "default", hpa_name(ward.setup), lambda obj: obj["spec"].update(maxReplicas=9)
    )
    found = ward.until("H5")
    assert (found.id, found.remedy) == (LinkId.AUTOSCALER, Remedy.EDIT)
    assert "; it may go from 2 to 9 replicas in the 1 min 15 s" in found.detail


def test_t6_a_node_that_went_away_with_its_replica(tmp_path: Path) -> None:
    play = load_scenario("vanishing-node")
    with Sandbox(tmp_path, replace(play.cluster, speed=SPEED), scenario=play) as sandbox:
        ward = ward_of(sandbox)
        found = ward.until("T6")
    assert (found.id, found.health) == (LinkId.SERVER, Health.NOTE)
    assert "tpu-pool" in found.detail
    assert "the replica on it" in found.detail


def test_h13_an_overload_that_made_every_pod_unready(tmp_path: Path) -> None:
    slots = MetricTarget(name="jetstream_slots_used_percentage", target="10m")
    scaling = TWO.model_copy(update={"metrics": (slots,)})
    setup = THROUGH_PROMETHEUS.model_copy(update={"scaling": scaling})
    cluster = replace(load_scenario("full-pool").cluster, speed=SPEED)
    with Sandbox(tmp_path, cluster) as sandbox:
        ward = ward_of(sandbox, setup)
        store, now = sandbox.store, sandbox.clock.now
        for pod in ward.pods:
            for _ in range(30):
                sandbox.world.jetstream.submit(pod, 100_000)

        def unready(pod: Json) -> None:
            for kind in ("Ready", "ContainersReady"):
                set_condition(pod["status"], kind, False, rfc3339(now()))

        for pod in ward.pods:
            store.mutate(POD, "default", pod["metadata"]["name"], unready, status=True)
        found = ward.until("H13")
    assert (found.id, found.health) == (LinkId.AUTOSCALER, Health.BROKEN)
    assert "it proposes 0 replicas" in found.detail
