"""The recorded two minutes again: the same autoscalers, sizes and readings, on our controller.

What the recording does not say is when a reading changed; the moments here lie between the last
pass that saw the old reading and the first that saw the new one.
"""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.kinds import API_SERVICE, HPA, POD, Json
from jetscale_tui.sandbox.aggregation import METRIC_APIS
from jetscale_tui.sandbox.blueprint import Blueprint, WorkloadBlueprint
from jetscale_tui.sandbox.kube.handlers import AggregatedRequest, Reply
from jetscale_tui.sandbox.kube.selectors import matcher
from jetscale_tui.sandbox.kube.status import ApiError
from tests.sandbox.still import StillWorld, obj, still_world

if TYPE_CHECKING:
    from collections.abc import Iterable

RECORDING = Path(__file__).parents[2] / "data" / "kube" / "hpa-watch.jsonl"
PERIOD, STABILIZATION = 3.0, 20.0
BEFORE = 30.0
"""How long the first autoscaler has run when the recording begins."""
CREATED = {
    "jetstream-hpa": 2.651 - BEFORE,
    "ext-average": 2.333,
    "ext-value": 2.348,
    "many-metrics": 2.358,
    "target-missing": 2.373,
    "same-target": 2.392,
}
SIZES = {"web-a": 2, "web-b": 1, "web-c": 3}
UNREADY = {"web-b": {"readinessProbe": {"initialDelaySeconds": 3600}}}
"""With a Value target only ready pods count: none was, as the recording's first pass shows."""
READINGS: tuple[tuple[float, dict[str, float]], ...] = (
    (0.0, {"jetstream_prefill_backlog_size": 3, "memory_used_percentage": 0.5}),
    (17.42, {"jetstream_prefill_backlog_size": 25, "memory_used_percentage": 0.9}),
    (38.5, {"jetstream_prefill_backlog_size": 60, "memory_used_percentage": 2.0}),
    (59.58, {}),
    (71.62, {"jetstream_prefill_backlog_size": 1, "memory_used_percentage": 0.1}),
)
END = 140.0


class Metrics:
    """The metric APIs of the recording: a total for External, the same for each pod."""

    def __init__(self, still: StillWorld) -> None:
        self._still = still
        self.values: dict[str, float] = {}

    def __call__(self, request: AggregatedRequest) -> Reply:
        name = request.path[-1]
        series = name.removeprefix("prometheus.googleapis.com|").partition("|")[0]
        value = {**self.values, "jetstream_slots_used_percentage": 0.3}.get(series)
        written = None if value is None else f"{round(value * 1000)}m"
        if request.group.startswith("external"):
            items: list[Json] = [] if written is None else [{"value": written}]
            return Reply.of({"items": items})
        if written is None:
            message = f"the server could not find the metric {name} for pods"
            return Reply.of(ApiError(404, "NotFound", message).status, 404)
        chosen = matcher(POD, request.query["labelSelector"], "")
        pods = [pod for pod in self._still.store.list(POD, "default") if chosen and chosen(pod)]
        return Reply.of(
            {
                "items": [
                    {"describedObject": {"name": pod["metadata"]["name"]}, "value": written}
                    for pod in pods
                ]
            }
        )


@cache
def recorded() -> tuple[Json, ...]:
    rows = map(json.loads, RECORDING.read_text(encoding="utf-8").splitlines())
    return tuple(row["object"] for row in rows if row["type"] != "BOOKMARK")


def told(statuses: Iterable[Json]) -> list[Any]:
    """The states an autoscaler went through, times left out.

    Of two autoscalers on one target the real controller names either one first, as it comes.
    """

    def essence(status: Json) -> Any:
        conditions = [
            (
                each["type"],
                each["status"],
                each["reason"],
                re.sub(
                    r"\[(.*)\]$",
                    lambda pair: " ".join(sorted(pair[1].split())),
                    each["message"],
                ),
            )
            for each in status.get("conditions") or ()
        ]
        sizes = status.get("currentReplicas"), status.get("desiredReplicas")
        return conditions, sizes, status.get("currentMetrics")

    return [state for state, _ in groupby(map(essence, statuses)) if state[0]]


@pytest.fixture(scope="module")
def played() -> list[Json]:
    """Every version of every autoscaler, from our controller."""
    blueprint = Blueprint(
        hpa_period=PERIOD,
        downscale_stabilization=STABILIZATION,
        workload=WorkloadBlueprint(start_seconds=1),
    )
    versions: list[Json] = []
    with still_world(blueprint) as still:
        metrics = Metrics(still)
        for group, version in METRIC_APIS[1:3]:
            still.world.aggregated[group, version] = metrics
            spec = {"group": group, "version": version, "versionPriority": 100}
            still.store.create(obj(API_SERVICE, f"{version}.{group}", None, spec=spec))
        for name, size in SIZES.items():
            still.deploy(name, replicas=size, container=UNREADY.get(name, {}))
        still.run(60)
        still.store.subscribe([HPA], lambda _, hpa: versions.append(hpa))
        begin = still.clock.monotonic() + BEFORE
        specs = {each["metadata"]["name"]: each["spec"] for each in reversed(recorded())}
        moments: list[tuple[float, str | dict[str, float]]] = [
            *((at, name) for name, at in CREATED.items()),
            (-BEFORE, READINGS[0][1]),
            *READINGS[1:],
        ]
        for at, what in sorted(moments, key=lambda moment: moment[0]):
            still.run(begin + at - still.clock.monotonic())
            if isinstance(what, str):
                still.store.create(obj(HPA, what, spec=specs[what]))
            else:
                metrics.values = what
        still.run(begin + END - still.clock.monotonic())
    return versions


@pytest.mark.parametrize("name", CREATED)
def test_an_autoscaler_goes_through_the_states_of_the_recorded_one(
    name: str, played: list[Json]
) -> None:
    ours, theirs = (
        told(hpa.get("status") or {} for hpa in versions if hpa["metadata"]["name"] == name)
        for versions in (played, recorded())
    )
    assert ours == theirs
