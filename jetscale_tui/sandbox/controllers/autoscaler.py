"""HorizontalPodAutoscaler controller: reads, lets the domain decide, writes what it decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.hpa.behavior import Memory
from jetscale_tui.domain.hpa.loop import evaluate
from jetscale_tui.domain.hpa.readings import (
    Flags,
    Pod,
    Pods,
    ReadFailure,
    Scale,
    ScaleUnreadable,
)
from jetscale_tui.domain.hpa.spec import HpaSpec, MetricType, parse_spec
from jetscale_tui.domain.hpa.status import HpaStatus, milliseconds
from jetscale_tui.domain.kinds import DEPLOYMENT, HPA, POD, REPLICA_SET
from jetscale_tui.sandbox.controllers import pods as facts
from jetscale_tui.sandbox.controllers.conditions import condition
from jetscale_tui.sandbox.controllers.selectors import selects
from jetscale_tui.sandbox.kube.labels import selector_text
from jetscale_tui.sandbox.kube.store import Missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.hpa.readings import Reading
    from jetscale_tui.domain.hpa.spec import MetricSpec
    from jetscale_tui.domain.kinds import Json, Kind
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.controllers.events import EventRecorder
    from jetscale_tui.sandbox.controllers.metrics_client import MetricsClient
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store

UNATTENDED = "sandbox.jetscale.dev/unattended"
"""Label of HPAs that are left alone: those of a load test."""
_COMPONENT = "horizontal-pod-autoscaler"
_SCALABLE: dict[str, Kind] = {kind.name: kind for kind in (DEPLOYMENT, REPLICA_SET)}


class Autoscaler:
    """Evaluates every HPA once a period, the first time one period after it appears."""

    kinds = (HPA,)

    def __init__(
        self,
        store: Store,
        clock: SimClock,
        events: EventRecorder,
        metrics: MetricsClient,
        *,
        period: float,
        downscale_stabilization: float,
    ) -> None:
        self._store = store
        self._clock = clock
        self._events = events
        self._metrics = metrics
        self.delay = period
        self._flags = Flags(downscale_stabilization=int(downscale_stabilization * 1000))
        self._memories: dict[Key, Memory] = {}
        self._specs: dict[Key, tuple[Json, HpaSpec]] = {}
        self._selectors: dict[Key, str] = {}
        self._sharing: dict[tuple[str, str], dict[Key, None]] = {}
        """HPAs by namespace and pod selector of what they scale."""

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """The HPA itself; edits do not shorten its wait."""
        if UNATTENDED not in (observed.obj["metadata"].get("labels") or ()):
            yield observed.key

    def reconcile(self, key: Key) -> float | None:
        """One pass of the control loop."""
        hpa = self._store.peek(HPA, *key)
        if hpa is None:
            self._forget(key)
            return None
        spec = self._spec(key, hpa)
        target = self._target(key[0], hpa["spec"]["scaleTargetRef"])
        scale = self._scale(key, target)
        pods = Pods(0, 0)
        readings: list[Reading] = []
        if isinstance(scale, Scale) and isinstance(target, dict):
            pods = Pods.of(self._pods(key[0], target))
            if spec.min_replicas <= scale.replicas <= spec.max_replicas and scale.replicas:
                readings = [self._read(key[0], metric, scale.selector) for metric in spec.metrics]
        now = int(self._clock.now().timestamp() * 1000)
        status = HpaStatus.parse(hpa.get("status") or {})
        memory = self._memories.get(key, Memory())
        result = evaluate(spec, memory, status, scale, pods, readings, now, self._flags)
        if result.rescaled and isinstance(target, dict):
            failure = self._resize(target, result.desired)
            if failure:
                result = evaluate(
                    spec,
                    memory,
                    status,
                    scale,
                    pods,
                    readings,
                    now,
                    self._flags,
                    write_error=failure,
                )
        self._memories[key] = result.memory
        for event in result.events:
            record = self._events.warning if event.type == "Warning" else self._events.normal
            record(hpa, _COMPONENT, event.reason, event.message)
        if result.status_changed:
            self._report(key, result.status.to_json())
        return self.delay

    def _spec(self, key: Key, hpa: Json) -> HpaSpec:
        known = self._specs.get(key)
        if known is not None and known[0] is hpa["spec"]:
            return known[1]
        spec = parse_spec(hpa["spec"], namespace=key[0], name=key[1])
        self._specs[key] = (hpa["spec"], spec)
        return spec

    def _forget(self, key: Key) -> None:
        self._memories.pop(key, None)
        self._specs.pop(key, None)
        self._register(key, None)

    def _register(self, key: Key, selector: str | None) -> None:
        """Note which pods an HPA controls."""
        known = self._selectors.get(key)
        if known == selector:
            return
        if known is not None:
            self._sharing[key[0], known].pop(key, None)
            del self._selectors[key]
        if selector is not None:
            self._selectors[key] = selector
            self._sharing.setdefault((key[0], selector), {})[key] = None

    def _target(self, namespace: str, reference: Json) -> Json | ScaleUnreadable:
        name, kind = reference["name"], _SCALABLE.get(reference["kind"])
        group = str(reference.get("apiVersion", "")).rpartition("/")[0]
        if kind is None or group != kind.group:
            wanted = f"{reference['kind']}.{group}" if group else reference["kind"]
            return ScaleUnreadable(f'no matches for kind "{wanted}" in group "{group}"')
        found = self._store.peek(kind, namespace, name)
        if found is None:
            return ScaleUnreadable(f'{kind.plural}.{kind.group} "{name}" not found')
        return found

    def _scale(self, key: Key, target: Json | ScaleUnreadable) -> Scale | ScaleUnreadable:
        if isinstance(target, ScaleUnreadable):
            return target
        selector = selector_text(target["spec"]["selector"])
        self._register(key, selector)
        others = [
            other
            for other in self._sharing[key[0], selector]
            if other != key and self._store.peek(HPA, *other) is not None
        ]
        return Scale(
            replicas=target["spec"].get("replicas", 1),
            observed=(target.get("status") or {}).get("replicas", 0),
            selector=selector,
            rivals=tuple("/".join(each) for each in (key, *others)) if others else (),
        )

    def _pods(self, namespace: str, target: Json) -> Iterable[Pod]:
        selector = target["spec"]["selector"]
        for pod in self._store.list(POD, namespace):
            if selects(selector, pod["metadata"].get("labels")):
                yield _pod(pod)

    def _read(self, namespace: str, metric: MetricSpec, pod_selector: str) -> Reading:
        selector = metric.source.get("metric", {}).get("selector")
        match metric.type:
            case MetricType.EXTERNAL:
                return self._metrics.external(namespace, metric.name, selector)
            case MetricType.PODS:
                return self._metrics.pods(namespace, metric.name, pod_selector, selector)
            case MetricType.OBJECT:
                described = metric.source["describedObject"]
                return self._metrics.object(namespace, metric.name, described, selector)
            case _:
                # A sandbox has no metrics-server.
                return ReadFailure(
                    "the server could not find the requested resource (get pods.metrics.k8s.io)"
                )

    def _resize(self, target: Json, replicas: int) -> str:
        """Write the new size; why it could not be written, or empty."""
        metadata, kind = target["metadata"], _SCALABLE[target["kind"]]

        def resize(obj: Json) -> None:
            obj["spec"]["replicas"] = replicas

        try:
            written = self._store.mutate(kind, metadata["namespace"], metadata["name"], resize)
        except Missing:
            written = None
        return "" if written else f'{kind.plural}.{kind.group} "{metadata["name"]}" not found'

    def _report(self, key: Key, status: Json) -> None:
        def report(obj: Json) -> None:
            obj["status"] = status

        self._store.mutate(HPA, *key, report, status=True)


def _pod(pod: Json) -> Pod:
    ready = condition(pod, "Ready")
    started = (pod.get("status") or {}).get("startTime")
    requests = {
        container["name"]: {
            name: amount.milli
            for name, amount in facts.requests({"spec": {"containers": [container]}}).items()
        }
        for container in facts.containers(pod)
    }
    return Pod(
        name=pod["metadata"]["name"],
        phase=facts.phase(pod),
        ready=ready["status"] if ready else None,
        ready_changed=milliseconds(ready["lastTransitionTime"]) if ready else 0,
        started=milliseconds(started) if started else None,
        deleting=facts.is_terminating(pod),
        requests=requests,
    )
