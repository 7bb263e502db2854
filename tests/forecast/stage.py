"""A setup applied to a sandbox on a stopped clock, loaded, and watched minute by minute."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from jetscale_tui.domain.forecast.load import Burst
from jetscale_tui.domain.google import GkeCluster, NodePool
from jetscale_tui.domain.kinds import (
    API_SERVICE,
    CONFIG_MAP,
    DEPLOYMENT,
    HPA,
    NODE,
    POD,
    Ref,
)
from jetscale_tui.domain.spec import Setup
from jetscale_tui.engine import existing_hpa, forecast_facts
from jetscale_tui.manifests.build import build
from jetscale_tui.sandbox.blueprint import Blueprint, PoolBlueprint, WorkloadBlueprint
from jetscale_tui.sandbox.programs import Call
from jetscale_tui.setupfile.profiles import load_profile
from tests.fakes import FakeCluster
from tests.sandbox.still import ADAPTER, still_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from jetscale_tui.domain.forecast.load import Load
    from jetscale_tui.domain.forecast.simulate import Question
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.ports import Cluster
    from tests.sandbox.still import StillWorld

PROFILE = load_profile("jetstream-maxtext")
BACKLOG = "jetstream_prefill_backlog_size"
SLOTS = "jetstream_slots_used_percentage"
_DEPLOYMENT = "maxengine-server"
_ADAPTERS = {
    "stackdriver": ("custom-metrics", ADAPTER),
    "prometheus": ("default", "jetscale-frontend"),
}
"""Namespace and service account that read the metrics."""


class Minute(NamedTuple):
    """What could be counted at one minute."""

    size: int
    """`spec.replicas`."""
    ready: int


@dataclass(frozen=True)
class Scenario:
    """A cluster, a setup and a load."""

    load: Load
    nodes: int = 2
    max_nodes: int | None = None
    """None: the pool does not grow."""
    start_seconds: float = 75.0
    step_seconds: float = 0.1
    scaling: dict[str, Any] = field(default_factory=dict)
    """The setup's `scaling`."""
    sections: dict[str, Any] = field(default_factory=dict)
    """Other sections of the setup."""
    averaged: bool = False
    """The adapter's rules average, as the public guide's do, instead of adding up."""

    @property
    def setup(self) -> Setup:
        """The setup document."""
        blueprint = Blueprint()
        google = {
            "project": blueprint.project_id,
            "location": blueprint.location,
            "cluster": blueprint.cluster,
        }
        return Setup.model_validate(
            {"google": google, "scaling": self.scaling, "scrape": {"tpu": {"enabled": False}}}
            | self.sections
        )

    @property
    def blueprint(self) -> Blueprint:
        """The cluster before anything is applied."""
        most = self.nodes if self.max_nodes is None else self.max_nodes
        return Blueprint(
            pools=(
                PoolBlueprint("default-pool", "e2-standard-4", nodes=1, max_nodes=3),
                PoolBlueprint(
                    "tpu-pool",
                    "ct5lp-hightpu-8t",
                    nodes=self.nodes,
                    max_nodes=most,
                    accelerator="tpu-v5-lite-podslice",
                    topology="2x4",
                    chips_per_node=8,
                ),
            ),
            workload=WorkloadBlueprint(
                replicas=self.setup.scaling.min_replicas,
                start_seconds=self.start_seconds,
                decode_seconds_per_token=self.step_seconds,
            ),
        )


