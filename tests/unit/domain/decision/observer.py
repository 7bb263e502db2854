"""What a watcher sees of a recorded trace of the control loop: the HPA's versions and the pods."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from jetscale_tui.domain.decision.explain import explain
from jetscale_tui.domain.hpa.behavior import Memory
from jetscale_tui.domain.hpa.defaults import with_defaults
from jetscale_tui.domain.hpa.loop import evaluate
from jetscale_tui.domain.hpa.spec import parse_spec
from jetscale_tui.domain.hpa.status import rfc3339
from jetscale_tui.domain.kinds import HPA
from jetscale_tui.domain.live import Changed, ChangeType, PodRow
from jetscale_tui.domain.live_state import LiveState
from tests.vectors import loops
from tests.vectors.behaviors import changed_spec
from tests.vectors.trace import EPOCH, Trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.decision.explain import Explained, Unexplained
    from jetscale_tui.domain.hpa.loop import Decision
    from jetscale_tui.domain.hpa.readings import Flags
    from jetscale_tui.domain.hpa.status import HpaStatus
    from jetscale_tui.domain.live import LiveSnapshot

Json = dict[str, Any]
TARGET = "Deployment/target"


class Seen(NamedTuple):
    """One pass that wrote the status: what it decided, and how a watcher explains it."""

    decision: Decision
    explained: Explained | Unexplained


def regular(given: Json) -> bool:
    """Whether the passes follow each other as the controller's do; many traces skip minutes."""
    gaps = [later - earlier for earlier, later in pairwise(given["t_ms"])]
    return all(10_000 <= gap <= 20_000 for gap in gaps)


class Look(NamedTuple):
    """A pass that wrote the status, and what a watcher has of it."""

    decision: Decision
    snapshot: LiveSnapshot
    moment: datetime
    flags: Flags


def watched(given: Json, *, from_pass: int = 0) -> Iterator[Seen]:
    """Run a trace, and look at it from outside, from the beginning or from a later pass on."""
    for decision, snapshot, moment, flags in looks(given, from_pass=from_pass):
        yield Seen(decision, explain(snapshot, snapshot.hpas[0], moment, flags))


def looks(given: Json, *, from_pass: int = 0) -> Iterator[Look]:
    """The same, with nothing explained."""
    trace, written = Trace(given), given["hpa_spec"]
    changes = {change["tick"]: change for change in given.get("spec_changes") or ()}
    restarts = set(given.get("controller_restarts") or ())
    memory, status = loops._first_memory(given), loops._first_status(given)
    flags, watcher = loops._flags(given), _Watcher(given)
    if from_pass == 0:
        watcher.sees(written, status, given["t_ms"][0] - 500)
    for tick, now in enumerate(given["t_ms"]):
        if tick in changes:
            written = written | changed_spec(changes[tick])
            if tick > from_pass:
                watcher.sees(written, status, now - 1)
        if tick in restarts:
            memory = Memory()
        spec = parse_spec(written, name="hpa")
        result = evaluate(
            spec,
            memory,
            status,
            loops._scale(given, tick),
            trace.pods(tick),
            [trace.reading(index, metric.type, tick) for index, metric in enumerate(spec.metrics)],
            now + EPOCH,
            flags,
            write_error=loops._fault(given, tick, "update_scale"),
        )
        memory, status = result.memory, result.status
        if tick < from_pass or not (result.status_changed or tick == from_pass):
            continue
        watcher.sees(written, status, now)
        snapshot = replace(watcher.state.snapshot(_moment(now)), pods=tuple(_rows(given, now)))
        yield Look(result.decision, snapshot, _moment(now), flags)


class _Watcher:
    """Takes in versions of the HPA as a watch brings them."""

    def __init__(self, given: Json) -> None:
        self.state = LiveState("default")
        self._version = 0
        self._created = given["t_ms"][0] - (10**9 if given.get("initial_recommendations") else 1000)

    def sees(self, written: Json, status: HpaStatus, time: int) -> None:
        self._version += 1
        target = {"kind": "Deployment", "name": "target"}
        self.state.take(
            Changed(
                HPA,
                ChangeType.MODIFIED,
                {
                    "metadata": {
                        "name": "hpa",
                        "namespace": "default",
                        "resourceVersion": str(self._version),
                        "creationTimestamp": rfc3339(self._created + EPOCH),
                    },
                    "spec": with_defaults({**written, "scaleTargetRef": target}),
                    "status": status.to_json(),
                },
            ),
            _moment(time),
        )


def _rows(given: Json, now: int) -> Iterator[PodRow]:
    """The pods of a trace's log as a dashboard lists them."""
    number = 0
    for count, created, running, ready, deleted in given["pods"] or ():
        runs = running is not None and now >= running
        serves = runs and ready is not None and now >= ready
        for _ in range(count):
            number += 1
            if created > now or (deleted is not None and now >= deleted):
                continue
            yield PodRow(
                namespace="default",
                name=f"pod-{number}",
                uid="",
                phase="Running" if runs else "Pending",
                ready=int(serves),
                containers=1,
                restarts=0,
                node="tpu-0",
                chips=8,
                workload=TARGET,
                created=_moment(created),
                scheduled=_moment(running) if runs else None,
                became_ready=_moment(ready) if serves else None,
            )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp((milliseconds + EPOCH) / 1000, UTC)
