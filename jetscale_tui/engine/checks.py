"""Prerequisites: small questions about the cluster and the cloud, asked side by side. Reads only.

`jetscale check` and the Prerequisites pane show the same findings. What a finding offers to do
about it is a remedy; `repair` carries out the one that writes, once the person has asked for it.
"""

from __future__ import annotations

import math
import shlex
import threading
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from jetscale_tui.engine.commands import kubectl
from jetscale_tui.engine.remedies import command_in, in_terminal
from jetscale_tui.errors import (
    AuthError,
    ConfigError,
    JetScaleError,
    PermissionDenied,
    Unreachable,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Cloud, Cluster
    from jetscale_tui.engine.remedies import EnableServices, Remedy


Side = TypeVar("Side")
_SILENCE = 0.05
"""Seconds without an answer after which one more begins."""


class CheckState(StrEnum):
    """What a check found."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"
    """Not reached: something it stands on is missing."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the checks look at. The two functions may block and may raise JetScale's errors."""

    setup: Setup
    profile: Profile
    cluster: Callable[[], Cluster]
    cloud: Callable[[], Cloud | None]
    open_metrics_port: bool = False
    """The person lets the plan add the server's metrics argument."""

    def gke(self) -> GkeCluster | None:
        """The cluster as Google describes it; None where there is nobody, or nothing, to ask for.

        Raises:
            JetScaleError: Google cannot be asked, or does not know it.
        """
        cloud, google = self.cloud(), self.setup.google
        if cloud is None or not (google.project and google.location and google.cluster):
            return None
        return cloud.cluster(google.project, google.location, google.cluster)

    def gke_if_known(self) -> GkeCluster | None:
        """The same for questions the cluster answers, and Google only adds to."""
        try:
            return self.gke()
        except JetScaleError:
            return None

    def cloud_if_known(self) -> Cloud | None:
        """Google Cloud, for questions it only adds to."""
        try:
            return self.cloud()
        except JetScaleError:
            return None

    @property
    def named(self) -> str:
        """The cluster as gcloud wants it named, with blanks where the setup leaves it open."""
        google = self.setup.google
        project = [f"--project={google.project}"] if google.project else []
        place = f"--location={google.location or 'LOCATION'}"
        return shlex.join([google.cluster or "CLUSTER", place, *project])

    def kubectl(self, *words: str) -> str:
        """A kubectl command at this cluster."""
        return kubectl(self.cluster().context, *words)

    def kubectl_here(self, *words: str) -> str:
        """A kubectl command in the server's namespace."""
        return self.kubectl(f"--namespace={self.setup.workload.namespace}", *words)


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question."""

    state: CheckState
    detail: str
    """What was seen, in one line."""
    fix: str = ""
    """What to do about it."""
    command: str = ""
    """The same as a command to copy."""
    remedy: Remedy | None = None
    """What can be done about it from here."""
    id: str = ""
    title: str = ""
    why: str = ""
    """Why the question matters."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question."""

    id: str
    title: str
    why: str
    ask: Callable[[Scene], Finding]
    opens: bool = False
    """Others stand on it: when it fails, they are not reached."""
    diagnose: Callable[[Setup], str] | None = None
    """The command that says more where the error names none."""

    def command(self, error: JetScaleError, setup: Setup) -> str:
        """What to copy when asking ended in an error; empty where nothing would help."""
        named = command_in(error.fix, setup)
        return named or (self.diagnose(setup) if self.diagnose is not None else "")


def ok(detail: str) -> Finding:
    """All is well."""
    return Finding(CheckState.OK, detail)


def warn(detail: str, fix: str = "", command: str = "", remedy: Remedy | None = None) -> Finding:
    """It works, or cannot be known, and the person should look."""
    return Finding(CheckState.WARN, detail, fix, command, remedy or in_terminal(command))


def fail(detail: str, fix: str = "", command: str = "", remedy: Remedy | None = None) -> Finding:
    """It does not work as it is."""
    return Finding(CheckState.FAIL, detail, fix, command, remedy or in_terminal(command))


def run_checks(
    scene: Scene, checks: Sequence[Check], seconds: float | None = None, rest: float = 0.0
) -> Generator[Finding, None, None]:
    """Asks all questions side by side; findings come as they are ready.

    The next begins as soon as one has answered or all keep silent for a moment: what answers at
    once does not crowd out the screen, what does not holds nobody up.

    Args:
        scene: what they look at.
        checks: the questions.
        seconds: of real time; what has no answer by then is not reached, and nobody waits for it.
        rest: seconds between an answer and the next question, for the threads of a screen: a
            question to a server nearby keeps the interpreter as busy as a calculation.
    """
    answers: SimpleQueue[Finding | Exception] = SimpleQueue()
    until = math.inf if seconds is None else time.monotonic() + seconds
    open_ = {check.id: check for check in checks}
    waiting = list(reversed(checks))

    def begin() -> None:
        if waiting:
            question = (waiting.pop(), scene, answers)
            threading.Thread(target=_answer, args=question, daemon=True).start()

    begin()
    while open_:
        left = min(until - time.monotonic(), _SILENCE if waiting else math.inf)
        try:
            answer = answers.get(timeout=None if left == math.inf else max(0.0, left))
        except Empty:
            if time.monotonic() < until:
                begin()
                continue
            late = Finding(CheckState.SKIP, "no answer in time")
            yield from (_of(check, late) for check in open_.values())
            return
        if isinstance(answer, Exception):
            raise answer
        if waiting:
            time.sleep(rest)
        begin()
        del open_[answer.id]
        yield answer


def _answer(check: Check, scene: Scene, answers: SimpleQueue[Finding | Exception]) -> None:
    try:
        answers.put(run_check(check, scene))
    except Exception as error:
        # Raised again in the thread of whoever asked.
        answers.put(error)


def run_check(check: Check, scene: Scene) -> Finding:
    """Asks one question; an error is a finding too."""
    opened = replace(scene, cluster=_opener(scene.cluster), cloud=_opener(scene.cloud))
    setup = scene.setup
    try:
        found = check.ask(opened)
    except PermissionDenied as error:
        found = warn(f"may not look: {error.what}", error.fix, command_in(error.fix, setup))
    except (_NotOpened, AuthError, ConfigError, Unreachable, UsageError) as error:
        found = (
            fail(
                f"{error.what} {error.why.partition(chr(10))[0]}".strip(),
                error.fix,
                check.command(error, setup),
            )
            if check.opens
            else Finding(CheckState.SKIP, error.what)
        )
    except JetScaleError as error:
        found = fail(error.what, error.fix, command_in(error.fix, setup))
    return _of(check, found)


class _NotOpened(JetScaleError):
    """A side could not even be opened, for whatever reason."""


def _opener(side: Callable[[], Side]) -> Callable[[], Side]:
    def open_side() -> Side:
        try:
            return side()
        except JetScaleError as error:
            raise _NotOpened(error.what, why=error.why, fix=error.fix) from error

    return open_side


def _of(check: Check, found: Finding) -> Finding:
    return replace(found, id=check.id, title=check.title, why=check.why)


def repair(remedy: EnableServices, scene: Scene) -> str:
    """Carries out the remedy that writes; what was done, in one line.

    Raises:
        UsageError: there are no Google credentials any more.
        JetScaleError: it was refused.
    """
    cloud = scene.cloud()
    if cloud is None:
        raise UsageError("There are no Google credentials to enable services with.")
    cloud.enable_services(remedy.project, remedy.services)
    return f"enabled {', '.join(remedy.services)} in {remedy.project}"
