"""What a pod's containers have logged: the choice of the container, the tail, and following."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import POD
from jetscale_tui.domain.kubectl import parse_time
from jetscale_tui.sandbox.kube.handlers import Reply, Stream
from jetscale_tui.sandbox.kube.history import ResourceVersionTooOld
from jetscale_tui.sandbox.kube.objects import rfc3339
from jetscale_tui.sandbox.kube.status import bad_request, invalid, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.handlers import LogLine, LogReader
    from jetscale_tui.sandbox.kube.routes import Request
    from jetscale_tui.sandbox.kube.store import Store

_PLAIN = "text/plain"
_LOOK_AROUND = 1.0
"""Seconds a follower waits for a change of the pod before it looks whether anyone listens."""


def answer(
    store: Store,
    pod: Json,
    request: Request,
    reader: LogReader,
    now: datetime,
    stopped: Callable[[], bool],
) -> Reply | Stream:
    """The log of one container of a pod.

    Raises:
        ApiError: 400, no such container, or it has not logged yet; 422, an option makes no sense.
    """
    options = _Options.of(request, now)
    container = _container(pod, request.query.get("container", ""))
    if not pod["spec"].get("nodeName"):
        return Reply(204, b"", _PLAIN)
    _check_started(pod, container, previous=options.previous)
    lines = reader(pod, container, options.previous)
    if not request.flag("follow"):
        return Reply(200, b"".join(options.shown(lines)), _PLAIN)
    return Stream(_follow(store, pod, container, reader, options, stopped), _PLAIN)


def _follow(
    store: Store,
    pod: Json,
    container: str,
    reader: LogReader,
    options: _Options,
    stopped: Callable[[], bool],
) -> Iterator[bytes]:
    """The log and what is added to it, until the container ends."""
    metadata = pod["metadata"]
    version, restarts = store.version, _restarts(pod, container)
    lines = reader(pod, container, options.previous)
    yield b"".join(options.shown(lines))
    known = len(lines)
    while not stopped():
        current = store.peek(POD, metadata["namespace"], metadata["name"])
        ended = current is None or current["metadata"]["uid"] != metadata["uid"]
        if current is None or ended or _restarts(current, container) != restarts:
            return
        lines = reader(current, container, options.previous)
        yield b"".join(map(options.line, lines[known:]))
        known = len(lines)
        if options.previous or "running" not in _state(current, container):
            return
        try:
            _, version = store.changes(POD, version, _LOOK_AROUND)
        except ResourceVersionTooOld:
            version = store.version


@dataclass(frozen=True, slots=True)
class _Options:
    previous: bool
    timestamps: bool
    tail: int | None
    limit: int | None
    """Bytes."""
    since: datetime | None

    @classmethod
    def of(cls, request: Request, now: datetime) -> _Options:
        causes = []
        numbers: dict[str, int | None] = {}
        for name, least in (("tailLines", 0), ("limitBytes", 1), ("sinceSeconds", 1)):
            text = request.query.get(name)
            numbers[name] = None if text is None else _number(text)
            if text is not None and _number(text) < least:
                bound = "than or equal to 0" if least == 0 else "than 0"
                causes.append(invalid(name, _number(text), f"must be greater {bound}"))
        if causes:
            raise refused(None, "", causes, "PodLogOptions")
        since = parse_time(request.query.get("sinceTime", ""))
        if numbers["sinceSeconds"] is not None:
            since = now - timedelta(seconds=numbers["sinceSeconds"])
        return cls(
            request.flag("previous"),
            request.flag("timestamps"),
            numbers["tailLines"],
            numbers["limitBytes"],
            since,
        )

    def shown(self, lines: Sequence[LogLine]) -> list[bytes]:
        """The lines asked for."""
        late = [line for line in lines if self.since is None or line[0] >= self.since]
        tail = late if self.tail is None else late[max(0, len(late) - self.tail) :]
        text = b"".join(map(self.line, tail))
        return [text if self.limit is None else text[: self.limit]]

    def line(self, line: LogLine) -> bytes:
        """One line, with its time where that is asked for."""
        moment, text = line
        stamp = f"{rfc3339(moment)} " if self.timestamps else ""
        return f"{stamp}{text}\n".encode()


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def _container(pod: Json, wanted: str) -> str:
    """The container that is meant; the only one where none is named."""
    name, names = pod["metadata"]["name"], [each["name"] for each in pod["spec"]["containers"]]
    inits = [each["name"] for each in pod["spec"].get("initContainers") or []]
    if not wanted and len(names) > 1:
        further = f" or one of the init containers: [{' '.join(inits)}]" if inits else ""
        raise bad_request(
            f"a container name must be specified for pod {name}, choose one of: "
            f"[{' '.join(names)}]{further}"
        )
    if wanted and wanted not in (*names, *inits):
        raise bad_request(f"container {wanted} is not valid for pod {name}")
    return wanted or str(names[0])


def _check_started(pod: Json, container: str, *, previous: bool) -> None:
    name, found = pod["metadata"]["name"], _status(pod, container)
    if previous and "terminated" not in (found.get("lastState") or {}):
        raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
    waiting = _state(pod, container).get("waiting")
    if waiting and not previous and "terminated" not in (found.get("lastState") or {}):
        raise bad_request(
            f'container "{container}" in pod "{name}" is waiting to start: {waiting["reason"]}'
        )


def _status(pod: Json, container: str) -> Json:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    nothing: Json = {"state": {"waiting": {"reason": "ContainerCreating"}}}
    return next((each for each in statuses if each["name"] == container), nothing)


def _state(pod: Json, container: str) -> Json:
    state: Json = _status(pod, container).get("state") or {}
    return state


def _restarts(pod: Json, container: str) -> int:
    return int(_status(pod, container).get("restartCount", 0))
