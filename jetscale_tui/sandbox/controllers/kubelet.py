"""Kubelet: the life of a pod's containers, from image pull to readiness, crash and end."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import POD
from jetscale_tui.sandbox.controllers import pods as facts
from jetscale_tui.sandbox.controllers.pod_life import (
    Life,
    Stage,
    duration,
    image_bytes,
    probe_seconds,
    write_status,
)
from jetscale_tui.sandbox.controllers.stamps import parse_stamp
from jetscale_tui.sandbox.kube.objects import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.controllers.events import EventRecorder
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.handlers import LogLine
    from jetscale_tui.sandbox.kube.store import Store
    from jetscale_tui.sandbox.programs import Programs

_COMPONENT = "kubelet"
_CRASH_SECONDS = 2.0
"""A process that cannot do its work needs this long to find out."""
_STOP_SECONDS = 2.0
_LOOK_SECONDS = 12.0
"""From one look at a container that is held back to the next."""
_FIRST_BACKOFF = 10.0
_LONGEST_BACKOFF = 300.0


class Kubelet:
    """The kubelets of all nodes."""

    kinds = (POD,)
    delay = 0.0

    def __init__(
        self, store: Store, clock: SimClock, events: EventRecorder, programs: Programs
    ) -> None:
        self._store = store
        self._clock = clock
        self._events = events
        self._programs = programs
        self._lives: dict[Key, tuple[Json, Life]] = {}
        self._addresses = itertools.count(2)
        self._images: set[tuple[str, str]] = set()
        """Those that are on a node already."""

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """Every pod that has a node."""
        if observed.obj["spec"].get("nodeName"):
            yield observed.key

    def reconcile(self, key: Key) -> float | None:
        """Take the pod through the stages that are over."""
        pod = self._store.peek(POD, *key)
        known = self._lives.get(key)
        uid = pod["metadata"]["uid"] if pod else ""
        if known is not None and known[0]["metadata"]["uid"] != uid:
            self._end(key)
            known = None
        if pod is None:
            return None
        if facts.is_terminating(pod):
            return self._terminate(key, pod)
        life = known[1] if known else self._begin(key, pod)
        self._lives[key] = (pod, life)
        while life.stage is not Stage.READY and life.until <= self._clock.monotonic():
            self._advance(key, pod, life)
        if life.stage is Stage.READY:
            return None
        left = life.until - self._clock.monotonic()
        if life.stage is Stage.WAITING:
            return min(left, self._hold_back(pod, life))
        return left

    def log(self, pod: Json, container: str, previous: bool) -> Sequence[LogLine]:
        """What a container has logged: in this run, or in the one before."""
        metadata = pod["metadata"]
        known = self._lives.get((metadata["namespace"], metadata["name"]))
        if known is None or known[1].process.container != container:
            return ()
        life = known[1]
        return life.previous_log if previous and life.stage is not Stage.WAITING else life.log

    def _begin(self, key: Key, pod: Json) -> Life:
        now = self._clock.monotonic()
        number = next(self._addresses)
        process = self._programs.of(pod)
        life = Life(process, f"10.8.{number >> 8}.{number & 255}", begun=now)
        life.until = now + process.program.start_seconds(pod)
        self._write(key, pod, life)
        for container in facts.containers(pod):
            if not self._is_present(pod, container):
                self._say(pod, container, "Pulling", f'Pulling image "{container["image"]}"')
        return life

    def _is_present(self, pod: Json, container: Json) -> bool:
        kept = container.get("imagePullPolicy", "IfNotPresent") != "Always"
        return kept and (pod["spec"]["nodeName"], container["image"]) in self._images

    def _advance(self, key: Key, pod: Json, life: Life) -> None:
        now = self._clock.monotonic()
        match life.stage:
            case Stage.CREATING | Stage.WAITING:
                self._start(pod, life, now)
            case Stage.STARTING:
                life.stage = Stage.READY
            case Stage.DYING:
                self._crash(life, now)
            case Stage.READY:
                pass
        self._write(key, pod, life)

    def _start(self, pod: Json, life: Life, now: float) -> None:
        if life.stage is Stage.WAITING:
            life.restarts += 1
            life.previous_log, life.log = life.log, []
        for container in facts.containers(pod):
            if not life.restarts or container["name"] == life.process.container:
                self._pull(pod, container, now - life.begun)
                self._say(pod, container, "Created", "Container created")
                self._say(pod, container, "Started", "Container started")
        life.started = rfc3339(self._clock.now())
        life.last_words = life.process.program.fatal(pod) or ""
        if life.last_words:
            life.stage, life.until = Stage.DYING, now + _CRASH_SECONDS
            return
        life.process.program.started(pod)
        life.stage, life.until = Stage.STARTING, now + probe_seconds(pod)

    def _pull(self, pod: Json, container: Json, taken: float) -> None:
        image = container["image"]
        text = (
            f'Container image "{image}" already present on machine and can be accessed by the pod'
        )
        if not self._is_present(pod, container):
            seconds = duration(taken)
            text = (
                f'Successfully pulled image "{image}" in {seconds} ({seconds} including waiting). '
                f"Image size: {image_bytes(image)} bytes."
            )
            self._images.add((pod["spec"]["nodeName"], image))
        self._say(pod, container, "Pulled", text)

    def _crash(self, life: Life, now: float) -> None:
        life.log.append((self._clock.now(), life.last_words))
        life.last_exit = {
            "exitCode": 1,
            "reason": "Error",
            "startedAt": life.started,
            "finishedAt": rfc3339(self._clock.now()),
        }
        life.stage, life.until, life.held = Stage.WAITING, now + life.backoff, life.backoff
        life.backoff = min(_LONGEST_BACKOFF, life.backoff * 2) or _FIRST_BACKOFF

    def _hold_back(self, pod: Json, life: Life) -> float:
        """Say that a container is held back, at every look at it; seconds until the next one."""
        now = self._clock.monotonic()
        if now < life.look_again:
            return life.look_again - now
        metadata = pod["metadata"]
        self._events.warning(
            pod,
            _COMPONENT,
            "BackOff",
            f"Back-off restarting failed container {life.process.container} in pod "
            f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})",
            life.process.container,
        )
        life.look_again = now + _LOOK_SECONDS
        return _LOOK_SECONDS

    def _terminate(self, key: Key, pod: Json) -> float | None:
        metadata = pod["metadata"]
        grace = metadata.get("deletionGracePeriodSeconds", 0)
        asked = parse_stamp(metadata["deletionTimestamp"]).timestamp() - grace
        left: float = asked + min(grace, _STOP_SECONDS) - self._clock.now().timestamp()
        known = self._lives.get(key)
        if known is not None and known[1].stage is not Stage.WAITING:
            # The process stops taking calls as soon as it is told to go.
            for container in facts.containers(pod):
                self._say(pod, container, "Killing", f"Stopping container {container['name']}")
            self._end(key)
        if left > 0:
            return left
        self._end(key)
        self._store.delete(POD, *key, uid=metadata["uid"])
        return None

    def _end(self, key: Key) -> None:
        known = self._lives.pop(key, None)
        if known is not None:
            known[1].process.program.stopped(known[0])

    def _write(self, key: Key, pod: Json, life: Life) -> None:
        now = rfc3339(self._clock.now())

        def write(obj: Json) -> None:
            write_status(obj, life, now)

        self._store.mutate(POD, *key, write, status=True, manager=_COMPONENT)
        self._lives[key] = (pod, life)

    def _say(self, pod: Json, container: Json, reason: str, text: str) -> None:
        self._events.normal(pod, _COMPONENT, reason, text, container["name"])
