"""A crowd of autoscalers for load tests, and the changes of their status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import HPA, NAMESPACE
from jetscale_tui.sandbox.controllers.autoscaler import UNATTENDED
from jetscale_tui.sandbox.kube.objects import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json, Kind
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store

_NAMESPACES = 100
_STEP_SECONDS = 0.02
_AT_ONCE = 50
"""Changes after which others get their turn."""
_STRIDE = 7919
"""A prime: neighbours in time are no neighbours in the list."""
_METRIC = {"name": "jetscale_crowd_backlog"}


class Crowd:
    """Autoscalers that no controller attends to; they change one after the other, evenly."""

    kinds: tuple[Kind, ...] = ()
    delay = 0.0

    def __init__(self, store: Store, clock: SimClock, size: int, rate: float) -> None:
        """Prepare so many autoscalers, with so many changes a second in all."""
        self._store = store
        self._clock = clock
        self._size = size
        self._rate = rate
        self._since = ""
        self._begun: float | None = None
        self._done = 0

    def gather(self) -> None:
        """Create them all."""
        self._since = rfc3339(self._clock.now())
        for number in range(min(self._size, _NAMESPACES)):
            name = _namespace(number)
            self._store.create(
                {
                    "apiVersion": NAMESPACE.api_version,
                    "kind": NAMESPACE.name,
                    "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
                    "spec": {"finalizers": ["kubernetes"]},
                    "status": {"phase": "Active"},
                }
            )
        for number in range(self._size):
            self._store.create(_autoscaler(number, self._status(0)))

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """Nothing: they change by the clock alone."""
        del observed
        return ()

    def reconcile(self, key: Key) -> float | None:
        """Make the changes that are due."""
        del key
        now = self._clock.monotonic()
        if self._begun is None:
            self._begun = now
        due = int((now - self._begun) * self._rate)
        end = min(due, self._done + _AT_ONCE)
        for turn in range(self._done, end):
            self._change(turn)
        self._done = end
        return 0.0 if end < due else _STEP_SECONDS

    def _change(self, turn: int) -> None:
        number = turn * _STRIDE % self._size

        def change(hpa: Json) -> None:
            hpa["status"] = self._status(turn + 1)

        self._store.mutate(HPA, _namespace(number), _name(number), change, status=True)

    def _status(self, turn: int) -> Json:
        value = {"averageValue": str(turn)}
        return {
            "currentReplicas": 2,
            "desiredReplicas": 2,
            "currentMetrics": [
                {"type": "External", "external": {"metric": _METRIC, "current": value}}
            ],
            "conditions": [
                {
                    "type": kind,
                    "status": status,
                    "lastTransitionTime": self._since,
                    "reason": reason,
                    "message": message,
                }
                for kind, status, reason, message in _CONDITIONS
            ],
        }


_CONDITIONS = (
    ("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size"),
    (
        "ScalingActive",
        "True",
        "ValidMetricFound",
        "the HPA was able to successfully calculate a replica count from external metric "
        f"{_METRIC['name']}(nil)",
    ),
    (
        "ScalingLimited",
        "False",
        "DesiredWithinRange",
        "the desired count is within the acceptable range",
    ),
)


def _name(number: int) -> str:
    return f"crowd-{number:05}"


def _namespace(number: int) -> str:
    return f"crowd-{number % _NAMESPACES:02}"


def _autoscaler(number: int, status: Json) -> Json:
    name = _name(number)
    target = {"type": "AverageValue", "averageValue": "10"}
    return {
        "apiVersion": HPA.api_version,
        "kind": HPA.name,
        "metadata": {
            "name": name,
            "namespace": _namespace(number),
            "labels": {UNATTENDED: "true"},
        },
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": 1,
            "maxReplicas": 8,
            "metrics": [{"type": "External", "external": {"metric": _METRIC, "target": target}}],
        },
        "status": status,
    }
