"""What runs inside pods: a program is recognised by its image and answers on its ports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from jetscale_tui.sandbox.controllers.pods import containers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.handlers import Reply

_PLAIN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Call:
    """An HTTP request that reaches a pod."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Program(Protocol):
    """The process of one image."""

    def runs_in(self, container: Json) -> bool:
        """Whether a container runs this program."""

    def start_seconds(self, pod: Json) -> float:
        """From being scheduled to the process running."""

    def fatal(self, pod: Json) -> str | None:
        """The last line of the log of a process that exits right after its start."""

    def started(self, pod: Json) -> None:
        """The pod's process runs from now on."""

    def stopped(self, pod: Json) -> None:
        """The pod's process is gone; calls in progress must end."""

    def answer(self, pod: Json, port: int, call: Call) -> Reply | None:
        """The answer on a port, after as long as it takes; None when nothing listens there."""


class Plain:
    """A process of which nothing is known: it starts, it runs, it listens nowhere."""

    def runs_in(self, container: Json) -> bool:
        """Any image will do."""
        return bool(container)

    def start_seconds(self, pod: Json) -> float:
        """The same for every pod."""
        del pod
        return _PLAIN_SECONDS

    def fatal(self, pod: Json) -> str | None:
        """Never."""
        del pod
        return None

    def started(self, pod: Json) -> None:
        """Nothing to prepare."""

    def stopped(self, pod: Json) -> None:
        """Nothing to end."""

    def answer(self, pod: Json, port: int, call: Call) -> Reply | None:
        """Connection refused."""
        del pod, port, call
        return None


def options(container: Json) -> dict[str, str]:
    """Long options of a container's command line, by name; empty for one without a value."""
    words = [*(container.get("command") or ()), *(container.get("args") or ())]
    pairs = (word.removeprefix("--").partition("=") for word in words if word.startswith("--"))
    return {name: value for name, _, value in pairs}


@dataclass(frozen=True, slots=True)
class Process:
    """A program and the container of the pod that runs it."""

    program: Program
    container: str


class Programs:
    """All programs there are; what none of them recognises is plain."""

    def __init__(self, known: Sequence[Program]) -> None:
        self._known = tuple(known)
        self._plain = Plain()

    def add(self, program: Program) -> None:
        """Add one that itself calls others, and so is made after them."""
        self._known = (*self._known, program)

    def of(self, pod: Json) -> Process:
        """The program that decides a pod's fate, and its container."""
        for container in containers(pod):
            for program in self._known:
                if program.runs_in(container):
                    return Process(program, container["name"])
        return Process(self._plain, next(containers(pod))["name"])
