"""The stages of a pod's life, and the status its kubelet reports in each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from jetscale_tui.sandbox.controllers import pods as facts
from jetscale_tui.sandbox.controllers.conditions import set_condition
from jetscale_tui.sandbox.nodes import address

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.handlers import LogLine
    from jetscale_tui.sandbox.programs import Process

_FIRST_PROBE_SECONDS = 1.0
_SMALLEST_IMAGE = 20_000_000


class Stage(Enum):
    """Where a pod's containers are."""

    CREATING = auto()
    STARTING = auto()
    READY = auto()
    DYING = auto()
    WAITING = auto()
    """Crashed, and held back before the next start."""


@dataclass(slots=True)
class Life:
    """What the kubelet remembers of a pod."""

    process: Process
    address: str
    begun: float
    """When it was placed on its node, in simulated seconds."""
    stage: Stage = Stage.CREATING
    until: float = 0.0
    """When the stage ends, in simulated seconds."""
    started: str = ""
    """Time stamp of the present start."""
    restarts: int = 0
    backoff: float = 0.0
    """How long the next crash is held back; the first is not."""
    held: float = 0.0
    """How long the last one was."""
    look_again: float = 0.0
    """When to say next that it is held back."""
    last_exit: Json | None = None
    """`lastState.terminated` of the container that crashed."""
    last_words: str = ""
    log: list[LogLine] = field(default_factory=list)
    """Of the present run, or of the last while a crash is held back."""
    previous_log: list[LogLine] = field(default_factory=list)


def probe_seconds(pod: Json) -> float:
    """From a container's start to its first successful probe; 0 without probes."""
    delays = [
        probe.get("initialDelaySeconds", 0) + _FIRST_PROBE_SECONDS
        for container in facts.containers(pod)
        for probe in (container.get("startupProbe"), container.get("readinessProbe"))
        if probe
    ]
    return max(delays, default=0.0)


def write_status(pod: Json, life: Life, now: str) -> None:
    """Bring a pod's status up to the stage of its life."""
    status = pod.setdefault("status", {})
    status.setdefault("startTime", now)
    node = address(pod["spec"]["nodeName"])
    status["hostIP"], status["hostIPs"] = node, [{"ip": node}]
    if life.stage is not Stage.CREATING:
        own = node if pod["spec"].get("hostNetwork") else life.address
        status["podIP"], status["podIPs"] = own, [{"ip": own}]
        status["phase"] = "Running"
    ready = life.stage is Stage.READY
    running = life.stage is not Stage.CREATING
    statuses = [
        _container(pod, container, life, running=running, ready=ready)
        for container in facts.containers(pod)
    ]
    status["containerStatuses"] = statuses
    waiting = [each["name"] for each in statuses if not each["ready"]]
    reason, message = "", ""
    if not ready:
        reason = "ContainersNotReady"
        message = f"containers with unready status: [{' '.join(waiting)}]"
    set_condition(status, "PodReadyToStartContainers", running, now)
    set_condition(status, "Initialized", True, now)
    for kind in ("Ready", "ContainersReady"):
        set_condition(status, kind, ready, now, reason=reason, message=message)


def _container(pod: Json, container: Json, life: Life, *, running: bool, ready: bool) -> Json:
    name, image, uid = container["name"], container["image"], pod["metadata"]["uid"]
    state: Json = {"waiting": {"reason": "ContainerCreating"}}
    last: Json = {}
    restarts = 0
    crashed = False
    if running:
        state = {"running": {"startedAt": life.started}}
    if name == life.process.container:
        restarts = life.restarts
        last = {"terminated": life.last_exit} if life.last_exit else {}
        crashed = bool(life.last_words)
        if life.stage is Stage.WAITING:
            state = {"waiting": _backing_off(pod, life)}
    up = "running" in state
    # A container without probes of its own is ready as soon as it runs, whatever its neighbours do.
    own_probes = bool(container.get("readinessProbe") or container.get("startupProbe"))
    return {
        "name": name,
        "image": image,
        "containerID": f"containerd://{_digest(f'{uid}/{name}/{restarts}')}" if up else "",
        "imageID": f"{image.partition(':')[0]}@sha256:{_digest(image)}" if up else "",
        "ready": up and not crashed and (ready or not own_probes),
        "started": up,
        "restartCount": restarts,
        "state": state,
        "lastState": last,
    }


def _backing_off(pod: Json, life: Life) -> Json:
    metadata = pod["metadata"]
    return {
        "reason": "CrashLoopBackOff",
        "message": (
            f"back-off {duration(life.held)} restarting failed "
            f"container={life.process.container} "
            f"pod={metadata['name']}_{metadata['namespace']}({metadata['uid']})"
        ),
    }


def duration(seconds: float) -> str:
    """Go's text of a duration: `10s`, `1m20s`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def image_bytes(image: str) -> int:
    """A size for an image of which only the name is known: always the same, an ordinary one."""
    return _SMALLEST_IMAGE + int(_digest(image)[:7], 16)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