class Stage:
    """A sandbox with the setup applied, at rest."""

    def __init__(self, scenario: Scenario, still: StillWorld) -> None:
        self.scenario = scenario
        self._still = still
        self._turn = 0

    def question(self) -> Question:
        """What would happen, asked as `jetscale forecast --hpa` asks it: of what is there."""
        scenario = self.scenario
        cluster = self._cluster()
        facts = forecast_facts.gather(cluster, scenario.setup, PROFILE, self._gke())
        hpa = existing_hpa.from_cluster(cluster, "default", scenario.setup.scaling.name)
        queries = existing_hpa.queries(cluster)
        existing = existing_hpa.understand(hpa, scenario.setup, PROFILE, queries)
        return existing_hpa.question_of(existing, facts, scenario.load, limit=30.0)

    def warm_up(self) -> None:
        """Serve a few requests, so that the server's speed shows in its histograms."""
        for _ in range(20):
            self._send()
        self._still.run(300.0)

    def _cluster(self) -> Cluster:
        """What the API server would show."""
        store = self._still.store
        kinds = (NODE, POD, DEPLOYMENT, HPA, API_SERVICE, CONFIG_MAP)
        cluster = FakeCluster(*(obj for kind in kinds for obj in store.list(kind)))
        for pod in self._still.pods():
            name = f"{pod['metadata']['name']}:9100"
            page = self._still.world.network.call(pod, 9100, Call("GET", "/")).body.decode()
            cluster.answers[f"/api/v1/namespaces/default/pods/{name}/proxy/"] = page
        return cast("Cluster", cluster)

    def play(self, random: Random) -> list[Minute]:
        """Send the load and count replicas at the end of each minute."""
        load, clock = self.scenario.load, self._still.clock
        begin = clock.monotonic()
        arrivals = iter(_arrivals(load, random))
        due = next(arrivals, None)
        minutes = []
        for minute in range(1, int(load.seconds // 60) + 1):
            while due is not None and due <= minute * 60:
                self._still.run(max(0.0, begin + due - clock.monotonic()))
                self._send()
                due = next(arrivals, None)
            self._still.run(begin + minute * 60 - clock.monotonic())
            minutes.append(self._count())
        return minutes

    def _send(self) -> None:
        """One request, to the ready replicas in turn."""
        ready = [pod for pod in self._still.pods() if _is_ready(pod)]
        model = self._still.world.jetstream.model(ready[self._turn % len(ready)])
        self._turn += 1
        assert model is not None
        tokens = self.scenario.load.max_tokens
        model.submit(self._still.clock.monotonic(), max_tokens=tokens)

    def _count(self) -> Minute:
        deployment = self._still.get(DEPLOYMENT, _DEPLOYMENT)
        ready = deployment["status"].get("readyReplicas", 0)
        return Minute(deployment["spec"]["replicas"], ready)

    def _gke(self) -> GkeCluster:
        blueprint = self.scenario.blueprint
        pools = tuple(
            NodePool(
                pool.name,
                pool.machine_type,
                pool.nodes,
                pool.accelerator,
                pool.topology,
                pool.chips_per_node,
                autoscaling=pool.max_nodes > pool.nodes,
                max_nodes=pool.max_nodes,
            )
            for pool in blueprint.pools
        )
        return GkeCluster(
            blueprint.project_id, blueprint.location, blueprint.cluster, "1.36", "", pools=pools
        )


def _is_ready(pod: Json) -> bool:
    conditions = pod["status"].get("conditions", ())
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def _arrivals(load: Load, random: Random) -> Iterator[float]:
    """When each request arrives: all at once for a burst, else as a Poisson process."""
    if isinstance(load, Burst):
        yield from [0.0] * load.requests
        return
    wanted = random.expovariate(1.0)
    second = 0
    while second < load.seconds:
        # Within a second, arrivals are as good as even.
        before, after = load.arrived(second), load.arrived(second + 1)
        while after > wanted:
            yield second + (wanted - before) / (after - before)
            wanted += random.expovariate(1.0)
        second += 1


@contextmanager
def stage(scenario: Scenario, random: Random) -> Iterator[Stage]:
    """The sandbox of a scenario with its HPA, at rest, somewhere between two of its looks."""
    setup = scenario.setup
    with still_world(scenario.blueprint) as still:
        still.grant_monitoring(*_ADAPTERS[setup.adapter.kind.value])
        *groups, hpa = build(setup, PROFILE, still.project)
        for group in groups:
            for manifest in group.objects:
                _create(still, _averaging(manifest) if scenario.averaged else manifest)
        set_up = Stage(scenario, still)
        set_up.warm_up()
        _create(still, hpa.objects[0])
        still.run(60.0 + random.uniform(0.0, 15.0))
        yield set_up


def _averaging(manifest: Json) -> Json:
    """The adapter's rules as the guide prints them."""
    return cast("Json", json.loads(json.dumps(manifest).replace("sum(<<", "avg(<<")))


def _create(still: StillWorld, manifest: Json) -> None:
    manifest = json.loads(json.dumps(manifest))
    namespace = Ref.of(manifest).namespace
    if namespace:
        manifest["metadata"]["namespace"] = namespace
    still.store.create(manifest)
