"""Pods and metric answers of a trace: run-length coded in the vectors, typed values here."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.hpa.readings import Pod, Pods, ReadFailure, Reading, ResourceSample
from jetscale_tui.domain.hpa.spec import MetricType
from tests.vectors.pods import explicit_pods, explicit_sample

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


EPOCH = 1_767_225_600_000
"""Time 0 of the vectors, 2026-01-01T00:00:00Z."""


class Trace:
    """The world of one `control_loop` vector."""

    def __init__(self, given: Json) -> None:
        self._given = given
        self._static = explicit_pods(given.get("static_pods"), EPOCH)
        self._samples = [
            explicit_sample(one, EPOCH)
            for one in (given.get("static_resource_metrics") or {}).get("all") or ()
        ]
        self._requests = {"main": given.get("pod_requests_milli") or {}}
        self._runs: list[tuple[int, list[Any]]] = []
        first = 0
        for run in given["pods"] or ():
            self._runs.append((first, run))
            first += run[0]
        self._made: dict[tuple[int, int], Pod] = {}
        self._at: dict[int, Pods] = {}

    def pods(self, tick: int) -> Pods:
        """The pods that exist at a pass, logged ones first."""
        if tick not in self._at:
            now = self._given["t_ms"][tick]
            logged = [pod for first, run in self._runs for pod in self._run(first, run, now)]
            self._at[tick] = Pods.of(logged + self._static)
        return self._at[tick]

    def _run(self, first: int, run: list[Any], now: int) -> list[Pod]:
        count, created, running, ready, deleted = run
        if created > now or (deleted is not None and now >= deleted):
            return []
        state = 0
        if running is not None and now >= running:
            state = 2 if ready is not None and now >= ready else 1
        return [self._pod(first + index, state, running, ready) for index in range(count)]

    def _pod(self, number: int, state: int, running: int | None, ready: int | None) -> Pod:
        key = (number, state)
        if key not in self._made:
            name = f"pod-{number}"
            if state == 0:
                pod = Pod(name, "Pending", None, 0, None, requests=self._requests)
            else:
                word, changed = ("True", ready) if state == 2 else ("False", running)
                pod = Pod(
                    name,
                    "Running",
                    word,
                    EPOCH + (changed or 0),
                    EPOCH + (running or 0),
                    requests=self._requests,
                )
            self._made[key] = pod
        return self._made[key]

    def reading(self, metric: int, kind: str, tick: int) -> Reading:
        """What the metrics API answers for one metric at a pass."""
        answer = self._given["metrics"][metric][tick]
        if isinstance(answer, dict):
            return ReadFailure(answer["error"])
        if kind == MetricType.OBJECT:
            number: int = answer
            return number
        if kind in (MetricType.RESOURCE, MetricType.CONTAINER_RESOURCE):
            return self._resource(self._given, metric, answer, tick)
        if kind == MetricType.PODS:
            return dict(self._by_pod(answer, tick))
        return tuple(answer or ())

    def _resource(self, given: Json, metric: int, answer: Any, tick: int) -> Reading:
        source = given["hpa_spec"]["metrics"][metric]
        named = source.get("resource") or source["containerResource"]
        timestamp = EPOCH + given["t_ms"][tick] - given.get("metric_age_ms", 0)
        window = given.get("metric_window_ms", 30_000)
        logged = (
            ResourceSample(name, {"main": {named["name"]: value}}, timestamp, window)
            for name, value in self._by_pod(answer, tick)
        )
        return (*logged, *self._samples)

    def _by_pod(self, answer: Any, tick: int) -> list[tuple[str, int]]:
        names = [pod.name for pod in self.pods(tick).each]
        values = [value for count, value in answer or () for value in repeat(value, count)]
        unknown = [f"unknown-{index}" for index in range(len(values) - len(names))]
        pairs = zip(names + unknown, values, strict=False)
        return [(name, value) for name, value in pairs if value is not None]
